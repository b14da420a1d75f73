//! What a server holds: which metrics, with which labels, scraped how often.
//!
//! Known, it keeps queries few and short. Unknown (a server may not tell), everything is asked for.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt as _};

use crate::error::CallError;
use crate::exporters::conventions::{
    CPU_SECONDS, MEMORY_LIMITS, REQUEST_COUNTERS, RESIDENT_MEMORY, TARGET_INFO, TIMERS, names_a_version,
    names_an_exporter,
};
use crate::exporters::labels::Role;
use crate::vendors::prometheus::api::Api;
use crate::vendors::prometheus::promql::Shape;

/// Metrics that only exporters have, for servers that don't tell their metrics' names.
const COMMON_EXPORTERS: &str = "node_uname_info|cadvisor_version_info|prometheus_build_info|alertmanager_build_info|\
                                node_exporter_build_info|postgres_exporter_build_info|kube_state_metrics_build_info";

/// Metrics that tell versions, for the same servers.
const COMMON_VERSIONS: &str = "target_info|build_info|app_info";

#[derive(Debug, Clone, Default)]
pub(super) struct Catalogue {
    /// Names of all metrics; `None` where the server does not tell.
    metrics: Option<BTreeSet<String>>,
    /// Labels of the metrics that are read.
    labels: BTreeMap<String, Vec<String>>,
    /// Services that are exporters only: nobody's request ends there.
    pub(super) exporters: BTreeSet<String>,
    /// Seconds between two scrapes of applications, the slowest of them.
    pub(super) app_interval: Option<f64>,
    /// The same of exporters.
    pub(super) exporter_interval: Option<f64>,
}

impl Catalogue {
    /// Asks the server. Each part may be refused on its own.
    ///
    /// # Errors
    /// Only where the server can't be reached at all.
    pub(super) async fn read(api: &Api, shape: &Shape<'_>) -> Result<Self, CallError> {
        let metrics = match api.metric_names().await {
            Ok(names) => Some(names.into_iter().collect::<BTreeSet<_>>()),
            Err(CallError::Permanent { .. }) => None,
            Err(error) => return Err(error),
        };
        let mut found = Self { metrics, ..Self::default() };
        let wanted: Vec<String> = found.read_metrics();
        found.labels = stream::iter(wanted)
            .map(async |metric: String| {
                let labels = api.label_names(&metric).await.ok()?;
                Some((metric, labels))
            })
            .buffer_unordered(super::AT_ONCE)
            .filter_map(async |found| found)
            .collect()
            .await;
        found.read_exporters(api, shape).await;
        Ok(found)
    }

    /// Whether the server has this metric, as far as is known.
    pub(super) fn has(&self, metric: &str) -> bool {
        self.metrics.as_ref().is_none_or(|metrics| metrics.contains(metric))
    }

    /// The labels of a metric; `None` where they are not known.
    pub(super) fn labels_of(&self, metric: &str) -> Option<&[String]> {
        self.labels.get(metric).map(Vec::as_slice)
    }

    /// Whether anything was found that quad can read of services.
    pub(super) fn is_poor(&self) -> bool {
        !TIMERS.iter().any(|timer| self.has(&format!("{}_count", timer.family)))
    }

    /// A matcher of all metrics that name a version; `None` where there are none.
    pub(super) fn versions(&self) -> Option<String> {
        self.matching(names_a_version, COMMON_VERSIONS)
    }

    fn matching(&self, is: impl Fn(&str) -> bool, otherwise: &str) -> Option<String> {
        let Some(metrics) = &self.metrics else {
            return Some(format!("__name__=~\"{otherwise}\""));
        };
        let names: Vec<&str> = metrics.iter().map(String::as_str).filter(|name| is(name)).collect();
        (!names.is_empty()).then(|| format!("__name__=~\"{}\"", names.join("|")))
    }

    /// The metrics whose labels are worth knowing. Empty where the names are unknown.
    fn read_metrics(&self) -> Vec<String> {
        let Some(metrics) = &self.metrics else {
            return Vec::new();
        };
        let timers =
            TIMERS.iter().flat_map(|t| [format!("{}_bucket", t.family), format!("{}_count", t.family)]);
        let others = REQUEST_COUNTERS.iter().chain(&MEMORY_LIMITS);
        let others =
            others.chain(&[RESIDENT_MEMORY, CPU_SECONDS, TARGET_INFO, "up"]).map(|&name| name.to_owned());
        timers.chain(others).filter(|name| metrics.contains(name)).collect()
    }

    /// Which services are exporters, and how often either kind is scraped. Looks six hours back, so
    /// that an exporter that is down is not taken for a service.
    async fn read_exporters(&mut self, api: &Api, shape: &Shape<'_>) {
        let mut jobs = BTreeSet::new();
        if let Some(matcher) = self.matching(names_an_exporter, COMMON_EXPORTERS) {
            let seen = format!("last_over_time({}[6h])", shape.select("", &matcher));
            let told = shape.tell(seen, &[Role::Service], None);
            if let Ok(rows) = api.query(&told.by("count", &["job"])).await {
                jobs.extend(rows.iter().filter_map(|row| row.labels.get("job").cloned()));
                let services = rows.iter().filter_map(|row| shape.names.pick(&row.labels, Role::Service));
                self.exporters = services.map(str::to_owned).collect();
            }
        }
        let of_jobs = match api.targets().await {
            Ok(targets) if !targets.is_empty() => targets
                .into_iter()
                .filter_map(|target| Some((target.labels.get("job")?.clone(), target.interval_seconds?)))
                .collect(),
            _ => counted_intervals(api, shape).await,
        };
        let slowest = |exporters: bool| {
            let fitting = of_jobs.iter().filter(|(job, _)| jobs.contains(job) == exporters);
            fitting.map(|(_, seconds)| *seconds).reduce(f64::max)
        };
        (self.app_interval, self.exporter_interval) = (slowest(false), slowest(true));
    }
}

/// Servers that only store are asked how many samples came in five minutes.
async fn counted_intervals(api: &Api, shape: &Shape<'_>) -> Vec<(String, f64)> {
    let counted = format!("300 / max by (job) (count_over_time({}[5m]))", shape.select("up", ""));
    let rows = api.query(&counted).await.unwrap_or_default();
    rows.into_iter().filter_map(|row| Some((row.labels.get("job")?.clone(), row.value))).collect()
}
