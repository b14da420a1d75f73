//! Statements of a database: what the server counted of them, what runs, and what of it fell into one
//! check window. Texts are fingerprints: no literal is ever in here.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::time::{Moment, TimeRange};

/// How a server names one kind of statement: PostgreSQL's `queryid`, MySQL's digest.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StatementId(pub String);

impl StatementId {
    /// The name that people say, as in "plan of q3f9a1c2": stable, short, and hard to confuse.
    pub fn short(&self) -> String {
        // FNV-1a: the same on every machine and in every version.
        let hash = self.0.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        format!("q{:07x}", (hash >> 36) & 0x0fff_ffff)
    }
}

/// What a server has counted of one kind of statement since it began to count it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Counters {
    /// How often it ended.
    pub calls: f64,
    /// Milliseconds that it took in all, planning aside.
    pub total_ms: f64,
    /// Rows that it gave or changed.
    pub rows: f64,
    /// Blocks of 8 kB that had to be fetched from outside the server's cache; 0 where not counted.
    pub blocks_read: f64,
    /// Blocks of 8 kB of temporary files that it wrote, or temporary tables on disk; 0 where not counted.
    pub spilled: f64,
}

impl Counters {
    /// Milliseconds a call.
    pub fn mean_ms(&self) -> f64 {
        self.total_ms / self.calls.max(1.0)
    }

    /// The sum of both.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            calls: self.calls + other.calls,
            total_ms: self.total_ms + other.total_ms,
            rows: self.rows + other.rows,
            blocks_read: self.blocks_read + other.blocks_read,
            spilled: self.spilled + other.spilled,
        }
    }

    /// What was counted since `before`; never below zero, since clocks and counters of servers jitter.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        let less = |now: f64, then: f64| (now - then).max(0.0);
        Self {
            calls: less(self.calls, before.calls),
            total_ms: less(self.total_ms, before.total_ms),
            rows: less(self.rows, before.rows),
            blocks_read: less(self.blocks_read, before.blocks_read),
            spilled: less(self.spilled, before.spilled),
        }
    }
}

/// What is known of the words of a statement.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementText {
    /// Its text without literals.
    pub fingerprint: String,
    /// Who sends it, from a comment in it: `orders#show`.
    pub owner: Option<String>,
}

/// A statement that has not ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Running {
    /// The server's number of the session.
    pub session: i64,
    /// Which kind, where the server says it.
    pub id: Option<StatementId>,
    /// Its text without literals.
    pub fingerprint: String,
    /// For how long it runs, in milliseconds.
    pub for_ms: f64,
    /// What it waits for, in the server's words: "Lock transactionid".
    pub waits_for: Option<String>,
    /// Sessions that hold what it waits for.
    pub blocked_by: Vec<i64>,
    /// "active", or "idle in transaction": then it is over, and its locks are not.
    pub state: String,
}

/// What one look at a server showed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Snapshot {
    /// When, by quad's clock.
    pub at: Moment,
    /// Since when the server counts, where it says so: a reset or a restart moves it.
    pub counting_since: Option<Moment>,
    /// How many statements it has forgotten to make room, where it says so.
    pub forgotten: Option<f64>,
    /// By statement.
    pub counted: BTreeMap<StatementId, Counters>,
    /// Texts of the statements that matter.
    pub texts: BTreeMap<StatementId, StatementText>,
    /// What runs, the longest first.
    pub running: Vec<Running>,
    /// What could not be seen, and why, each a sentence that says what to do.
    pub gaps: Vec<String>,
}

/// What fell into one check window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// From one look to the next.
    pub range: TimeRange,
    /// By statement; those that did not run are left out.
    pub used: BTreeMap<StatementId, Counters>,
    /// What makes it uncertain: counters that were reset, statements that were forgotten.
    pub notes: Vec<String>,
}

/// The plan of a statement, as the server gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanText {
    /// The server's JSON. May hold literals of the statement until `sql::plan` has read it, so it goes
    /// nowhere else.
    pub json: String,
    /// Whether the statement was carried out to measure it.
    pub measured: bool,
    /// Why it was not, where it was wanted.
    pub why_not: Option<String>,
}

/// Which indexes would help one statement.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct IndexAdvice {
    /// Statements that make them, the way that does not block writes: to be run as they are.
    pub run: Vec<String>,
    /// How many times cheaper the statement gets; 1 where nothing is advised.
    pub gain: f64,
    /// Why, with numbers. Plain text.
    pub because: String,
    /// Whether the planner itself made the estimate.
    pub verified: bool,
    /// Whether it could be looked at.
    pub looked_at: bool,
    /// The index's size in bytes, where it is known.
    pub size: Option<f64>,
}

impl IndexAdvice {
    /// Whether all of it can be made at a click: each by one statement that blocks nobody.
    #[must_use]
    pub fn can_be_applied(&self) -> bool {
        let blocks_nobody = |sql: &String| sql.contains(" CONCURRENTLY ") || sql.ends_with(" LOCK=NONE");
        self.looked_at && !self.run.is_empty() && self.run.iter().all(blocks_nobody)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_are_stable() {
        assert_eq!(StatementId("-4527367293384938423".to_owned()).short().len(), 8);
        assert_eq!(StatementId(String::new()).short(), "qcbf29ce");
    }
}
