//! The tasks of a running quad, one method each.

use std::sync::Arc;

use anyhow::Context as _;
use chrono::TimeDelta;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tracing::{error, info, warn};

use crate::app::{App, doors, heartbeat, secrets};
use crate::deliver::Outbox;
use crate::model::outgoing::Platform;
use crate::model::request::Period;
use crate::monitor::{Monitor, Settings};
use crate::ports::messenger::Messenger;
use crate::schedule::due::Schedule;
use crate::schedule::index_works::IndexWorks;
use crate::schedule::issue_works::IssueWorks;
use crate::schedule::reports::Reports;
use crate::schedule::subscriptions::Subscriptions;
use crate::vendors::http::secret::resolve;
use crate::vendors::mail;
use crate::vendors::slack::Counts;
use crate::web::metrics::Metrics;
use crate::web::state::Parts;
use crate::web::{Faults, Web};

/// Between two rounds of tidying the store.
const TIDY: TimeDelta = TimeDelta::minutes(10);

impl App {
    pub(super) fn make_web(
        &self,
        chat: &doors::LateChat,
        metrics: &Arc<Metrics>,
        faults: Option<Faults>,
    ) -> anyhow::Result<Web> {
        let file = &self.config.file;
        Ok(Web::new(Parts {
            store: self.store.clone(),
            clock: self.clock.clone(),
            settings: file.web.clone(),
            listen: file.web.listen,
            doors: doors::doors(chat, &self.store, &self.readable, self.mail_hook(chat), faults),
            metrics: Arc::clone(metrics),
            cli_token: secrets::cli_token(&file.data)?,
            cli_person: Self::local_person(),
            deployments_secret: file.hooks.secret.as_ref().map(resolve).transpose()?,
            runbooks: self.config.runbooks.clone(),
        }))
    }

    pub(super) fn monitor_settings(&self) -> Settings {
        let file = &self.config.file;
        Settings {
            interval: std::time::Duration::from_secs(file.monitoring.check_interval_secs.into()),
            detect: file.detect.clone(),
            alert: file.alerts.life.clone(),
            maintenance: self.config.windows(),
            quiet_hours: file.quiet_hours.clone(),
        }
    }

    pub(super) fn spawn_page(&mut self, listener: TcpListener, web: Web) {
        let mut stop = self.stop.subscribe();
        let routes = self.slack_routes().merge(self.pagerduty_routes());
        let ending = async move {
            // An error means that quad is gone, which is an ending too.
            let _ = stop.wait_for(|stop| *stop).await;
        };
        self.tasks.spawn(async move {
            if let Err(error) = crate::web::serve(listener, web, routes, ending).await {
                error!("the page is not served any more: {error:#}");
            }
        });
    }

    pub(super) fn spawn_chat(&mut self) {
        let (chat, stop) = (self.chat.clone(), self.stop.subscribe());
        self.tasks.spawn(async move { chat.run(stop).await });
        let (chat, stop) = (self.chat.clone(), self.stop.subscribe());
        self.tasks.spawn(async move { chat.expire_changes(stop).await });
    }

    pub(super) fn spawn_outbox(
        &mut self,
        messengers: Vec<Arc<dyn Messenger>>,
        web: &Web,
        metrics: &Arc<Metrics>,
    ) {
        let metrics = Arc::clone(metrics);
        let outbox = Outbox::new(self.store.clone(), messengers, self.clock.clone())
            .signing_in_by(Arc::new(web.clone()))
            .counted_by(Arc::new(move |platform, result| metrics.delivery(platform, result)));
        self.tasks.spawn(outbox.run(self.stop.subscribe()));
    }

    /// Makes indexes that were approved, and looks at what they gained.
    pub(super) fn spawn_index_works(&mut self, messengers: Vec<Arc<dyn Messenger>>) {
        if self.makers.is_empty() {
            return;
        }
        let works = IndexWorks {
            store: self.store.clone(),
            clock: self.clock.clone(),
            makers: self.makers.clone(),
            desk: self.desk.clone(),
            messengers,
        };
        self.tasks.spawn(Arc::new(works).run(self.stop.subscribe()));
    }

    /// Opens issues that were approved.
    pub(super) fn spawn_issue_works(&mut self, messengers: Vec<Arc<dyn Messenger>>) {
        let Some(desk) = &self.desk else { return };
        let works = IssueWorks {
            store: self.store.clone(),
            clock: self.clock.clone(),
            desk: Arc::clone(desk),
            timezone: self.config.file.timezone,
            messengers,
        };
        self.tasks.spawn(works.run(self.stop.subscribe()));
    }

    pub(super) fn spawn_reports(&mut self, messengers: Vec<Arc<dyn Messenger>>) -> anyhow::Result<()> {
        let alerts = &self.config.file.alerts;
        let daily = alerts.daily_report_time.as_deref().map(Schedule::daily).transpose();
        let weekly = alerts.weekly_report_time.as_deref().map(Schedule::weekly).transpose();
        let due = [
            (Period::Daily, daily.context("reading alerts.daily_report_time")?),
            (Period::Weekly, weekly.context("reading alerts.weekly_report_time")?),
        ];
        for (period, schedule) in due.into_iter().filter_map(|(period, due)| Some((period, due?))) {
            let reports = Reports {
                period,
                store: self.store.clone(),
                clock: self.clock.clone(),
                readable: self.readable.clone(),
                schedule,
                destinations: self.report_destinations(period),
                messengers: messengers.clone(),
            };
            self.tasks.spawn(reports.run(self.stop.subscribe()));
        }
        let subscriptions = Subscriptions {
            store: self.store.clone(),
            clock: self.clock.clone(),
            readable: self.readable.clone(),
            messengers,
        };
        self.tasks.spawn(subscriptions.run(self.stop.subscribe()));
        Ok(())
    }

    /// Compacts, sums up and expires, so that the store stays small.
    pub(super) fn spawn_housekeeping(&mut self) {
        let (store, clock, mut stop) = (self.store.clone(), self.clock.clone(), self.stop.subscribe());
        self.tasks.spawn(async move {
            loop {
                tokio::select! {
                    () = clock.wait_until(clock.now() + TIDY) => {}
                    _ = stop.changed() => return,
                }
                if let Err(error) = store.housekeeping(clock.now()).await {
                    warn!("the store could not be tidied: {error:#}");
                }
            }
        });
    }

    /// Carries what rounds did to the page and to quad's own figures.
    pub(super) fn spawn_figures(&mut self, monitor: &Monitor, web: Web, metrics: Arc<Metrics>) {
        let (mut rounds, mut stop) = (monitor.rounds(), self.stop.subscribe());
        let (slack, discord, mail) = (self.slack.clone(), self.discord.clone(), self.mail.clone());
        self.tasks.spawn(async move {
            loop {
                tokio::select! {
                    changed = rounds.changed() => if changed.is_err() { return },
                    _ = stop.changed() => return,
                }
                let round = *rounds.borrow_and_update();
                metrics.check_done(round.took, round.findings, round.complete);
                if let Some(slack) = &slack {
                    count_slack(&metrics, slack.counts());
                }
                if let Some(discord) = &discord {
                    super::discord::count(&metrics, discord);
                }
                if let Some(mail) = &mail {
                    count_mail(&metrics, mail.counts());
                }
                web.first_check_done();
                web.touch();
            }
        });
    }

    pub(super) fn spawn_heartbeat(&mut self, monitor: &Monitor) -> anyhow::Result<()> {
        let Some(settings) = &self.config.file.heartbeat else { return Ok(()) };
        let url = secrets::heartbeat_url(&settings.url)?;
        let every = TimeDelta::seconds(settings.every_secs.into());
        let (clock, stop) = (self.clock.clone(), self.stop.subscribe());
        self.tasks.spawn(heartbeat::beat(url, every, clock, monitor.rounds(), stop));
        Ok(())
    }

    pub(super) fn spawn_monitor(&mut self, monitor: Arc<Monitor>) {
        if !self.config.file.monitoring.enabled {
            info!("`monitoring.enabled: false`: questions are answered, nothing is watched");
            return;
        }
        let stop: watch::Receiver<bool> = self.stop.subscribe();
        let looking_back = Arc::clone(&monitor);
        let mut ended = self.stop.subscribe();
        self.tasks.spawn(async move {
            // Watching starts at once; the past is read beside it.
            tokio::select! {
                () = looking_back.look_back() => {}
                _ = ended.changed() => {}
            }
        });
        self.tasks.spawn(monitor.run(stop));
    }
}

/// What came in by mail, in the words of the other platforms where there are some.
fn count_mail(metrics: &Metrics, counts: &mail::Counts) {
    for (outcome, times) in counts.outcomes() {
        metrics.inbound_in_all(Platform::Mail, super::platforms::result(outcome), times);
    }
}

/// What came in from Slack, likewise.
fn count_slack(metrics: &Metrics, counts: &Counts) {
    for (outcome, times) in counts.outcomes() {
        metrics.inbound_in_all(Platform::Slack, super::platforms::result(outcome), times);
    }
    metrics.sockets(counts.sockets(), counts.reconnects());
}
