//! quad's own figures, as exposition text: so that something else can watch the watcher.
//!
//! A registry of our own, since it is smaller than the smallest crate for it: counters, gauges and
//! one kind of histogram, each with labels. Format: <https://prometheus.io/docs/instrumenting/exposition_formats/>.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::model::outgoing::Platform;

/// Upper bounds of the duration buckets, in seconds.
const BUCKETS: [f64; 9] = [0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];

/// One figure's description.
#[derive(Debug, Clone, Copy)]
struct Figure {
    name: &'static str,
    kind: &'static str,
    help: &'static str,
}

const CHECKS: Figure =
    Figure { name: "quad_checks_total", kind: "counter", help: "Checks made, by outcome." };
const CHECK_SECONDS: Figure =
    Figure { name: "quad_check_duration_seconds", kind: "histogram", help: "How long a check took." };
const FINDINGS: Figure =
    Figure { name: "quad_findings", kind: "gauge", help: "What the latest check found wrong." };
const INBOUND: Figure = Figure {
    name: "quad_inbound_total",
    kind: "counter",
    help: "Messages and presses that came in, by platform and result.",
};
const SOCKETS: Figure =
    Figure { name: "quad_slack_sockets", kind: "gauge", help: "Socket Mode connections that are open." };
const RECONNECTS: Figure = Figure {
    name: "quad_slack_reconnects_total",
    kind: "counter",
    help: "Socket Mode connections that ended.",
};
const GATEWAY: Figure =
    Figure { name: "quad_discord_connected", kind: "gauge", help: "Whether Discord's gateway is open." };
const SESSIONS: Figure = Figure {
    name: "quad_discord_sessions_total",
    kind: "counter",
    help: "Sessions with Discord's gateway, begun anew and taken up.",
};
const DELIVERIES: Figure = Figure {
    name: "quad_deliveries_total",
    kind: "counter",
    help: "Attempts to send something, by platform and result.",
};
const REQUESTS: Figure = Figure {
    name: "quad_http_requests_total",
    kind: "counter",
    help: "Requests to quad itself, by status class.",
};

/// The registry. Cheap to write to; everything is behind one short lock.
#[derive(Debug, Default)]
pub struct Metrics {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    values: BTreeMap<&'static str, (Figure, BTreeMap<String, f64>)>,
    checks: Histogram,
}

#[derive(Debug, Default, Clone)]
struct Histogram {
    buckets: [u64; BUCKETS.len()],
    count: u64,
    sum: f64,
}

/// What is read from elsewhere at the moment of scraping.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Snapshot {
    /// Open alerts by status: `("firing", 1)`.
    pub alerts_open: Vec<(&'static str, usize)>,
    /// Steps of escalations of open alerts that reached nobody.
    pub escalations_missed: usize,
    /// By source name: whether it answered last time.
    pub sources: Vec<(String, bool)>,
    /// How many deliveries wait, and the age of the oldest in seconds.
    pub outbox: Option<(u64, f64)>,
    /// Resident memory, in bytes.
    pub resident_bytes: Option<u64>,
    /// Since when the process runs, in seconds since 1970.
    pub started: Option<f64>,
}

impl Metrics {
    /// A check ended: how long it took, how much it found, and whether all of it could be done.
    pub fn check_done(&self, took: Duration, findings: usize, complete: bool) {
        let mut kept = self.kept();
        let outcome = if complete { "complete" } else { "incomplete" };
        kept.add(CHECKS, &[("outcome", outcome)], 1.0);
        kept.set(FINDINGS, &[], findings as f64);
        kept.checks.observe(took.as_secs_f64());
    }

    /// Something came in: `accepted`, `duplicate`, `ignored` or `failed`.
    pub fn inbound(&self, platform: Platform, result: &str) {
        self.kept().add(INBOUND, &[("platform", platform.name()), ("result", result)], 1.0);
    }

    /// The same where somebody else keeps the count: how often it was in all.
    pub fn inbound_in_all(&self, platform: Platform, result: &str, times: u64) {
        self.kept().set(INBOUND, &[("platform", platform.name()), ("result", result)], times as f64);
    }

    /// How many connections to Slack's Socket Mode are open, and how many ended so far.
    pub fn sockets(&self, open: u64, ended: u64) {
        let mut kept = self.kept();
        kept.set(SOCKETS, &[], open as f64);
        kept.set(RECONNECTS, &[], ended as f64);
    }

    /// Whether Discord's gateway is open, how many sessions were begun, and how often one was taken up.
    pub fn gateway(&self, is_open: bool, begun: u64, resumed: u64) {
        let mut kept = self.kept();
        kept.set(GATEWAY, &[], f64::from(u8::from(is_open)));
        kept.set(SESSIONS, &[("how", "begun")], begun as f64);
        kept.set(SESSIONS, &[("how", "resumed")], resumed as f64);
    }

    /// A send was tried: `sent`, `retried`, `paused`, `reconciled`, `superseded` or `given_up`.
    pub fn delivery(&self, platform: Platform, result: &str) {
        self.kept().add(DELIVERIES, &[("platform", platform.name()), ("result", result)], 1.0);
    }

    /// A request to quad itself was answered.
    pub(super) fn request(&self, status: u16) {
        self.kept().add(REQUESTS, &[("status", &format!("{}xx", status / 100))], 1.0);
    }

    /// Everything as exposition text (version 0.0.4).
    pub fn exposition(&self, now: &Snapshot) -> String {
        let mut page = Exposition::default();
        let kept = self.kept();
        for (figure, values) in kept.values.values() {
            page.head(figure.name, figure.kind, figure.help);
            for (labels, value) in values {
                page.line(figure.name, labels, *value);
            }
        }
        kept.checks.write(&mut page);
        drop(kept);
        now.write(&mut page);
        page.0
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        // Numbers stay numbers even if somebody panicked while writing one.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn slot(&mut self, figure: Figure, pairs: &[(&str, &str)]) -> &mut f64 {
        let (_, values) = self.values.entry(figure.name).or_insert_with(|| (figure, BTreeMap::new()));
        values.entry(labels(pairs)).or_default()
    }

    fn add(&mut self, figure: Figure, pairs: &[(&str, &str)], by: f64) {
        *self.slot(figure, pairs) += by;
    }

    fn set(&mut self, figure: Figure, pairs: &[(&str, &str)], to: f64) {
        *self.slot(figure, pairs) = to;
    }
}

impl Histogram {
    fn observe(&mut self, value: f64) {
        for (bound, count) in BUCKETS.iter().zip(&mut self.buckets) {
            *count += u64::from(value <= *bound);
        }
        self.count += 1;
        self.sum += value;
    }

    fn write(&self, page: &mut Exposition) {
        page.head(CHECK_SECONDS.name, CHECK_SECONDS.kind, CHECK_SECONDS.help);
        let bucket = format!("{}_bucket", CHECK_SECONDS.name);
        for (bound, count) in BUCKETS.iter().zip(self.buckets) {
            page.line(&bucket, &labels(&[("le", &bound.to_string())]), count as f64);
        }
        page.line(&bucket, &labels(&[("le", "+Inf")]), self.count as f64);
        page.line(&format!("{}_sum", CHECK_SECONDS.name), "", self.sum);
        page.line(&format!("{}_count", CHECK_SECONDS.name), "", self.count as f64);
    }
}

impl Snapshot {
    fn write(&self, page: &mut Exposition) {
        page.head("quad_alerts_open", "gauge", "Open alerts, by status.");
        for (status, count) in &self.alerts_open {
            page.line("quad_alerts_open", &labels(&[("status", status)]), *count as f64);
        }
        page.head("quad_escalations_missed", "gauge", "Escalations of open alerts that reached nobody.");
        page.line("quad_escalations_missed", "", self.escalations_missed as f64);
        page.head("quad_source_up", "gauge", "Whether a source answered last time.");
        for (source, up) in &self.sources {
            page.line("quad_source_up", &labels(&[("source", source)]), f64::from(u8::from(*up)));
        }
        if let Some((depth, age)) = self.outbox {
            page.head("quad_outbox_depth", "gauge", "Deliveries that wait.");
            page.line("quad_outbox_depth", "", depth as f64);
            page.head("quad_outbox_oldest_seconds", "gauge", "Age of the oldest delivery that waits.");
            page.line("quad_outbox_oldest_seconds", "", age);
        }
        if let Some(bytes) = self.resident_bytes {
            page.head("process_resident_memory_bytes", "gauge", "Resident memory.");
            page.line("process_resident_memory_bytes", "", bytes as f64);
        }
        if let Some(started) = self.started {
            page.head("process_start_time_seconds", "gauge", "When the process started, since 1970.");
            page.line("process_start_time_seconds", "", started);
        }
        page.head("quad_build_info", "gauge", "The version that runs.");
        page.line("quad_build_info", &labels(&[("version", env!("CARGO_PKG_VERSION"))]), 1.0);
    }
}

#[derive(Default)]
struct Exposition(String);

impl Exposition {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a String can't fail.
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    fn line(&mut self, name: &str, labels: &str, value: f64) {
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }
}

fn labels(pairs: &[(&str, &str)]) -> String {
    if pairs.is_empty() {
        return String::new();
    }
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(name, value)| {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            format!("{name}=\"{value}\"")
        })
        .collect();
    format!("{{{}}}", pairs.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_as_exposition_text() {
        let metrics = Metrics::default();
        metrics.check_done(Duration::from_millis(120), 2, true);
        metrics.check_done(Duration::from_millis(20), 1, true);
        metrics.inbound(Platform::Slack, "accepted");
        metrics.delivery(Platform::Page, "sent");
        metrics.inbound_in_all(Platform::Slack, "ignored", 4);
        metrics.inbound_in_all(Platform::Slack, "ignored", 5);
        metrics.sockets(1, 2);
        let now = Snapshot {
            alerts_open: vec![("firing", 1), ("acknowledged", 0)],
            escalations_missed: 1,
            sources: vec![("probe \"x\"\n".to_owned(), false)],
            outbox: Some((3, 1.5)),
            resident_bytes: Some(30_000_000),
            started: None,
        };
        let text = metrics.exposition(&now);
        for line in [
            "quad_checks_total{outcome=\"complete\"} 2",
            "quad_findings 1",
            "quad_check_duration_seconds_bucket{le=\"0.05\"} 1",
            "quad_check_duration_seconds_bucket{le=\"+Inf\"} 2",
            "quad_check_duration_seconds_count 2",
            "quad_inbound_total{platform=\"slack\",result=\"accepted\"} 1",
            "quad_inbound_total{platform=\"slack\",result=\"ignored\"} 5",
            "quad_deliveries_total{platform=\"page\",result=\"sent\"} 1",
            "quad_slack_sockets 1",
            "quad_slack_reconnects_total 2",
            "quad_source_up{source=\"probe \\\"x\\\"\\n\"} 0",
            "quad_outbox_oldest_seconds 1.5",
            "quad_escalations_missed 1",
            "process_resident_memory_bytes 30000000",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} not in\n{text}");
        }
        let helped = text.lines().filter(|l| l.starts_with("# HELP")).count();
        assert_eq!(helped, text.lines().filter(|l| l.starts_with("# TYPE")).count());
    }
}
