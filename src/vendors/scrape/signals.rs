//! A page's window -> one reading. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::exporters::conventions::{
    CORES, CPU_SECONDS, Kind, MEMORY_LIMITS, ONE_CORE_RUNTIMES, REQUEST_COUNTERS, RESIDENT_MEMORY,
    TARGET_INFO, TIMERS, names_a_version, plausible_limit,
};
use crate::exporters::exposition::{Line, number};
use crate::exporters::labels::{LabelNames, Labels, Role};
use crate::exporters::processes::Process;
use crate::exporters::quantile::{Bucket, histogram_quantile};
use crate::exporters::requests::{Requests, busiest_endpoints, judge, whole_services};
use crate::model::sample::{Observation, SeriesKey};
use crate::model::signal::Signal;
use crate::model::source::{Call, Gap, Reading, RunningVersion};
use crate::model::subject::Subject;
use crate::model::time::Moment;
use crate::vendors::scrape::window::Window;

/// What a page's rows are read with.
pub(super) struct Context<'a> {
    pub(super) names: &'a LabelNames,
    /// The configured service.
    pub(super) service: Option<&'a str>,
    /// The name of last resort.
    pub(super) otherwise: String,
    /// The configured environment.
    pub(super) environment: &'a str,
    /// Cores of this machine, where the page is on it too.
    pub(super) local_cores: Option<f64>,
}

/// The reading, and the service that the page as a whole speaks for.
pub(super) fn reading(context: &Context<'_>, window: &Window, now: Moment) -> (Reading, Subject) {
    let page = Page { context, window, speaker: speaker(context, window.latest()) };
    let mut values: BTreeMap<SeriesKey, f64> = BTreeMap::new();
    values.insert(SeriesKey::new(Signal::Answering, page.speaker.clone()), 1.0);
    let mut reading = Reading::default();
    if let Some(seconds) = window.seconds() {
        page.timers(seconds, &mut values, &mut reading);
        page.counters(seconds, &mut values, &mut reading);
        page.missing(&values, &mut reading);
    } else {
        let why = "rates and percentiles need a second scrape";
        let of = page.speaker.service.clone();
        for signal in [Signal::ApiResponseTime, Signal::ErrorRate] {
            reading.gaps.push(Gap { signal: Some(signal), of: of.clone(), why: why.to_owned() });
        }
    }
    page.process(&mut values, &mut reading);
    page.versions(&mut reading);
    let observed = values.into_iter().filter(|(_, value)| value.is_finite());
    reading.observations = observed.map(|(key, value)| Observation { key, at: now, value }).collect();
    (reading, page.speaker)
}

/// The configured service, else what `target_info` says, else the only one that the lines name,
/// else the address.
fn speaker(context: &Context<'_>, lines: &[Line]) -> Subject {
    let info = lines.iter().find(|line| line.name == TARGET_INFO).map(|line| &line.labels);
    let told = |role, labels| context.names.pick(labels, role).map(str::to_owned);
    let named: BTreeSet<String> = lines.iter().filter_map(|line| told(Role::Service, &line.labels)).collect();
    let service = context
        .service
        .map(str::to_owned)
        .or_else(|| info.and_then(|labels| told(Role::Service, labels)))
        .or_else(|| named.first().filter(|_| named.len() == 1).cloned())
        .unwrap_or_else(|| context.otherwise.clone());
    let environment = info.and_then(|labels| told(Role::Environment, labels));
    let environment = environment.unwrap_or_else(|| context.environment.to_owned());
    let region = info.and_then(|labels| told(Role::Region, labels));
    Subject { region, ..Subject::service(&environment, &service) }
}

struct Page<'a> {
    context: &'a Context<'a>,
    window: &'a Window,
    speaker: Subject,
}

impl Page<'_> {
    /// The subject of a line; what it does not say is what the page as a whole says.
    fn subject(&self, labels: &Labels, roles: &[Role]) -> Subject {
        let mut subject = self.context.names.subject(labels, roles);
        if self.context.service.is_some() || subject.service.is_none() {
            subject.service.clone_from(&self.speaker.service);
        }
        if subject.environment.is_empty() {
            subject.environment.clone_from(&self.speaker.environment);
        }
        if subject.region.is_none() {
            subject.region.clone_from(&self.speaker.region);
        }
        subject
    }

    fn timers(&self, seconds: f64, values: &mut BTreeMap<SeriesKey, f64>, reading: &mut Reading) {
        for timer in TIMERS {
            let roles: &[Role] = match timer.kind {
                Kind::Server => {
                    &[Role::Service, Role::Environment, Role::Region, Role::Endpoint, Role::Method]
                }
                Kind::Client => &[Role::Service, Role::Environment, Role::Region, Role::Peer],
                Kind::Database => &[Role::Service, Role::Environment, Role::Region, Role::Database],
            };
            let rows = self.requests(&format!("{}_count", timer.family), roles, seconds);
            let kept: BTreeSet<Subject> = match timer.kind {
                Kind::Server => self.judge_server(rows, values, reading),
                Kind::Client => self.judge_calls(&rows, values, reading),
                Kind::Database => rows.into_iter().map(|row| row.subject).collect(),
            };
            let mut buckets: BTreeMap<Subject, Vec<Bucket>> = BTreeMap::new();
            for (labels, count) in self.window.increases(&format!("{}_bucket", timer.family)) {
                let Some(le) = labels.get("le").and_then(|le| number(le)) else { continue };
                let subject = self.subject(labels, roles);
                if timer.kind == Kind::Server {
                    let whole = Subject { endpoint: None, method: None, ..subject.clone() };
                    buckets.entry(whole).or_default().push(Bucket { le, count });
                }
                if kept.contains(&subject) && (timer.kind != Kind::Server || subject.endpoint.is_some()) {
                    buckets.entry(subject).or_default().push(Bucket { le, count });
                }
            }
            for (subject, buckets) in buckets {
                if let Some(p95) = histogram_quantile(0.95, &buckets) {
                    values.entry(SeriesKey::new(timer.kind.latency(), subject)).or_insert(p95 * timer.ms);
                }
            }
        }
    }

    fn counters(&self, seconds: f64, values: &mut BTreeMap<SeriesKey, f64>, reading: &mut Reading) {
        for counter in REQUEST_COUNTERS {
            let roles = [Role::Service, Role::Environment, Role::Region, Role::Endpoint, Role::Method];
            self.judge_server(self.requests(counter, &roles, seconds), values, reading);
        }
    }

    fn requests(&self, counter: &str, roles: &[Role], seconds: f64) -> Vec<Requests> {
        let told = |labels, role| self.context.names.pick(labels, role).unwrap_or_default().to_owned();
        let increases = self.window.increases(counter).into_iter();
        increases
            .map(|(labels, grown)| Requests {
                subject: self.subject(labels, roles),
                status: told(labels, Role::Status),
                error_type: told(labels, Role::ErrorType),
                per_second: grown / seconds,
            })
            .collect()
    }

    /// Returns the endpoints that are watched one by one.
    fn judge_server(
        &self,
        rows: Vec<Requests>,
        values: &mut BTreeMap<SeriesKey, f64>,
        reading: &mut Reading,
    ) -> BTreeSet<Subject> {
        let whole = judge(&whole_services(&rows));
        let (busiest, gaps) = busiest_endpoints(rows, false);
        let endpoints = judge(&busiest);
        for (key, value) in whole.values.into_iter().chain(endpoints.values) {
            values.entry(key).or_insert(value);
        }
        for gap in whole.gaps.into_iter().chain(gaps) {
            if !reading.gaps.contains(&gap) {
                reading.gaps.push(gap);
            }
        }
        busiest.into_iter().map(|row| row.subject).collect()
    }

    fn judge_calls(
        &self,
        rows: &[Requests],
        values: &mut BTreeMap<SeriesKey, f64>,
        reading: &mut Reading,
    ) -> BTreeSet<Subject> {
        let calls: Vec<Requests> = rows.iter().filter(|row| row.subject.peer.is_some()).cloned().collect();
        for row in &calls {
            if let (Some(from), Some(to)) = (row.subject.service.clone(), row.subject.peer.clone()) {
                let call = Call { environment: row.subject.environment.clone(), from, to };
                if !reading.calls.contains(&call) {
                    reading.calls.push(call);
                }
            }
        }
        for (key, value) in judge(&calls).values {
            values.entry(key).or_insert(value);
        }
        calls.into_iter().map(|row| row.subject).collect()
    }

    fn process(&self, values: &mut BTreeMap<SeriesKey, f64>, reading: &mut Reading) {
        let gauge =
            |name: &str| self.window.latest().iter().find(|line| line.name == name).map(|line| line.value);
        let cpu = self.window.increases(CPU_SECONDS).first().map(|(_, grown)| *grown);
        let one_core = ONE_CORE_RUNTIMES.iter().any(|name| gauge(name).is_some()).then_some(1.0);
        let process = Process {
            cpu: cpu.zip(self.window.seconds()).map(|(grown, seconds)| grown / seconds),
            cores: CORES.iter().find_map(|name| gauge(name)).or(one_core).or(self.context.local_cores),
            resident: gauge(RESIDENT_MEMORY),
            limit: MEMORY_LIMITS.iter().filter_map(|name| gauge(name)).find(|limit| plausible_limit(*limit)),
        };
        let (judged, gaps) = process.judge(&self.speaker);
        values.extend(judged);
        reading.gaps.extend(gaps);
    }

    fn versions(&self, reading: &mut Reading) {
        let named = self
            .window
            .latest()
            .iter()
            .filter(|line| names_a_version(&line.name) || line.name.ends_with("_count"));
        let seen: BTreeSet<RunningVersion> = named
            .filter_map(|line| {
                let version = self.context.names.pick(&line.labels, Role::Version)?.to_owned();
                let of = self.subject(&line.labels, &[Role::Service, Role::Environment]);
                Some(RunningVersion { environment: of.environment, service: of.service?, version })
            })
            .collect();
        reading.versions = seen.into_iter().collect();
    }

    fn missing(&self, values: &BTreeMap<SeriesKey, f64>, reading: &mut Reading) {
        let of = |signal| values.get(&SeriesKey::new(signal, self.speaker.clone())).copied();
        let idle = of(Signal::Traffic) == Some(0.0);
        for (signal, why) in [
            (Signal::ApiResponseTime, "exports no histogram of response times that quad knows"),
            (Signal::ErrorRate, "exports no requests with the status that they ended with"),
        ] {
            if of(signal).is_none() {
                let why = if idle { "had no requests" } else { why };
                let of = self.speaker.service.clone();
                reading.gaps.push(Gap { signal: Some(signal), of, why: why.to_owned() });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exporters::conventions::is_read;
    use crate::exporters::exposition::read;

    fn at(second: i64) -> Moment {
        Moment::from_timestamp(1_000_000 + second, 0).expect("a moment")
    }

    /// The reading after two pages, ten seconds apart.
    fn after(first: &str, second: &str) -> Reading {
        let names = LabelNames::default();
        let context = Context {
            names: &names,
            service: None,
            otherwise: "127.0.0.1:8080".into(),
            environment: "prod",
            local_cores: Some(2.0),
        };
        let mut window = Window::new(60);
        for (second, page) in [(0, first), (10, second)] {
            window.push(at(second), read(page, is_read).lines);
        }
        reading(&context, &window, at(10)).0
    }

    fn shop(slow: u32, failed: u32, cpu: f64) -> String {
        let fast = slow + 80;
        format!(
            "target_info{{service_name=\"checkout\",service_version=\"1.4.2\"}} 1\n\
             http_server_request_duration_seconds_bucket{{http_route=\"/orders/{{id}}\",http_request_method=\"GET\",http_response_status_code=\"200\",le=\"0.1\"}} {fast}\n\
             http_server_request_duration_seconds_bucket{{http_route=\"/orders/{{id}}\",http_request_method=\"GET\",http_response_status_code=\"200\",le=\"1\"}} {all}\n\
             http_server_request_duration_seconds_bucket{{http_route=\"/orders/{{id}}\",http_request_method=\"GET\",http_response_status_code=\"200\",le=\"+Inf\"}} {all}\n\
             http_server_request_duration_seconds_count{{http_route=\"/orders/{{id}}\",http_request_method=\"GET\",http_response_status_code=\"200\"}} {all}\n\
             http_server_request_duration_seconds_count{{http_route=\"/orders/{{id}}\",http_request_method=\"GET\",http_response_status_code=\"500\",error_type=\"timeout\"}} {failed}\n\
             http_client_request_duration_seconds_count{{peer_service=\"payments\",http_response_status_code=\"200\"}} {all}\n\
             process_cpu_seconds_total {cpu}\nprocess_resident_memory_bytes 64000000\nprocess_memory_limit_bytes 256000000\n",
            all = slow * 2 + 80,
        )
    }

    #[test]
    fn a_page_becomes_the_same_signals_as_a_prometheus() {
        let reading = after(&shop(0, 0, 1.0), &shop(50, 10, 3.0));
        let said: Vec<String> = reading
            .observations
            .iter()
            .map(|seen| {
                let Subject { error_kind, .. } = &seen.key.subject;
                let kind = error_kind.as_ref().map(|kind| format!(" [{kind}]")).unwrap_or_default();
                format!("{} {}{kind} = {:.1}", seen.key.signal, seen.key.subject, seen.value)
            })
            .collect();
        insta::assert_snapshot!(said.join("\n"), @r"
        api_response_time checkout (prod) = 910.0
        api_response_time checkout GET /orders/{id} (prod) = 910.0
        error_rate checkout (prod) = 9.1
        error_rate checkout (prod) [timeout] = 9.1
        error_rate checkout -> payments (prod) = 0.0
        error_rate checkout GET /orders/{id} (prod) = 9.1
        traffic checkout (prod) = 11.0
        traffic checkout -> payments (prod) = 10.0
        traffic checkout GET /orders/{id} (prod) = 11.0
        memory checkout (prod) = 25.0
        memory_used checkout (prod) = 64000000.0
        cpu checkout (prod) = 10.0
        answering checkout (prod) = 1.0
        ");
        assert_eq!(
            reading.calls,
            [Call { environment: "prod".into(), from: "checkout".into(), to: "payments".into() }]
        );
        assert_eq!(reading.versions[0].version, "1.4.2");
    }

    #[test]
    fn a_page_without_requests_says_what_it_lacks() {
        let reading = after("go_goroutines 3\n", "go_goroutines 4\n");
        let gaps: Vec<String> = reading.gaps.iter().map(|gap| gap.why.clone()).collect();
        assert_eq!(gaps.len(), 2, "{gaps:?}");
        assert_eq!(reading.observations.len(), 1, "it answers, and that is all that is known");
        assert_eq!(reading.observations[0].key.subject, Subject::service("prod", "127.0.0.1:8080"));
    }
}
