//! A possible cause as a rule sees it: what would have to be seen if it were true, and what was.
//!
//! The confidence is counted, not felt:
//!
//! ```text
//! confidence = ceiling x seen / (seen + contradicted + unknown / 2)
//! ```
//!
//! over the weights of the rule's expectations. What could not be looked at counts half against a
//! cause: ignorance is weaker than contradiction, and still no support. A rule whose decisive
//! expectation was not seen does not speak at all.

use crate::model::diagnosis::Fix;
use crate::model::time::TimeRange;

/// A fact, before it has a number.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fact {
    /// In words, with unit and window.
    pub(crate) text: String,
    /// Where it came from.
    pub(crate) source: String,
    /// Of which time it speaks.
    pub(crate) window: Option<TimeRange>,
}

/// A sentence with the facts that it rests on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) facts: Vec<Fact>,
}

impl Said {
    pub(crate) fn new(text: impl Into<String>, facts: Vec<Fact>) -> Self {
        Self { text: text.into(), facts }
    }
}

/// What became of an expectation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    /// It was seen.
    Seen(Said),
    /// The opposite was seen.
    Contradicted(Said),
    /// It could not be looked at; the text says what would tell.
    Unknown(String),
}

/// Something that would have to be seen if the cause were true.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Expectation {
    /// How much it tells: 3 decisive, 2 strong, 1 supporting.
    pub(crate) weight: f64,
    pub(crate) outcome: Outcome,
}

impl Expectation {
    pub(crate) fn seen(weight: f64, text: impl Into<String>, facts: Vec<Fact>) -> Self {
        Self { weight, outcome: Outcome::Seen(Said::new(text, facts)) }
    }

    pub(crate) fn contradicted(weight: f64, text: impl Into<String>, facts: Vec<Fact>) -> Self {
        Self { weight, outcome: Outcome::Contradicted(Said::new(text, facts)) }
    }

    pub(crate) fn unknown(weight: f64, would_tell: impl Into<String>) -> Self {
        Self { weight, outcome: Outcome::Unknown(would_tell.into()) }
    }
}

/// One possible cause.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Candidate {
    /// The rule's name.
    pub(crate) rule: &'static str,
    /// Service, host, database or source.
    pub(crate) culprit: String,
    pub(crate) sentence: Said,
    pub(crate) expectations: Vec<Expectation>,
    /// The quickest first.
    pub(crate) fixes: Vec<Fix>,
    /// The most this rule may claim: lower where it only says where to look.
    pub(crate) ceiling: f64,
    /// Rules whose word about the same culprit is the mechanism of this cause, not a rival of it.
    pub(crate) explains: &'static [&'static str],
}

impl Candidate {
    /// By the formula above, 0 to 1.
    pub(crate) fn confidence(&self) -> f64 {
        let (mut seen, mut against) = (0.0, 0.0);
        for expectation in &self.expectations {
            match expectation.outcome {
                Outcome::Seen(_) => seen += expectation.weight,
                Outcome::Contradicted(_) => against += expectation.weight,
                Outcome::Unknown(_) => against += expectation.weight / 2.0,
            }
        }
        if seen > 0.0 { self.ceiling * seen / (seen + against) } else { 0.0 }
    }
}

/// A fix for a person.
pub(crate) fn fix(text: impl Into<String>, command: Option<String>, effort: &str) -> Fix {
    Fix { text: text.into(), command, effort: effort.to_owned() }
}
