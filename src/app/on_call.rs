//! Who is told when nobody reacts: where each of them is found, and what comes back from PagerDuty.

use std::sync::Arc;

use futures_util::FutureExt as _;

use crate::alert::escalation;
use crate::app::{App, Check, State};
use crate::deliver::announcer::Destination;
use crate::deliver::escalate;
use crate::model::escalation::Recipient;
use crate::model::outgoing::{INCIDENTS, Platform};
use crate::model::person::{Person, Role};
use crate::schedule::on_call::Heard;
use crate::vendors::discord;
use crate::vendors::pagerduty::webhook::{Happened, router};

impl App {
    /// The policy, and the way to everybody in it.
    pub(super) fn who_is_on_call(&self) -> escalate::OnCall {
        let policy = self.config.escalation();
        let all = policy.steps.iter().flat_map(|step| &step.targets);
        let reach = all.filter_map(|to| Some((to.clone(), self.destination(to)?))).collect();
        let address = self.config.file.web.public_url.clone();
        escalate::OnCall { policy, reach, runbooks: self.config.runbooks.clone(), address }
    }

    /// Where a recipient is found; `None` where that part is not set up.
    fn destination(&self, recipient: &Recipient) -> Option<Destination> {
        let at = |platform, channel: &str| Destination { platform, channel: channel.to_owned() };
        match recipient {
            Recipient::Pagerduty => self.pagerduty.as_ref().map(|_| at(Platform::Pagerduty, INCIDENTS)),
            Recipient::Channel(name) => match (&self.slack, &self.discord) {
                (Some(_), _) => Some(at(Platform::Slack, name)),
                (None, Some(_)) => Some(at(Platform::Discord, name)),
                (None, None) => None,
            },
            Recipient::Person(id) if discord::is_person(id) => {
                self.discord.as_ref().map(|_| at(Platform::Discord, &discord::alone(id)))
            }
            // A person's id is a channel too: that of the conversation with them.
            Recipient::Person(id) => self.slack.as_ref().map(|_| at(Platform::Slack, id)),
            Recipient::Mail(address) => self.mail.as_ref().map(|_| at(Platform::Mail, address)),
        }
    }

    /// Looks after everybody who must be told, until quad stops.
    pub(super) fn spawn_on_call(&mut self) {
        let Some(on_call) = self.on_call.clone() else { return };
        let stop = self.stop.subscribe();
        self.tasks.spawn(async move { on_call.run(stop).await });
    }

    /// The route that PagerDuty calls; closed where no secret is set.
    pub(super) fn pagerduty_routes(&self) -> axum::Router {
        let (Some(pagerduty), Some(on_call)) = (&self.pagerduty, &self.on_call) else {
            return axum::Router::new();
        };
        let on_call = Arc::clone(on_call);
        let sink = move |happened: Happened| {
            let on_call = Arc::clone(&on_call);
            async move { on_call.heard(&heard(happened)).await }.boxed()
        };
        router(Arc::clone(pagerduty), "/hooks/pagerduty", Arc::new(sink))
    }

    /// Whether people can be reached, and whether somebody was not.
    pub(super) async fn examine_on_call(&self) -> anyhow::Result<Vec<Check>> {
        let mut checks = Vec::new();
        let mut add = |state, says| checks.push(Check { what: "on call".to_owned(), state, says });
        let policy = self.config.escalation();
        match policy.steps.len() {
            0 => add(
                State::Warning,
                "nobody is told when nobody acknowledges an alert; \
                `pagerduty` or `escalation` in the configuration changes that"
                    .to_owned(),
            ),
            _ => {
                let steps = policy.steps.iter();
                let steps: Vec<String> = steps
                    .map(|step| format!("{} after {} min", escalation::names(step), step.after_minutes))
                    .collect();
                add(State::Good, format!("without acknowledgement: {}", steps.join(", ")));
            }
        }
        if let Some(pagerduty) = &self.pagerduty {
            match pagerduty.doctor().await {
                Ok(says) => add(State::Good, format!("PagerDuty: {says}")),
                Err(says) => add(State::Bad, format!("PagerDuty: {says}")),
            }
        }
        let now = self.clock.now();
        for alert in self.readable.open_alerts().await? {
            for trouble in escalation::troubles(&alert, now) {
                add(State::Bad, trouble);
            }
        }
        Ok(checks)
    }
}

fn heard(happened: Happened) -> Heard {
    Heard {
        event_id: happened.event_id,
        key: happened.key,
        state: happened.state,
        who: Person {
            id: format!("pagerduty:{}", happened.who_id),
            name: happened.who,
            role: Some(Role::Responder),
        },
        at: happened.at,
    }
}
