//! Which metric of which exporter means which signal: the one table of names.
//!
//! Sources: OpenTelemetry semantic conventions 1.23 and later for HTTP, databases and RPC (and the
//! names before them), Prometheus' instrumentation guide, Micrometer, the client libraries'
//! `process_` collectors.

use crate::model::signal::Signal;

/// What a timed or counted thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Requests that a service answers.
    Server,
    /// Requests that it makes of others.
    Client,
    /// Statements that it gives to a database.
    Database,
}

impl Kind {
    /// The signal that its 95th percentile is.
    pub fn latency(self) -> Signal {
        match self {
            Self::Server | Self::Client => Signal::ApiResponseTime,
            Self::Database => Signal::DatabaseQueryTime,
        }
    }
}

/// A histogram of durations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timer {
    /// Its name, without `_bucket` and `_count`.
    pub family: &'static str,
    /// What it times.
    pub kind: Kind,
    /// Milliseconds in one of its units.
    pub ms: f64,
}

const fn timer(family: &'static str, kind: Kind, ms: f64) -> Timer {
    Timer { family, kind, ms }
}

/// Histograms of durations. Where a service exports several of one kind, the first one counts.
pub const TIMERS: [Timer; 15] = [
    timer("http_server_request_duration_seconds", Kind::Server, 1e3),
    timer("http_server_duration_milliseconds", Kind::Server, 1.0),
    timer("http_server_requests_seconds", Kind::Server, 1e3),
    timer("http_request_duration_seconds", Kind::Server, 1e3),
    timer("http_request_duration_milliseconds", Kind::Server, 1.0),
    timer("rpc_server_duration_milliseconds", Kind::Server, 1.0),
    timer("grpc_server_handling_seconds", Kind::Server, 1e3),
    timer("http_client_request_duration_seconds", Kind::Client, 1e3),
    timer("http_client_duration_milliseconds", Kind::Client, 1.0),
    timer("http_client_requests_seconds", Kind::Client, 1e3),
    timer("rpc_client_duration_milliseconds", Kind::Client, 1.0),
    timer("db_client_operation_duration_seconds", Kind::Database, 1e3),
    timer("db_client_operation_duration_milliseconds", Kind::Database, 1.0),
    timer("db_query_duration_seconds", Kind::Database, 1e3),
    timer("database_query_duration_seconds", Kind::Database, 1e3),
];

/// Counters of answered requests, for services without a histogram, or whose histogram carries no
/// status.
pub const REQUEST_COUNTERS: [&str; 3] =
    ["http_requests_total", "http_server_requests_total", "grpc_server_handled_total"];

/// Memory that a process holds, in bytes.
pub const RESIDENT_MEMORY: &str = "process_resident_memory_bytes";

/// What a process may hold, in bytes; many say "unlimited" by a huge number.
pub const MEMORY_LIMITS: [&str; 3] =
    ["process_memory_limit_bytes", "go_gc_gomemlimit_bytes", "process_virtual_memory_max_bytes"];

/// CPU time that a process used, in seconds.
pub const CPU_SECONDS: &str = "process_cpu_seconds_total";

/// How many cores a process may use.
pub const CORES: [&str; 3] = ["process_cpu_cores", "go_sched_gomaxprocs_threads", "system_cpu_count"];

/// Runtimes that run code on one core, whatever the machine has.
pub const ONE_CORE_RUNTIMES: [&str; 2] = ["nodejs_version_info", "python_info"];

/// OpenTelemetry's metric of resource attributes.
pub const TARGET_INFO: &str = "target_info";

/// Whether a limit is meant: "unlimited" is written as zero or as an astronomic number.
pub fn plausible_limit(bytes: f64) -> bool {
    const SMALLEST: f64 = 1_048_576.0;
    const LARGEST: f64 = 70_368_744_177_664.0;
    (SMALLEST..=LARGEST).contains(&bytes)
}

/// Whether a metric's labels name the version that a service runs: `target_info`,
/// `checkout_build_info`. Not those that speak of an exporter or a runtime.
pub fn names_a_version(metric: &str) -> bool {
    let build = metric.strip_suffix("_build_info").or_else(|| metric.strip_suffix("_app_info"));
    metric == TARGET_INFO
        || matches!(metric, "build_info" | "app_info" | "application_info")
        || build.is_some_and(|of| !matches!(of, "go" | "python" | "nodejs") && !names_an_exporter(metric))
}

/// Whether a metric shows that its target only reports on something else, and is no service that
/// anybody's request ends at.
pub fn names_an_exporter(metric: &str) -> bool {
    metric.ends_with("_exporter_build_info")
        || matches!(
            metric,
            "node_uname_info"
                | "cadvisor_version_info"
                | "prometheus_build_info"
                | "alertmanager_build_info"
                | "pushgateway_build_info"
                | "thanos_build_info"
                | "kube_state_metrics_build_info"
                | "vm_app_version"
                | "grafana_build_info"
                | "loki_build_info"
                | "otelcol_process_uptime"
        )
}

/// Whether quad reads anything out of this metric. Scraped pages keep only these.
pub fn is_read(metric: &str) -> bool {
    let family = metric.strip_suffix("_bucket").or_else(|| metric.strip_suffix("_count"));
    family.is_some_and(|family| TIMERS.iter().any(|timer| timer.family == family))
        || REQUEST_COUNTERS.contains(&metric)
        || MEMORY_LIMITS.contains(&metric)
        || CORES.contains(&metric)
        || ONE_CORE_RUNTIMES.contains(&metric)
        || matches!(metric, RESIDENT_MEMORY | CPU_SECONDS)
        || names_a_version(metric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exporter_s_version_is_not_a_service_s() {
        for metric in ["target_info", "checkout_build_info", "build_info"] {
            assert!(names_a_version(metric), "{metric}");
        }
        for metric in ["node_exporter_build_info", "prometheus_build_info", "go_build_info", "up"] {
            assert!(!names_a_version(metric), "{metric}");
        }
    }

    #[test]
    fn unlimited_is_no_limit() {
        assert!(plausible_limit(201_326_592.0));
        for unlimited in [0.0, -1.0, 1.8446744073709552e19, 9.223372036854776e18, f64::NAN, f64::INFINITY] {
            assert!(!plausible_limit(unlimited), "{unlimited}");
        }
    }
}
