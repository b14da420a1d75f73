//! What a gateway session is and what the end of a connection means for it. Pure.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Enough to take up a session where it was left, even by another process: Discord then hands in
/// everything that was missed since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Discord's id of it.
    pub id: String,
    /// The last event that is in safe hands.
    pub seq: u64,
    /// Where to take it up.
    pub resume_url: String,
    /// What it was opened for; another wish needs another session.
    pub intents: u64,
}

/// What to do once a connection has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Next {
    /// Connect and take the session up.
    Resume,
    /// Connect and begin a new one.
    Identify,
    /// Only a person can mend it.
    GiveUp(&'static str),
}

/// Servers, their messages, and direct messages. Source: docs.discord.com, "Gateway intents".
const INTENTS: u64 = 1 | 1 << 9 | 1 << 12;
/// What messages say that don't mention quad.
const MESSAGE_CONTENT: u64 = 1 << 15;

/// What the gateway is asked for.
pub(super) fn intents(message_content: bool) -> u64 {
    if message_content { INTENTS | MESSAGE_CONTENT } else { INTENTS }
}

/// What a close code means. Source: docs.discord.com, "Gateway close event codes".
pub(super) fn after_close(code: Option<u16>) -> Next {
    match code {
        Some(4004) => Next::GiveUp(
            "Discord does not accept the bot's token (4004); copy it again from the bot's page in the developer portal",
        ),
        Some(4010 | 4011) => Next::GiveUp(
            "Discord wants this bot split into shards (4010, 4011), which quad does not do; use an application of its own for quad",
        ),
        Some(4012) => Next::GiveUp("Discord has given up this version of its gateway (4012); update quad"),
        Some(4013) => {
            Next::GiveUp("Discord does not know what quad asks its gateway for (4013); update quad")
        }
        Some(4014) => Next::GiveUp(
            "Discord does not allow quad to read messages (4014); switch the Message Content Intent on at the bot's page in the developer portal, or set discord.message_content: false",
        ),
        // The session is over: not authenticated, authenticated twice, a sequence that it does not
        // know, or timed out.
        Some(4003 | 4005 | 4006 | 4007 | 4009) => Next::Identify,
        // Unknown error, opcode, decoding, rate: the session lives. So it does where a connection just broke.
        _ => Next::Resume,
    }
}

/// The frame that takes a session up.
pub(super) fn resume(session: &Session, token: &str) -> Value {
    json!({"op": 6, "d": {"token": token, "session_id": session.id, "seq": session.seq}})
}

/// The frame that begins one.
pub(super) fn identify(token: &str, intents: u64) -> Value {
    let properties = json!({"os": std::env::consts::OS, "browser": "quad", "device": "quad"});
    json!({"op": 2, "d": {"token": token, "intents": intents, "properties": properties}})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_close_code_has_its_answer() {
        let sorted =
            |next: Next| (4000..=4014).filter(|code| after_close(Some(*code)) == next).collect::<Vec<u16>>();
        assert_eq!(sorted(Next::Resume), [4000, 4001, 4002, 4008]);
        assert_eq!(sorted(Next::Identify), [4003, 4005, 4006, 4007, 4009]);
        for code in [4004, 4010, 4011, 4012, 4013, 4014] {
            assert!(
                matches!(after_close(Some(code)), Next::GiveUp(why) if why.contains(&code.to_string())),
                "{code}"
            );
        }
        for code in [None, Some(1000), Some(1001), Some(1006), Some(4999)] {
            assert_eq!(after_close(code), Next::Resume);
        }
    }
}
