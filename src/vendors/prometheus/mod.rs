//! Reads metrics over Prometheus' HTTP query API; Mimir, Thanos and VictoriaMetrics speak it too.
//!
//! A reading is a plan of queries (`plan`), made for what the server holds (`catalogue`), asked a
//! few at once (`api`), and put together (`assemble`). A query that fails is a gap, not an error.

mod api;
mod assemble;
mod catalogue;
mod config;
mod history;
mod plan;
mod promql;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use futures_util::stream::{self, StreamExt as _};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use crate::error::{CallError, UserError};
use crate::model::sample::Series;
use crate::model::source::{Gap, Reading};
use crate::model::time::{Moment, TimeRange};
use crate::ports::metric_source::MetricSource;
use crate::vendors::http::{Auth, Client, Options};
use crate::vendors::prometheus::api::{Api, Row};
use crate::vendors::prometheus::assemble::{Answered, Assembler};
use crate::vendors::prometheus::catalogue::Catalogue;
use crate::vendors::prometheus::plan::{Ask, Plan};
use crate::vendors::prometheus::promql::Shape;

pub use config::{Config, Queries};

/// So many queries run at once: a monitoring server must not suffer from being watched.
const AT_ONCE: usize = 4;

/// How long the list of metrics counts as known. At first it is looked up more often: a server that
/// was just started gets to know its targets one by one.
const CATALOGUE_AGE: TimeDelta = TimeDelta::seconds(60);
const FIRST_AGE: TimeDelta = TimeDelta::seconds(5);
const FIRST_MINUTES: TimeDelta = TimeDelta::minutes(2);

/// Where the scrape interval can't be learned.
const USUAL_WINDOW: u32 = 60;

/// What was learned of the server and when, and since when it has anything to tell.
#[derive(Default)]
struct Known {
    catalogue: Option<(Moment, Arc<Catalogue>)>,
    rich_since: Option<Moment>,
}

/// A Prometheus server.
pub struct Prometheus {
    api: Api,
    config: Config,
    name: String,
    local_cores: Option<f64>,
    catalogue: Mutex<Known>,
}

impl Prometheus {
    /// Reads the secrets that the settings name. Does not call the server yet.
    ///
    /// # Errors
    /// When a setting can't be used.
    pub fn new(config: Config) -> Result<Self, UserError> {
        let mut options = Options::new(config.base_url.clone());
        options.auth = Auth::from_settings(config.bearer_token.as_ref(), config.basic_auth.as_ref())?;
        options.headers = config.all_headers();
        options.ca_file.clone_from(&config.ca_file);
        options.timeout = Duration::from_secs(u64::from(config.timeout_secs.max(1)));
        options.connect_timeout = options.connect_timeout.min(options.timeout);
        let client = Client::new(options)?;
        let local_cores = std::thread::available_parallelism().ok().filter(|_| client.is_loopback());
        Ok(Self {
            api: Api::new(client),
            name: config.name.clone().unwrap_or_else(|| "prometheus".to_owned()),
            local_cores: local_cores.map(|cores| cores.get() as f64),
            catalogue: Mutex::new(Known::default()),
            config,
        })
    }

    /// How many seconds rates are formed over, as of the last reading: a change needs at most so
    /// long to be seen in full.
    pub async fn window_seconds(&self) -> u32 {
        let known = self.catalogue.lock().await;
        known.catalogue.as_ref().map_or(USUAL_WINDOW, |(_, catalogue)| self.window(catalogue.app_interval))
    }

    /// Four scrapes: two are needed for a rate, and one may be late or lost.
    fn window(&self, interval: Option<f64>) -> u32 {
        let automatic =
            || interval.map_or(USUAL_WINDOW, |seconds| (seconds * 4.0).ceil().clamp(20.0, 600.0) as u32);
        self.config.rate_window_secs.unwrap_or_else(automatic).max(1)
    }

    fn shape(&self, window: u32) -> Shape<'_> {
        Shape { names: &self.config.labels, matchers: &self.config.matchers, window }
    }

    fn assembler<'a>(&'a self, catalogue: &'a Catalogue) -> Assembler<'a> {
        Assembler {
            names: &self.config.labels,
            configured: &self.config.queries,
            environment: &self.config.environment,
            exporters: &catalogue.exporters,
            local_cores: self.local_cores,
        }
    }

    async fn known(&self, now: Moment) -> Result<Arc<Catalogue>, CallError> {
        let mut known = self.catalogue.lock().await;
        if let Some((at, catalogue)) = &known.catalogue {
            let young = known.rich_since.is_none_or(|since| (now - since).abs() < FIRST_MINUTES);
            let age = if young { FIRST_AGE } else { CATALOGUE_AGE };
            let fresh = (now - *at).abs() < age && !catalogue.is_poor();
            if fresh {
                return Ok(Arc::clone(catalogue));
            }
        }
        let catalogue = Arc::new(Catalogue::read(&self.api, &self.shape(USUAL_WINDOW)).await?);
        known.catalogue = Some((now, Arc::clone(&catalogue)));
        if !catalogue.is_poor() {
            known.rich_since.get_or_insert(now);
        }
        Ok(catalogue)
    }

    fn plan<'a>(&'a self, catalogue: &'a Catalogue, at_least: u32, history: bool) -> Vec<Ask> {
        let apps = self.shape(self.window(catalogue.app_interval).max(at_least));
        let exporters = self.shape(self.window(catalogue.exporter_interval).max(at_least));
        Plan { catalogue, apps, exporters, configured: &self.config.queries, history }.asks()
    }

    /// Asks all, a few at once, until `deadline`. What was not answered by then is missing from the
    /// result.
    async fn ask_all(&self, asks: &[Ask], deadline: Instant) -> BTreeMap<usize, Result<Vec<Row>, CallError>> {
        // Owned texts: futures that borrow each its own item can't be proven to be `Send`.
        let queries: Vec<String> = asks.iter().map(|ask| ask.promql.clone()).collect();
        let mut replies = stream::iter(queries.into_iter().enumerate())
            .map(|(at, promql)| async move { (at, self.api.query(&promql).await) })
            .buffer_unordered(AT_ONCE);
        let mut out = BTreeMap::new();
        while let Ok(Some((at, reply))) = timeout_at(deadline, replies.next()).await {
            out.insert(at, reply);
        }
        out
    }
}

#[async_trait]
impl MetricSource for Prometheus {
    fn name(&self) -> String {
        self.name.clone()
    }

    async fn read(&self, now: Moment) -> Result<Reading, CallError> {
        let deadline = Instant::now() + Duration::from_secs(u64::from(self.config.deadline_secs.max(1)));
        let late = || CallError::transient(format!("no answer within {} s", self.config.deadline_secs));
        let catalogue = timeout_at(deadline, self.known(now)).await.map_err(|_| late())??;
        let asks = self.plan(&catalogue, 0, false);
        let mut replies = self.ask_all(&asks, deadline).await;

        let (mut answered, mut gaps, mut worst) = (Vec::new(), Vec::new(), None);
        for (at, ask) in asks.iter().enumerate() {
            match replies.remove(&at).unwrap_or_else(|| Err(late())) {
                Ok(rows) => {
                    let rows = rows.into_iter().map(|row| (Arc::new(row.labels), row.value)).collect();
                    answered.push(Answered { ask, rows });
                }
                Err(error) => {
                    let why = format!("the query for {} failed: {error}", ask.what);
                    gaps.push(Gap { signal: ask.signal, of: None, why });
                    worst = Some(match (worst, error) {
                        // What may pass is believed over what will not: the source is tried again.
                        (Some(CallError::Permanent { .. }) | None, error) => error,
                        (Some(worst), _) => worst,
                    });
                }
            }
        }
        if let (true, Some(error)) = (answered.is_empty(), worst) {
            return Err(error);
        }
        let mut reading = self.assembler(&catalogue).reading(now, &answered);
        gaps.dedup();
        reading.gaps.extend(gaps);
        Ok(reading)
    }

    async fn history(&self, range: TimeRange, step_seconds: u32) -> Result<Vec<Series>, CallError> {
        let catalogue = self.known(range.to).await?;
        let asks = self.plan(&catalogue, step_seconds, true);
        history::read(&self.api, &asks, &self.assembler(&catalogue), range, step_seconds).await
    }
}
