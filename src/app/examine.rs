//! Looks at everything quad needs, and says what is wrong: `quad doctor`.

use serde::Serialize;

use crate::app::App;
use crate::config::unbuilt;
use crate::gather::coverage::coverage;
use crate::vendors::http::check::Health;

/// How one thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// As it should be.
    Good,
    /// Works, but look at it.
    Warning,
    /// Does not work.
    Bad,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at: "store", "prometheus http://...", "slack".
    pub what: String,
    /// How it is.
    pub state: State,
    /// In a sentence, with what to do where something is wrong.
    pub says: String,
}

impl App {
    /// Looks at the configuration, the store, every source, Slack, Discord, mail, GitHub, and what is seen of whom.
    ///
    /// # Errors
    /// Where the store can't be read.
    pub async fn examine(&self) -> anyhow::Result<Vec<Check>> {
        let mut checks = Vec::new();
        let mut add = |what: &str, state: State, says: String| {
            checks.push(Check { what: what.to_owned(), state, says });
        };
        let source =
            self.config.path.as_ref().map_or("defaults".to_owned(), |path| path.display().to_string());
        match unbuilt::warning(&self.config) {
            Some(warning) => add("configuration", State::Warning, format!("{source}: {warning}")),
            None => add("configuration", State::Good, source),
        }
        match self.store.describe().await {
            Ok(says) => add("store", State::Good, says),
            Err(error) => add("store", State::Bad, format!("{error:#}")),
        }
        for trouble in &self.troubles {
            add("sources", State::Bad, trouble.clone());
        }
        let now = self.clock.now();
        let mut latest = Vec::new();
        let mut health = Vec::new();
        let mut down = Vec::new();
        for port in self.sources.ports() {
            let name = port.name();
            match port.read(now).await {
                Ok(reading) => {
                    match reading.observations.len() {
                        0 if reading.gaps.is_empty() => add(&name, State::Good, "answers".to_owned()),
                        0 => {
                            for gap in &reading.gaps {
                                add(&name, State::Warning, gap.why.clone());
                            }
                        }
                        values => add(&name, State::Good, format!("answers with {values} values")),
                    }
                    health.push(crate::model::source::SourceHealth {
                        source: name,
                        last_ok: Some(now),
                        failing_since: None,
                        error: None,
                        gaps: reading.gaps,
                    });
                    latest.extend(reading.observations);
                }
                Err(error) => {
                    add(&name, State::Bad, error.to_string());
                    down.push(error.to_string());
                }
            }
        }
        for known in self.readable.databases().all() {
            for (good, says) in known.port.doctor().await {
                // Its numbers are a source as well, and what is down was said of that.
                if down.iter().any(|why| says.ends_with(why)) {
                    continue;
                }
                add(known.port.kind(), if good { State::Good } else { State::Bad }, says);
            }
        }
        let services = self.readable.services().await?;
        for signal in coverage(&services, &latest, &health).into_iter().filter(|_| !services.is_empty()) {
            let state = if signal.missing.is_empty() { State::Good } else { State::Warning };
            add("coverage", state, signal.sentence());
        }
        match &self.slack {
            None => add("slack", State::Warning, self.slack_state()),
            Some(slack) => {
                for check in slack.doctor(&self.slack_channels()).await {
                    add("slack", check.health.into(), check.says);
                }
            }
        }
        self.examine_discord(&mut add).await;
        if let Some(mail) = &self.mail {
            for (good, says) in mail.doctor().await {
                add("mail", if good { State::Good } else { State::Bad }, says);
            }
        }
        checks.extend(self.examine_issues().await);
        checks.extend(self.examine_on_call().await?);
        Ok(checks)
    }

    async fn examine_discord(&self, add: &mut impl FnMut(&str, State, String)) {
        match (&self.discord, self.discord_state()) {
            (Some(discord), _) => {
                for check in discord.doctor().await {
                    add("discord", check.health.into(), check.says);
                }
            }
            (None, Some(why)) => add("discord", State::Bad, why),
            (None, None) => {}
        }
    }
}

impl From<Health> for State {
    fn from(health: Health) -> Self {
        match health {
            Health::Good => Self::Good,
            Health::Warning => Self::Warning,
            Health::Bad => Self::Bad,
        }
    }
}
