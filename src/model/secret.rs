//! Where a secret is kept. The configuration names the place, never the secret itself.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A secret's place: `{env: SLACK_BOT_TOKEN}` or `{file: /run/secrets/slack-bot-token}`. Reading it
/// is IO and happens in `vendors::http::secret`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SecretRef {
    /// The name of an environment variable.
    Env(String),
    /// A file that holds nothing else; a line break at its end is not part of the secret.
    File(PathBuf),
}

/// "the environment variable SLACK_BOT_TOKEN", "the file /run/secrets/slack"
impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "the environment variable {name}"),
            Self::File(path) => write!(f, "the file {}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_written_as_one_key() {
        let env: SecretRef = serde_json::from_str(r#"{"env": "SLACK_BOT_TOKEN"}"#).expect("reads");
        assert_eq!(env, SecretRef::Env("SLACK_BOT_TOKEN".to_owned()));
        let file: SecretRef = serde_json::from_str(r#"{"file": "/run/secrets/slack"}"#).expect("reads");
        assert_eq!(file.to_string(), "the file /run/secrets/slack");
        assert!(serde_json::from_str::<SecretRef>(r#""the secret itself""#).is_err());
    }
}
