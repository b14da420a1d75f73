//! Reads an application's own metrics page, for those who have no Prometheus.
//!
//! Counters and histograms become signals by the difference between scrapes (`window`), under the
//! same names as in Prometheus (`crate::exporters`).

mod signals;
mod window;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use url::Url;

use crate::error::{CallError, UserError};
use crate::exporters::conventions::is_read;
use crate::exporters::exposition::{self, Line};
use crate::exporters::labels::LabelNames;
use crate::model::sample::{Observation, SeriesKey};
use crate::model::secret::SecretRef;
use crate::model::signal::Signal;
use crate::model::source::{Gap, Reading};
use crate::model::subject::Subject;
use crate::model::time::Moment;
use crate::ports::metric_source::MetricSource;
use crate::vendors::http::{Auth, BasicAuth, Client, HeaderText, Options, Reply, without_credentials};
use crate::vendors::scrape::signals::Context;
use crate::vendors::scrape::window::Window;

/// Prometheus' own order of preference, so that servers answer as they would answer it.
const ACCEPT: &str = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

/// A metrics page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The page, e.g. `http://127.0.0.1:8080/metrics`.
    pub url: Url,
    /// The service that it speaks for. Default: what its labels or `target_info` say, else the
    /// URL's host and port.
    #[serde(default)]
    pub service: Option<String>,
    /// Its environment, where its labels name none. Default: none.
    #[serde(default)]
    pub environment: String,
    /// Over how many seconds rates and percentiles are formed. Default: 60.
    #[serde(default = "a_minute")]
    #[schemars(range(min = 1, max = 3600))]
    pub window_secs: u32,
    /// How long a scrape may take, in milliseconds. Default: 5000.
    #[serde(default = "five_seconds")]
    #[schemars(range(min = 1, max = 120_000))]
    pub timeout_ms: u32,
    /// Which labels name the service, the endpoint, ...
    #[serde(default)]
    pub labels: LabelNames,
    /// Sent with each request; a value may be `{env: NAME}` or `{file: PATH}`.
    #[serde(default)]
    pub headers: BTreeMap<String, HeaderText>,
    /// A bearer token, by reference.
    #[serde(default)]
    pub bearer_token: Option<SecretRef>,
    /// A name and a password.
    #[serde(default)]
    pub basic_auth: Option<BasicAuth>,
    /// A CA in PEM form, trusted besides the machine's own.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
}

impl Config {
    /// A page with defaults, as `--scrape URL` makes one.
    pub fn of(url: Url) -> Self {
        Self {
            url,
            service: None,
            environment: String::new(),
            window_secs: a_minute(),
            timeout_ms: five_seconds(),
            labels: LabelNames::default(),
            headers: BTreeMap::new(),
            bearer_token: None,
            basic_auth: None,
            ca_file: None,
        }
    }
}

fn a_minute() -> u32 {
    60
}

fn five_seconds() -> u32 {
    5_000
}

/// Reads one page.
pub struct Scrape {
    client: Client,
    config: Config,
    local_cores: Option<f64>,
    state: Mutex<State>,
}

struct State {
    window: Window,
    /// The service that the page last spoke for, kept for when it is gone.
    last: Subject,
}

impl Scrape {
    /// Reads the secrets that the settings name. Does not call the page yet.
    ///
    /// # Errors
    /// When a setting can't be used.
    pub fn new(config: Config) -> Result<Self, UserError> {
        let mut options = Options::new(config.url.clone());
        options.auth = Auth::from_settings(config.bearer_token.as_ref(), config.basic_auth.as_ref())?;
        options.headers.clone_from(&config.headers);
        options.ca_file.clone_from(&config.ca_file);
        options.timeout = Duration::from_millis(u64::from(config.timeout_ms.max(1)));
        options.connect_timeout = options.timeout;
        let client = Client::new(options)?;
        let service = config.service.clone().unwrap_or_else(|| host_and_port(&config.url));
        let local_cores = std::thread::available_parallelism().ok().filter(|_| client.is_loopback());
        let state = State {
            window: Window::new(config.window_secs.max(1)),
            last: Subject::service(&config.environment, &service),
        };
        let local_cores = local_cores.map(|cores| cores.get() as f64);
        Ok(Self { client, config, local_cores, state: Mutex::new(state) })
    }

    async fn page(&self) -> Result<Vec<Line>, CallError> {
        let reply = self.client.here(reqwest::Method::GET, ACCEPT).await?.success()?;
        lines(&reply)
    }
}

#[async_trait]
impl MetricSource for Scrape {
    fn name(&self) -> String {
        format!("scrape {}", without_credentials(&self.config.url))
    }

    /// A page that does not answer is its service that does not answer: the reading says 0, and why.
    /// A page that answers with something else is a mistake in the settings, and an error.
    async fn read(&self, now: Moment) -> Result<Reading, CallError> {
        let page = self.page().await;
        let mut state = self.state.lock().await;
        let lines = match page {
            Ok(lines) => lines,
            Err(error @ CallError::Transient { .. }) => return Ok(silent(&state.last, now, &error)),
            Err(error) => return Err(error),
        };
        let context = Context {
            names: &self.config.labels,
            service: self.config.service.as_deref(),
            otherwise: host_and_port(&self.config.url),
            environment: &self.config.environment,
            local_cores: self.local_cores,
        };
        state.window.push(now, lines);
        let (reading, speaker) = signals::reading(&context, &state.window, now);
        state.last = speaker;
        Ok(reading)
    }
}

fn silent(service: &Subject, now: Moment, error: &CallError) -> Reading {
    let key = SeriesKey::new(Signal::Answering, service.clone());
    let gap = Gap { signal: None, of: service.service.clone(), why: format!("its metrics page: {error}") };
    Reading {
        notes: vec![(key.clone(), error.to_string())],
        observations: vec![Observation { key, at: now, value: 0.0 }],
        gaps: vec![gap],
        ..Reading::default()
    }
}

fn lines(reply: &Reply) -> Result<Vec<Line>, CallError> {
    let page = exposition::read(reply.text()?, is_read);
    let kind = reply.content_type();
    if kind == "application/openmetrics-text" && !page.ended {
        return Err(CallError::transient("half a page came: it has no `# EOF`"));
    }
    if page.lines.is_empty() && (page.unreadable > 0 || kind == "text/html" || kind == "application/json") {
        return Err(CallError::permanent("the page holds no metrics; is it the right address?"));
    }
    Ok(page.lines)
}

fn host_and_port(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}
