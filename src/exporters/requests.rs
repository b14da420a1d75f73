//! What rates of requests amount to: traffic, the share that failed, and of what kind.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::sample::SeriesKey;
use crate::model::signal::Signal;
use crate::model::source::Gap;
use crate::model::subject::Subject;

/// So many endpoints of a service are watched, the busiest.
pub const MOST_ENDPOINTS: usize = 50;

/// So many kinds of error of a service are told apart, the commonest.
pub const MOST_ERROR_KINDS: usize = 20;

/// Requests that ended alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Requests {
    /// Of whom: a service, one of its endpoints, or its calls to a peer.
    pub subject: Subject,
    /// How they ended: `200`, `5xx`, `OK`; empty where nothing says it.
    pub status: String,
    /// The kind of error; empty where there was none.
    pub error_type: String,
    /// How many a second.
    pub per_second: f64,
}

/// What a set of rates amounts to.
#[derive(Debug, Default, PartialEq)]
pub struct Verdict {
    /// Traffic, error rate, and the share of each kind of error.
    pub values: Vec<(SeriesKey, f64)>,
    /// What was left out or can't be told.
    pub gaps: Vec<Gap>,
}

#[derive(Default)]
struct Tally {
    all: f64,
    failed: f64,
    says_how: bool,
    kinds: BTreeMap<String, f64>,
}

/// Sums the rates up by subject. Kinds of error are told apart for whole services only.
pub fn judge(rows: &[Requests]) -> Verdict {
    let mut tallies: BTreeMap<&Subject, Tally> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.per_second.is_finite() && row.per_second >= 0.0) {
        let tally = tallies.entry(&row.subject).or_default();
        tally.all += row.per_second;
        tally.says_how |= !row.status.is_empty() || !row.error_type.is_empty();
        if failed(&row.status, &row.error_type) {
            tally.failed += row.per_second;
            *tally.kinds.entry(kind(&row.status, &row.error_type)).or_default() += row.per_second;
        }
    }
    let mut verdict = Verdict::default();
    for (subject, tally) in tallies {
        let mut say = |signal, subject, value| verdict.values.push((SeriesKey::new(signal, subject), value));
        say(Signal::Traffic, subject.clone(), tally.all);
        // Nothing divided by nothing is not "no errors".
        if tally.all <= 0.0 || !tally.says_how {
            continue;
        }
        say(Signal::ErrorRate, subject.clone(), 100.0 * tally.failed / tally.all);
        if subject.endpoint.is_some() || subject.peer.is_some() {
            continue;
        }
        let mut kinds: Vec<(String, f64)> = tally.kinds.into_iter().filter(|(_, rate)| *rate > 0.0).collect();
        kinds.sort_by(|one, other| other.1.total_cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        let left_out = kinds.len().saturating_sub(MOST_ERROR_KINDS);
        for (kind, rate) in kinds.into_iter().take(MOST_ERROR_KINDS) {
            let subject = Subject { error_kind: Some(kind), ..subject.clone() };
            say(Signal::ErrorRate, subject, 100.0 * rate / tally.all);
        }
        if left_out > 0 {
            verdict.gaps.push(Gap {
                signal: Some(Signal::ErrorRate),
                of: subject.service.clone(),
                why: format!("{left_out} rarer kinds of error are counted, not told apart"),
            });
        }
    }
    verdict
}

/// The same rates without endpoints: what a service does as a whole.
pub fn whole_services(rows: &[Requests]) -> Vec<Requests> {
    rows.iter()
        .map(|row| Requests {
            subject: Subject { endpoint: None, method: None, ..row.subject.clone() },
            ..row.clone()
        })
        .collect()
}

/// The busiest endpoints of each service, and a gap for each service that has more.
/// `more_unseen` says that the rows were already cut, so that the number left out is not known.
pub fn busiest_endpoints(rows: Vec<Requests>, more_unseen: bool) -> (Vec<Requests>, Vec<Gap>) {
    let mut traffic: BTreeMap<Subject, BTreeMap<Subject, f64>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.subject.endpoint.is_some()) {
        let service = Subject { endpoint: None, method: None, ..row.subject.clone() };
        let rate = if row.per_second.is_finite() { row.per_second } else { 0.0 };
        *traffic.entry(service).or_default().entry(row.subject.clone()).or_default() += rate;
    }
    let (mut kept, mut gaps) = (BTreeSet::new(), Vec::new());
    for (service, endpoints) in traffic {
        let mut ranked: Vec<(Subject, f64)> = endpoints.into_iter().collect();
        ranked.sort_by(|one, other| other.1.total_cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        if ranked.len() > MOST_ENDPOINTS {
            let others = ranked.len() - MOST_ENDPOINTS;
            let others = if more_unseen { "the others".to_owned() } else { format!("{others} others") };
            gaps.push(Gap {
                signal: Some(Signal::ApiResponseTime),
                of: service.service,
                why: format!(
                    "only the {MOST_ENDPOINTS} busiest endpoints are watched one by one, not {others}"
                ),
            });
        }
        kept.extend(ranked.into_iter().take(MOST_ENDPOINTS).map(|(subject, _)| subject));
    }
    (rows.into_iter().filter(|row| kept.contains(&row.subject)).collect(), gaps)
}

/// Whether a request that ended so counts as failed: the server's fault, not the asker's. 4xx is no
/// failure, also where a library writes it as the kind of error.
pub fn failed(status: &str, error_type: &str) -> bool {
    match class(status) {
        Some(class) => class == b'5' || (class < b'4' && named(error_type)),
        None if is_word_for_failure(status) => true,
        None => match class(error_type) {
            Some(class) => class == b'5',
            None => named(error_type),
        },
    }
}

/// `timeout`, `sqlx::Error`, or the status where there is no better word.
fn kind(status: &str, error_type: &str) -> String {
    let word = if named(error_type) && class(error_type).is_none() { error_type } else { status };
    let word = if word.is_empty() { error_type } else { word };
    word.chars().filter(|c| !c.is_control()).take(80).collect()
}

/// The first digit of `503`, `5xx`.
fn class(status: &str) -> Option<u8> {
    let bytes = status.as_bytes();
    let rest_fits = |b: &u8| b.is_ascii_digit() || matches!(b, b'x' | b'X');
    (bytes.len() == 3 && (b'1'..=b'5').contains(&bytes[0]) && bytes[1..].iter().all(rest_fits))
        .then(|| bytes[0])
}

/// Some libraries write "none" where there was no error.
fn named(error_type: &str) -> bool {
    !matches!(error_type.to_ascii_lowercase().as_str(), "" | "none" | "null" | "false" | "ok" | "0" | "nil")
}

/// gRPC codes that are the server's fault (grpc/statuscodes.md), and the words of hand-made metrics.
fn is_word_for_failure(status: &str) -> bool {
    matches!(
        status.to_ascii_lowercase().as_str(),
        "error"
            | "failed"
            | "failure"
            | "server_error"
            | "unknown"
            | "deadlineexceeded"
            | "deadline_exceeded"
            | "internal"
            | "unavailable"
            | "dataloss"
            | "data_loss"
            | "unimplemented"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(status: &str, error_type: &str, per_second: f64) -> Requests {
        Requests {
            subject: Subject::service("", "checkout"),
            status: status.to_owned(),
            error_type: error_type.to_owned(),
            per_second,
        }
    }

    fn value(verdict: &Verdict, signal: Signal, kind: Option<&str>) -> Option<f64> {
        let found = verdict
            .values
            .iter()
            .find(|(key, _)| key.signal == signal && key.subject.error_kind.as_deref() == kind);
        found.map(|(_, value)| *value)
    }

    #[test]
    fn failures_are_the_server_s_fault() {
        for (status, error_type, expected) in [
            ("200", "", false),
            ("500", "", true),
            ("5xx", "", true),
            ("404", "404", false),
            ("", "404", false),
            ("", "timeout", true),
            ("200", "none", false),
            ("200", "timeout", true),
            ("422", "ValidationError", false),
            ("Unavailable", "", true),
            ("NotFound", "", false),
            ("", "", false),
        ] {
            assert_eq!(failed(status, error_type), expected, "{status} {error_type}");
        }
    }

    #[test]
    fn rates_become_traffic_and_shares() {
        let verdict = judge(&[row("200", "", 9.0), row("500", "timeout", 0.6), row("503", "", 0.4)]);
        assert_eq!(value(&verdict, Signal::Traffic, None), Some(10.0));
        assert_eq!(value(&verdict, Signal::ErrorRate, None), Some(10.0));
        assert_eq!(value(&verdict, Signal::ErrorRate, Some("timeout")), Some(6.0));
        assert_eq!(value(&verdict, Signal::ErrorRate, Some("503")), Some(4.0));
    }

    #[test]
    fn no_traffic_is_not_no_errors() {
        let verdict = judge(&[row("200", "", 0.0)]);
        assert_eq!(value(&verdict, Signal::Traffic, None), Some(0.0));
        assert_eq!(value(&verdict, Signal::ErrorRate, None), None);
        assert_eq!(
            value(&judge(&[row("", "", 5.0)]), Signal::ErrorRate, None),
            None,
            "nothing says how they ended"
        );
    }

    #[test]
    fn many_endpoints_are_cut_to_the_busiest_and_it_says_so() {
        let rows: Vec<Requests> = (0..70)
            .map(|n| {
                let mut row = row("200", "", f64::from(n));
                row.subject.endpoint = Some(format!("/{n}"));
                row
            })
            .collect();
        let (kept, gaps) = busiest_endpoints(rows, false);
        assert_eq!(kept.len(), 50);
        assert!(kept.iter().all(|row| row.per_second >= 20.0));
        assert_eq!(gaps[0].why, "only the 50 busiest endpoints are watched one by one, not 20 others");
    }

    #[test]
    fn many_kinds_of_error_are_cut_too() {
        let rows: Vec<Requests> = (0..30).map(|n| row("500", &format!("E{n}"), f64::from(n + 1))).collect();
        let verdict = judge(&rows);
        assert_eq!(verdict.values.len(), 2 + MOST_ERROR_KINDS);
        assert_eq!(verdict.gaps[0].why, "10 rarer kinds of error are counted, not told apart");
    }
}
