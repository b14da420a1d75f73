//! What a service counts about itself, in Prometheus' exposition format with OpenTelemetry's
//! names (semantic conventions 1.27 for HTTP and database clients, dots as underscores).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::time::Duration;

use crate::demo::service::process;

/// Bounds advised by OpenTelemetry for durations in seconds.
const BOUNDS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// Name and value, in the order in which they are shown. Empty values are left out.
type Labels = Vec<(&'static str, String)>;

/// The counts of one service.
#[derive(Debug)]
pub(super) struct Metrics {
    identity: Identity,
    server: Family,
    client: Family,
    database: Family,
}

/// Who counts.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) service: String,
    pub(super) version: String,
    pub(super) environment: String,
    pub(super) memory_limit_bytes: u64,
}

#[derive(Debug)]
struct Family {
    name: &'static str,
    help: &'static str,
    series: Mutex<BTreeMap<Labels, Histogram>>,
}

#[derive(Debug, Default, Clone)]
struct Histogram {
    /// One for each bound, not cumulative, and one for what is above the last.
    counts: [u64; BOUNDS.len() + 1],
    sum: f64,
}

impl Metrics {
    pub(super) fn new(identity: Identity) -> Self {
        let family = |name, help| Family { name, help, series: Mutex::default() };
        Self {
            identity,
            server: family("http_server_request_duration_seconds", "Duration of answered requests."),
            client: family("http_client_request_duration_seconds", "Duration of calls to other services."),
            database: family("db_client_operation_duration_seconds", "Duration of database statements."),
        }
    }

    /// A request that was answered.
    pub(super) fn answered(&self, method: &str, route: &str, status: u16, error: &str, took: Duration) {
        self.server.observe(
            self.labels(&[
                ("http_request_method", method),
                ("http_route", route),
                ("http_response_status_code", &status.to_string()),
                ("error_type", error),
            ]),
            took,
        );
    }

    /// A call to another service; status 0 where none came.
    pub(super) fn called(&self, method: &str, peer: &str, status: u16, error: &str, took: Duration) {
        let status = if status == 0 { String::new() } else { status.to_string() };
        self.client.observe(
            self.labels(&[
                ("peer_service", peer),
                ("http_request_method", method),
                ("http_response_status_code", &status),
                ("error_type", error),
            ]),
            took,
        );
    }

    /// A statement, waiting for a connection included.
    pub(super) fn queried(&self, database: &str, operation: &str, error: &str, took: Duration) {
        self.database.observe(
            self.labels(&[
                ("db_system_name", "sqlite"),
                ("db_namespace", database),
                ("db_operation_name", operation),
                ("error_type", error),
            ]),
            took,
        );
    }

    fn labels(&self, rest: &[(&'static str, &str)]) -> Labels {
        std::iter::once(("service", self.identity.service.as_str()))
            .chain(rest.iter().copied())
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name, value.to_owned()))
            .collect()
    }

    /// The page at `/metrics`.
    pub(super) fn page(&self) -> String {
        let mut out = String::new();
        let own = self.labels(&[]);
        let mut single = |name: &str, kind: &str, help: &str, labels: &Labels, value: f64| {
            // Writing to a String does not fail.
            let _ =
                writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name}{} {value}", shown(labels));
        };
        let id = &self.identity;
        let target = vec![
            ("service", id.service.clone()),
            ("service_name", id.service.clone()),
            ("service_version", id.version.clone()),
            ("deployment_environment", id.environment.clone()),
        ];
        single("target_info", "gauge", "What runs here.", &target, 1.0);
        if let Some(bytes) = process::resident_bytes("self") {
            single("process_resident_memory_bytes", "gauge", "Resident memory.", &own, bytes as f64);
        }
        let limit = id.memory_limit_bytes as f64;
        single("process_memory_limit_bytes", "gauge", "Where it would be killed.", &own, limit);
        if let Some(seconds) = process::cpu_seconds() {
            single("process_cpu_seconds_total", "counter", "CPU time used.", &own, seconds);
        }
        for family in [&self.server, &self.client, &self.database] {
            family.write(&mut out);
        }
        out
    }
}

impl Family {
    fn observe(&self, labels: Labels, took: Duration) {
        let seconds = took.as_secs_f64();
        let place = BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len());
        // Nothing panics while it is held, and counts are worth keeping if something did.
        let mut series = self.series.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let histogram = series.entry(labels).or_default();
        histogram.counts[place] += 1;
        histogram.sum += seconds;
    }

    fn write(&self, out: &mut String) {
        let series = self.series.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        if series.is_empty() {
            return;
        }
        let name = self.name;
        let _ = writeln!(out, "# HELP {name} {}\n# TYPE {name} histogram", self.help);
        for (labels, histogram) in &series {
            let mut total = 0;
            let bounds = BOUNDS.iter().map(f64::to_string).chain(["+Inf".to_owned()]);
            for (count, bound) in histogram.counts.iter().zip(bounds) {
                total += count;
                let mut labels = labels.clone();
                labels.push(("le", bound));
                let _ = writeln!(out, "{name}_bucket{} {total}", shown(&labels));
            }
            let _ = writeln!(out, "{name}_sum{0} {1}\n{name}_count{0} {total}", shown(labels), histogram.sum);
        }
    }
}

fn shown(labels: &Labels) -> String {
    let escape = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let inner: Vec<String> = labels.iter().map(|(n, v)| format!("{n}=\"{}\"", escape(v))).collect();
    format!("{{{}}}", inner.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_reads_as_prometheus_expects() {
        let metrics = Metrics::new(Identity {
            service: "pay\"ments".into(),
            version: "1.0.0".into(),
            environment: "prod".into(),
            memory_limit_bytes: 192_000_000,
        });
        metrics.answered("GET", "/", 200, "", Duration::from_millis(30));
        metrics.answered("GET", "/", 200, "", Duration::from_secs(60));
        let page = metrics.page();
        let labels = r#"service="pay\"ments",http_request_method="GET",http_route="/",http_response_status_code="200""#;
        for line in [
            format!("http_server_request_duration_seconds_bucket{{{labels},le=\"0.025\"}} 0"),
            format!("http_server_request_duration_seconds_bucket{{{labels},le=\"0.05\"}} 1"),
            format!("http_server_request_duration_seconds_bucket{{{labels},le=\"+Inf\"}} 2"),
            format!("http_server_request_duration_seconds_count{{{labels}}} 2"),
            "process_memory_limit_bytes{service=\"pay\\\"ments\"} 192000000".to_owned(),
        ] {
            assert!(page.lines().any(|l| l == line), "{line}\nis not in\n{page}");
        }
        assert!(!page.contains("error_type"), "a request without an error has no error type");
    }
}
