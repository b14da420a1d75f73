//! Which signal is seen for how many of the known services, and why not for the others. What
//! can't be seen must be said, or silence reads as "all good".

use std::collections::BTreeSet;

use crate::model::sample::Observation;
use crate::model::signal::Signal;
use crate::model::source::SourceHealth;

/// How well one signal is seen.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Coverage {
    /// Which signal.
    pub signal: Signal,
    /// Services it is seen for.
    pub seen: Vec<String>,
    /// Services it is not seen for, with the reason where a source gave one.
    pub missing: Vec<(String, String)>,
}

/// What a person means by each signal, in the order of the specification's table.
const ASKED: [(Signal, &str); 6] = [
    (Signal::ApiResponseTime, "latency"),
    (Signal::ErrorRate, "error rate"),
    (Signal::Traffic, "traffic"),
    (Signal::Cpu, "CPU"),
    (Signal::Memory, "memory"),
    (Signal::DatabaseQueryTime, "database query time"),
];

impl Coverage {
    fn name(&self) -> &'static str {
        ASKED.iter().find(|(signal, _)| *signal == self.signal).map_or("signal", |(_, name)| *name)
    }

    /// "latency for 3 of 7: users-api exports no histogram"
    pub fn sentence(&self) -> String {
        let name =
            ASKED.iter().find(|(signal, _)| *signal == self.signal).map_or("signal", |(_, name)| *name);
        let all = self.seen.len() + self.missing.len();
        let mut sentence = format!("{name} for {} of {all}", self.seen.len());
        for (at, (service, why)) in self.missing.iter().take(3).enumerate() {
            sentence.push_str(if at == 0 { ": " } else { "; " });
            sentence.push_str(service);
            sentence.push(' ');
            sentence.push_str(why);
        }
        if self.missing.len() > 3 {
            sentence.push_str(&format!("; and {} more", self.missing.len() - 3));
        }
        sentence
    }
}

/// What is missing, in as few lines as say it all: signals that no service has are one line, the
/// others one each.
pub fn sentences(all: &[Coverage]) -> Vec<String> {
    let (nowhere, partly): (Vec<&Coverage>, Vec<&Coverage>) =
        all.iter().filter(|signal| !signal.missing.is_empty()).partition(|signal| signal.seen.is_empty());
    let mut lines: Vec<String> = partly.into_iter().map(Coverage::sentence).collect();
    match nowhere.as_slice() {
        [] => {}
        [one] => lines.push(one.sentence()),
        [first, ..] => {
            let names: Vec<&str> = nowhere.iter().map(|signal| signal.name()).collect();
            let services: Vec<&str> = first.missing.iter().take(5).map(|(name, _)| name.as_str()).collect();
            let more = first.missing.len().saturating_sub(services.len());
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            lines.push(format!("no source measures {} of {}{more}", names.join(", "), services.join(", ")));
        }
    }
    lines
}

/// The coverage of every signal that people ask for.
pub fn coverage(services: &[String], latest: &[Observation], sources: &[SourceHealth]) -> Vec<Coverage> {
    let seen: BTreeSet<(Signal, &str)> = latest
        .iter()
        .filter(|seen| seen.key.subject.is_owned())
        .filter_map(|seen| Some((seen.key.signal, seen.key.subject.service.as_deref()?)))
        .collect();
    let reason = |signal: Signal, service: &str| {
        sources
            .iter()
            .flat_map(|source| &source.gaps)
            .filter(|gap| gap.signal.is_none_or(|of| of == signal))
            .filter(|gap| gap.of.as_deref().is_none_or(|of| of == service))
            .max_by_key(|gap| (gap.of.is_some(), gap.signal.is_some()))
            .map_or_else(|| "is not measured by any source".to_owned(), |gap| gap.why.clone())
    };
    ASKED
        .iter()
        .map(|(signal, _)| {
            let (with, without): (Vec<&String>, Vec<&String>) =
                services.iter().partition(|service| seen.contains(&(*signal, service.as_str())));
            Coverage {
                signal: *signal,
                seen: with.into_iter().cloned().collect(),
                missing: without.into_iter().map(|name| (name.clone(), reason(*signal, name))).collect(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample::SeriesKey;
    use crate::model::source::Gap;
    use crate::model::subject::Subject;

    #[test]
    fn what_is_missing_says_why() {
        let now = chrono::DateTime::UNIX_EPOCH;
        let web = Observation {
            key: SeriesKey::new(Signal::ApiResponseTime, Subject::service("", "web")),
            at: now,
            value: 12.0,
        };
        let gap = Gap {
            signal: Some(Signal::ApiResponseTime),
            of: Some("users-api".to_owned()),
            why: "exports no histogram".to_owned(),
        };
        let prometheus = SourceHealth {
            source: "prometheus".to_owned(),
            last_ok: Some(now),
            failing_since: None,
            error: None,
            gaps: vec![gap],
        };
        let services = ["users-api".to_owned(), "web".to_owned()];
        let all = coverage(&services, &[web], &[prometheus]);
        assert_eq!(all[0].sentence(), "latency for 1 of 2: users-api exports no histogram");
        assert_eq!(
            all[3].sentence(),
            "CPU for 0 of 2: users-api is not measured by any source; web is not measured by any source"
        );
    }
}
