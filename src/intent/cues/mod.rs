//! What people say, listed by what they want. To teach quad a phrase, add a line here.
//!
//! Weights: 10 decides alone, 8 is clear, 5 is likely, 3 is a hint, 1 tips the scales. The language
//! of the phrases is explained in `phrases`.

mod acting;
mod records;
mod talking;
mod trouble;

/// One way to say something.
#[derive(Debug)]
pub(super) enum Cue {
    /// Holds in a clause that fits its intent.
    Say(f64, &'static str),
    /// Holds in negated and conditional clauses too: "don't page me", "alert me if".
    Firm(f64, &'static str),
}

/// An intent by its name in the data, and the ways to say it.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) intent: &'static str,
    /// Changes something: counts only where a person says it directly.
    pub(super) acting: bool,
    pub(super) cues: &'static [Cue],
}

const fn asks(intent: &'static str, cues: &'static [Cue]) -> Listed {
    Listed { intent, acting: false, cues }
}

/// Every intent.
pub(super) static ALL: &[Listed] = &[
    trouble::LATENCY,
    trouble::ERRORS,
    trouble::SLOW_QUERIES,
    trouble::EXPLAIN_QUERY,
    trouble::RESOURCES,
    trouble::DEPLOYMENT,
    trouble::CAPACITY,
    records::STATUS,
    records::ALERTS,
    records::REPORT,
    records::TREND,
    records::REGIONS,
    records::SLA,
    records::SIMILAR,
    records::THRESHOLDS,
    records::AUDIT,
    records::ON_CALL,
    records::FOLLOW_UP,
    acting::ACKNOWLEDGE,
    acting::RESOLVE,
    acting::SILENCE,
    acting::FEEDBACK,
    acting::SET_THRESHOLD,
    acting::RESTART,
    acting::SCALE,
    acting::ROLLBACK,
    acting::CREATE_INDEX,
    acting::CREATE_ISSUE,
    talking::HELP,
    talking::SMALLTALK,
    talking::OUT_OF_SCOPE,
    talking::REFUSE,
];
