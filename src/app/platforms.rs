//! Slack, where it is set up, and where alerts and reports go. Discord and mail have files of their own.

use std::sync::Arc;

use futures_util::FutureExt as _;
use tracing::error;

use crate::app::App;
use crate::chat::Chat;
use crate::deliver::announcer::Destination;
use crate::error::CallError;
use crate::model::inbound::Inbound;
use crate::model::outgoing::Platform;
use crate::model::request::Period;
use crate::vendors::slack::{Sink, Slack, router};
use crate::web::CONVERSATION;

/// Slack as configured; a sentence where it is not or can't be.
pub(super) fn slack(config: &crate::config::Config) -> Result<Arc<Slack>, String> {
    let Some(settings) = config.file.slack.clone() else {
        return Err("not set up; `quad manifest` prints the app, the README says the rest".to_owned());
    };
    if !config.file.alerts.slack_enabled {
        return Err("switched off by `alerts.slack_enabled: false`".to_owned());
    }
    Slack::new(settings).map(Arc::new).map_err(|error| error.to_string())
}

/// What a platform's own count is called in quad's figures, in the words of the others where there
/// are some.
pub(super) fn result(outcome: &'static str) -> &'static str {
    match outcome {
        "said" => "accepted",
        "again" => "duplicate",
        "unstored" => "failed",
        other => other,
    }
}

/// Takes in what a platform hands over.
pub(super) fn sink(chat: &Chat) -> Sink {
    let chat = chat.clone();
    Arc::new(move |inbound: Inbound| {
        let chat = chat.clone();
        async move { chat.accept(&inbound).await }.boxed()
    })
}

impl App {
    /// Where alerts go: the page always, Slack and Discord where they are set up.
    pub(super) fn destinations(&self) -> Vec<Destination> {
        let mut all = vec![Destination { platform: Platform::Page, channel: CONVERSATION.to_owned() }];
        if self.slack.is_some() {
            let channel = self.config.file.alerts.slack_channel.clone();
            all.push(Destination { platform: Platform::Slack, channel });
        }
        all.extend(self.discord_alerts());
        all.extend(self.mail_destinations(&self.config.file.alerts.email_to));
        all
    }

    /// Where the daily report goes.
    pub(super) fn report_destinations(&self, period: Period) -> Vec<Destination> {
        let mut all = vec![Destination { platform: Platform::Page, channel: CONVERSATION.to_owned() }];
        if self.slack.is_some() {
            let channels = self.slack_report_channels(period).into_iter();
            all.extend(channels.map(|channel| Destination { platform: Platform::Slack, channel }));
        }
        all.extend(self.discord_reports(period));
        all.extend(self.mail_destinations(self.mail_report_addresses(period)));
        all
    }

    fn slack_report_channels(&self, period: Period) -> Vec<String> {
        let alerts = &self.config.file.alerts;
        match alerts.report_channels(period) {
            [] => vec![alerts.slack_channel.clone()],
            named => named.to_vec(),
        }
    }

    /// Every Slack channel that quad writes to.
    pub(super) fn slack_channels(&self) -> Vec<String> {
        let mut all = self.slack_report_channels(Period::Daily);
        all.extend(self.slack_report_channels(Period::Weekly));
        all.push(self.config.file.alerts.slack_channel.clone());
        all.sort();
        all.dedup();
        all
    }

    /// Slack's state in a few words, for the start and for doctor.
    pub fn slack_state(&self) -> String {
        match (&self.slack, slack(&self.config)) {
            (Some(_), _) => format!("@quad, alerts in {}", self.config.file.alerts.slack_channel),
            (None, Err(why)) => why,
            (None, Ok(_)) => "not started".to_owned(),
        }
    }

    /// The route that Slack calls, where events, commands and interactions come over HTTP.
    pub(super) fn slack_routes(&self) -> axum::Router {
        match &self.slack {
            Some(slack) if self.config.file.slack.as_ref().is_some_and(|s| s.signing_secret.is_some()) => {
                router(Arc::clone(slack), "/slack/events", sink(&self.chat), self.clock.clone())
            }
            _ => axum::Router::new(),
        }
    }

    /// Says at once if Slack refuses the bot token: over HTTP, and as long as nothing breaks, nobody
    /// would notice otherwise.
    fn spawn_introduction(&mut self, slack: Arc<Slack>) {
        let mut stop = self.stop.subscribe();
        self.tasks.spawn(async move {
            tokio::select! {
                known = slack.me() => match known {
                    Ok(_) => {}
                    Err(why @ CallError::Permanent { .. }) => {
                        error!("Slack does not know quad: {why}; `quad doctor` says more");
                    }
                    Err(why) => error!("Slack can't be asked who quad is: {why}; it is tried again"),
                },
                _ = stop.changed() => {}
            }
        });
    }

    /// Listens in Socket Mode, where there is an app token.
    pub(super) fn spawn_slack(&mut self) {
        let Some(slack) = self.slack.clone() else { return };
        self.spawn_introduction(Arc::clone(&slack));
        if self.config.file.slack.as_ref().is_none_or(|settings| settings.app_token.is_none()) {
            return;
        }
        let (sink, clock, mut stop) = (sink(&self.chat), self.clock.clone(), self.stop.subscribe());
        self.tasks.spawn(async move {
            tokio::select! {
                ended = slack.listen(sink, clock) => if let Err(error) = ended {
                    error!("Slack is not listened to any more: {error}");
                },
                _ = stop.changed() => {}
            }
        });
    }
}
