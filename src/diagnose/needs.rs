//! Which facts to look up next. Rules say what they need; this decides for which things.
//!
//! Round one looks at the subject and at who calls whom, round two briefly at everything the subject
//! depends on, however deep, round three closely at where the trouble seems to start.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::diagnose::case::Case;
use crate::diagnose::evidence::Evidence;
use crate::diagnose::problem::Problem;
use crate::diagnose::rules;
use crate::model::sample::SeriesKey;
use crate::model::signal::Signal;
use crate::model::subject::Subject;
use crate::model::time::{Moment, TimeRange};

/// No diagnosis takes more rounds of looking up than this.
pub const MAX_ROUNDS: u8 = 3;

/// A dependency graph larger than this is looked at only in part.
const MAX_SERVICES: usize = 60;

/// Something that can be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// A service, in the environment of the problem.
    Service(String),
    /// A machine.
    Host(String),
    /// A container.
    Container(String),
    /// A database.
    Database(String),
}

/// From which side a signal is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// The whole thing itself.
    Own,
    /// One endpoint of it.
    Endpoint,
    /// One service's calls to another.
    Peer,
    /// One kind of error.
    Kind,
    /// A database, or a service's use of one.
    Database,
    /// A machine, or a service's part of one.
    Host,
}

impl View {
    /// How `subject` is seen.
    pub fn of(subject: &Subject) -> Self {
        if subject.peer.is_some() {
            Self::Peer
        } else if subject.error_kind.is_some() {
            Self::Kind
        } else if subject.endpoint.is_some() {
            Self::Endpoint
        } else if subject.database.is_some() {
            Self::Database
        } else if subject.host.is_some() {
            Self::Host
        } else {
            Self::Own
        }
    }
}

/// Series to look up about one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Want {
    /// About what.
    pub about: About,
    /// Which sides of which signals.
    pub views: BTreeSet<(View, Signal)>,
}

impl Want {
    /// Whether a known series is meant.
    pub fn wants(&self, key: &SeriesKey) -> bool {
        let is = |part: &Option<String>, name: &String| part.as_ref() == Some(name);
        let about = match &self.about {
            About::Service(name) => is(&key.subject.service, name) || is(&key.subject.peer, name),
            About::Host(name) => is(&key.subject.host, name),
            About::Container(name) => is(&key.subject.container, name),
            About::Database(name) => is(&key.subject.database, name),
        };
        about && self.views.contains(&(View::of(&key.subject), key.signal))
    }
}

/// What one round has to look up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needs {
    /// The environment of everything below.
    pub environment: String,
    /// Series.
    pub wants: Vec<Want>,
    /// From which time: the problem with a stretch before it, and the same time a day and a week ago.
    pub windows: Vec<TimeRange>,
    /// Calls, deployments, sources and open alerts too: the first round asks for these.
    pub surroundings: bool,
}

/// What to look up next; `None` once more would not help, or [`MAX_ROUNDS`] are done.
pub fn plan(problem: &Problem, evidence: &Evidence, now: Moment) -> Option<Needs> {
    let wants = match evidence.rounds() {
        0 => about(&problem.subject).into_iter().map(|about| Want { about, views: everything() }).collect(),
        1 => dependencies(problem, evidence),
        2 => suspects(problem, evidence, now),
        _ => Vec::new(),
    };
    if wants.is_empty() && evidence.rounds() > 0 {
        return None;
    }
    Some(Needs {
        environment: problem.subject.environment.clone(),
        wants,
        windows: windows(problem, now),
        surroundings: evidence.rounds() == 0,
    })
}

/// A leak shows over hours, everything else within one; what is compared with lies around the same
/// time an hour, a day and a week ago.
fn windows(problem: &Problem, now: Moment) -> Vec<TimeRange> {
    let growth = matches!(problem.signal, Signal::Memory | Signal::MemoryUsed);
    let before = if growth { TimeDelta::hours(6) } else { TimeDelta::minutes(75) };
    let from = problem.since.min(now) - before;
    // A problem of days is told from its beginning and its end.
    let mut windows = if now - from > TimeDelta::hours(8) {
        vec![
            TimeRange::new(from, problem.since + TimeDelta::minutes(30)),
            TimeRange::last(TimeDelta::minutes(75), now + TimeDelta::seconds(1)),
        ]
    } else {
        vec![TimeRange::new(from, now + TimeDelta::seconds(1))]
    };
    for ago in [TimeDelta::days(1), TimeDelta::days(7)] {
        windows.push(TimeRange::new(now - ago - TimeDelta::minutes(5), now - ago + TimeDelta::minutes(5)));
    }
    windows
}

fn about(subject: &Subject) -> Vec<About> {
    [
        subject.service.clone().map(About::Service),
        subject.peer.clone().map(About::Service),
        subject.host.clone().map(About::Host),
        subject.container.clone().map(About::Container),
        subject.database.clone().map(About::Database),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn everything() -> BTreeSet<(View, Signal)> {
    rules::all().iter().flat_map(|rule| rule.needs().iter().copied()).collect()
}

/// Enough to see whether a service is well.
fn briefly() -> BTreeSet<(View, Signal)> {
    let signals = [Signal::ApiResponseTime, Signal::ErrorRate, Signal::Traffic, Signal::Answering];
    [View::Own, View::Peer, View::Host].into_iter().flat_map(|view| signals.map(|s| (view, s))).collect()
}

fn dependencies(problem: &Problem, evidence: &Evidence) -> Vec<Want> {
    let Some(service) = problem.service() else {
        return on_the_same_thing(evidence);
    };
    let mut known = vec![service.to_owned()];
    let mut at = 0;
    while at < known.len() && known.len() < MAX_SERVICES {
        for call in evidence.calls() {
            if call.environment == problem.subject.environment
                && call.from == known[at]
                && !known.contains(&call.to)
            {
                known.push(call.to.clone());
            }
        }
        at += 1;
    }
    let brief = briefly();
    let mut wants: Vec<Want> = known
        .into_iter()
        .skip(1)
        .map(|name| Want { about: About::Service(name), views: brief.clone() })
        .collect();
    wants.extend(machines(evidence));
    wants
}

/// Services that run on the host, or use the database, that the problem is about.
fn on_the_same_thing(evidence: &Evidence) -> Vec<Want> {
    let services: BTreeSet<&String> =
        evidence.keys().filter_map(|key| key.subject.service.as_ref()).collect();
    let fresh = services.into_iter().map(|name| About::Service(name.clone()));
    fresh
        .filter(|about| !evidence.has_looked_at(about))
        .take(MAX_SERVICES)
        .map(|about| Want { about, views: briefly() })
        .collect()
}

/// Machines on which anything known so far runs, and databases that it uses.
fn machines(evidence: &Evidence) -> Vec<Want> {
    let named: BTreeSet<About> = evidence
        .keys()
        .flat_map(|key| {
            let host = key.subject.host.clone().map(About::Host);
            [host, key.subject.database.clone().map(About::Database)]
        })
        .flatten()
        .filter(|about| !evidence.has_looked_at(about))
        .collect();
    named.into_iter().map(|about| Want { about, views: everything() }).collect()
}

fn suspects(problem: &Problem, evidence: &Evidence, now: Moment) -> Vec<Want> {
    let case = Case::new(problem, evidence, now);
    let mut wants: Vec<Want> = case
        .culprits()
        .iter()
        .filter(|culprit| problem.service() != Some(culprit.service.as_str()))
        .map(|culprit| Want { about: About::Service(culprit.service.clone()), views: everything() })
        .collect();
    wants.extend(machines(evidence));
    wants
}
