//! Payloads by hand, in the shapes that Slack was seen to send.

use serde_json::json;

use super::*;
use crate::model::alert::AlertNumber;
use crate::model::answer::Press;

fn me() -> Me {
    Me { user: "U0QUAD".to_owned(), bot: "B0QUAD".to_owned() }
}

fn now() -> Moment {
    Moment::from_timestamp(1_767_880_999, 0).expect("a moment")
}

fn callback(event: Value) -> Value {
    json!({"type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event_time": 1767880920, "event": event})
}

fn mention() -> Value {
    json!({"type": "app_mention", "user": "U1", "text": "<@U0QUAD> why is it slow?", "ts": "1767880920.000100",
        "channel": "C1", "event_ts": "1767880920.000100"})
}

fn said(read: Result<Read, Unreadable>) -> Inbound {
    match read {
        Ok(Read::Said(inbound)) => *inbound,
        other => panic!("not said: {other:?}"),
    }
}

#[test]
fn a_mention_is_answered_in_its_thread() {
    let inbound = said(event(&callback(mention()), &me(), now()));
    assert_eq!(inbound.event_id, "Ev1");
    assert_eq!(inbound.said, Said::Text("why is it slow?".to_owned()));
    assert_eq!(inbound.place, place("C1", Some("1767880920.000100")));
    assert_eq!(inbound.at.timestamp_micros(), 1_767_880_920_000_100);

    let mut inside = mention();
    inside["thread_ts"] = json!("1767880000.000001");
    assert_eq!(
        said(event(&callback(inside), &me(), now())).place.thread.as_deref(),
        Some("1767880000.000001")
    );
}

#[test]
fn mentions_are_read_in_every_shape() {
    let mut org_wide = callback(mention());
    org_wide["team_id"] = Value::Null;
    org_wide["enterprise_id"] = json!("E1");
    org_wide["authorizations"] =
        json!([{"enterprise_id": "E1", "team_id": null, "is_enterprise_install": true}]);
    assert_eq!(said(event(&org_wide, &me(), now())).person.id, "U1");

    let mut by_bot = mention();
    by_bot["user"] = Value::Null;
    by_bot["bot_id"] = json!("B7");
    by_bot["subtype"] = json!("bot_message");
    by_bot["username"] = json!("deploys");
    by_bot["metadata"] = json!({"event_type": "deploy", "event_payload": {"took": 12, "ok": true}});
    let inbound = said(event(&callback(by_bot), &me(), now()));
    assert_eq!((inbound.person.id.as_str(), inbound.person.name.as_str()), ("B7", "deploys"));

    let mut unnumbered = callback(mention());
    unnumbered.as_object_mut().expect("an object").remove("event_id");
    assert_eq!(said(event(&unnumbered, &me(), now())).event_id, "message:C1:1767880920.000100");
}

#[test]
fn a_direct_message_needs_no_mention() {
    let direct = json!({"type": "message", "channel_type": "im", "channel": "D1", "user": "U1",
        "text": "status", "ts": "1767880920.000200"});
    assert_eq!(said(event(&callback(direct), &me(), now())).said, Said::Text("status".to_owned()));
}

#[test]
fn what_is_not_for_us_is_ignored_by_name() {
    let message = |more: Value| {
        let mut message = json!({"type": "message", "channel_type": "im", "channel": "D1", "user": "U1", "text": "x", "ts": "1.2"});
        for (key, value) in more.as_object().expect("an object") {
            message[key] = value.clone();
        }
        message
    };
    for (payload, rule) in [
        (message(json!({"user": "U0QUAD"})), Rule::Own),
        (message(json!({"user": null, "bot_id": "B0QUAD"})), Rule::Own),
        (message(json!({"bot_id": "B7"})), Rule::BotInDirectMessage),
        (message(json!({"subtype": "bot_message", "bot_id": "B7"})), Rule::BotInDirectMessage),
        (message(json!({"subtype": "message_changed"})), Rule::MessageNews),
        (
            message(json!({"subtype": "message_deleted", "channel": "C1", "deleted_ts": "1.1",
                "previous_message": {"bot_id": "B0QUAD", "ts": "1.1"}})),
            Rule::MessageNews,
        ),
        (message(json!({"subtype": "channel_join"})), Rule::SystemMessage),
        (message(json!({"channel": "C1", "channel_type": "channel"})), Rule::NotAddressed),
        (message(json!({"channel": "G1", "channel_type": "group", "bot_id": "B0QUAD"})), Rule::Own),
        (json!({"type": "reaction_added", "user": "U1"}), Rule::OtherEvent),
    ] {
        assert_eq!(event(&callback(payload), &me(), now()), Ok(Read::Ignored(rule)));
    }
}

#[test]
fn a_deleted_message_is_known_by_its_place_with_and_without_replies() {
    let before =
        json!({"type": "message", "user": "U1", "ts": "1767880920.000100", "text": "<@U0QUAD> status"});
    let gone = json!({"type": "message", "subtype": "message_deleted", "channel": "C1",
        "deleted_ts": "1767880920.000100", "previous_message": before});
    let stone = json!({"type": "message", "subtype": "message_changed", "channel": "C1",
        "message": {"subtype": "tombstone", "ts": "1767880920.000100", "text": "This message was deleted."},
        "previous_message": before});
    for payload in [gone, stone] {
        let inbound = said(event(&callback(payload), &me(), now()));
        assert_eq!(inbound.said, Said::Deleted);
        assert_eq!(inbound.said_in.as_deref(), Some("C1:1767880920.000100"));
        assert_eq!(inbound.event_id, "delete:C1:1767880920.000100");
    }
}

#[test]
fn what_lacks_too_much_is_an_error_without_content() {
    let mut nowhere = mention();
    nowhere["channel"] = json!("");
    nowhere["text"] = json!("a secret");
    let error = event(&callback(nowhere), &me(), now()).expect_err("has no channel");
    assert_eq!(error.to_string(), "a Slack mention without a channel");
    assert!(event(&json!({"type": "event_callback"}), &me(), now()).is_err());
    assert!(event(&json!([1, 2]), &me(), now()).is_err());
    assert!(interaction(&json!("text"), now()).is_err());
    assert!(command(&json!({"command": "/quad"}), &me(), now()).is_err());
}

#[test]
fn a_command_is_a_question_and_an_empty_one_asks_for_help() {
    let payload = |text: &str| {
        json!({"command": "/quad", "text": text, "channel_id": "C1", "user_id": "U1",
        "user_name": "alice", "trigger_id": "13345224609.738474920.8088930838d88f008e0", "team_id": null})
    };
    let inbound = said(command(&payload("status of &lt;web&gt;"), &me(), now()));
    assert_eq!(inbound.said, Said::Text("status of <web>".to_owned()));
    assert_eq!(inbound.event_id, "command:13345224609.738474920.8088930838d88f008e0");
    assert_eq!((inbound.place.thread, inbound.person.name.as_str()), (None, "alice"));
    assert_eq!(said(command(&payload(" "), &me(), now())).said, Said::Text("help".to_owned()));
    let mut other = payload("x");
    other["command"] = json!("/deploy");
    assert_eq!(command(&other, &me(), now()), Ok(Read::Ignored(Rule::ForeignCommand)));
}

fn press(action: Value) -> Value {
    json!({"type": "block_actions", "team": null, "enterprise": {"id": "E1", "name": "x"},
        "user": {"id": "U1", "username": "alice"}, "trigger_id": "12.34.ab",
        "container": {"type": "message", "message_ts": "1767880920.000100", "channel_id": "C1", "is_ephemeral": false},
        "channel": {"id": "C1", "name": "ops"},
        "message": {"type": "message", "ts": "1767880920.000100", "text": "x"},
        "actions": [action]})
}

#[test]
fn a_press_says_what_was_pressed_and_on_which_message() {
    let button =
        json!({"type": "button", "action_id": "quad.ack", "value": "ack:12", "action_ts": "1767880930.5"});
    let inbound = said(interaction(&press(button.clone()), now()));
    let on = Some("1767880920.000100".to_owned());
    assert_eq!(inbound.said, Said::Press { press: Press::Acknowledge(AlertNumber(12)), on });
    assert_eq!((inbound.event_id.as_str(), inbound.person.name.as_str()), ("press:12.34.ab", "alice"));
    assert_eq!(inbound.at.timestamp_millis(), 1_767_880_930_500);

    for kind in ["overflow", "static_select"] {
        let menu = json!({"type": kind, "action_id": "quad.menu", "selected_option": {"value": "why:12"}, "action_ts": "1.2"});
        let Said::Press { press: meant, .. } = said(interaction(&press(menu), now())).said else {
            panic!("a press")
        };
        assert_eq!(meant, Press::Why(AlertNumber(12)));
    }

    let mut without_container = press(button);
    without_container.as_object_mut().expect("an object").remove("container");
    let inbound = said(interaction(&without_container, now()));
    assert_eq!(inbound.place, place("C1", Some("1767880920.000100")));
}

#[test]
fn a_press_on_an_ephemeral_message_has_no_message() {
    let mut payload = press(json!({"type": "button", "value": "ack:1", "action_ts": "1.2"}));
    payload.as_object_mut().expect("an object").remove("message");
    payload["container"]["is_ephemeral"] = json!(true);
    assert!(matches!(said(interaction(&payload, now())).said, Said::Press { .. }));
}

#[test]
fn presses_and_dialogs_of_others_are_ignored() {
    for action in [
        json!({"type": "button", "value": "deploy-now", "action_ts": "1.2"}),
        json!({"type": "button", "url": "https://example.com", "action_ts": "1.2"}),
        json!({"type": "datepicker", "selected_date": "2026-01-01", "action_ts": "1.2"}),
    ] {
        assert_eq!(interaction(&press(action), now()), Ok(Read::Ignored(Rule::ForeignControl)));
    }
    for kind in ["view_submission", "shortcut", "message_action", "block_suggestion"] {
        assert_eq!(interaction(&json!({"type": kind}), now()), Ok(Read::Ignored(Rule::OtherInteraction)));
    }
}
