//! What is asked of a server, and what each reply means.

use crate::exporters::conventions::{
    CORES, CPU_SECONDS, Kind, MEMORY_LIMITS, ONE_CORE_RUNTIMES, REQUEST_COUNTERS, RESIDENT_MEMORY,
    TARGET_INFO, TIMERS, Timer,
};
use crate::exporters::labels::Role;
use crate::exporters::requests::MOST_ENDPOINTS;
use crate::model::signal::Signal;
use crate::vendors::prometheus::Queries;
use crate::vendors::prometheus::catalogue::Catalogue;
use crate::vendors::prometheus::promql::{Shape, p95};

/// One query.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ask {
    pub(super) promql: String,
    pub(super) means: Means,
    /// What is missing where it fails.
    pub(super) signal: Option<Signal>,
    /// What a person calls it, in a gap.
    pub(super) what: String,
}

/// What the rows of a reply mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Means {
    /// Values of a signal, times a factor.
    Value { signal: Signal, roles: &'static [Role], factor: f64 },
    /// Values of a query from the configuration, in the signal's unit.
    Configured(Signal),
    /// Rates of requests of whole services or of their calls.
    Requests(Kind),
    /// Rates of requests of endpoints.
    EndpointRequests,
    /// Which service a target of the server is, by job and instance.
    Targets,
    /// 1 where an instance of a service answers the server.
    Up,
    /// 1 where a machine's exporter answers.
    HostUp,
    /// Which instance is which machine.
    HostNames,
    /// Cores of each machine.
    HostCores,
    /// CPU seconds a second of each process.
    ProcessCpu,
    /// Cores of a process.
    ProcessCores,
    /// Services whose runtime uses one core.
    OneCore,
    /// Bytes that a process holds.
    Resident,
    /// Bytes that it may hold.
    MemoryLimit,
    /// Calls a second of each statement of a database.
    StatementCalls,
    /// Seconds a second spent in each.
    StatementSeconds,
    /// Versions that run.
    Versions,
}

const SERVICE: &[Role] = &[Role::Service, Role::Environment, Role::Region];
const ENDPOINT: &[Role] = &[Role::Service, Role::Environment, Role::Region, Role::Endpoint, Role::Method];
const CALL: &[Role] = &[Role::Service, Role::Environment, Role::Region, Role::Peer];
const DATABASE: &[Role] = &[Role::Service, Role::Environment, Role::Region, Role::Database];
const HOST: &[Role] = &[Role::Host, Role::Environment, Role::Region];
const CONTAINER: &[Role] = &[Role::Container, Role::Environment, Role::Region];

/// What tells one target from another.
const INSTANCE: &[&str] = &["job", "instance"];

/// Real file systems, and those that can be written to.
const DISKS: &str =
    "fstype!~\"tmpfs|ramfs|devtmpfs|overlay|squashfs|iso9660|erofs|autofs|nsfs|fuse.lxcfs|rootfs\"";

/// Containers, not the groups around them.
const CONTAINERS: &str = "image!=\"\",container!=\"POD\"";
const CONTAINER_LABELS: &str =
    "instance, name, namespace, pod, container, container_label_com_docker_compose_service";

/// Writes the queries down.
pub(super) struct Plan<'a> {
    pub(super) catalogue: &'a Catalogue,
    /// For what applications export.
    pub(super) apps: Shape<'a>,
    /// For what exporters export, which are often scraped more seldom.
    pub(super) exporters: Shape<'a>,
    pub(super) configured: &'a Queries,
    /// History is read for whole services only: baselines of every endpoint would cost too much.
    pub(super) history: bool,
}

impl Plan<'_> {
    /// All queries. Where several could tell the same, the first one has the say.
    pub(super) fn asks(&self) -> Vec<Ask> {
        let mut out = Vec::new();
        self.targets(&mut out);
        self.configured(&mut out);
        for timer in TIMERS {
            self.timer(timer, &mut out);
        }
        self.counters(&mut out);
        self.processes(&mut out);
        self.hosts(&mut out);
        self.containers(&mut out);
        self.statements(&mut out);
        self.answering(&mut out);
        self.versions(&mut out);
        out.retain(|ask| match ask.means {
            Means::Value { signal, roles, .. } => {
                self.configured.of(signal).is_none() || roles.contains(&Role::Peer)
            }
            _ => true,
        });
        out
    }

    fn configured(&self, out: &mut Vec<Ask>) {
        for signal in Signal::ALL {
            if let Some(query) = self.configured.of(signal) {
                let promql = query.replace("$window", &format!("{}s", self.apps.window));
                out.push(ask(promql, Means::Configured(signal), Some(signal), "the configured query"));
            }
        }
    }

    /// Jobs often hold several services, and `up` and `process_` metrics know only job and instance:
    /// `target_info`, or else the requests, tell whose they are and in which environment. Looks back
    /// an hour, since a service that is down tells nothing.
    fn targets(&self, out: &mut Vec<Ask>) {
        let counts = TIMERS.iter().filter(|timer| timer.kind == Kind::Server);
        let counts = counts.map(|timer| format!("{}_count", timer.family));
        for metric in std::iter::once(TARGET_INFO.to_owned()).chain(counts) {
            let Some(present) = self.catalogue.labels_of(&metric) else { continue };
            let of_service = |label: &String| label != "job" && self.apps.names.service.contains(label);
            let of_environment =
                |label: &String| metric == TARGET_INFO && self.apps.names.environment.contains(label);
            if present.iter().any(|label| of_service(label) || of_environment(label)) {
                let seen = format!("last_over_time({}[1h])", self.apps.select(&metric, ""));
                let told = self.apps.tell(seen, &[Role::Service, Role::Environment], Some(present));
                out.push(ask(told.by("group", INSTANCE), Means::Targets, None, &metric));
            }
        }
    }

    fn timer(&self, timer: Timer, out: &mut Vec<Ask>) {
        let (bucket, count) = (format!("{}_bucket", timer.family), format!("{}_count", timer.family));
        if !self.catalogue.has(&bucket) {
            return;
        }
        let present = self.catalogue.labels_of(&bucket);
        let signal = timer.kind.latency();
        let roles = match timer.kind {
            Kind::Server => SERVICE,
            Kind::Client => CALL,
            Kind::Database => DATABASE,
        };
        let buckets = |roles| self.apps.tell(self.apps.rate(&bucket, ""), roles, present);
        let value = |roles| Means::Value { signal, roles, factor: timer.ms };
        out.push(ask(p95(&buckets(roles).by("sum", &["le"])), value(roles), Some(signal), timer.family));
        if timer.kind == Kind::Database {
            return;
        }
        self.requests(timer.kind, roles, &count, present, out);
        if timer.kind == Kind::Server && !self.history {
            let busiest = self.busiest(&count, present, MOST_ENDPOINTS);
            let p95 = p95(&buckets(ENDPOINT).by("sum", &["le"]));
            let on = buckets(ENDPOINT).list(&[]);
            out.push(ask(
                format!("{p95} and on ({on}) {busiest}"),
                value(ENDPOINT),
                Some(signal),
                timer.family,
            ));
        }
    }

    fn counters(&self, out: &mut Vec<Ask>) {
        for counter in REQUEST_COUNTERS.into_iter().filter(|counter| self.catalogue.has(counter)) {
            self.requests(Kind::Server, SERVICE, counter, self.catalogue.labels_of(counter), out);
        }
    }

    fn requests(
        &self,
        kind: Kind,
        roles: &'static [Role],
        counter: &str,
        present: Option<&[String]>,
        out: &mut Vec<Ask>,
    ) {
        // How requests end is grouped by every label that may say it, known or not: such labels
        // appear with the first error, which is not the moment to learn of them.
        let names = self.apps.names;
        let ends: Vec<&str> = names.status.iter().chain(&names.error_type).map(String::as_str).collect();
        let told = |roles| self.apps.tell(self.apps.rate(counter, ""), roles, present);
        out.push(ask(told(roles).by("sum", &ends), Means::Requests(kind), Some(Signal::ErrorRate), counter));
        if kind == Kind::Server && !self.history {
            let busiest = self.busiest(counter, present, MOST_ENDPOINTS + 1);
            let rates = told(ENDPOINT).by("sum", &ends);
            let on = told(ENDPOINT).list(&[]);
            let promql = format!("{rates} and on ({on}) {busiest}");
            out.push(ask(promql, Means::EndpointRequests, Some(Signal::ErrorRate), counter));
        }
    }

    /// The busiest endpoints of each service, cut by the server: a raw path as a label must not
    /// bring ten thousand rows.
    fn busiest(&self, counter: &str, present: Option<&[String]>, most: usize) -> String {
        let rate = || self.apps.rate(counter, "");
        let endpoints = self.apps.tell(rate(), ENDPOINT, present);
        let service = self.apps.tell(rate(), SERVICE, present).list(&[]);
        format!("topk by ({service}) ({most}, {})", endpoints.by("sum", &[]))
    }

    fn processes(&self, out: &mut Vec<Ask>) {
        let mut of_service = |metric: &str, expression, aggregation, means, signal| {
            if self.catalogue.has(metric) {
                let told = self.apps.tell(expression, SERVICE, self.catalogue.labels_of(metric));
                out.push(ask(told.by(aggregation, INSTANCE), means, Some(signal), metric));
            }
        };
        let plain = |metric| self.apps.select(metric, "");
        of_service(CPU_SECONDS, self.apps.rate(CPU_SECONDS, ""), "max", Means::ProcessCpu, Signal::Cpu);
        for metric in CORES {
            of_service(metric, plain(metric), "max", Means::ProcessCores, Signal::Cpu);
        }
        for metric in ONE_CORE_RUNTIMES {
            of_service(metric, plain(metric), "max", Means::OneCore, Signal::Cpu);
        }
        of_service(RESIDENT_MEMORY, plain(RESIDENT_MEMORY), "max", Means::Resident, Signal::MemoryUsed);
        for metric in MEMORY_LIMITS {
            of_service(metric, plain(metric), "min", Means::MemoryLimit, Signal::Memory);
        }
    }

    fn hosts(&self, out: &mut Vec<Ask>) {
        if !self.catalogue.has("node_cpu_seconds_total") {
            return;
        }
        let of = |metric: &str, more: &str| self.exporters.select(metric, more);
        let value = |signal| Means::Value { signal, roles: HOST, factor: 1.0 };
        let mut push = |promql, means, signal, what| out.push(ask(promql, means, Some(signal), what));
        let idle = self.exporters.rate("node_cpu_seconds_total", "mode=\"idle\"");
        let cpu = format!("100 * (1 - avg without (cpu, mode) ({idle}))");
        push(cpu, value(Signal::Cpu), Signal::Cpu, "node_cpu_seconds_total");
        let (free, total) = (of("node_memory_MemAvailable_bytes", ""), of("node_memory_MemTotal_bytes", ""));
        let memory = "node_memory_MemAvailable_bytes";
        push(format!("100 * (1 - {free} / {total})"), value(Signal::Memory), Signal::Memory, memory);
        push(format!("{total} - {free}"), value(Signal::MemoryUsed), Signal::MemoryUsed, memory);
        let (free, size) =
            (of("node_filesystem_avail_bytes", DISKS), of("node_filesystem_size_bytes", DISKS));
        let read_only = of("node_filesystem_readonly", DISKS);
        let disks = format!(
            "max without (device, fstype, mountpoint) \
             (100 * (1 - {free} / ({size} > 0)) unless {read_only} == 1)"
        );
        push(disks, value(Signal::Disk), Signal::Disk, "node_filesystem_avail_bytes");
        let cores = format!("count without (cpu, mode) ({})", of("node_cpu_seconds_total", "mode=\"idle\""));
        push(cores, Means::HostCores, Signal::Cpu, "node_cpu_seconds_total");
        let uname = format!("last_over_time({}[6h])", of("node_uname_info", ""));
        let up = format!("{} and on (job, instance) {uname}", of("up", ""));
        push(uname, Means::HostNames, Signal::Answering, "node_uname_info");
        push(up, Means::HostUp, Signal::Answering, "up");
    }

    fn containers(&self, out: &mut Vec<Ask>) {
        if !self.catalogue.has("container_memory_working_set_bytes") {
            return;
        }
        let value = |signal| Means::Value { signal, roles: CONTAINER, factor: 1.0 };
        let mut push = |promql, signal, what| out.push(ask(promql, value(signal), Some(signal), what));
        let sum = |expression: String| format!("sum by ({CONTAINER_LABELS}) ({expression})");
        let of = |metric: &str| sum(self.exporters.select(metric, CONTAINERS));
        let used = of("container_memory_working_set_bytes");
        let limit = of("container_spec_memory_limit_bytes");
        // cAdvisor writes "no limit" as 0, and as a huge number in old versions.
        let limit = format!("({limit} > 0 < 7e13)");
        push(format!("100 * {used} / {limit}"), Signal::Memory, "container_spec_memory_limit_bytes");
        push(used, Signal::MemoryUsed, "container_memory_working_set_bytes");
        let cpu = sum(self.exporters.rate("container_cpu_usage_seconds_total", CONTAINERS));
        let (quota, period) = (of("container_spec_cpu_quota"), of("container_spec_cpu_period"));
        push(
            format!("100 * {cpu} / (({quota} > 0) / {period})"),
            Signal::Cpu,
            "container_cpu_usage_seconds_total",
        );
        let cores = self.exporters.select("machine_cpu_cores", "");
        push(
            format!("100 * {cpu} / on (instance) group_left () (max by (instance) ({cores}))"),
            Signal::Cpu,
            "container_cpu_usage_seconds_total",
        );
    }

    /// postgres_exporter's view of pg_stat_statements, under its newer and its older names.
    fn statements(&self, out: &mut Vec<Ask>) {
        let signal = Signal::DatabaseQueryTime;
        for (calls, seconds) in [
            ("pg_stat_statements_calls_total", "pg_stat_statements_seconds_total"),
            ("pg_stat_statements_calls", "pg_stat_statements_total_time_seconds"),
        ] {
            if self.catalogue.has(calls) && self.catalogue.has(seconds) {
                for (metric, means) in [(calls, Means::StatementCalls), (seconds, Means::StatementSeconds)] {
                    let rate = self.exporters.rate(metric, "");
                    let told =
                        self.exporters.tell(rate, &[Role::Environment, Role::Region, Role::Database], None);
                    out.push(ask(told.by("sum", &["queryid"]), means, Some(signal), metric));
                }
                return;
            }
        }
    }

    fn answering(&self, out: &mut Vec<Ask>) {
        let told = self.apps.tell(self.apps.select("up", ""), SERVICE, self.catalogue.labels_of("up"));
        out.push(ask(told.by("max", INSTANCE), Means::Up, Some(Signal::Answering), "up"));
    }

    fn versions(&self, out: &mut Vec<Ask>) {
        if self.history {
            return;
        }
        if let Some(matcher) = self.catalogue.versions() {
            let roles = &[Role::Service, Role::Environment, Role::Version];
            let told = self.apps.tell(self.apps.select("", &matcher), roles, None);
            out.push(ask(told.by("group", &[]), Means::Versions, None, "the version"));
        }
        // Or the version stands on the requests themselves.
        let on_requests = TIMERS.iter().filter(|timer| timer.kind == Kind::Server).find_map(|timer| {
            let count = format!("{}_count", timer.family);
            let labels = self.catalogue.labels_of(&count)?;
            labels.iter().any(|label| self.apps.names.version.contains(label)).then_some(count)
        });
        if let Some(count) = on_requests {
            let roles = &[Role::Service, Role::Environment, Role::Version];
            let told = self.apps.tell(self.apps.select(&count, ""), roles, self.catalogue.labels_of(&count));
            out.push(ask(told.by("group", &[]), Means::Versions, None, "the version"));
        }
    }
}

fn ask(promql: String, means: Means, signal: Option<Signal>, what: &str) -> Ask {
    Ask { promql, means, signal, what: what.to_owned() }
}
