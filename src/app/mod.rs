//! Puts quad together: the only place that picks vendors and starts tasks.
//!
//! Reading order: [`App::start`] top to bottom is the whole program; `sources` and `platforms`
//! build the edges, `records` and `examine` answer the doors that need several parts.

mod databases;
mod discord;
mod doors;
mod examine;
mod heartbeat;
mod issues;
pub mod local;
mod mail;
mod on_call;
mod platforms;
mod records;
mod secrets;
mod sources;
mod tasks;

pub use examine::{Check, State};

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use secrecy::ExposeSecret as _;
use tokio::net::TcpListener;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinSet;

use crate::chat::Chat;
use crate::config::Config;
use crate::deliver::announcer::Announcer;
use crate::deliver::issues::IssueDesk;
use crate::gather::readable::{IssuePlace, Readable, Team};
use crate::handlers::act::Books;
use crate::model::answer::Answer;
use crate::model::deployment::Deployment;
use crate::model::person::{Person, Role};
use crate::monitor::absorb::Sink;
use crate::monitor::round::Sources;
use crate::monitor::statements::StatementWatch;
use crate::monitor::{Monitor, Parts};
use crate::ports::clock::Clock;
use crate::ports::index_maker::IndexMaker;
use crate::ports::messenger::Messenger;
use crate::ports::metric_source::MetricSource;
use crate::schedule::on_call::OnCall;
use crate::store::Store;
use crate::vendors::discord::Discord;
use crate::vendors::github::Github;
use crate::vendors::mail::Mail;
use crate::vendors::pagerduty::Pagerduty;
use crate::vendors::slack::Slack;
use crate::web::metrics::Metrics;
use crate::web::{Faults, PageMessenger, Web};

/// A quad, running or only put together.
pub struct App {
    config: Config,
    clock: Clock,
    store: Store,
    readable: Readable,
    chat: Chat,
    sources: Arc<Sources>,
    sink: Arc<Sink>,
    statements: Vec<Arc<StatementWatch>>,
    makers: Vec<Arc<dyn IndexMaker>>,
    slack: Option<Arc<Slack>>,
    mail: Option<Arc<Mail>>,
    pagerduty: Option<Arc<Pagerduty>>,
    on_call: Option<Arc<OnCall>>,
    discord: Option<Arc<Discord>>,
    github: Option<Arc<Github>>,
    desk: Option<Arc<IssueDesk>>,
    monitor: Option<Arc<Monitor>>,
    web: Option<Web>,
    news: broadcast::Sender<Answer>,
    troubles: Vec<String>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl App {
    /// Puts everything together and starts nothing: for subcommands that only look.
    ///
    /// # Errors
    /// Where the store can't be opened, or a secret that the configuration names is missing.
    pub async fn asleep(config: Config, clock: Clock) -> anyhow::Result<Self> {
        let store = Store::open(secrets::store_url(&config)?.expose_secret()).await?;
        let (named, mut troubles) = databases::databases(&config);
        let readable = Readable::new(store.clone(), clock.clone(), Arc::new(team(&config)))
            .asking(databases::asked(&config, &named));
        let statements = databases::watches(&config, &named, &store);
        let (mut ports, more) = sources::sources(&config);
        troubles.extend(more);
        ports.extend(statements.iter().map(|watch| Arc::clone(watch) as Arc<dyn MetricSource>));
        let interval = Duration::from_secs(config.file.monitoring.check_interval_secs.into());
        let sink = Arc::new(Sink::new(store.clone()).await?);
        let sources = Arc::new(Sources::new(ports, Arc::clone(&sink), interval));
        let slack = match platforms::slack(&config) {
            Ok(slack) => Some(slack),
            Err(why) => {
                if config.file.slack.is_some() && config.file.alerts.slack_enabled {
                    troubles.push(format!("Slack: {why}"));
                }
                None
            }
        };
        let mail = mail::mail(&config, &mut troubles);
        let pagerduty = match config.file.pagerduty.as_ref().map(Pagerduty::new).transpose() {
            Ok(pagerduty) => pagerduty.map(Arc::new),
            Err(why) => {
                troubles.push(format!("PagerDuty, so nobody can be paged: {why}"));
                None
            }
        };
        let discord = match discord::discord(&config) {
            Some(Ok(discord)) => Some(discord),
            Some(Err(why)) => {
                troubles.push(format!("Discord: {why}"));
                None
            }
            None => None,
        };
        let github = issues::github(&config, &clock, &mut troubles);
        let desk = github.clone().map(|github| Arc::new(IssueDesk::new(github, clock.clone())));
        Ok(Self {
            chat: silent_chat(&config, &store, &clock, &readable, slack.as_ref()),
            store,
            clock,
            readable,
            sources,
            sink,
            statements,
            makers: databases::makers(&named),
            slack,
            mail,
            pagerduty,
            on_call: None,
            discord,
            desk,
            github,
            monitor: None,
            web: None,
            news: broadcast::Sender::new(16),
            troubles,
            stop: watch::Sender::new(false),
            tasks: JoinSet::new(),
            config,
        })
    }

    /// Starts everything, and returns once the page answers.
    ///
    /// # Errors
    /// Where it can't run at all: the address is taken, the store can't be opened, a secret that
    /// the configuration names is missing.
    pub async fn start(config: Config, clock: Clock) -> anyhow::Result<Self> {
        Self::start_with(config, clock, None).await
    }

    /// As [`App::start`], with the switches of a demo on the page.
    ///
    /// # Errors
    /// As [`App::start`].
    pub async fn start_with(config: Config, clock: Clock, faults: Option<Faults>) -> anyhow::Result<Self> {
        let mut app = Self::asleep(config, clock).await?;
        let wanted = app.config.file.web.listen;
        let listener = TcpListener::bind(wanted).await.with_context(|| {
            format!("listening on {wanted} (is another quad running? --listen takes another address)")
        })?;
        // The port may have been chosen by the system.
        app.config.file.web.listen = listener.local_addr()?;
        let metrics = Arc::new(Metrics::default());
        let late_chat = doors::LateChat::default();
        let web = app.make_web(&late_chat, &metrics, faults)?;

        let mut messengers: Vec<Arc<dyn Messenger>> = vec![Arc::new(PageMessenger::new(web.clone()))];
        messengers.extend(app.slack.iter().map(|slack| Arc::clone(slack) as Arc<dyn Messenger>));
        messengers.extend(app.mail.iter().map(|mail| Arc::clone(mail) as Arc<dyn Messenger>));
        messengers.extend(app.pagerduty.iter().map(|pagerduty| Arc::clone(pagerduty) as Arc<dyn Messenger>));
        messengers.extend(app.discord.iter().map(|discord| Arc::clone(discord) as Arc<dyn Messenger>));
        let announcer = app.talk_through(messengers.clone(), &web);
        let _ = late_chat.set(app.chat.clone());

        let monitor = Arc::new(Monitor::new(Parts {
            store: app.store.clone(),
            clock: app.clock.clone(),
            readable: app.readable.clone(),
            sources: Arc::clone(&app.sources),
            sink: Arc::clone(&app.sink),
            statements: app.statements.clone(),
            announcer,
            settings: app.monitor_settings(),
            news: app.news.clone(),
        }));
        app.monitor = Some(Arc::clone(&monitor));
        app.web = Some(web.clone());

        app.spawn_page(listener, web.clone());
        secrets::keep_address(&app.config.file.data, app.config.file.web.listen)?;
        app.spawn_slack();
        app.spawn_discord();
        app.spawn_mail();
        app.spawn_chat();
        app.spawn_on_call();
        app.spawn_outbox(messengers.clone(), &web, &metrics);
        app.spawn_index_works(messengers.clone());
        app.spawn_issue_works(messengers.clone());
        app.spawn_reports(messengers)?;
        app.spawn_housekeeping();
        app.spawn_figures(&monitor, web, metrics);
        app.spawn_heartbeat(&monitor)?;
        app.spawn_monitor(monitor);
        Ok(app)
    }

    /// Ends everything in order: nothing more comes in, what is being done is finished, the store
    /// closes last.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(Duration::from_secs(10), ended).await.is_err() {
            tracing::warn!("something did not end in time; what it did is done again at the next start");
        }
        self.store.close().await;
    }

    /// The configuration in force.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The clock it goes by.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The talking half.
    pub fn chat(&self) -> &Chat {
        &self.chat
    }

    /// What questions may read.
    pub fn readable(&self) -> &Readable {
        &self.readable
    }

    /// The watching half, where it runs.
    pub fn monitor(&self) -> Option<&Arc<Monitor>> {
        self.monitor.as_ref()
    }

    /// Who reaches people when nobody reacts, where it runs.
    pub fn on_call(&self) -> Option<&Arc<OnCall>> {
        self.on_call.as_ref()
    }

    /// Alerts that are new or changed loudly.
    pub fn news(&self) -> broadcast::Receiver<Answer> {
        self.news.subscribe()
    }

    /// What is watched, for a person: names while they are few, else how many of each kind.
    pub fn watched(&self) -> Vec<String> {
        let names = self.sources.names();
        let kinds = [("prometheus", "Prometheus servers"), ("scrape", "metrics pages"), ("probe", "URLs")];
        let mut said = Vec::new();
        for (kind, plural) in kinds {
            let of_kind: Vec<&String> = names.iter().filter(|name| name.starts_with(kind)).collect();
            match of_kind.as_slice() {
                [] => {}
                [one] => said.push((*one).clone()),
                several => said.push(format!("{} {plural}", several.len())),
            }
        }
        if names.iter().any(|name| name == "host") {
            said.push("this machine".to_owned());
        }
        if said.is_empty() { vec!["nothing".to_owned()] } else { said }
    }

    /// What of the configuration can't be used, and why.
    pub fn troubles(&self) -> &[String] {
        &self.troubles
    }

    /// A link that signs the person at this machine in, once.
    ///
    /// # Errors
    /// Where the page is not served, or the store refuses.
    pub async fn login_link(&self) -> anyhow::Result<url::Url> {
        let web = self.web.as_ref().context("the page is not served")?;
        web.login_link(&Self::local_person()).await
    }

    /// Whoever holds this machine's data folder may do everything.
    pub fn local_person() -> Person {
        let name = std::env::var("USER").ok().filter(|name| !name.is_empty());
        let name = name.unwrap_or_else(|| "the person at this machine".to_owned());
        Person { id: "local".to_owned(), name, role: Some(Role::Admin) }
    }

    /// Notes a deployment; `false` where it was known.
    ///
    /// # Errors
    /// Where the store refuses.
    pub async fn deployed(&self, deployment: &Deployment) -> anyhow::Result<bool> {
        self.store.add_deployment(deployment).await
    }

    /// Answers and announcements go out through `messengers` from now on.
    fn talk_through(&mut self, messengers: Vec<Arc<dyn Messenger>>, web: &Web) -> Announcer {
        let file = &self.config.file;
        let announcer =
            Announcer::new(self.store.clone(), self.destinations(), messengers.clone(), file.timezone)
                .escalating(self.who_is_on_call());
        let books = Books::new(self.readable.clone(), announcer.clone(), file.alerts.life.clone());
        self.on_call = Some(Arc::new(OnCall::new(
            self.store.clone(),
            self.clock.clone(),
            self.readable.clone(),
            announcer.clone(),
            books.clone(),
            self.config.windows(),
            self.config.file.quiet_hours.clone(),
        )));
        self.chat =
            Chat::new(self.store.clone(), self.clock.clone(), self.readable.clone(), books, messengers)
                .signing_in_by(Arc::new(web.clone()));
        announcer
    }
}

/// A chat that answers and announces nothing itself: the quad that runs delivers what it stores.
fn silent_chat(
    config: &Config,
    store: &Store,
    clock: &Clock,
    readable: &Readable,
    slack: Option<&Arc<Slack>>,
) -> Chat {
    // It sends nothing, but it must know how long a message may be where its edits will go.
    let messengers = slack.map(|slack| Arc::clone(slack) as Arc<dyn Messenger>).into_iter().collect();
    let announcer = Announcer::new(store.clone(), Vec::new(), messengers, config.file.timezone);
    let books = Books::new(readable.clone(), announcer, config.file.alerts.life.clone());
    Chat::new(store.clone(), clock.clone(), readable.clone(), books, Vec::new())
}

/// What the configuration says about the team.
fn team(config: &Config) -> Team {
    let file = &config.file;
    Team {
        timezone: file.timezone,
        org_id: file.organisation.id,
        sla_percent: file.alerts.sla_percent,
        thresholds: config.thresholds(),
        named: config.inventory(),
        declared_calls: config.declared_calls(),
        planned: config.windows(),
        check_interval_secs: file.monitoring.check_interval_secs,
        escalation: config.escalation(),
        runbooks: config.runbooks.clone(),
        issues: file.github.as_ref().map(|github| IssuePlace {
            place: format!("{} on GitHub", github.repo),
            labels: github.labels.iter().chain(&github.code_agent_label).cloned().collect(),
        }),
    }
}
