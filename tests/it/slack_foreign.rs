//! What nobody here wrote: payload shapes from Slack's own SDK, and Slack's schema of manifests.

use std::path::{Path, PathBuf};

use quad::model::time::Moment;
use quad::vendors::slack::read::{self, Me, Read, Unreadable};
use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde_json::{Value, json};

use crate::support::shared::shared;

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder can be read")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    files
}

fn payload(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).expect("the file can be read")).expect("the file is JSON")
}

fn read_as(name: &str, payload: &Value) -> Result<Read, Unreadable> {
    let me = Me { user: "U0QUAD001".to_owned(), bot: "B0QUAD001".to_owned() };
    let now = Moment::from_timestamp(1_767_880_920, 0).expect("a moment");
    match name {
        "SlashCommandPayload" => read::command(payload, &me, now),
        "BlockActionPayload" | "ViewSubmissionPayload" => read::interaction(payload, now),
        _ => read::event(payload, &me, now),
    }
}

/// The shape with its blanks filled in: in the originals every value is empty.
fn filled(value: &Value, key: &str) -> Value {
    match value {
        Value::Object(fields) => {
            fields.iter().map(|(key, value)| (key.clone(), filled(value, key))).collect()
        }
        Value::Array(all) => all.iter().map(|value| filled(value, key)).collect(),
        Value::String(text) if text.is_empty() => json!(match key {
            "subtype" | "channel_type" | "thread_ts" | "url" => "",
            "ts" | "event_ts" | "action_ts" | "message_ts" => "1767880920.000100",
            "text" => "<@U0QUAD001> status",
            "command" => "/quad",
            "value" => "ack:12",
            "user" | "user_id" => "U0ALICE01",
            "channel" | "channel_id" => "C0OPS0001",
            "type" => "button",
            _ => "x1",
        }),
        other => other.clone(),
    }
}

#[test]
fn every_shape_ends_as_said_ignored_or_a_counted_error() {
    let Some(shapes) = shared("data/slack/shapes") else { return };
    let mut outcomes = Vec::new();
    for path in files(&shapes.join("events")).into_iter().chain(files(&shapes.join("app-backend"))) {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        for payload in [payload(&path), filled(&payload(&path), "")] {
            outcomes.push(match read_as(&name, &payload) {
                Ok(Read::Said(_)) => format!("{name}: said"),
                Ok(Read::Opens { .. }) => format!("{name}: opens a window"),
                Ok(Read::Ignored(rule)) => format!("{name}: ignored, {}", rule.name()),
                Err(error) => format!("{name}: {error}"),
            });
        }
    }
    outcomes.dedup();
    insta::assert_snapshot!(outcomes.join("\n"), @"
    AppHomeOpened: ignored, other_event
    AppMention: a Slack mention without a channel
    AppMention: said
    AppRateLimited: ignored, withheld
    ChannelRename: ignored, other_event
    FileShared: ignored, other_event
    LinkShared: a Slack link without a URL
    MemberJoinedChannel: ignored, other_event
    Message: ignored, not_addressed
    MessageBot: ignored, not_addressed
    MessageChanged: ignored, message_news
    MessageDeleted: a Slack deletion without a channel
    MessageDeleted: ignored, message_news
    MessageThreadBroadcast: ignored, not_addressed
    ReactionAdded: ignored, other_event
    SubteamUpdated: ignored, other_event
    TokensRevoked: ignored, other_event
    UserChange: ignored, other_event
    BlockActionPayload: ignored, foreign_control
    BlockActionPayload: said
    SlashCommandPayload: a Slack command without a name
    SlashCommandPayload: said
    ViewSubmissionPayload: ignored, other_interaction
    ");
}

#[test]
fn no_part_of_a_shape_that_is_missing_stops_the_reader() {
    let Some(shapes) = shared("data/slack/shapes") else { return };
    for path in files(&shapes.join("events")).into_iter().chain(files(&shapes.join("app-backend"))) {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let whole = filled(&payload(&path), "");
        for key in whole.as_object().expect("an object").keys() {
            for broken in [Value::Null, json!(1), json!([]), json!("text"), json!({})] {
                let mut payload = whole.clone();
                payload[key] = broken;
                // Any outcome but a panic.
                let _ = read_as(&name, &payload);
            }
        }
    }
}

fn manifest() -> Value {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("manifest.yml"))
        .expect("the manifest");
    as_json(&Yaml::load_from_str(&text).expect("the manifest is YAML")[0])
}

fn as_json(yaml: &Yaml<'_>) -> Value {
    match yaml {
        Yaml::Value(Scalar::Boolean(value)) => json!(value),
        Yaml::Value(Scalar::Integer(value)) => json!(value),
        Yaml::Value(Scalar::String(value)) => json!(value),
        Yaml::Sequence(all) => all.iter().map(as_json).collect(),
        Yaml::Mapping(fields) => fields
            .iter()
            .map(|(key, value)| (key.as_str().expect("a text key").to_owned(), as_json(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => panic!("a manifest has no {other:?}"),
    }
}

#[test]
fn slack_s_schema_accepts_the_manifest() {
    for version in ["1.0.0", "2.0.0"] {
        let Some(path) = shared(&format!("data/slack/spec/manifest.schema.{version}.json")) else { return };
        let validator = jsonschema::validator_for(&payload(&path)).expect("a schema");
        let wrong: Vec<String> = validator.iter_errors(&manifest()).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{version}: {wrong:#?}");
        // A judge that accepts everything judges nothing.
        let mut bad = manifest();
        bad["features"]["slash_commands"][0]["command"] = json!(7);
        assert!(!validator.is_valid(&bad));
    }
}

#[test]
fn the_manifest_asks_for_what_quad_uses() {
    let manifest = manifest();
    let list = |pointer: &str| -> Vec<String> {
        let all = manifest.pointer(pointer).and_then(Value::as_array).expect(pointer);
        all.iter().map(|one| one.as_str().expect("text").to_owned()).collect()
    };
    let events = list("/settings/event_subscriptions/bot_events");
    assert!(["app_mention", "message.im"].iter().all(|event| events.contains(&(*event).to_owned())));
    let scopes = list("/oauth_config/scopes/bot");
    // Each method that quad calls, with the scope that it needs; each event likewise.
    for scope in [
        "app_mentions:read",
        "channels:history",
        "channels:read",
        "chat:write",
        "commands",
        "groups:history",
        "groups:read",
        "im:history",
        "mpim:history",
        "reactions:write",
        "usergroups:read",
        "users:read",
        "users:read.email",
    ] {
        assert!(scopes.contains(&scope.to_owned()), "{scope} is missing");
    }
    assert_eq!(manifest.pointer("/settings/socket_mode_enabled"), Some(&json!(true)));
    assert_eq!(manifest.pointer("/settings/interactivity/is_enabled"), Some(&json!(true)));
    assert_eq!(manifest.pointer("/features/slash_commands/0/command"), Some(&json!("/quad")));
    assert_eq!(manifest.pointer("/features/app_home/messages_tab_read_only_enabled"), Some(&json!(false)));
}
