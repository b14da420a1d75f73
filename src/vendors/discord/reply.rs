//! What an answer refers to, as it travels through the store: the message that was asked, or the
//! interaction whose token takes an answer for 15 minutes.

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reply {
    /// A message; the answer refers to it.
    Message {
        /// Its id.
        id: String,
    },
    /// `/quad`: the answer takes the place of "quad is thinking".
    Command {
        /// quad's application.
        application: String,
        /// What the interaction is answered with.
        token: String,
    },
    /// A press: only what one person alone is told goes through the interaction.
    Press {
        /// quad's application.
        application: String,
        /// What the interaction is answered with.
        token: String,
    },
}

impl Reply {
    pub(super) fn encode(&self) -> String {
        match self {
            Self::Message { id } => format!("message:{id}"),
            Self::Command { application, token } => format!("command:{application}:{token}"),
            Self::Press { application, token } => format!("press:{application}:{token}"),
        }
    }

    pub(super) fn decode(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        let interaction = || {
            let (application, token) = rest.split_once(':')?;
            let is_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '=');
            // Both become part of an address.
            let sound = application.bytes().all(|byte| byte.is_ascii_digit()) && token.chars().all(is_token);
            sound.then(|| (application.to_owned(), token.to_owned()))
        };
        match kind {
            "message" => Some(Self::Message { id: rest.to_owned() }),
            "command" => interaction().map(|(application, token)| Self::Command { application, token }),
            "press" => interaction().map(|(application, token)| Self::Press { application, token }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_answered_survives_the_way_through_the_store() {
        for reply in [
            Reply::Message { id: "12".to_owned() },
            Reply::Command { application: "9".to_owned(), token: "aW50-_x.y=".to_owned() },
            Reply::Press { application: "9".to_owned(), token: "t".to_owned() },
        ] {
            assert_eq!(Reply::decode(&reply.encode()), Some(reply));
        }
        assert_eq!(Reply::decode("press:9:../../users"), None);
        assert_eq!(Reply::decode("https://hooks.slack.com/x"), None);
    }
}
