//! Advice over a whole workload: what each index saves of all the time, which are worth it only for all of
//! it together, and which cost more to keep up than they save.

use std::collections::BTreeMap;

use super::verdict::WORTH;
use super::{Advice, Candidate, Catalog, Choice, Method};
use crate::sql::words::{count, percent};

/// From this share of the workload's time on an index is worth it, though no statement gains much.
const SHARE: f64 = 0.05;
/// What gains less than this is within what estimates are off by.
pub const SMALL: f64 = 1.25;
/// What one further entry costs an INSERT or an UPDATE, in ms: measured on PostgreSQL 15 it is 3 to 10
/// microseconds for an ordinary index whose pages are in memory, and several times that by content.
const ENTRY_MS: f64 = 0.01;
const ENTRY_BY_CONTENT_MS: f64 = 0.05;
const SUMMARY_MS: f64 = 0.001;

/// What was found for one statement, before all are looked at together.
#[derive(Debug, Clone, PartialEq)]
pub struct Advised {
    /// What is advised for it alone.
    pub advice: Advice,
    /// What it costs today, in the planner's units.
    pub cost: f64,
    /// An index that gains something, but not enough for this statement alone.
    pub small: Option<Choice>,
}

/// An index to make.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// Which.
    pub index: Candidate,
    /// The statements that make it, one after the other.
    pub steps: Vec<String>,
    /// Its size in bytes, where that is known.
    pub size: Option<f64>,
    /// The statements that it serves.
    pub serves: Vec<String>,
    /// The share of the time of all statements that those no longer take.
    pub share: f64,
    /// Rows of its table that are inserted and changed in a second.
    pub writes: f64,
    /// What keeping it up costs, in ms a second.
    pub write_ms: f64,
}

/// Puts together what is advised for each statement. `seconds`: for how long they were counted, where they
/// were.
#[must_use]
pub fn together(
    mut all: Vec<Advised>,
    catalog: &Catalog,
    seconds: Option<f64>,
) -> (Vec<Advice>, Vec<Proposal>) {
    worth_it_together(&mut all);
    loop {
        let proposals = proposals(&all, catalog);
        let total: f64 = all.iter().map(Advised::time).sum();
        let dear = proposals.iter().find_map(|one| {
            let saved_ms = one.share * total / seconds.filter(|_| all.iter().all(Advised::is_counted))?;
            (one.write_ms > saved_ms).then(|| (one.clone(), saved_ms))
        });
        let Some((dear, saved_ms)) = dear else {
            return (all.into_iter().map(|one| one.advice).collect(), proposals);
        };
        let why = format!(
            "{} would save {} ms a second and cost about {} ms a second to keep up: {} rows of {} are written a second",
            dear.index.sql(),
            small_number(saved_ms),
            small_number(dear.write_ms),
            count(dear.writes),
            dear.index.table
        );
        for one in all.iter_mut().filter(|one| serves(&dear.index, &one.advice)) {
            let load = one.advice.load.take();
            one.advice = Advice { load, ..Advice::none(&one.advice.id, why.clone()) };
        }
    }
}

impl Advised {
    /// What it takes of all the time: as it was counted, otherwise as the planner expects.
    fn time(&self) -> f64 {
        self.advice.load.as_ref().map_or(self.cost, |load| load.total_ms)
    }

    fn is_counted(&self) -> bool {
        self.advice.load.is_some()
    }
}

/// Takes up indexes that no statement would be given for itself, where how often each runs is known.
fn worth_it_together(all: &mut [Advised]) {
    let total: f64 = all.iter().map(Advised::time).sum();
    let mut saved: BTreeMap<Candidate, f64> = BTreeMap::new();
    let small = |one: &Advised| {
        let choice = one.small.clone().filter(|choice| choice.gain >= SMALL)?;
        let [index] = &choice.indexes[..] else { return None };
        (one.is_counted() && one.advice.indexes.is_empty()).then(|| (index.clone(), choice.gain))
    };
    for one in all.iter() {
        if let Some((index, gain)) = small(one) {
            *saved.entry(index).or_default() += one.time() * (1.0 - 1.0 / gain);
        }
    }
    saved.retain(|_, saved| total > 0.0 && *saved / total >= SHARE);
    for one in all.iter_mut() {
        let Some((index, gain)) = small(one) else { continue };
        let Some(saved) = saved.get(&index) else { continue };
        one.advice.because = format!(
            "it gains less than {} times, but runs so often that the index saves {} of the time of all statements",
            count(WORTH),
            percent(*saved / total)
        );
        one.advice.verified = one.small.as_ref().is_some_and(|choice| choice.by_planner);
        one.advice.indexes = vec![index];
        one.advice.speedup = gain;
    }
}

/// Each index once; what another one serves as well is left out.
fn proposals(all: &[Advised], catalog: &Catalog) -> Vec<Proposal> {
    let mut indexes: Vec<&Candidate> = all.iter().flat_map(|one| &one.advice.indexes).collect();
    indexes.sort();
    indexes.dedup();
    let total: f64 = all.iter().map(Advised::time).sum();
    let kept = indexes.iter().filter(|one| !indexes.iter().any(|other| other != *one && other.covers(one)));
    kept.map(|index| {
        let served: Vec<&Advised> = all.iter().filter(|one| serves(index, &one.advice)).collect();
        let saved: f64 =
            served.iter().map(|one| one.time() * (1.0 - 1.0 / one.advice.speedup.max(1.0))).sum();
        let table = catalog.tables.get(&index.table);
        let writes = table.map_or(0.0, |table| table.writes);
        Proposal {
            index: (*index).clone(),
            steps: table.map_or_else(|| vec![index.to_run()], |table| index.steps(table)),
            size: None,
            serves: served.iter().map(|one| one.advice.id.clone()).collect(),
            share: if total > 0.0 { saved / total } else { 0.0 },
            writes,
            write_ms: writes
                * match index.method {
                    Method::Btree | Method::InnoDb => ENTRY_MS,
                    Method::Gin => ENTRY_BY_CONTENT_MS,
                    Method::Brin => SUMMARY_MS,
                },
        }
    })
    .collect()
}

fn serves(index: &Candidate, advice: &Advice) -> bool {
    advice.indexes.iter().any(|one| index.covers(one))
}

/// Two digits are enough to compare by.
fn small_number(ms: f64) -> String {
    if ms >= 10.0 { count(ms) } else { format!("{ms:.2}") }
}

#[cfg(test)]
mod tests {
    use super::super::{Load, Table};
    use super::*;

    fn index(column: &str) -> Candidate {
        Candidate {
            table: "orders".to_owned(),
            method: Method::Btree,
            keys: vec![column.to_owned()],
            include: Vec::new(),
            only: None,
        }
    }

    fn advised(id: &str, total_ms: f64, column: Option<&str>, speedup: f64) -> Advised {
        let load = Load { fingerprint: id.to_owned(), calls: 10.0, total_ms };
        let advice = Advice {
            load: Some(load),
            indexes: column.map(index).into_iter().collect(),
            speedup: if column.is_some() { speedup } else { 1.0 },
            ..Advice::none(id, String::new())
        };
        Advised { advice, cost: 1.0, small: None }
    }

    fn hardly(id: &str, total_ms: f64, column: &str, gain: f64) -> Advised {
        let small = Choice { indexes: vec![index(column)], gain, lookups: 1.0, by_planner: true };
        Advised { small: Some(small), ..advised(id, total_ms, None, 1.0) }
    }

    fn catalog(writes: f64) -> Catalog {
        let orders = Table { writes, ..Table::default() };
        Catalog { tables: [("orders".to_owned(), orders)].into(), ..Catalog::default() }
    }

    #[test]
    fn an_index_is_told_by_what_it_saves_of_all_the_time() {
        let all = vec![
            advised("a", 600.0, Some("x"), 4.0),
            advised("b", 200.0, Some("x"), 2.0),
            advised("c", 200.0, None, 1.0),
        ];
        let (_, proposals) = together(all, &catalog(0.0), Some(100.0));
        assert_eq!(proposals.len(), 1);
        assert_eq!(proposals[0].serves, ["a", "b"]);
        assert!((proposals[0].share - 0.55).abs() < 1e-9, "{proposals:?}");
    }

    #[test]
    fn statements_that_gain_little_each_can_be_worth_an_index_together() {
        let all = || {
            vec![
                hardly("a", 80.0, "x", 1.6),
                hardly("b", 80.0, "x", 1.6),
                hardly("c", 40.0, "y", 1.3),
                advised("d", 800.0, None, 1.0),
            ]
        };
        let (queries, proposals) = together(all(), &catalog(0.0), Some(100.0));
        assert_eq!(
            proposals.iter().map(|one| one.index.sql()).collect::<Vec<_>>(),
            ["CREATE INDEX ON orders (x)"]
        );
        assert!((proposals[0].share - 0.06).abs() < 1e-9 && proposals[0].serves == ["a", "b"]);
        assert!(queries[0].because.contains("saves 6 % of the time of all statements"), "{queries:?}");
        // How often each runs is not known of a file.
        let mut uncounted = all();
        for one in &mut uncounted {
            one.advice.load = None;
        }
        assert!(together(uncounted, &catalog(0.0), None).1.is_empty());
    }

    #[test]
    fn an_index_that_costs_more_to_keep_up_than_it_saves_is_not_made() {
        let all = || vec![advised("a", 1_000.0, Some("x"), 4.0), advised("b", 50.0, Some("y"), 2.0)];
        // In 100 s it saves 7.5 ms a second, and the other one 0.25.
        let (queries, proposals) = together(all(), &catalog(100.0), Some(100.0));
        assert_eq!(
            proposals.iter().map(|one| one.index.sql()).collect::<Vec<_>>(),
            ["CREATE INDEX ON orders (x)"]
        );
        assert_eq!(proposals[0].write_ms, 1.0);
        assert!(queries[1].indexes.is_empty() && queries[1].load.is_some());
        assert!(
            queries[1].because.contains("would save 0.25 ms a second and cost about 1.00 ms"),
            "{queries:?}"
        );
        assert!(together(all(), &catalog(10_000.0), Some(100.0)).1.is_empty());
        assert_eq!(together(all(), &catalog(10_000.0), None).1.len(), 2, "nobody knows what it saves");
    }
}
