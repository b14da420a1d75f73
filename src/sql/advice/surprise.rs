//! Where a planner certainly or likely expects too few rows: a promise that rests on few rows is worth little where there
//! are many.

use super::Choice;

/// More rows than the planner expects.
#[derive(Debug, Clone, PartialEq)]
pub struct Surprise {
    /// How many times more.
    pub factor: f64,
    /// Of what, and how that is known: `it expects 200 rows of part where a sample says 1,000 rows`.
    pub words: String,
}

/// The greatest of several.
#[must_use]
pub fn greatest(surprises: &[Surprise]) -> Option<&Surprise> {
    surprises.iter().max_by(|one, other| one.factor.total_cmp(&other.factor))
}

impl Choice {
    /// What is left of a promise. At worst all that a statement costs with its indexes grows with the rows; what goes
    /// down an index once only stays as it is.
    #[must_use]
    pub fn doubted(self, surprises: &[Surprise]) -> Self {
        let factor: f64 = surprises.iter().map(|surprise| surprise.factor).product();
        let gain = if self.lookups > 1.0 { self.gain / factor } else { self.gain };
        Self { gain, lookups: self.lookups * factor, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_promise_shrinks_with_the_rows_that_were_not_expected() {
        let promise =
            |gain: f64, lookups: f64| Choice { indexes: Vec::new(), gain, lookups, by_planner: true };
        let surprise = |factor: f64| Surprise { factor, words: format!("{factor}") };
        let two = [surprise(5.0), surprise(2.0)];
        assert_eq!(promise(20.0, 200.0).doubted(&two), promise(2.0, 2_000.0));
        assert_eq!(promise(20.0, 1.0).doubted(&two).gain, 20.0, "the one lookup stays one");
        assert_eq!(greatest(&two), Some(&two[0]));
        assert_eq!(promise(20.0, 200.0).doubted(&[]), promise(20.0, 200.0));
    }
}
