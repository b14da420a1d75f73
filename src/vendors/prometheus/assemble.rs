//! Rows of all replies -> one reading. Pure, so that history goes the same way, moment by moment.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::exporters::conventions::{Kind, plausible_limit};
use crate::exporters::labels::{LabelNames, Labels, Role, without_port};
use crate::exporters::processes::Process;
use crate::exporters::requests::{Requests, busiest_endpoints, judge};
use crate::model::sample::{Observation, SeriesKey};
use crate::model::signal::Signal;
use crate::model::source::{Call, Gap, Reading, RunningVersion};
use crate::model::subject::Subject;
use crate::model::time::Moment;
use crate::vendors::prometheus::Queries;
use crate::vendors::prometheus::plan::{Ask, Means};

/// The rows of one reply at one moment.
pub(super) struct Answered<'a> {
    pub(super) ask: &'a Ask,
    pub(super) rows: Vec<(Arc<Labels>, f64)>,
}

/// What rows are read with.
pub(super) struct Assembler<'a> {
    pub(super) names: &'a LabelNames,
    pub(super) configured: &'a Queries,
    /// Environment of rows that name none.
    pub(super) environment: &'a str,
    /// Services that only export what they see elsewhere.
    pub(super) exporters: &'a BTreeSet<String>,
    /// Cores of this machine, where the server runs on it too.
    pub(super) local_cores: Option<f64>,
}

/// What is being put together.
#[derive(Default)]
struct Draft {
    values: BTreeMap<SeriesKey, f64>,
    /// By (job, instance).
    targets: BTreeMap<(String, String), Subject>,
    /// By service and instance.
    processes: BTreeMap<(Subject, String), Process>,
    one_core: BTreeSet<(Subject, String)>,
    hosts: BTreeMap<String, String>,
    host_cores: BTreeMap<String, f64>,
    up: BTreeMap<Subject, f64>,
    statements: BTreeMap<(Subject, String), (f64, f64)>,
    /// Services that a request was seen at.
    serving: BTreeSet<String>,
    environments: BTreeMap<String, BTreeSet<String>>,
    versions: BTreeSet<RunningVersion>,
    calls: BTreeSet<Call>,
    gaps: BTreeSet<Gap>,
}

impl Draft {
    /// The first one who tells a value has the say.
    fn claim(&mut self, key: SeriesKey, value: f64) {
        if value.is_finite() {
            self.values.entry(key).or_insert(value);
        }
    }
}

impl Assembler<'_> {
    /// One reading out of all replies, in the order of the plan.
    pub(super) fn reading(&self, now: Moment, answered: &[Answered<'_>]) -> Reading {
        let mut draft = Draft::default();
        // Names first: rows of machines and processes are told by instance.
        let (names, others): (Vec<_>, Vec<_>) =
            answered.iter().partition(|a| matches!(a.ask.means, Means::HostNames | Means::Targets));
        for answered in names.into_iter().chain(others) {
            self.take(answered, &mut draft);
        }
        self.finish(now, draft)
    }

    /// What a default query tells. A configured query replaces it, views on calls and kinds of error
    /// aside.
    fn claim(&self, draft: &mut Draft, key: SeriesKey, value: f64) {
        if !(key.subject.is_owned() && self.configured.of(key.signal).is_some()) {
            draft.claim(key, value);
        }
    }

    fn claim_verdict(&self, draft: &mut Draft, rows: &[Requests]) {
        let verdict = judge(rows);
        draft.gaps.extend(verdict.gaps);
        for (key, value) in verdict.values {
            self.claim(draft, key, value);
        }
    }

    fn take(&self, answered: &Answered<'_>, draft: &mut Draft) {
        let service =
            |labels: &Labels| self.names.subject(labels, &[Role::Service, Role::Environment, Role::Region]);
        let of_process = |rows: &[(Arc<Labels>, f64)], draft: &Draft| -> Vec<((Subject, String), f64)> {
            rows.iter().map(|(labels, value)| (instance(service(labels), labels, draft), *value)).collect()
        };
        match answered.ask.means {
            Means::Value { signal, roles, factor } => {
                for (labels, value) in &answered.rows {
                    if let Some(subject) = self.subject(labels, roles, draft) {
                        self.claim(draft, SeriesKey::new(signal, subject), value * factor);
                    }
                }
            }
            Means::Configured(signal) => {
                for (labels, value) in &answered.rows {
                    draft.claim(SeriesKey::new(signal, self.any_subject(labels, draft)), *value);
                }
            }
            Means::Requests(kind) => self.take_requests(kind, &answered.rows, draft),
            Means::EndpointRequests => {
                let roles = [Role::Service, Role::Environment, Role::Region, Role::Endpoint, Role::Method];
                let rows = answered.rows.iter().map(|row| self.requests(row, &roles)).collect();
                let (kept, gaps) = busiest_endpoints(rows, true);
                draft.gaps.extend(gaps);
                self.claim_verdict(draft, &kept);
            }
            Means::Targets => {
                for (labels, _) in &answered.rows {
                    let (target, of) = (target(labels), service(labels));
                    // `up` of a service that is down names no environment, and no other row is left.
                    if let (Some(name), false) = (&of.service, of.environment.is_empty()) {
                        draft.environments.entry(name.clone()).or_default().insert(of.environment.clone());
                    }
                    if of.service.as_ref().is_some_and(|name| *name != target.0) {
                        draft.targets.entry(target).or_insert(of);
                    }
                }
            }
            Means::Up => {
                // A service answers while one of its instances does.
                for ((of, _), value) in of_process(&answered.rows, draft) {
                    let up = draft.up.entry(of).or_insert(value);
                    *up = up.max(value);
                }
            }
            Means::HostUp => {
                for (labels, value) in &answered.rows {
                    if let Some(subject) =
                        self.subject(labels, &[Role::Host, Role::Environment, Role::Region], draft)
                    {
                        self.claim(draft, SeriesKey::new(Signal::Answering, subject), *value);
                    }
                }
            }
            Means::HostNames => draft.hosts.extend(answered.rows.iter().filter_map(|(labels, _)| {
                Some((labels.get("instance")?.clone(), labels.get("nodename")?.clone()))
            })),
            Means::HostCores => {
                draft.host_cores.extend(answered.rows.iter().filter_map(|(labels, value)| {
                    Some((without_port(labels.get("instance")?).to_owned(), *value))
                }))
            }
            Means::OneCore => {
                let rows = of_process(&answered.rows, draft);
                draft.one_core.extend(rows.into_iter().map(|(of, _)| of));
            }
            Means::ProcessCpu | Means::ProcessCores | Means::Resident | Means::MemoryLimit => {
                for (of, value) in of_process(&answered.rows, draft) {
                    let process = draft.processes.entry(of).or_default();
                    match answered.ask.means {
                        Means::ProcessCpu => process.cpu = Some(value),
                        Means::ProcessCores => process.cores = process.cores.or(Some(value)),
                        Means::Resident => process.resident = Some(value),
                        _ if plausible_limit(value) => process.limit = process.limit.or(Some(value)),
                        _ => {}
                    }
                }
            }
            Means::StatementCalls | Means::StatementSeconds => {
                for (labels, value) in &answered.rows {
                    let of = self.names.subject(labels, &[Role::Environment, Role::Region, Role::Database]);
                    let id = labels.get("queryid").cloned().unwrap_or_default();
                    let statement = draft.statements.entry((of, id)).or_default();
                    match answered.ask.means {
                        Means::StatementCalls => statement.0 = *value,
                        _ => statement.1 = *value,
                    }
                }
            }
            Means::Versions => {
                for (labels, _) in &answered.rows {
                    let of = service(labels);
                    let Some(name) = of.service.filter(|name| !self.exporters.contains(name)) else {
                        continue;
                    };
                    if !of.environment.is_empty() {
                        draft.environments.entry(name.clone()).or_default().insert(of.environment.clone());
                    }
                    if let Some(version) = self.names.pick(labels, Role::Version) {
                        draft.versions.insert(RunningVersion {
                            environment: of.environment,
                            service: name,
                            version: version.to_owned(),
                        });
                    }
                }
            }
        }
    }

    fn take_requests(&self, kind: Kind, rows: &[(Arc<Labels>, f64)], draft: &mut Draft) {
        let mut roles = vec![Role::Service, Role::Environment, Role::Region];
        if kind == Kind::Client {
            roles.push(Role::Peer);
        }
        let rows: Vec<Requests> = rows
            .iter()
            .map(|row| self.requests(row, &roles))
            .filter(|row| {
                row.subject.service.is_some() && (kind != Kind::Client || row.subject.peer.is_some())
            })
            .collect();
        for row in &rows {
            let Some(service) = row.subject.service.clone() else { continue };
            if let Some(peer) = row.subject.peer.clone() {
                let environment = row.subject.environment.clone();
                draft.calls.insert(Call { environment, from: service, to: peer });
            } else {
                draft.serving.insert(service);
            }
        }
        self.claim_verdict(draft, &rows);
    }

    fn requests(&self, (labels, per_second): &(Arc<Labels>, f64), roles: &[Role]) -> Requests {
        let told = |role| self.names.pick(labels, role).unwrap_or_default().to_owned();
        Requests {
            subject: self.names.subject(labels, roles),
            status: told(Role::Status),
            error_type: told(Role::ErrorType),
            per_second: *per_second,
        }
    }

    /// The subject of a default query's row; `None` where it lacks what the query is about.
    fn subject(&self, labels: &Labels, roles: &[Role], draft: &Draft) -> Option<Subject> {
        let mut subject = self.names.subject(labels, roles);
        if roles.contains(&Role::Host) {
            subject.host = self.host(labels, draft).or(subject.host);
        }
        if roles.contains(&Role::Container) {
            let pod = labels.get("pod").zip(labels.get("container"));
            let pod = pod.filter(|(pod, container)| !pod.is_empty() && !container.is_empty());
            if let Some((pod, container)) = pod {
                subject.container = Some(format!("{pod}/{container}"));
            }
            let service =
                labels.get("container_label_com_docker_compose_service").or(labels.get("container"));
            subject.service = service.filter(|name| !name.is_empty()).cloned();
        }
        let complete = roles.iter().all(|role| match role {
            Role::Service => subject.service.is_some(),
            Role::Endpoint => subject.endpoint.is_some(),
            Role::Host => subject.host.is_some(),
            Role::Container => subject.container.is_some(),
            Role::Peer => subject.peer.is_some(),
            _ => true,
        });
        complete.then_some(subject)
    }

    /// The subject of a configured query's row: whatever its labels tell.
    fn any_subject(&self, labels: &Labels, draft: &Draft) -> Subject {
        let mut roles = vec![
            Role::Environment,
            Role::Region,
            Role::Service,
            Role::Endpoint,
            Role::Method,
            Role::Container,
            Role::Database,
            Role::Peer,
        ];
        // An instance is no machine that a person thinks of where the service is named.
        if self.names.pick(labels, Role::Service).is_none() {
            roles.push(Role::Host);
        }
        let mut subject = self.names.subject(labels, &roles);
        if subject.host.is_some() {
            subject.host = self.host(labels, draft).or(subject.host);
        }
        subject
    }

    fn host(&self, labels: &Labels, draft: &Draft) -> Option<String> {
        labels.get("instance").and_then(|instance| draft.hosts.get(instance)).cloned()
    }

    fn finish(&self, now: Moment, mut draft: Draft) -> Reading {
        self.finish_processes(&mut draft);
        self.finish_statements(&mut draft);
        let is_service =
            |draft: &Draft, name: &str| draft.serving.contains(name) || !self.exporters.contains(name);
        for (subject, value) in std::mem::take(&mut draft.up) {
            if subject.service.as_deref().is_some_and(|name| is_service(&draft, name)) {
                self.claim(&mut draft, SeriesKey::new(Signal::Answering, subject), value);
            }
        }
        self.missing(&mut draft);
        let environment = |service: Option<&str>, own: &str| {
            if !own.is_empty() {
                return own.to_owned();
            }
            // OpenTelemetry tells the environment once, on target_info, not on each metric.
            let told = service.and_then(|service| draft.environments.get(service));
            let only = told.filter(|told| told.len() == 1).and_then(BTreeSet::first);
            only.cloned().unwrap_or_else(|| self.environment.to_owned())
        };
        let mut reading = Reading {
            gaps: draft.gaps.iter().cloned().collect(),
            // Whoever sets a query of their own has something better than `up`: a probe's result.
            probed: self.configured.answering.is_some() || self.configured.body_check.is_some(),
            ..Reading::default()
        };
        let mut seen = BTreeSet::new();
        for (key, value) in &draft.values {
            let mut key = key.clone();
            key.subject.environment = environment(key.subject.service.as_deref(), &key.subject.environment);
            if seen.insert(key.clone()) {
                reading.observations.push(Observation { key, at: now, value: *value });
            }
        }
        reading.versions = draft
            .versions
            .iter()
            .map(|running| RunningVersion {
                environment: environment(Some(&running.service), &running.environment),
                ..running.clone()
            })
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        reading.calls = draft
            .calls
            .iter()
            .map(|call| Call {
                environment: environment(Some(&call.from), &call.environment),
                ..call.clone()
            })
            .collect();
        reading
    }

    /// Of several instances the one that uses most speaks for its service.
    fn finish_processes(&self, draft: &mut Draft) {
        let mut highest: BTreeMap<SeriesKey, f64> = BTreeMap::new();
        for (id, mut process) in std::mem::take(&mut draft.processes) {
            let Some(name) = &id.0.service else { continue };
            if self.exporters.contains(name) && !draft.serving.contains(name) {
                continue;
            }
            let host = without_port(&id.1);
            let here = matches!(host, "localhost" | "127.0.0.1" | "::1");
            let one_core = draft.one_core.contains(&id).then_some(1.0);
            let machine = draft.host_cores.get(host).copied().or(self.local_cores.filter(|_| here));
            process.cores = process.cores.or(one_core).or(machine);
            let (values, gaps) = process.judge(&id.0);
            draft.gaps.extend(gaps);
            for (key, value) in values {
                let most = highest.entry(key).or_insert(value);
                *most = most.max(value);
            }
        }
        for (key, value) in highest {
            self.claim(draft, key, value);
        }
    }

    /// Says of each service that answers which signal it does not show.
    fn missing(&self, draft: &mut Draft) {
        let services: BTreeSet<String> = draft
            .values
            .keys()
            .filter(|key| key.signal == Signal::Answering || key.signal == Signal::Traffic)
            .filter(|key| key.subject.is_owned())
            .filter_map(|key| key.subject.service.clone())
            .collect();
        let has = |signal: Signal, service: &str| {
            draft.values.keys().any(|key| {
                key.signal == signal
                    && key.subject.service.as_deref() == Some(service)
                    && key.subject.is_owned()
            })
        };
        let mut gaps = Vec::new();
        for service in services {
            let idle = draft.values.iter().any(|(key, value)| {
                key.signal == Signal::Traffic
                    && key.subject == Subject::service(&key.subject.environment, &service)
                    && *value == 0.0
            });
            for (signal, why) in [
                (Signal::ApiResponseTime, "exports no histogram of response times that quad knows"),
                (Signal::ErrorRate, "exports no requests with the status that they ended with"),
            ] {
                if !has(signal, &service) {
                    let why = if idle { "had no requests" } else { why };
                    gaps.push(Gap { signal: Some(signal), of: Some(service.clone()), why: why.to_owned() });
                }
            }
        }
        draft.gaps.extend(gaps);
    }

    /// pg_stat_statements tells means, not single calls: the 95th percentile of all calls is taken as
    /// if each took its statement's mean, which is less than the true one.
    fn finish_statements(&self, draft: &mut Draft) {
        let mut databases: BTreeMap<Subject, Vec<(f64, f64)>> = BTreeMap::new();
        for ((of, _), (calls, seconds)) in std::mem::take(&mut draft.statements) {
            if calls > 0.0 && seconds.is_finite() {
                databases.entry(of).or_default().push((1e3 * seconds / calls, calls));
            }
        }
        for (of, mut statements) in databases {
            statements.sort_by(|one, other| one.0.total_cmp(&other.0));
            let rank = 0.95 * statements.iter().map(|(_, calls)| calls).sum::<f64>();
            let mut below = 0.0;
            let p95 = statements.iter().find(|(_, calls)| {
                below += calls;
                below >= rank
            });
            if let Some((mean, _)) = p95.or(statements.last()) {
                self.claim(draft, SeriesKey::new(Signal::DatabaseQueryTime, of), *mean);
            }
        }
    }
}

/// (job, instance) of a row.
fn target(labels: &Labels) -> (String, String) {
    let told = |name: &str| labels.get(name).cloned().unwrap_or_default();
    (told("job"), told("instance"))
}

/// Whose a target's own figures are. A job is a service's name only where nothing better is known.
fn instance(mut subject: Subject, labels: &Labels, draft: &Draft) -> (Subject, String) {
    let target = target(labels);
    if subject.service.as_ref() == Some(&target.0)
        && let Some(known) = draft.targets.get(&target)
    {
        subject.service.clone_from(&known.service);
        if subject.environment.is_empty() {
            subject.environment.clone_from(&known.environment);
        }
    }
    (subject, target.1)
}
