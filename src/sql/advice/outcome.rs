//! What came of it, for one statement and for all: in words, and as JSON.

use serde_json::{Value, json};

use super::measured::Measured;
use super::workload::{Advised, Proposal, together};
use super::{Candidate, Catalog, Index, Load, Method};
use crate::model::answer::{Answer, Mark, Section, Table, escape};
use crate::model::signal::{Unit, thousands};
use crate::model::statement::IndexAdvice;
use crate::sql::words::{count, percent, time};

/// An unused index that is smaller than this, in bytes, costs nothing worth a word.
const WORTH_A_WORD: f64 = 10e6;
/// More signs of a statement than this don't help to tell which it is.
const LONGEST: usize = 60;

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
    /// What the statement costs its server, where that was counted.
    pub load: Option<Load>,
    /// What became of it on a scratch database, where it was tried.
    pub measured: Option<Measured>,
}

impl Advice {
    /// No index, and why.
    #[must_use]
    pub fn none(id: &str, because: String) -> Self {
        Self {
            id: id.to_owned(),
            indexes: Vec::new(),
            speedup: 1.0,
            because,
            verified: false,
            looked_at: true,
            load: None,
            measured: None,
        }
    }

    /// A statement that could not be looked at, and why.
    #[must_use]
    pub fn not_looked_at(id: &str, why: &str) -> Self {
        Self { looked_at: false, ..Self::none(id, format!("not looked at: {why}")) }
    }

    fn json(&self) -> Value {
        let mut told = json!({
            "id": self.id,
            "indexes": self.indexes.iter().map(Candidate::sql).collect::<Vec<_>>(),
            "estimated_speedup": (self.speedup * 100.0).round() / 100.0,
            "because": self.because,
            "verified_by_planner": self.verified,
            "looked_at": self.looked_at,
        });
        if let Some(measured) = &self.measured {
            told["measured"] = measured.json();
        }
        if let Some(load) = &self.load {
            told["statement"] = json!(load.fingerprint);
            told["calls"] = json!(load.calls);
            told["total_ms"] = json!((load.total_ms * 1_000.0).round() / 1_000.0);
        }
        told
    }

    /// What it is called where people read it.
    fn called(&self) -> String {
        let Some(load) = &self.load else { return self.id.clone() };
        let short: String = load.fingerprint.chars().take(LONGEST).collect();
        let more = if load.fingerprint.chars().count() > LONGEST { "..." } else { "" };
        format!("{} {short}{more} ({} calls, {})", self.id, count(load.calls), time(load.total_ms))
    }
}

/// What is advised for a workload.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// By statement.
    pub queries: Vec<Advice>,
    /// All indexes to make, each once, the one that saves most first.
    pub workload: Vec<Proposal>,
    /// Indexes that another one makes superfluous: table, the index, the other one.
    pub redundant: Vec<(String, Index, String)>,
    /// Indexes that nothing used since the statistics began: table and index.
    pub unused: Vec<(String, Index)>,
    /// How it was found what an index would change.
    pub by: By,
}

/// How it is found what an index would change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum By {
    /// The planner was asked about indexes that are not there (HypoPG).
    #[default]
    Planner,
    /// By plans as they are and the planner's shares of rows, since HypoPG is missing.
    Plans,
    /// By the optimizer's rules and samples of the tables (MySQL, MariaDB).
    Samples,
}

impl Outcome {
    /// Puts together what is advised for each statement. Sizes are not known yet. `seconds`: for how long the
    /// statements were counted, where they were.
    #[must_use]
    pub fn of(advised: Vec<Advised>, catalog: &Catalog, seconds: Option<f64>) -> Self {
        let (queries, mut workload) = together(advised, catalog, seconds);
        workload.sort_by(|one, other| other.share.total_cmp(&one.share));
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
        Self { queries, workload, redundant, unused, by: By::default() }
    }

    /// What is advised where one statement was looked at.
    #[must_use]
    pub fn of_one(&self) -> IndexAdvice {
        let Some(advice) = self.queries.first() else { return IndexAdvice::default() };
        IndexAdvice {
            // Of a partitioned table they are many, and are no one click.
            run: self
                .workload
                .iter()
                .map(
                    |one| {
                        if one.steps == [one.index.to_run()] { one.index.to_run() } else { one.index.sql() }
                    },
                )
                .collect(),
            gain: advice.speedup,
            because: advice.because.clone(),
            verified: advice.verified,
            looked_at: advice.looked_at,
            size: self.workload.iter().map(|one| one.size).sum(),
        }
    }

    /// As `{"queries": [...], "workload": [...]}`.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "hypopg": self.by == By::Planner,
            "queries": self.queries.iter().map(Advice::json).collect::<Vec<_>>(),
            "workload": self.workload.iter().map(|one| json!({
                "index": one.index.sql(),
                "run": one.steps.join(";\n"),
                "size_bytes": one.size,
                "serves": one.serves,
                "share_of_time_saved": (one.share * 10_000.0).round() / 10_000.0,
                "writes_per_second": (one.writes * 100.0).round() / 100.0,
                "write_ms_per_second": (one.write_ms * 1_000.0).round() / 1_000.0,
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
            .map(|one| {
                let saves = match self.queries.len() {
                    1 => String::new(),
                    _ => format!(": saves {} of the time", percent(one.share)),
                };
                let writes = match one.writes {
                    writes if writes < 0.1 => String::new(),
                    writes => format!(
                        "; {} rows a second are written to {}, each with one entry more",
                        count(writes),
                        one.index.table
                    ),
                };
                format!("-- for {}{saves}{writes}\n{};\n", one.serves.join(", "), one.steps.join(";\n"))
            })
            .collect()
    }
}

/// The advice in words.
#[must_use]
pub fn text(outcome: &Outcome) -> Answer {
    let indexes = outcome.workload.len();
    let mut answer = Answer::new(headline(outcome));
    if indexes > 0 {
        answer = answer.marked(Mark::Warning);
        answer = answer.with(Section::Code { language: "sql".to_owned(), text: outcome.sql() });
    }
    let tried = outcome.queries.iter().any(|one| one.measured.is_some());
    let rows = outcome.queries.iter().map(|one| {
        let gain = if !one.looked_at {
            "not known".to_owned()
        } else if one.indexes.is_empty() {
            "none".to_owned()
        } else {
            format!("{}x", thousands(one.speedup, usize::from(one.speedup < 10.0)))
        };
        let mut row = vec![one.called(), gain, one.because.clone()];
        if tried {
            row.insert(2, one.measured.as_ref().map_or_else(|| "-".to_owned(), Measured::words));
        }
        row
    });
    let columns = if tried {
        &["statement", "gain", "measured", "because"][..]
    } else {
        &["statement", "gain", "because"]
    };
    answer = answer.with(Section::Table(Table {
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
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
    let looked_at = outcome.queries.iter().any(|one| one.looked_at);
    if outcome.by == By::Samples && looked_at {
        answer = answer.footnote(
            "The optimizer of MySQL and MariaDB can't be asked about indexes that are not there: what is said here is worked out by its \
             own rules from its plans, its costs and samples of the tables, and only what is clear is proposed.",
        );
    } else if outcome.by == By::Plans && looked_at {
        answer = answer.footnote(
            "This database has no HypoPG, so its planner could not be asked: what is said here is worked out from its plans, and \
             only what is clear is proposed. CREATE EXTENSION hypopg (a package, postgresql-NN-hypopg; it changes nothing else) \
             finds more.",
        );
    } else if outcome.queries.iter().any(|one| !one.indexes.is_empty() && !one.verified) {
        answer = answer.footnote("Not verified by the planner: HypoPG knows no GIN indexes, and a foreign key's check is in no plan.");
    }
    if indexes > 0 {
        let whose = if outcome.by == By::Planner { "the planner's estimate" } else { "quad's own estimate" };
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
    index.method != Method::Gin
}
