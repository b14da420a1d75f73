//! What rules ask of a plan: how much a step matters, what it reads and keeps, what it is called.

use crate::sql::plan::condition::{Atom, atoms};
use crate::sql::plan::node::{At, Kind, Node, Plan, Server, Used};
use crate::sql::plan::weights::{By, Weights, runs};
use crate::sql::words;

/// A smaller share of the plan is not worth a word.
const MATTERS: f64 = 0.10;

/// A step that takes less time than this matters to nobody, however large its share, in ms.
const MATTERS_MS: f64 = 1.0;

/// Cheaper steps than this are done in a millisecond or so, in the planner's units.
const MATTERS_COST: f64 = 250.0;

/// A scan of fewer rows is faster than most lookups.
pub(super) const FEW_ROWS: f64 = 2_000.0;

/// A plan and what is known of it.
pub(crate) struct Case<'a> {
    pub(super) plan: &'a Plan,
    pub(super) weights: &'a Weights,
    runs: Vec<f64>,
}

/// How many rows a scan reads and keeps, over all of its runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    pub(super) read: f64,
    pub(super) kept: f64,
    /// How often it runs.
    pub(super) runs: f64,
    /// Counted, and not guessed.
    pub(super) counted: bool,
}

impl<'a> Case<'a> {
    pub(super) fn new(plan: &'a Plan, weights: &'a Weights) -> Self {
        Self { plan, weights, runs: runs(plan) }
    }

    /// Whether a part of the plan with this share is worth a word.
    pub(super) fn matters(&self, share: f64) -> bool {
        let enough = match self.weights.by {
            By::Time => share * self.weights.total >= MATTERS_MS,
            By::Cost => share * self.weights.total >= MATTERS_COST,
            By::Rows => share * self.weights.total >= FEW_ROWS,
        };
        share >= MATTERS && enough
    }

    /// Steps that ran, or would.
    pub(super) fn steps(&self) -> impl Iterator<Item = (At, &'a Node)> {
        self.plan.walk().filter(|(_, node)| !node.never_ran())
    }

    /// How often a step runs: counted, else as expected.
    pub(super) fn runs(&self, at: At) -> f64 {
        self.plan[at].actual.as_ref().map_or(self.runs[at.0], |actual| actual.loops)
    }

    /// Rows that a step gives over all of its runs: counted, else as expected.
    pub(super) fn rows(&self, at: At) -> f64 {
        let node = &self.plan[at];
        node.rows_out().unwrap_or_else(|| node.estimated.rows.unwrap_or(0.0) * self.runs[at.0])
    }

    /// What a scan reads and keeps; nothing where it can't be told.
    pub(super) fn reading(&self, at: At) -> Option<Reading> {
        let node = &self.plan[at];
        let runs = self.runs(at);
        if node.actual.is_some() {
            let kept = node.rows_out()?;
            let read = kept + node.rows_thrown().unwrap_or(0.0) + node.removed.recheck.unwrap_or(0.0) * runs;
            // Parallel workers read parts of the table once, together.
            let runs = runs / self.weights.processes(at);
            return Some(Reading { read, kept, runs, counted: true });
        }
        let kept = node.estimated.rows? * runs;
        if let Some(read) = node.estimated.read {
            return Some(Reading { read: read * runs, kept, runs, counted: false });
        }
        // PostgreSQL says what a scan costs and not how many rows it reads. At some fifty rows a page
        // this is what the cost stands for; a filter more or less changes little.
        let read = match node.kind {
            Kind::SeqScan => node.estimated.cost? / 0.0325 * runs,
            _ => kept,
        };
        Some(Reading { read: read.max(kept), kept, runs, counted: false })
    }

    /// The comparisons that a condition consists of.
    pub(super) fn atoms(&self, node: &Node, used: Used) -> Vec<Atom> {
        let of_mysql = self.plan.server != Server::Postgres;
        let conditions = node.conditions.iter().filter(|condition| condition.used == used);
        conditions.flat_map(|condition| atoms(&condition.text, of_mysql)).collect()
    }

    /// `62 % of the time`, `62 % of the estimated cost`.
    pub(super) fn share(&self, share: f64) -> String {
        let of = match self.weights.by {
            By::Time => {
                return format!(
                    "{} of the time ({})",
                    words::percent(share),
                    words::time(share * self.weights.total)
                );
            }
            By::Cost => "the estimated cost",
            By::Rows => "the rows read",
        };
        format!("{} of {of}", words::percent(share))
    }

    /// The table of a step as SQL names it.
    pub(super) fn table(&self, node: &Node) -> String {
        let relation = node.relation.clone().unwrap_or_default();
        match &node.schema {
            Some(schema) if schema != "public" => format!("{}.{}", self.name(schema), self.name(&relation)),
            _ => self.name(&relation),
        }
    }

    /// A name, quoted where it has to be.
    pub(super) fn name(&self, name: &str) -> String {
        let plain = !name.is_empty()
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && name.chars().all(|c| c == '_' || c.is_ascii_lowercase() || c.is_ascii_digit());
        match self.plan.server {
            _ if plain => name.to_owned(),
            Server::Postgres => format!("\"{}\"", name.replace('"', "\"\"")),
            _ => format!("`{}`", name.replace('`', "``")),
        }
    }

    /// The statement that adds an index over `keys`, which are SQL already.
    pub(super) fn create_index(&self, node: &Node, keys: &[String]) -> String {
        let (table, keys) = (self.table(node), keys.join(", "));
        match self.plan.server {
            Server::Postgres => format!("CREATE INDEX CONCURRENTLY ON {table} ({keys});"),
            _ => format!("ALTER TABLE {table} ADD INDEX ({keys});"),
        }
    }

    /// MySQL and MariaDB name tables in plans as the statement does.
    pub(super) fn beware_alias(&self) -> &'static str {
        match self.plan.server {
            Server::Postgres => "",
            _ => " (the plan only knows the alias: put the table's own name where it has one)",
        }
    }

    /// The statement that has the planner count the rows of a table again.
    pub(super) fn analyze(&self, node: &Node) -> String {
        let table = self.table(node);
        if self.plan.server == Server::Postgres {
            format!("ANALYZE {table};")
        } else {
            format!("ANALYZE TABLE {table};")
        }
    }

    /// What a person calls a step's table: its name, in backticks.
    pub(super) fn called(&self, node: &Node) -> String {
        format!(
            "`{}`",
            node.relation.as_deref().or(node.alias.as_deref()).unwrap_or("the input").replace('`', "'")
        )
    }
}
