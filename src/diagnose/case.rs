//! The evidence, asked in the terms of the rules: how a series moved, who is down, and where in the
//! call graph the trouble starts.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use crate::diagnose::candidate::{Expectation, Fact};
use crate::diagnose::evidence::Evidence;
use crate::diagnose::needs::View;
use crate::diagnose::problem::Problem;
use crate::diagnose::shift::{Against, Climb, Shift, change_point, climb, median, span, spread};
use crate::model::deployment::{Deployment, Learned};
use crate::model::sample::{Sample, SeriesKey};
use crate::model::signal::Signal;
use crate::model::subject::Subject;
use crate::model::time::{Moment, TimeRange};

/// A deployment can be the cause of what begins this soon after it.
pub(crate) const AFTER_DEPLOYMENT: TimeDelta = TimeDelta::minutes(20);
/// What begins this soon after a deployment fits it well.
pub(crate) const SOON: TimeDelta = TimeDelta::minutes(5);
/// A version label is noticed at the next scrape, so the deployment may seem to come late.
const NOTICED_LATE: TimeDelta = TimeDelta::seconds(120);
/// "Now" is this long.
const RECENT: TimeDelta = TimeDelta::minutes(5);

/// Words that error kinds use for a callee that is not there.
const UNREACHABLE: [&str; 12] = [
    "refused",
    "unreachable",
    "connect",
    "unavailable",
    "reset",
    "dns",
    "no route",
    "timeout",
    "timed out",
    "502",
    "503",
    "504",
];

/// One problem with its evidence.
pub(crate) struct Case<'a> {
    pub(crate) problem: &'a Problem,
    pub(crate) evidence: &'a Evidence,
    pub(crate) now: Moment,
    /// When it truly began.
    pub(crate) onset: Moment,
    culprits: Vec<Culprit>,
}

/// Where trouble starts: bad itself, and nothing that it calls is bad.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Culprit {
    pub(crate) service: String,
    /// From the subject's service to the culprit, both included.
    pub(crate) path: Vec<String>,
    /// It does not answer, and how that is known.
    pub(crate) down: Option<Vec<Fact>>,
}

impl<'a> Case<'a> {
    pub(crate) fn new(problem: &'a Problem, evidence: &'a Evidence, now: Moment) -> Self {
        let mut case = Self { problem, evidence, now, onset: problem.since.min(now), culprits: Vec::new() };
        case.onset = case.onset_in(&problem.key()).unwrap_or(case.onset);
        case.culprits = case.walk();
        case
    }

    /// Where trouble starts. Empty where the problem is not about a service.
    pub(crate) fn culprits(&self) -> &[Culprit] {
        &self.culprits
    }

    // How series moved

    /// The level of `key` before the onset and now. `None` where either is not known.
    pub(crate) fn shift_of(&self, key: &SeriesKey) -> Option<Shift> {
        let window = self.window();
        let now = self.level_of(key)?;
        let hour = TimeRange::new(self.onset - TimeDelta::minutes(65), self.onset - TimeDelta::seconds(1));
        let calm = self.values(key, hour);
        let (before, spread, against) = if calm.len() >= 3 {
            let middle = median(&calm)?;
            (middle, spread(&calm, middle), Against::HourBefore)
        } else if self.is_new_kind(key, hour) {
            (0.0, 0.0, Against::HourBefore)
        } else if let Some(usual) = self.evidence.baseline(key) {
            (usual.usual, usual.spread, Against::Usual)
        } else {
            let day = self.evidence.values_around(key, self.now - TimeDelta::days(1));
            let middle = median(&day)?;
            (middle, spread(&day, middle), Against::DayBefore)
        };
        Some(Shift { key: key.clone(), before, now, spread, against, window })
    }

    /// A kind of error has no series before it first comes up; where errors were measured all the
    /// same, there was none of it.
    fn is_new_kind(&self, key: &SeriesKey, hour: TimeRange) -> bool {
        let whole = Subject { error_kind: None, ..key.subject.clone() };
        key.subject.error_kind.is_some()
            && self.values(key, hour).is_empty()
            && self.values(&SeriesKey::new(key.signal, whole), hour).len() >= 3
    }

    /// The level of `key` now.
    pub(crate) fn level_of(&self, key: &SeriesKey) -> Option<f64> {
        let window = self.window();
        let mut values = self.values(key, window);
        if values.is_empty() {
            let last = TimeRange::new(self.now - TimeDelta::seconds(90), window.to);
            values.extend(self.values(key, last).last());
        }
        median(&values)
    }

    /// The last known value of `key` in what counts as now.
    pub(crate) fn newest(&self, key: &SeriesKey) -> Option<f64> {
        self.values(key, TimeRange::last(RECENT, self.now + TimeDelta::seconds(1))).last().copied()
    }

    /// A signal of a service as a whole. Where it is only known by host or region, the part that
    /// rose most speaks for it.
    pub(crate) fn own(&self, signal: Signal, service: &str) -> Option<Shift> {
        let whole = SeriesKey::new(signal, self.subject(service));
        self.shift_of(&whole).or_else(|| {
            self.keys(signal)
                .filter(|key| key.subject.service.as_deref() == Some(service))
                .filter(|key| matches!(View::of(&key.subject), View::Own | View::Host))
                .filter_map(|key| self.shift_of(key))
                .max_by(|a, b| a.added().total_cmp(&b.added()))
        })
    }

    /// A signal of the calls from one service to another, as the caller sees it.
    pub(crate) fn seen_by(&self, signal: Signal, caller: &str, callee: &str) -> Option<Shift> {
        self.keys(signal)
            .filter(|key| key.subject.service.as_deref() == Some(caller))
            .filter(|key| key.subject.peer.as_deref() == Some(callee))
            .filter_map(|key| self.shift_of(key))
            .max_by(|a, b| a.added().total_cmp(&b.added()))
    }

    /// Shifts of a signal of a service seen from one side: its endpoints, kinds of error, databases.
    pub(crate) fn parts(&self, view: View, signal: Signal, service: &str) -> Vec<Shift> {
        self.keys(signal)
            .filter(|key| key.subject.service.as_deref() == Some(service) && View::of(&key.subject) == view)
            .filter_map(|key| self.shift_of(key))
            .collect()
    }

    /// Known series of a signal in the environment of the problem.
    pub(crate) fn keys(&self, signal: Signal) -> impl Iterator<Item = &SeriesKey> {
        let environment = &self.problem.subject.environment;
        self.evidence
            .keys()
            .filter(move |key| key.signal == signal)
            .filter(move |key| key.subject.environment == *environment || key.subject.service.is_none())
    }

    /// The true onset of one series around the time that the detector named.
    pub(crate) fn onset_in(&self, key: &SeriesKey) -> Option<Moment> {
        let since = self.problem.since.min(self.now);
        let around = TimeRange::new(since - TimeDelta::minutes(45), self.now + TimeDelta::seconds(1));
        change_point(key, &self.evidence.samples(key, around))
    }

    /// When a service got bad: the earliest rise of its own latency or errors.
    pub(crate) fn onset_of(&self, service: &str) -> Moment {
        [Signal::ApiResponseTime, Signal::ErrorRate]
            .into_iter()
            .filter_map(|signal| self.own(signal, service).filter(Shift::rose))
            .filter_map(|shift| self.onset_in(&shift.key))
            .min()
            .unwrap_or(self.onset)
    }

    /// A steady climb of a series up to now. `still` is the share of its slope that it must have
    /// kept to the end.
    pub(crate) fn climb_of(&self, key: &SeriesKey, still: f64) -> Option<Climb> {
        let hours = TimeRange::last(TimeDelta::hours(8), self.now + TimeDelta::seconds(1));
        climb(&self.evidence.samples(key, hours), still)
    }

    /// Had samples in the hour before, and has none since.
    fn gone(&self, signal: Signal, service: &str) -> bool {
        let key = SeriesKey::new(signal, self.subject(service));
        let hour = TimeRange::new(self.onset - TimeDelta::minutes(65), self.onset);
        let since = TimeRange::new(self.window().from + TimeDelta::seconds(60), self.window().to);
        self.values(&key, hour).len() >= 3
            && since.length().num_seconds() > 30
            && self.values(&key, since).is_empty()
    }

    fn values(&self, key: &SeriesKey, range: TimeRange) -> Vec<f64> {
        self.evidence.samples(key, range).iter().map(|sample: &Sample| sample.value).collect()
    }

    /// What counts as now: from the onset on, and not longer than a few minutes.
    pub(crate) fn window(&self) -> TimeRange {
        TimeRange::new(self.onset.max(self.now - RECENT), self.now + TimeDelta::seconds(1))
    }

    // Where trouble starts

    pub(crate) fn subject(&self, service: &str) -> Subject {
        Subject::service(&self.problem.subject.environment, service)
    }

    /// What a service calls.
    pub(crate) fn callees(&self, service: &str) -> Vec<&str> {
        self.edges(|call| call.from == service, |call| &call.to)
    }

    /// Who calls a service.
    pub(crate) fn callers(&self, service: &str) -> Vec<&str> {
        self.edges(|call| call.to == service, |call| &call.from)
    }

    fn edges<'c>(
        &'c self,
        wanted: impl Fn(&crate::model::source::Call) -> bool,
        end: impl Fn(&'c crate::model::source::Call) -> &'c String,
    ) -> Vec<&'c str> {
        let environment = &self.problem.subject.environment;
        self.evidence
            .calls()
            .iter()
            .filter(|call| call.environment == *environment && call.from != call.to && wanted(call))
            .map(|call| end(call).as_str())
            .collect()
    }

    /// Follows calls from the subject to what is bad and calls nothing bad. The order of services
    /// and a circle of calls make no difference.
    fn walk(&self) -> Vec<Culprit> {
        let Some(start) = self.problem.service() else { return Vec::new() };
        let mut seen = BTreeSet::from([start.to_owned()]);
        let mut open = vec![vec![start.to_owned()]];
        if let Some(peer) = self.problem.subject.peer.as_deref() {
            seen.insert(peer.to_owned());
            open = vec![vec![start.to_owned(), peer.to_owned()]];
        }
        let mut found = Vec::new();
        while let Some(path) = open.pop() {
            let Some(service) = path.last() else { continue };
            let down = self.down(service);
            // What does not answer can't be slow because of what it would call.
            let bad: Vec<&str> = match down {
                Some(_) => Vec::new(),
                None if !self.spreads() => Vec::new(),
                None => self.callees(service).into_iter().filter(|to| self.is_bad(service, to)).collect(),
            };
            if bad.is_empty() {
                found.push(Culprit { service: service.clone(), path: path.clone(), down });
            }
            for to in bad {
                if seen.insert(to.to_owned()) {
                    open.push(path.iter().cloned().chain([to.to_owned()]).collect());
                }
            }
        }
        found.sort_by(|a, b| a.path.len().cmp(&b.path.len()).reverse().then(a.service.cmp(&b.service)));
        found
    }

    /// Whether the problem is of a kind that a callee can bring upon its callers. Full memory is not.
    fn spreads(&self) -> bool {
        use Signal::{Answering, ApiResponseTime, BodyCheck, ErrorRate, Traffic};
        matches!(self.problem.signal, ApiResponseTime | ErrorRate | Answering | BodyCheck | Traffic)
    }

    /// Whether what `caller` gets from `callee` got worse, and the callee is not known to be well.
    pub(crate) fn is_bad(&self, caller: &str, callee: &str) -> bool {
        if self.down(callee).is_some() {
            return true;
        }
        [Signal::ApiResponseTime, Signal::ErrorRate].into_iter().any(|signal| {
            let own = self.own(signal, callee).map(|shift| shift.rose());
            let seen = self.seen_by(signal, caller, callee).map(|shift| shift.rose());
            match (seen, own) {
                // What never arrived does not count in the callee's own errors.
                (Some(true), Some(false)) if signal == Signal::ErrorRate => self.lost_calls(caller),
                (Some(seen), Some(own)) => seen && own,
                (Some(one), None) | (None, Some(one)) => one,
                (None, None) => false,
            }
        })
    }

    /// Whether a service fails more than before because somebody whom it calls is not there.
    fn lost_calls(&self, caller: &str) -> bool {
        let lost = |shift: &Shift| shift.key.subject.error_kind.as_deref().is_some_and(Self::says_connection);
        self.kinds(caller).iter().any(lost)
    }

    /// Whether a service does not answer, and how that is known. A service that is known to answer
    /// is not down, however many errors its callers see.
    pub(crate) fn down(&self, service: &str) -> Option<Vec<Fact>> {
        let answering = self.own(Signal::Answering, service);
        let probe = answering.as_ref().filter(|shift| shift.now < 0.5).map(|shift| Fact {
            text: format!("{service} did not answer in the last {}", span(shift.window.length())),
            source: Signal::Answering.name().to_owned(),
            window: Some(shift.window),
        });
        if let Some(probe) = probe {
            return Some(vec![probe]);
        }
        if answering.is_some_and(|shift| shift.now >= 0.5) {
            return None;
        }
        // Nothing says whether it answers, so its callers and its silence have to.
        let served = self.own(Signal::Traffic, service);
        let silent = self.gone(Signal::Traffic, service)
            || served.as_ref().is_some_and(|shift| shift.now <= 0.1 * shift.before)
            || (served.is_none() && self.own(Signal::ApiResponseTime, service).is_none());
        let failing: Vec<Shift> = self
            .callers(service)
            .into_iter()
            .filter_map(|caller| self.seen_by(Signal::ErrorRate, caller, service))
            .filter(|shift| shift.rose() && shift.now >= 80.0)
            .collect();
        (silent && !failing.is_empty()).then(|| failing.iter().map(|shift| self.fact(shift)).collect())
    }

    /// Kinds of error of a service, the most frequent now first.
    pub(crate) fn kinds(&self, service: &str) -> Vec<Shift> {
        let mut kinds = self.parts(View::Kind, Signal::ErrorRate, service);
        kinds.retain(Shift::rose);
        kinds.sort_by(|a, b| b.now.total_cmp(&a.now));
        kinds
    }

    /// Whether a kind of error says that somebody else is not there.
    pub(crate) fn says_unreachable(kind: &str) -> bool {
        let kind = kind.to_lowercase();
        UNREACHABLE.iter().any(|word| kind.contains(word))
    }

    /// Whether a kind of error is one of connecting, not of waiting for an answer or getting a bad one.
    fn says_connection(kind: &str) -> bool {
        let kind = kind.to_lowercase();
        ["refused", "unreachable", "connect", "reset", "dns", "no route"]
            .iter()
            .any(|word| kind.contains(word))
    }

    // Deployments

    /// The last deployment of a service shortly before `onset`.
    pub(crate) fn deployment_before(&self, service: &str, onset: Moment) -> Option<&Deployment> {
        self.evidence
            .deployments()
            .iter()
            .filter(|d| d.service == service)
            .filter(|d| d.environment.is_empty() || d.environment == self.problem.subject.environment)
            .rfind(|d| d.at <= onset + NOTICED_LATE && onset - d.at <= AFTER_DEPLOYMENT)
    }

    // Facts in words

    /// "P95 of payments: 1,250 ms in the last 5 min (120 ms in the hour before)".
    pub(crate) fn fact(&self, shift: &Shift) -> Fact {
        let subject = &shift.key.subject;
        let mut of = subject.name().to_owned();
        if let Some(peer) = &subject.peer {
            of = format!("the calls {of} -> {peer}");
        }
        if let Some(kind) = &subject.error_kind {
            of = format!("{of}, kind {kind}");
        }
        if let Some(endpoint) = &subject.endpoint {
            of = format!(
                "{of} {}{endpoint}",
                subject.method.as_ref().map(|m| format!("{m} ")).unwrap_or_default()
            );
        }
        if let (Some(database), Some(_)) = (&subject.database, &subject.service) {
            of = format!("{of} on database {database}");
        }
        Fact {
            text: format!("{} of {of}: {}", shift.key.signal.label(), shift.words()),
            source: shift.key.signal.name().to_owned(),
            window: Some(shift.window),
        }
    }

    /// "payments v2 (before: v1) since 13:52 UTC, 40 s before the onset".
    pub(crate) fn deployment_fact(&self, deployment: &Deployment, onset: Moment) -> Fact {
        let before = deployment.previous.as_ref().map(|v| format!(" (before: {v})")).unwrap_or_default();
        Fact {
            text: format!(
                "{} {}{before} deployed at {} UTC; the onset was at {} UTC",
                deployment.service,
                deployment.version,
                deployment.at.format("%H:%M:%S"),
                onset.format("%H:%M:%S"),
            ),
            source: match deployment.learned {
                Learned::Hook => "deployment hook",
                Learned::Command => "quad deployed",
                Learned::VersionLabel => "version label",
            }
            .to_owned(),
            window: Some(TimeRange::new(deployment.at, onset.max(deployment.at))),
        }
    }

    // Expectations that several rules share

    /// That the way from the subject to the culprit carries the trouble, and most of it.
    pub(crate) fn on_the_way(&self, culprit: &Culprit) -> Vec<Expectation> {
        let Some(edge) = culprit.path.first().zip(culprit.path.get(1)) else { return Vec::new() };
        let (caller, callee) = edge;
        let mut expectations = Vec::new();
        for pair in culprit.path.windows(2) {
            let seen: Vec<Shift> = [Signal::ApiResponseTime, Signal::ErrorRate]
                .into_iter()
                .filter_map(|signal| self.seen_by(signal, &pair[0], &pair[1]))
                .filter(Shift::rose)
                .collect();
            if !seen.is_empty() {
                let text = format!("{} sees it in its calls to {}", pair[0], pair[1]);
                expectations.push(Expectation::seen(1.0, text, seen.iter().map(|s| self.fact(s)).collect()));
            }
        }
        match self.share(caller, callee) {
            Some((share, facts)) if share >= 0.5 => expectations.push(Expectation::seen(
                2.0,
                format!(
                    "the calls to {callee} account for about {:.0} % of what got worse in {caller}",
                    share * 100.0
                ),
                facts,
            )),
            Some((share, facts)) if share < 0.2 => expectations.push(Expectation::contradicted(
                2.0,
                format!(
                    "the calls to {callee} account for only {:.0} % of what got worse in {caller}",
                    share * 100.0
                ),
                facts,
            )),
            _ => expectations.push(Expectation::unknown(
                1.0,
                format!("how much of {caller}'s time and errors come from its calls to {callee}"),
            )),
        }
        expectations
    }

    /// How much of what got worse in `caller` its calls to `callee` explain, 0 to 1. Percentiles
    /// don't add up, so this is about right at best; it is only used in three steps.
    fn share(&self, caller: &str, callee: &str) -> Option<(f64, Vec<Fact>)> {
        let signal = match self.problem.signal {
            Signal::ErrorRate => Signal::ErrorRate,
            _ => Signal::ApiResponseTime,
        };
        let whole = self.own(signal, caller).filter(Shift::rose)?;
        let calls = self.seen_by(signal, caller, callee)?;
        let traffic = |shift: Option<Shift>| shift.map(|s| s.now).filter(|rate| *rate > 0.0);
        let per_request = traffic(self.seen_by(Signal::Traffic, caller, callee))
            .zip(traffic(self.own(Signal::Traffic, caller)))
            .map_or(1.0, |(calls, requests)| calls / requests);
        // Few calls can still make a 95th percentile, so less than one a request is not scaled down.
        let share = calls.added() * per_request.max(1.0) / whole.added();
        Some((share.clamp(0.0, 1.0), vec![self.fact(&whole), self.fact(&calls)]))
    }

    /// That nothing which `service` calls is bad.
    pub(crate) fn callees_are_well(&self, weight: f64, service: &str) -> Expectation {
        let callees = self.callees(service);
        if callees.is_empty() {
            return Expectation::unknown(
                weight / 2.0,
                format!("what {service} calls: no calls of it are known"),
            );
        }
        let seen: Vec<Fact> = callees
            .iter()
            .filter_map(|to| {
                self.seen_by(self.telling(), service, to).or_else(|| self.own(self.telling(), to))
            })
            .map(|shift| self.fact(&shift))
            .collect();
        if callees.iter().any(|to| self.is_bad(service, to)) {
            Expectation::contradicted(weight, format!("something that {service} calls got worse too"), seen)
        } else if seen.is_empty() {
            Expectation::unknown(weight, format!("how {} answer {service}", callees.join(", ")))
        } else {
            Expectation::seen(
                weight,
                format!("what {service} calls ({}) is as before", callees.join(", ")),
                seen,
            )
        }
    }

    /// Latency or errors: which of the two the problem shows in.
    pub(crate) fn telling(&self) -> Signal {
        if self.problem.signal == Signal::ErrorRate { Signal::ErrorRate } else { Signal::ApiResponseTime }
    }

    /// That `service` does not get clearly more to do than before.
    pub(crate) fn traffic_is_usual(&self, weight: f64, service: &str) -> Expectation {
        match self.own(Signal::Traffic, service) {
            Some(shift) if shift.rose() => Expectation::contradicted(
                weight,
                format!("{service} also gets more traffic"),
                vec![self.fact(&shift)],
            ),
            Some(shift) => Expectation::seen(
                weight,
                format!("{service} gets no more traffic than before"),
                vec![self.fact(&shift)],
            ),
            None => Expectation::unknown(weight, format!("the traffic of {service}")),
        }
    }

    /// That `service` was not deployed shortly before.
    pub(crate) fn not_deployed(&self, weight: f64, service: &str) -> Expectation {
        let onset = self.onset_of(service);
        match self.deployment_before(service, onset) {
            Some(deployment) => Expectation::contradicted(
                weight,
                format!("{service} was deployed shortly before ({})", deployment.version),
                vec![self.deployment_fact(deployment, onset)],
            ),
            None => Expectation::seen(
                weight,
                format!("{service} was not deployed in the {} before", span(AFTER_DEPLOYMENT)),
                vec![Fact {
                    text: format!(
                        "no deployment of {service} known from {} to {} UTC",
                        (onset - AFTER_DEPLOYMENT).format("%H:%M"),
                        onset.format("%H:%M")
                    ),
                    source: "deployments".to_owned(),
                    window: Some(TimeRange::new(onset - AFTER_DEPLOYMENT, onset)),
                }],
            ),
        }
    }
}
