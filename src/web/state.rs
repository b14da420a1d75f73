//! What every route needs: the store, the clock, and the doors to what stands elsewhere.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use async_trait::async_trait;
use chrono::TimeDelta;
use futures_util::future::BoxFuture;
use secrecy::SecretString;
use serde_json::Value;
use tokio::sync::{broadcast, watch};
use url::Url;

use crate::alert::runbook::Runbooks;
use crate::model::answer::Answer;
use crate::model::deployment::Deployment;
use crate::model::inbound::Inbound;
use crate::model::person::Person;
use crate::model::signal::Signal;
use crate::model::time::{Moment, TimeRange};
use crate::ports::clock::Clock;
use crate::ports::sign_in::{Link, SignIn};
use crate::store::Store;
use crate::web::metrics::Metrics;
use crate::web::origin::Hosts;
use crate::web::panels::FaultSwitch;
use crate::web::session;
use crate::web::settings::Settings;
use crate::web::signature::Verifier;

pub use crate::model::outgoing::CONVERSATION;

/// How long a sign-in link that was asked for in chat works at most.
const CHAT_MINUTES: u32 = 10;

/// A door to a part that the page does not know.
pub type Door<In, Out> = Arc<dyn Fn(In) -> BoxFuture<'static, anyhow::Result<Out>> + Send + Sync>;

/// Where requests lead that are answered elsewhere. A `UserError` that comes back is shown as it
/// is; of any other error the reader learns only that it happened, and the log the rest.
#[derive(Clone)]
pub struct Doors {
    /// Answers a question at once: `quad ask`.
    pub ask: Door<Inbound, Answer>,
    /// Takes what was said or pressed on the page; `false` where it was taken before.
    pub accept: Door<Inbound, bool>,
    /// Takes note of a deployment; `false` where it was known.
    pub deployed: Door<Deployment, bool>,
    /// The JSON views of the specification.
    pub records: Door<RecordQuery, Value>,
    /// Takes raw mails; `None` where that hook is closed.
    pub mail: Option<MailHook>,
    /// The faults of the demo; `None` anywhere else.
    pub faults: Option<Faults>,
}

/// Where `POST /hooks/mail` leads.
#[derive(Clone)]
pub struct MailHook {
    /// The largest message that is read, in bytes.
    pub max_bytes: usize,
    /// Takes one raw message: what became of it in a word, or `None` where it must be sent again.
    pub take: Door<Vec<u8>, Option<&'static str>>,
}

/// The switches of the demo.
#[derive(Clone)]
pub struct Faults {
    /// All faults and whether they are on.
    pub list: Door<(), Vec<FaultSwitch>>,
    /// Switches one on or off.
    pub switch: Door<(String, bool), ()>,
}

/// Which records somebody wants.
#[derive(Debug, Clone, PartialEq)]
pub enum RecordQuery {
    /// Alert records: those open now, or all that were open at some time in a range.
    Alerts(Option<TimeRange>),
    /// Metric records.
    Metrics {
        /// Of this signal only.
        signal: Option<Signal>,
        /// Of this service only.
        service: Option<String>,
        /// In this time; the newest value of each series where none is given.
        range: Option<TimeRange>,
    },
    /// What is watched and how it is.
    Status,
}

/// What a `Web` is made of.
pub struct Parts {
    /// quad's database.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// What was configured.
    pub settings: Settings,
    /// The address that is really listened on: the port may have been chosen by the system.
    pub listen: SocketAddr,
    /// To the rest of quad.
    pub doors: Doors,
    /// quad's own figures.
    pub metrics: Arc<Metrics>,
    /// What `quad ask` and its like prove themselves with: they read it from the data folder.
    pub cli_token: SecretString,
    /// Who they are.
    pub cli_person: Person,
    /// Signs deployments and mails; without one the hooks are closed.
    pub deployments_secret: Option<SecretString>,
    /// What to do about which alert.
    pub runbooks: Runbooks,
}

/// The state of the router. Cheap to clone.
#[derive(Clone)]
pub struct Web(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) parts: Parts,
    pub(super) hosts: Hosts,
    pub(super) deployments: Option<Verifier>,
    pub(super) touched: watch::Sender<u64>,
    pub(super) working: broadcast::Sender<()>,
    pub(super) closing: watch::Sender<bool>,
    pub(super) checked: AtomicBool,
    pub(super) started: Moment,
}

impl Web {
    /// A state made of `parts`.
    pub fn new(parts: Parts) -> Self {
        let settings = &parts.settings;
        let hosts = Hosts::new(parts.listen.ip(), settings.public_url.as_ref(), &settings.allowed_hosts);
        let deployments = parts.deployments_secret.clone().map(Verifier::new);
        let started = parts.clock.now();
        Self(Arc::new(Inner {
            parts,
            hosts,
            deployments,
            touched: watch::Sender::new(0),
            working: broadcast::Sender::new(16),
            closing: watch::Sender::new(false),
            checked: AtomicBool::new(false),
            started,
        }))
    }

    /// A link that signs `person` in, once.
    ///
    /// # Errors
    /// Where the store refuses.
    pub async fn login_link(&self, person: &Person) -> anyhow::Result<Url> {
        self.link_for(person, self.settings().login_minutes).await
    }

    async fn link_for(&self, person: &Person, minutes: u32) -> anyhow::Result<Url> {
        let token = session::fresh_token()?;
        let expires = self.now() + TimeDelta::minutes(minutes.into());
        self.store().put_login(&session::hash(&token), person, expires).await?;
        self.address()?.join(&format!("login/{token}")).context("making a sign-in link")
    }

    /// Where people find the page.
    ///
    /// # Errors
    /// Never, for an address that can be listened on.
    pub fn address(&self) -> anyhow::Result<Url> {
        if let Some(url) = &self.settings().public_url {
            return Ok(url.clone());
        }
        let mut listen = self.0.parts.listen;
        if listen.ip().is_unspecified() {
            listen.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
        }
        Url::parse(&format!("http://{listen}/")).context("making the page's address")
    }

    /// Something beside the conversation changed: open pages look again at once.
    pub fn touch(&self) {
        self.0.touched.send_modify(|count| *count += 1);
    }

    /// The first check is done: from now on `/readyz` says yes.
    pub fn first_check_done(&self) {
        self.0.checked.store(true, Ordering::Relaxed);
    }

    /// Ends all live updates, so that the server can stop.
    pub fn close(&self) {
        self.0.closing.send_replace(true);
    }

    pub(super) fn store(&self) -> &Store {
        &self.0.parts.store
    }

    pub(super) fn now(&self) -> Moment {
        self.0.parts.clock.now()
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.0.parts.settings
    }

    pub(super) fn doors(&self) -> &Doors {
        &self.0.parts.doors
    }
}

/// For people who ask in chat, where a message lies about for longer than at a prompt.
#[async_trait]
impl SignIn for Web {
    async fn link(&self, person: &Person) -> anyhow::Result<Link> {
        let minutes = self.settings().login_minutes.min(CHAT_MINUTES);
        Ok(Link { url: self.link_for(person, minutes).await?, minutes })
    }
}
