//! What a sample says of the rows that a plan expects. Planners guess what they keep no statistics of: patterns, functions,
//! columns that depend on each other.

use super::Reading;
use super::surprise::{NEARLY, Surprise};
use crate::sql::words::rows;

/// Fewer rows of a sample than this say nothing about how many there are in all.
const ENOUGH: f64 = 20.0;

/// Rows of a table that fulfil what a scan looks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    /// As the catalog calls it,
    pub table: String,
    /// and as the plan does.
    pub alias: String,
    /// So many the planner expects,
    pub expected: f64,
    /// and so many there are, by the sample; `None` where it held too few of them to tell.
    pub found: Option<f64>,
    /// More there are not, as far as the sample tells.
    pub most: f64,
    /// The same of each condition by itself.
    pub parts: Vec<(String, f64)>,
}

impl Counted {
    /// What `hits` of `looked_at` rows say of a table of `all` rows; `each`: the hits of every condition by itself.
    #[must_use]
    pub fn of(reading: &Reading, (looked_at, hits): (f64, f64), each: &[f64], all: f64) -> Self {
        let rows = |hits: f64| hits / looked_at.max(1.0) * all;
        let parts = reading.parts.iter().zip(each);
        Self {
            table: reading.table.clone(),
            alias: reading.alias.clone(),
            expected: reading.rows.max(1.0),
            found: (hits >= ENOUGH).then(|| rows(hits)),
            most: rows(hits.max(ENOUGH)),
            parts: parts.map(|(part, hits)| (part.text.clone(), rows(hits.max(ENOUGH)))).collect(),
        }
    }

    /// What the planner did not expect.
    #[must_use]
    pub fn surprise(&self) -> Option<Surprise> {
        let found = self.found?;
        let factor = found / self.expected;
        (factor > NEARLY).then(|| Surprise {
            of: vec![self.alias.clone()],
            factor,
            words: format!(
                "it expects {} of {} where a sample says {}",
                rows(self.expected),
                self.table,
                rows(found)
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(expected: f64, hits: f64) -> Counted {
        let reading = Reading {
            table: "part".to_owned(),
            alias: "p".to_owned(),
            cost: 500.0,
            rows: expected,
            times: 1.0,
            parts: Vec::new(),
            join: None,
            first: None,
        };
        Counted::of(&reading, (10_000.0, hits), &[], 20_000.0)
    }

    #[test]
    fn a_sample_says_more_where_it_holds_enough() {
        let told = counted(200.0, 500.0).surprise().expect("a surprise");
        assert_eq!(told.factor, 5.0);
        assert_eq!(told.words, "it expects 200 rows of part where a sample says 1,000 rows");
        assert_eq!(counted(2_000.0, 500.0).surprise(), None);
        assert_eq!(counted(1.0, 19.0).surprise(), None, "too few to tell");
    }
}
