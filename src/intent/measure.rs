//! Which signal a question is about, and which deed: words that stand beside the intent and its slots.

use crate::model::request::{Deed, Resource};
use crate::model::signal::Signal;

/// Beginnings of words, the narrower first.
const SIGNALS: &[(Signal, &[&str])] = &[
    (Signal::DatabaseQueryTime, &["query", "queries", "quer", "database", "datenbank", "statement"]),
    (Signal::ErrorRate, &["error", "fail", "fehler", "erreur", "5xx", "500s", "exception"]),
    (Signal::DeploymentDuration, &["pipeline", "deployment", "deploy"]),
    (Signal::Traffic, &["traffic", "request", "rps", "visit", "throughput", "anfragen", "trafic"]),
    (
        Signal::ApiResponseTime,
        &[
            "latenc", "latenz", "slow", "fast", "p95", "p99", "response", "langsam", "schnell", "lent",
            "rapide",
        ],
    ),
];

/// Beginnings of words, as one says them of the past.
const DEEDS: &[(Deed, &[&str])] = &[
    (Deed::Approve, &["approv"]),
    (Deed::Threshold, &["threshold", "limit", "schwelle", "seuil"]),
    (Deed::FalseAlarm, &["false"]),
    (Deed::Acknowledge, &["ack", "quittier", "bestatigt", "bestätigt"]),
    (Deed::Silence, &["silenc", "mute", "snooz", "stumm"]),
    (Deed::Resolve, &["resolv", "clos", "fixed", "solved", "gelost", "gelöst"]),
    (Deed::RollBack, &["rolled", "rollback", "revert"]),
    (Deed::Restart, &["restart", "bounce", "reboot", "neugestartet"]),
    (Deed::Scale, &["scale", "skalier"]),
];

/// The signal that `own` words name. A `resource` among them is meant.
pub(super) fn signal(own: &str, resource: Option<Resource>) -> Option<Signal> {
    match resource {
        Some(Resource::Cpu) => Some(Signal::Cpu),
        Some(Resource::Memory) => Some(Signal::Memory),
        Some(Resource::Disk) => Some(Signal::Disk),
        None => first(own, SIGNALS),
    }
}

/// What somebody may have done.
pub(super) fn deed(own: &str) -> Option<Deed> {
    first(own, DEEDS)
}

/// "good catch", not "false alarm".
pub(super) fn is_praise(own: &str) -> bool {
    const PRAISE: [&str; 8] = ["good", "great", "useful", "helpful", "real", "correct", "nice", "right"];
    const NOT: [&str; 10] =
        ["not", "no", "false", "wrong", "never", "isn't", "wasn't", "useless", "noise", "wasnt"];
    let said = own.to_lowercase();
    let mut words = said.split(|c: char| !c.is_alphanumeric() && c != '\'');
    let mut praised = false;
    words.all(|word| {
        praised |= PRAISE.contains(&word);
        !NOT.contains(&word)
    }) && praised
}

fn first<T: Copy>(own: &str, listed: &[(T, &[&str])]) -> Option<T> {
    let said = own.to_lowercase();
    let words: Vec<&str> = said.split(|c: char| !c.is_alphanumeric()).collect();
    let starts = |stems: &[&str]| stems.iter().any(|stem| words.iter().any(|word| word.starts_with(stem)));
    listed.iter().find(|(_, stems)| starts(stems)).map(|(found, _)| *found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_and_deeds_are_read_from_the_words() {
        for (said, expected) in [
            ("how has the error rate changed since december", Some(Signal::ErrorRate)),
            ("are we faster than last month", Some(Signal::ApiResponseTime)),
            ("traffic trend for web", Some(Signal::Traffic)),
            ("raise the query limit to 800 ms", Some(Signal::DatabaseQueryTime)),
            ("compare checkout this week to last week", None),
        ] {
            assert_eq!(signal(said, None), expected, "{said}");
        }
        assert_eq!(signal("the cpu limit", Some(Resource::Cpu)), Some(Signal::Cpu));
        for (said, expected) in [
            ("who acked 1234", Some(Deed::Acknowledge)),
            ("who rolled back checkout last week", Some(Deed::RollBack)),
            ("who changed the threshold yesterday", Some(Deed::Threshold)),
            ("show me the audit log", None),
        ] {
            assert_eq!(deed(said), expected, "{said}");
        }
    }

    #[test]
    fn praise_is_no_complaint() {
        assert!(is_praise("good catch, that was a real problem"));
        for said in ["false alarm", "wrong, it wasn't the database", "not a real problem", "this is noise"] {
            assert!(!is_praise(said), "{said}");
        }
    }
}
