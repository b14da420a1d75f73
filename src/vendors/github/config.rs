//! What an installation says about GitHub.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::model::secret::SecretRef;

/// The section `github` of the configuration: where issues are opened, and as whom.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The repository, as `owner/name`.
    pub repo: String,
    /// A token that may write issues there: fine-grained with Issues: write (and Pull requests: read, to
    /// find related ones), or classic with the scope `repo`. Default: the environment variable
    /// GITHUB_TOKEN, where `app` is not set.
    #[serde(default)]
    pub token: Option<SecretRef>,
    /// A GitHub App instead of a token.
    #[serde(default)]
    pub app: Option<App>,
    /// Where the API answers. Default: https://api.github.com; for GitHub Enterprise Server
    /// https://HOST/api/v3.
    #[serde(default = "official")]
    pub base_url: Url,
    /// Labels of each issue that quad opens, besides `quad`, by which it finds them again.
    #[serde(default)]
    pub labels: Vec<String>,
    /// One more label, at which a program picks up the work. Default: none.
    #[serde(default)]
    pub code_agent_label: Option<String>,
    /// Seconds until a call is given up, up to 40. Default: 10.
    #[serde(default = "ten")]
    #[schemars(range(min = 1, max = 40))]
    pub timeout_secs: u64,
}

/// A GitHub App that is installed for the repository.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// The App ID from its settings page.
    pub id: u64,
    /// Where its private key is kept, in PEM form as GitHub hands it out.
    pub private_key: SecretRef,
    /// The installation. Default: the one that holds the repository.
    #[serde(default)]
    pub installation_id: Option<u64>,
}

impl Config {
    /// A repository with everything else as it is by default.
    pub fn of(repo: &str) -> Self {
        Self {
            repo: repo.to_owned(),
            token: None,
            app: None,
            base_url: official(),
            labels: Vec::new(),
            code_agent_label: None,
            timeout_secs: ten(),
        }
    }

    /// What does not fit together: the key, and what to do.
    pub fn problems(&self) -> Vec<(&'static str, String)> {
        let mut found = Vec::new();
        if !is_repository(&self.repo) {
            let what =
                "`github.repo` takes a repository as owner/name, without an address before it: acme/shop";
            found.push(("repo", what.to_owned()));
        }
        if self.app.is_some() && self.token.is_some() {
            let what = "`github.app` and `github.token` exclude each other; remove one";
            found.push(("token", what.to_owned()));
        }
        let named = self.labels.iter().map(|label| ("labels", label));
        let named = named.chain(self.code_agent_label.iter().map(|label| ("code_agent_label", label)));
        for (key, label) in named {
            if label.trim().is_empty() || label.chars().count() > LONGEST_LABEL {
                let what = format!("`github.{key}`: a label has 1 to {LONGEST_LABEL} characters");
                found.push((key, what));
            }
        }
        found
    }
}

/// GitHub refuses longer ones.
const LONGEST_LABEL: usize = 50;

fn is_repository(text: &str) -> bool {
    let is_name = |part: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        !part.is_empty() && !matches!(part, "." | "..") && part.bytes().all(allowed)
    };
    text.split_once('/').is_some_and(|(owner, name)| is_name(owner) && is_name(name))
}

fn official() -> Url {
    Url::parse("https://api.github.com").expect("a constant that a test reads")
}

fn ten() -> u64 {
    10
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(json: &str) -> String {
        let config: Config = serde_json::from_str(json).expect("reads");
        config.problems().into_iter().map(|(_, what)| what).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_repository_is_enough() {
        let config: Config = serde_json::from_str(r#"{"repo": "acme/.github"}"#).expect("reads");
        assert_eq!(config, Config::of("acme/.github"));
        assert!(config.problems().is_empty());
        assert_eq!(config.base_url.as_str(), "https://api.github.com/");
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let said = problems(
            r#"{"repo": "https://github.com/acme/shop", "token": {"env": "T"}, "labels": [""], "app": {"id": 7, "private_key": {"file": "key.pem"}}}"#,
        );
        insta::assert_snapshot!(said, @r"
        `github.repo` takes a repository as owner/name, without an address before it: acme/shop
        `github.app` and `github.token` exclude each other; remove one
        `github.labels`: a label has 1 to 50 characters
        ");
        for repo in ["shop", "acme/", "acme/..", "acme/shop/issues", "a b/c"] {
            assert!(!is_repository(repo), "{repo}");
        }
    }
}
