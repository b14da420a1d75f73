//! What came of it, for one statement and for all: in words, and as JSON.

use serde_json::{Value, json};

use super::{Candidate, Catalog, Index, Method};
use crate::model::answer::{Answer, Mark, Section, Table, escape};
use crate::model::signal::{Unit, thousands};

/// An unused index that is smaller than this, in bytes, costs nothing worth a word.
const WORTH_A_WORD: f64 = 10e6;

/// What is advised for one statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Advice {
    /// Which statement.
    pub id: String,
    /// The indexes to make; none: no index helps.
    pub indexes: Vec<Candidate>,
    /// How many times cheaper it gets, by the planner's or our own costs; 1 where nothing is advised.
    pub speedup: f64,
    /// Why, with numbers. Plain text.
    pub because: String,
    /// Whether the planner itself made the estimate.
    pub verified: bool,
    /// Whether it could be looked at; where not, nothing is known of it.
    pub looked_at: bool,
}

impl Advice {
    /// No index, and why.
    pub(super) fn none(id: &str, because: String) -> Self {
        Self {
            id: id.to_owned(),
            indexes: Vec::new(),
            speedup: 1.0,
            because,
            verified: false,
            looked_at: true,
        }
    }

    /// A statement that could not be looked at, and why.
    #[must_use]
    pub fn not_looked_at(id: &str, why: &str) -> Self {
        Self { looked_at: false, ..Self::none(id, format!("not looked at: {why}")) }
    }
}

/// What is advised for a workload.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// By statement.
    pub queries: Vec<Advice>,
    /// All indexes to make, each once, with its size in bytes where that is known and the statements
    /// that it serves.
    pub workload: Vec<(Candidate, Option<f64>, Vec<String>)>,
    /// Indexes that another one makes superfluous: table, the index, the other one.
    pub redundant: Vec<(String, Index, String)>,
    /// Indexes that nothing used since the statistics began: table and index.
    pub unused: Vec<(String, Index)>,
    /// The planner could be asked about indexes that are not there.
    pub hypopg: bool,
}

impl Outcome {
    /// Puts together what is advised for each statement. Sizes are not known yet.
    #[must_use]
    pub fn of(queries: Vec<Advice>, catalog: &Catalog) -> Self {
        let mut all: Vec<&Candidate> = queries.iter().flat_map(|one| &one.indexes).collect();
        all.sort();
        all.dedup();
        // What another one serves as well is left out.
        let kept = all.iter().filter(|one| !all.iter().any(|other| other != *one && other.covers(one)));
        let workload = kept
            .map(|index| {
                let serves = |query: &&Advice| query.indexes.iter().any(|one| index.covers(one));
                let ids = queries.iter().filter(serves).map(|query| query.id.clone()).collect();
                ((*index).clone(), None, ids)
            })
            .collect();
        let (mut redundant, mut unused) = (Vec::new(), Vec::new());
        for (name, table) in &catalog.tables {
            for index in &table.indexes {
                if let Some(by) = table.indexes.iter().find(|other| other.replaces(index)) {
                    redundant.push((name.clone(), index.clone(), by.name.clone()));
                } else if index.scans == 0.0 && !index.unique && index.size > WORTH_A_WORD {
                    unused.push((name.clone(), index.clone()));
                }
            }
        }
        Self { queries, workload, redundant, unused, hypopg: true }
    }

    /// As `{"queries": [...], "workload": [...]}`.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "hypopg": self.hypopg,
            "queries": self.queries.iter().map(|one| json!({
                "id": one.id,
                "indexes": one.indexes.iter().map(Candidate::sql).collect::<Vec<_>>(),
                "estimated_speedup": (one.speedup * 100.0).round() / 100.0,
                "because": one.because,
                "verified_by_planner": one.verified,
                "looked_at": one.looked_at,
            })).collect::<Vec<_>>(),
            "workload": self.workload.iter().map(|(index, size, serves)| json!({
                "index": index.sql(),
                "run": index.to_run(),
                "size_bytes": size,
                "serves": serves,
            })).collect::<Vec<_>>(),
            "redundant": self.redundant.iter().map(|(table, index, by)| json!({
                "table": table, "index": index.name, "size_bytes": index.size, "covered_by": by,
            })).collect::<Vec<_>>(),
            "unused": self.unused.iter().map(|(table, index)| json!({
                "table": table, "index": index.name, "size_bytes": index.size,
            })).collect::<Vec<_>>(),
        })
    }

    /// The statements that make the indexes, to be run as they are.
    #[must_use]
    pub fn sql(&self) -> String {
        self.workload
            .iter()
            .map(|(index, _, serves)| format!("-- for {}\n{};\n", serves.join(", "), index.to_run()))
            .collect()
    }
}

/// The advice in words.
#[must_use]
pub fn text(outcome: &Outcome) -> Answer {
    let count = outcome.workload.len();
    let mut answer = Answer::new(headline(outcome));
    if count > 0 {
        answer = answer.marked(Mark::Warning);
        answer = answer.with(Section::Code { language: "sql".to_owned(), text: outcome.sql() });
    }
    let rows = outcome.queries.iter().map(|one| {
        let gain = if !one.looked_at {
            "not known".to_owned()
        } else if one.indexes.is_empty() {
            "none".to_owned()
        } else {
            format!("{}x", thousands(one.speedup, usize::from(one.speedup < 10.0)))
        };
        vec![one.id.clone(), gain, one.because.clone()]
    });
    answer = answer.with(Section::Table(Table {
        columns: ["statement", "gain", "because"].map(str::to_owned).to_vec(),
        rows: rows.collect(),
    }));
    let spare: Vec<String> = outcome
        .redundant
        .iter()
        .map(|(table, index, by)| {
            format!(
                "`{}` on {} ({}): {} does the same.",
                index.name,
                escape(table),
                Unit::Bytes.show(index.size),
                escape(by)
            )
        })
        .chain(outcome.unused.iter().map(|(table, index)| {
            format!(
                "`{}` on {} ({}): nothing used it since the statistics began.",
                index.name,
                escape(table),
                Unit::Bytes.show(index.size)
            )
        }))
        .collect();
    if !spare.is_empty() {
        answer = answer
            .with(Section::Heading("Indexes that may go".to_owned()))
            .with(Section::List { numbered: false, items: spare });
    }
    if !outcome.hypopg && outcome.queries.iter().any(|one| one.looked_at) {
        answer = answer.footnote(
            "This database has no HypoPG, so its planner could not be asked: what is said here is worked out from its plans, and \
             only what is clear is proposed. CREATE EXTENSION hypopg (a package, postgresql-NN-hypopg; it changes nothing else) \
             finds more.",
        );
    } else if outcome.queries.iter().any(|one| !one.indexes.is_empty() && !one.verified) {
        answer = answer.footnote("Not verified by the planner: HypoPG knows no GIN indexes, and a foreign key's check is in no plan.");
    }
    if count > 0 {
        let whose = if outcome.hypopg { "the planner's estimate" } else { "quad's own estimate" };
        answer = answer.footnote(&*format!(
            "Gains are {whose} for the statement as it stands. Each index makes writes to its table dearer."
        ));
    }
    answer
}

/// The result in a line; what could not be looked at is not among what needs nothing.
fn headline(outcome: &Outcome) -> String {
    let seen = outcome.queries.iter().filter(|one| one.looked_at).count();
    let helped = outcome.queries.iter().filter(|one| !one.indexes.is_empty()).count();
    let said = match (outcome.workload.len(), seen) {
        (_, 0) => "Nothing is known of these statements".to_owned(),
        (0, 1) => "No index helps this statement".to_owned(),
        (0, seen) => format!("No index helps any of these {seen} statements"),
        (1, seen) => format!("One index would speed up {helped} of {seen} statements"),
        (indexes, seen) => format!("{indexes} indexes would speed up {helped} of {seen} statements"),
    };
    match outcome.queries.len() - seen {
        0 => format!("{said}."),
        unseen => format!("{said}; {unseen} could not be looked at."),
    }
}

/// Whether the planner can be asked about it.
#[must_use]
pub fn can_be_asked(index: &Candidate) -> bool {
    index.method == Method::Btree
}
