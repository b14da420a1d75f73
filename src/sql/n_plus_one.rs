//! A query for each row of another one (N+1), told from what a server counts: the same code sends one statement that
//! gives forty rows, and another one forty times as often. Where requests of that code's route are counted too, the
//! calls for each request say the same. From a log with sessions it is told exactly (`sql::digest`).

use std::collections::BTreeMap;

use crate::model::answer::{Section, escape};
use crate::model::statement::{Counters, StatementId, StatementText};
use crate::sql::words;

/// Fewer calls for each call of the parent are no loop that anybody feels.
const TIMES: f64 = 5.0;
/// Fewer calls in all may be an accident.
const CALLS: f64 = 100.0;
/// What a loop fetches is a row or two at a time.
const ROWS: f64 = 3.0;
/// How far the rows of the parent may be from the calls of the child, either way.
const NEAR: f64 = 1.3;
/// More than this are not told.
const MOST: usize = 3;

/// A statement that runs once for each row of another one.
#[derive(Debug, Clone, PartialEq)]
pub struct Loop {
    /// What runs again and again.
    pub child: StatementId,
    /// Whose rows it runs for, where that is clear.
    pub parent: Option<StatementId>,
    /// The code that sends both.
    pub owner: String,
    /// How often it runs for each call of the parent, or for each request.
    pub times: f64,
    /// Requests of the route in that time, where they are counted.
    pub requests: Option<f64>,
    /// What it used.
    pub used: Counters,
}

/// The loops among these statements, the costliest first. `requests`: of each route in the same time.
#[must_use]
pub fn loops(
    used: &BTreeMap<StatementId, Counters>,
    texts: &BTreeMap<StatementId, StatementText>,
    requests: &BTreeMap<String, f64>,
) -> Vec<Loop> {
    let mut by_owner: BTreeMap<&str, Vec<(&StatementId, &Counters)>> = BTreeMap::new();
    for (id, one) in used.iter().filter(|(_, one)| one.calls > 0.0) {
        if let Some(owner) = texts.get(id).and_then(|text| text.owner.as_deref()) {
            by_owner.entry(owner).or_default().push((id, one));
        }
    }
    let mut found: Vec<Loop> = Vec::new();
    for (owner, all) in &by_owner {
        let requests = requests.get(*owner).copied().filter(|requests| *requests > 0.0);
        for (child, used) in all.iter().filter(|(id, one)| may_loop(texts.get(*id), one)) {
            let parent =
                all.iter().filter(|(id, _)| id != child).find(|(_, parent)| is_for_rows(parent, used));
            let times = match (requests, parent) {
                (_, Some((_, parent))) => used.calls / parent.calls,
                (Some(requests), None) => used.calls / requests,
                (None, None) => continue,
            };
            if times >= TIMES {
                found.push(Loop {
                    child: (*child).clone(),
                    parent: parent.map(|(id, _)| (*id).clone()),
                    owner: (*owner).to_owned(),
                    times,
                    requests,
                    used: **used,
                });
            }
        }
    }
    found.sort_by(|a, b| b.used.total_ms.total_cmp(&a.used.total_ms));
    found.truncate(MOST);
    found
}

/// Whether a loop may send it: it fetches one thing by its key, many times.
fn may_loop(text: Option<&StatementText>, used: &Counters) -> bool {
    text.is_some_and(|text| text.fingerprint.starts_with("select ") && text.fingerprint.contains(" = ?"))
        && used.calls >= CALLS
        && used.rows <= ROWS * used.calls
}

/// Whether `child` runs about once for each row that `parent` gives, and these are several.
fn is_for_rows(parent: &Counters, child: &Counters) -> bool {
    let off = child.calls / parent.rows.max(f64::MIN_POSITIVE);
    parent.rows >= TIMES * parent.calls && (1.0 / NEAR..=NEAR).contains(&off)
}

/// As a part of an answer; nothing where there are none.
#[must_use]
pub fn sections(loops: &[Loop], texts: &BTreeMap<StatementId, StatementText>) -> Vec<Section> {
    if loops.is_empty() {
        return Vec::new();
    }
    vec![
        Section::Heading("A query for each row (N+1)".to_owned()),
        Section::List { numbered: false, items: loops.iter().map(|one| told(one, texts)).collect() },
    ]
}

fn told(found: &Loop, texts: &BTreeMap<StatementId, StatementText>) -> String {
    let code = |id: &StatementId| {
        let text = texts.get(id).map_or("", |text| &text.fingerprint);
        format!("`{}`", super::slow::cut(text).replace('`', "'"))
    };
    let each = match (&found.parent, found.requests) {
        (Some(parent), _) => format!("{} times for each call of {}", words::count(found.times), code(parent)),
        (None, _) => format!("{} times for each request", words::count(found.times)),
    };
    let requests = found
        .requests
        .filter(|_| found.parent.is_some())
        .map(|requests| format!(", {} times for each request", words::count(found.used.calls / requests)));
    format!(
        "{} runs {} ({}){each_request}: {} of {} on average, {} in all. One query for all of them (`= any(...)`, or a join) does the same.",
        code(&found.child),
        each,
        escape(&found.owner),
        super::slow::calls(found.used.calls),
        words::time(found.used.mean_ms()),
        words::time(found.used.total_ms),
        each_request = requests.unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "select id, customer_id from orders where shop = ? limit ?";
    const CHILD: &str = "select name from customers where id = ?";

    fn case(
        parent: (f64, f64),
        child: (f64, f64),
        owner: Option<&str>,
    ) -> (BTreeMap<StatementId, Counters>, BTreeMap<StatementId, StatementText>) {
        let used = |(calls, rows): (f64, f64)| Counters {
            calls,
            rows,
            total_ms: calls * 0.5,
            ..Counters::default()
        };
        let text =
            |text: &str| StatementText { fingerprint: text.to_owned(), owner: owner.map(str::to_owned) };
        let (one, other) = (StatementId("1".to_owned()), StatementId("2".to_owned()));
        (
            [(one.clone(), used(parent)), (other.clone(), used(child))].into(),
            [(one, text(PARENT)), (other, text(CHILD))].into(),
        )
    }

    #[test]
    fn a_statement_for_each_row_of_another_one_is_found_with_its_parent() {
        let (used, texts) = case((1_000.0, 42_000.0), (41_000.0, 41_000.0), Some("orders#index"));
        let found = loops(&used, &texts, &BTreeMap::new());
        assert_eq!(found[0].parent, Some(StatementId("1".to_owned())));
        let said = sections(&found, &texts);
        let Section::List { items, .. } = &said[1] else { panic!("no list") };
        insta::assert_snapshot!(items[0], @r"`select name from customers where id = ?` runs 41 times for each call of `select id, customer_id from orders where shop = ? limit ?` (orders\#index): 41,000 calls of 0.50 ms on average, 20.5 s in all. One query for all of them (`= any(...)`, or a join) does the same.");
    }

    #[test]
    fn requests_tell_it_where_no_parent_does() {
        let (used, texts) = case((1_000.0, 1_000.0), (30_000.0, 30_000.0), Some("/api/orders"));
        assert!(loops(&used, &texts, &BTreeMap::new()).is_empty());
        let requests = BTreeMap::from([("/api/orders".to_owned(), 1_000.0)]);
        let found = loops(&used, &texts, &requests);
        assert_eq!((found[0].times, &found[0].parent), (30.0, &None));
    }

    #[test]
    fn what_only_runs_often_is_no_loop() {
        let none = BTreeMap::new();
        // Nobody knows who sends them.
        let (used, texts) = case((1_000.0, 42_000.0), (42_000.0, 42_000.0), None);
        assert!(loops(&used, &texts, &none).is_empty());
        // As often as it is called for, and far more often than there are rows.
        for (parent, child) in [
            ((1_000.0, 1_000.0), (1_000.0, 1_000.0)),
            ((1_000.0, 42_000.0), (900_000.0, 9.0)),
            ((2.0, 80.0), (80.0, 80.0)),
        ] {
            let (used, texts) = case(parent, child, Some("orders#index"));
            assert!(loops(&used, &texts, &none).is_empty(), "{parent:?} {child:?}");
        }
        // It fetches lists.
        let (used, texts) = case((1_000.0, 42_000.0), (42_000.0, 4_200_000.0), Some("orders#index"));
        assert!(loops(&used, &texts, &none).is_empty());
    }
}
