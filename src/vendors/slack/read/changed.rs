//! What becomes of messages later: their writers change or delete them.

use serde_json::Value;

use super::{
    MAX_TEXT, Me, Read, Rule, Unreadable, is_own, lacking, moment, person, place, said_by, said_in, text,
};
use crate::model::inbound::{Inbound, Said};
use crate::model::outgoing::Platform;
use crate::model::time::Moment;
use crate::vendors::slack::words;

/// A message changed: its writer mended a question, or deleted one that stands above answers.
pub(super) fn changed(payload: &Value, me: &Me, now: Moment) -> Result<Read, Unreadable> {
    const KIND: &str = "change";
    let event = &payload["event"];
    let (message, before) = (&event["message"], &event["previous_message"]);
    // What has replies does not go away.
    if text(&message["subtype"]) == Some("tombstone") {
        return deleted(payload, me, now);
    }
    let words = message["text"].as_str().unwrap_or_default();
    let direct = text(&event["channel_type"]) == Some("im")
        || text(&event["channel"]).is_some_and(|channel| channel.starts_with('D'));
    let Some(at) = text(&message["edited"]["ts"]) else { return Ok(Read::Ignored(Rule::MessageNews)) };
    let is_theirs = text(&message["bot_id"]).is_none() && !is_own(message, me);
    // In a thread that quad is in, it need not be named.
    let aside = !direct && !words::mentions(words, &me.user);
    let elsewhere = aside && text(&message["thread_ts"]).is_none_or(|root| message["ts"] == root);
    // Links that were looked at change a message, too, and leave its words.
    if !is_theirs || before["text"] == message["text"] || elsewhere {
        return Ok(Read::Ignored(Rule::MessageNews));
    }
    let channel = text(&event["channel"]).ok_or(lacking(KIND, "a channel"))?;
    let ts = text(&message["ts"]).ok_or(lacking(KIND, "a time"))?;
    let author = text(&message["user"]).ok_or(lacking(KIND, "an author"))?;
    Ok(said_by(Inbound {
        event_id: format!("edit:{channel}:{ts}:{at}"),
        platform: Platform::Slack,
        place: place(channel, text(&message["thread_ts"]).or(Some(ts))),
        person: person(author, author),
        said: Said::Text(words::plain(words, &me.user).chars().take(MAX_TEXT).collect()),
        at: moment(Some(at)).unwrap_or(now),
        message: Some(ts.to_owned()),
        reply_url: None,
        aside,
        edited: true,
        said_in: Some(said_in(channel, ts)),
    }))
}

/// A person deleted a message. Whether it asked quad something is not told by the event.
pub(super) fn deleted(payload: &Value, me: &Me, now: Moment) -> Result<Read, Unreadable> {
    const KIND: &str = "deletion";
    let event = &payload["event"];
    let before = &event["previous_message"];
    if text(&before["bot_id"]).is_some() || is_own(before, me) {
        return Ok(Read::Ignored(Rule::MessageNews));
    }
    let channel = text(&event["channel"]).ok_or(lacking(KIND, "a channel"))?;
    let ts = text(&event["deleted_ts"]).or(text(&before["ts"])).ok_or(lacking(KIND, "a time"))?;
    // Slack does not always say who wrote it, and nothing depends on that.
    let author = text(&before["user"]).unwrap_or("somebody");
    Ok(said_by(Inbound {
        event_id: format!("delete:{channel}:{ts}"),
        platform: Platform::Slack,
        place: place(channel, text(&before["thread_ts"]).or(Some(ts))),
        person: person(author, author),
        said: Said::Deleted,
        at: moment(text(&event["event_ts"])).unwrap_or(now),
        message: None,
        reply_url: None,
        aside: false,
        edited: false,
        said_in: Some(said_in(channel, ts)),
    }))
}
