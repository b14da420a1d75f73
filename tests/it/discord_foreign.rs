//! What nobody here wrote: events that other bots recorded, and Discord's own description of its API.

use std::path::PathBuf;

use quad::model::time::Moment;
use quad::vendors::discord::read::{self, Me, Read, Unreadable, Whereabouts};
use serde_json::{Value, json};

use crate::support::discord::{Request, judge};
use crate::support::shared::shared;

fn files(folder: &str) -> Option<Vec<PathBuf>> {
    let entries = std::fs::read_dir(shared(folder)?).expect("the folder can be read");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    Some(files)
}

fn payload(path: &PathBuf) -> Value {
    serde_json::from_slice(&std::fs::read(path).expect("the file can be read")).expect("the file is JSON")
}

fn read_as(kind: &str, data: &Value) -> Result<Read, Unreadable> {
    let me = Me { user: "900".to_owned(), application: "901".to_owned() };
    let now = Moment::from_timestamp(1_767_880_920, 0).expect("a moment");
    read::event(kind, data, &me, &Whereabouts::Channel, now)
}

/// `message_reaction_add_1` is a MESSAGE_REACTION_ADD; messages without a verb were new.
fn kind(name: &str) -> String {
    if name.starts_with("message_footer") || name.starts_with("message_type") {
        return "MESSAGE_CREATE".to_owned();
    }
    name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('_').to_uppercase()
}

#[test]
fn every_recorded_event_ends_as_said_ignored_or_a_counted_error() {
    let Some(files) = files("data/discord/serenity_resources") else { return };
    let mut outcomes = Vec::new();
    for path in files {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        outcomes.push(match read_as(&kind(&name), &payload(&path)) {
            Ok(Read::Said(..)) => format!("{name}: said"),
            Ok(Read::Ignored(rule)) => format!("{name}: ignored, {}", rule.name()),
            Ok(other) => format!("{name}: {other:?}"),
            Err(error) => format!("{name}: {error}"),
        });
    }
    insta::assert_snapshot!(outcomes.join("\n"), @"
    activity_1: ignored, other_event
    activity_2: ignored, other_event
    channel_create_1: ignored, server_news
    channel_delete_1: ignored, server_news
    channel_pins_update_1: ignored, server_news
    channel_update_1: ignored, server_news
    emoji_animated: ignored, other_event
    guild_ban_remove_1: ignored, server_news
    guild_channel_rest_1: ignored, server_news
    guild_create_2: ignored, server_news
    guild_create_features: ignored, server_news
    guild_emojis_update_1: ignored, server_news
    guild_some_application_id: ignored, server_news
    message_footer_1: ignored, bot
    message_reaction_add_1: ignored, message_news
    message_reaction_add_3: ignored, message_news
    message_reaction_remove_1: ignored, message_news
    message_reaction_remove_2: ignored, message_news
    message_type_7: ignored, bot
    message_update_1: said
    role_-1_position: ignored, other_event
    voice_state_update_2: ignored, server_news
    ");
}

#[test]
fn no_part_of_an_event_that_is_missing_stops_the_reader() {
    let Some(files) = files("data/discord/serenity_resources") else { return };
    for path in files {
        let whole = payload(&path);
        for key in whole.as_object().into_iter().flat_map(|fields| fields.keys()) {
            for broken in [Value::Null, json!(1), json!([]), json!("text"), json!({})] {
                for kind in ["MESSAGE_CREATE", "INTERACTION_CREATE"] {
                    let mut payload = whole.clone();
                    payload[key] = broken.clone();
                    // Any outcome but a panic.
                    let _ = read_as(kind, &payload);
                }
            }
        }
    }
}

/// A judge that accepts everything judges nothing.
#[test]
fn each_route_that_quad_calls_has_a_request_that_is_refused() {
    if shared("data/discord/openapi.json").is_none() {
        return;
    }
    let input =
        |style: u64| json!({"type": 4, "custom_id": "words", "style": style, "label": "For how long?"});
    let window = |style| json!({"type": 9, "data": {"custom_id": "x", "title": "x", "components": [{"type": 1, "components": [input(style)]}]}});
    let button = |label: &str| json!({"components": [{"type": 1, "components": [{"type": 2, "style": 1, "label": label, "custom_id": "x"}]}]});
    for (method, path, good, bad) in [
        (
            "POST",
            "channels/1234567/messages",
            json!({"content": "x", "nonce": "n", "enforce_nonce": true}),
            json!({"content": 7}),
        ),
        ("POST", "channels/1234567/messages", json!({"content": "x"}), json!({"contents": "x"})),
        (
            "POST",
            "channels/1234567/messages",
            json!({"content": "x".repeat(2_000)}),
            json!({"content": "x".repeat(2_001)}),
        ),
        ("POST", "channels/1234567/messages", button("fine"), button(&"x".repeat(81))),
        ("PATCH", "channels/1234567/messages/1234568", json!({"content": "x"}), json!({"embeds": "x"})),
        (
            "POST",
            "channels/1234567/messages/1234568/threads",
            json!({"name": "x", "auto_archive_duration": 1_440}),
            json!({"name": "x", "auto_archive_duration": 7}),
        ),
        ("POST", "channels/1234567/typing", Value::Null, json!({"long": true})),
        ("PUT", "channels/1234567/messages/1234568/reactions/x/@me", Value::Null, json!({"x": 1})),
        ("POST", "interactions/1234567/token/callback", json!({"type": 5}), json!({"type": 99})),
        ("POST", "interactions/1234567/token/callback", json!({"type": 6}), Value::Null),
        ("POST", "interactions/1234567/token/callback", window(1), window(3)),
        (
            "POST",
            "interactions/1234567/token/callback",
            json!({"type": 8, "data": {"choices": [{"name": "x", "value": "x"}]}}),
            json!({"type": 8, "data": {"choices": "x"}}),
        ),
        (
            "POST",
            "webhooks/1234567/token",
            json!({"content": "x", "flags": 64}),
            json!({"content": "x", "flags": "x"}),
        ),
        (
            "PATCH",
            "webhooks/1234567/token/messages/@original",
            json!({"content": "x"}),
            json!({"content": 7}),
        ),
        ("DELETE", "webhooks/1234567/token/messages/@original", Value::Null, json!({"x": 1})),
        (
            "PUT",
            "applications/1234567/guilds/1234568/commands",
            json!([{"name": "quad", "description": "x"}]),
            json!([{"description": "x"}]),
        ),
        ("POST", "users/@me/channels", json!({"recipient_id": "1234567"}), json!({"recipient_id": 7})),
        ("GET", "gateway", Value::Null, json!({"x": 1})),
    ] {
        let request = |body: Value| Request {
            method: method.to_owned(),
            path: path.to_owned(),
            body,
            files: Vec::new(),
        };
        assert_eq!(judge(&request(good)), Vec::<String>::new(), "{method} {path}");
        assert!(!judge(&request(bad.clone())).is_empty(), "{method} {path} takes {bad}");
    }
    let unknown = Request {
        method: "POST".to_owned(),
        path: "channels/1/telepathy".to_owned(),
        body: Value::Null,
        files: Vec::new(),
    };
    assert_eq!(judge(&unknown), ["no such route"]);
}
