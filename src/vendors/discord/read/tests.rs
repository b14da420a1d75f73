//! Events as Discord sends them, and as it should not.

use serde_json::json;

use super::*;
use crate::model::alert::AlertNumber;
use crate::model::answer::Press;
use crate::model::window::Window;
use crate::vendors::discord::interaction::Acknowledge;

fn me() -> Me {
    Me { user: "900".to_owned(), application: "901".to_owned() }
}

fn now() -> Moment {
    Moment::from_timestamp(1_767_880_920, 0).expect("a moment")
}

fn read(kind: &str, data: &Value, at: &Whereabouts) -> Result<Read, Unreadable> {
    event(kind, data, &me(), at, now())
}

fn said(kind: &str, data: &Value, at: &Whereabouts) -> (Inbound, Option<Acknowledge>) {
    match read(kind, data, at) {
        Ok(Read::Said(inbound, acknowledge)) => (*inbound, acknowledge),
        other => panic!("{other:?}"),
    }
}

fn message(content: &str) -> Value {
    json!({"id": "1458786512896000000", "channel_id": "77", "guild_id": "5", "type": 0, "content": content,
        "author": {"id": "12", "username": "alice", "global_name": "Alice Liddell"}, "member": {"nick": null, "roles": []}})
}

fn interaction(kind: u64, data: Value) -> Value {
    json!({"id": "1458786512896000001", "application_id": "901", "type": kind, "token": "tok", "guild_id": "5",
        "channel_id": "77", "channel": {"id": "77", "type": 0}, "data": data,
        "member": {"user": {"id": "12", "username": "alice"}, "nick": "Al", "roles": []}})
}

#[test]
fn a_mention_is_a_question_and_chatter_is_not() {
    let (inbound, _) = said("MESSAGE_CREATE", &message("<@900> why is it slow?"), &Whereabouts::Channel);
    assert_eq!(inbound.said, Said::Text("why is it slow?".to_owned()));
    assert_eq!(inbound.place, Place { channel: "77".to_owned(), thread: None });
    assert_eq!((inbound.person.id.as_str(), inbound.person.name.as_str()), ("12", "Alice Liddell"));
    assert_eq!(inbound.at.format("%Y").to_string(), "2026");
    assert_eq!(inbound.reply_url.as_deref(), Some("message:1458786512896000000"));

    let chatter = message("lunch?");
    assert_eq!(
        read("MESSAGE_CREATE", &chatter, &Whereabouts::Channel),
        Ok(Read::Ignored(Rule::NotAddressed))
    );
    let mut answer = message("and payments?");
    answer["referenced_message"] = json!({"author": {"id": "900"}});
    said("MESSAGE_CREATE", &answer, &Whereabouts::Channel);
}

#[test]
fn a_thread_that_quad_is_in_needs_no_mention() {
    let joined = Whereabouts::Thread { parent: "7".to_owned(), joined: true };
    let (inbound, _) = said("MESSAGE_CREATE", &message("why?"), &joined);
    assert_eq!(inbound.place, Place { channel: "7".to_owned(), thread: Some("77".to_owned()) });
    let foreign = Whereabouts::Thread { parent: "7".to_owned(), joined: false };
    assert_eq!(read("MESSAGE_CREATE", &message("why?"), &foreign), Ok(Read::Ignored(Rule::NotAddressed)));
}

#[test]
fn bots_and_discord_itself_are_left_alone() {
    for (change, rule) in [
        (json!({"author": {"id": "900"}}), Rule::Own),
        (json!({"author": {"id": "13", "bot": true}}), Rule::Bot),
        (json!({"webhook_id": "13"}), Rule::Bot),
        (json!({"type": 6}), Rule::SystemMessage),
    ] {
        let mut data = message("<@900> status");
        data.as_object_mut().expect("fields").extend(change.as_object().expect("fields").clone());
        assert_eq!(read("MESSAGE_CREATE", &data, &Whereabouts::Channel), Ok(Read::Ignored(rule)));
    }
}

#[test]
fn a_press_is_read_with_the_message_it_was_on() {
    let mut data = interaction(3, json!({"component_type": 2, "custom_id": "ack:12"}));
    data["message"] = json!({"id": "88"});
    let (inbound, acknowledge) = said("INTERACTION_CREATE", &data, &Whereabouts::Channel);
    assert_eq!(
        inbound.said,
        Said::Press { press: Press::Acknowledge(AlertNumber(12)), on: Some("88".to_owned()) }
    );
    assert_eq!(inbound.place, Place { channel: "77".to_owned(), thread: Some("88".to_owned()) });
    assert_eq!((acknowledge, inbound.person.name.as_str()), (Some(Acknowledge::Quietly), "Al"));
    assert_eq!(inbound.reply_url.as_deref(), Some("press:901:tok"));

    data["data"] = json!({"component_type": 3, "custom_id": "menu:0", "values": ["why:12"]});
    let (inbound, _) = said("INTERACTION_CREATE", &data, &Whereabouts::Channel);
    assert!(matches!(inbound.said, Said::Press { press: Press::Why(AlertNumber(12)), .. }));
    data["data"]["values"] = json!(["window:silence:12"]);
    assert_eq!(
        read("INTERACTION_CREATE", &data, &Whereabouts::Channel),
        Ok(Read::Opens(Window::Silence(AlertNumber(12))))
    );
    data["data"]["values"] = json!(["rm -rf"]);
    assert_eq!(
        read("INTERACTION_CREATE", &data, &Whereabouts::Channel),
        Ok(Read::Ignored(Rule::ForeignControl))
    );
}

#[test]
fn commands_and_windows_become_words() {
    for (options, words) in [
        (json!([{"name": "text", "value": "why is it slow?"}]), "why is it slow?"),
        (
            json!([{"name": "text", "value": "why is it slow?"}, {"name": "service", "value": "checkout"}]),
            "checkout: why is it slow?",
        ),
        (json!([{"name": "service", "value": "checkout"}]), "status of checkout"),
        (json!([]), "help"),
    ] {
        let data = interaction(2, json!({"name": "quad", "options": options}));
        let (inbound, acknowledge) = said("INTERACTION_CREATE", &data, &Whereabouts::Channel);
        assert_eq!(inbound.said, Said::Text(words.to_owned()));
        assert_eq!(acknowledge, Some(Acknowledge::Thinking));
    }
    for (id, typed, words) in [
        ("window:silence:12", "2 h", "silence 12 for 2 h"),
        ("window:silence:12", "until 9am", "silence 12 until 9am"),
        ("window:resolve:12", "restarted\npostgres", "resolve 12: restarted postgres"),
    ] {
        let rows = json!([{"type": 1, "components": [{"type": 4, "custom_id": "words", "value": typed}]}]);
        let data = interaction(5, json!({"custom_id": id, "components": rows}));
        let (inbound, _) = said("INTERACTION_CREATE", &data, &Whereabouts::Channel);
        assert_eq!(inbound.said, Said::Text(words.to_owned()));
    }
}

#[test]
fn what_is_missing_is_named() {
    let mut data = message("<@900> status");
    data["author"] = json!(null);
    let error = read("MESSAGE_CREATE", &data, &Whereabouts::Channel).expect_err("has no author");
    assert_eq!(error.to_string(), "a Discord message without an author");
    let data = interaction(4, json!({"name": "quad", "options": []}));
    assert!(read("INTERACTION_CREATE", &data, &Whereabouts::Channel).is_err());
    assert!(read("INTERACTION_CREATE", &json!([]), &Whereabouts::Channel).is_err());
}

#[test]
fn ids_hold_the_time() {
    let at = Moment::from_timestamp(1_767_880_920, 0).expect("a moment");
    assert_eq!(moment_of(&id_of(at)), Some(at));
}
