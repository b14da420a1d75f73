//! What changed about a statement between two times: its plan, the indexes and the rows of the tables that it
//! reads, and how many rows it gives.

use serde::{Deserialize, Serialize};

use crate::model::statement::Counters;
use crate::model::surroundings::{SeenPlan, SeenTables, TableFacts};
use crate::model::time::{Moment, TimeRange};

/// A table or an answer that grew by less than this is no reason.
const GREW: f64 = 1.5;
/// Fewer rows more than this are no reason either.
const ROWS: f64 = 1_000.0;

/// One thing that changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Changed {
    /// An index of a table that it reads is gone.
    IndexGone {
        /// Of which table.
        table: String,
        /// Its name.
        index: String,
        /// What makes it again, where that can be told.
        again: Option<String>,
        /// When it was there last, and when it was missed first.
        between: TimeRange,
    },
    /// The planner takes another way.
    Plan {
        /// The first step that is gone: "Index Scan on events using idx_events_account".
        before: String,
        /// The first step that is new.
        after: String,
        /// When the old plan was seen last, and the new one first.
        between: TimeRange,
    },
    /// A table that it reads has more rows.
    Table {
        /// Which.
        table: String,
        /// Its rows before,
        before: f64,
        /// and now.
        after: f64,
        /// Between which times.
        between: TimeRange,
    },
    /// A call gives or changes more rows.
    Rows {
        /// Rows a call before,
        before: f64,
        /// and now.
        after: f64,
    },
}

impl Changed {
    /// Between which times it changed, where that is known.
    #[must_use]
    pub fn between(&self) -> Option<TimeRange> {
        match self {
            Self::IndexGone { between, .. } | Self::Plan { between, .. } | Self::Table { between, .. } => {
                Some(*between)
            }
            Self::Rows { .. } => None,
        }
    }
}

/// What changed about the tables that a statement reads; `seen` the oldest first.
#[must_use]
pub fn tables(statement: &str, seen: &[SeenTables]) -> Vec<Changed> {
    let (Some(first), Some(last)) = (seen.first(), seen.last()) else { return Vec::new() };
    let mut changed = Vec::new();
    for (before, after) in seen.iter().zip(&seen[1..]) {
        for (table, then) in before.tables.0.iter().filter(|(name, _)| reads(statement, name)) {
            // Neither a table that is gone nor an index that came back.
            let (Some(after_it), Some(now)) = (after.tables.0.get(table), last.tables.0.get(table)) else {
                continue;
            };
            let gone =
                |index: &&String| !after_it.indexes.contains_key(*index) && !is_there(then, index, now);
            changed.extend(then.indexes.keys().filter(gone).map(|index| Changed::IndexGone {
                table: table.clone(),
                index: index.clone(),
                again: then.indexes[index].clone(),
                between: TimeRange::new(before.last, after.first),
            }));
        }
    }
    for (table, now) in last.tables.0.iter().filter(|(name, _)| reads(statement, name)) {
        let before = first.tables.0.get(table).map_or(0.0, |then| then.rows);
        if before > 0.0 && now.rows >= before * GREW && now.rows - before >= ROWS {
            let between = TimeRange::new(first.last, last.first);
            changed.push(Changed::Table { table: table.clone(), before, after: now.rows, between });
        }
    }
    changed
}

/// Whether an index is there, maybe under another name, as after a rebuild.
fn is_there(then: &TableFacts, index: &str, now: &TableFacts) -> bool {
    let is_alike = |name: &String, made: &Option<String>| match (&then.indexes[index], made) {
        (Some(then), Some(now)) => nameless(then).is_some_and(|wanted| nameless(now) == Some(wanted)),
        // What can't be told is known by its sign.
        (None, None) => {
            then.signs.get(index).is_some_and(|wanted| now.signs.get(name).is_some_and(|sign| sign == wanted))
        }
        _ => false,
    };
    now.indexes.contains_key(index) || now.indexes.iter().any(|(name, made)| is_alike(name, made))
}

/// What stands in front of the name of an index that is made, and behind it. A name may be quoted, and may be a
/// part of any other word.
fn nameless(made: &str) -> Option<(&str, &str)> {
    let (kind, rest) = made.split_once("INDEX ")?;
    let Some(quote) = rest.chars().next().filter(|first| "\"`".contains(*first)) else {
        return Some((kind, rest.split_once(' ')?.1));
    };
    // A quote within a name is doubled, so the name goes on behind a pair.
    let mut rest = &rest[1..];
    loop {
        rest = rest.split_once(quote)?.1;
        match rest.strip_prefix(quote) {
            Some(more) => rest = more,
            None => return Some((kind, rest.trim_start())),
        }
    }
}

/// Whether a plan that began after `since` took the place of another one; `seen` in any order.
#[must_use]
pub fn plan(seen: &[SeenPlan], since: Moment) -> Option<Changed> {
    let now = seen.iter().max_by_key(|plan| plan.last)?;
    let before = seen.iter().filter(|plan| plan.last < now.first).max_by_key(|plan| plan.last)?;
    // A change that had been looked at before the trouble began did not begin it.
    if now.first < since {
        return None;
    }
    let lines = |plan: &SeenPlan| plan.shape.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>();
    let (old, new) = (lines(before), lines(now));
    // How a table is read tells more than what is done with its rows.
    let first = |of: &[String], others: &[String]| {
        let changed = || of.iter().filter(|line| !others.contains(line));
        changed()
            .find(|line| line.contains(" on "))
            .or(changed().next())
            .or(of.first())
            .map(|line| tidy(line))
    };
    Some(Changed::Plan {
        before: first(&old, &new)?,
        after: first(&new, &old)?,
        between: TimeRange::new(before.last, now.first),
    })
}

/// The step without an alias that only repeats the table.
fn tidy(line: &str) -> String {
    let alias = line.split_once(" on ").and_then(|(_, rest)| {
        let (table, rest) = rest.split_once(" as ")?;
        let alias = rest.split(' ').next().unwrap_or(rest);
        table.ends_with(alias).then(|| format!(" as {alias}"))
    });
    alias.map_or_else(|| line.to_owned(), |alias| line.replacen(&alias, "", 1))
}

/// Whether a call gives so many more rows that it takes longer for that.
#[must_use]
pub fn rows(before: &Counters, now: &Counters) -> Option<Changed> {
    let a_call = |used: &Counters| used.rows / used.calls.max(1.0);
    let (before, after) = (a_call(before), a_call(now));
    (before > 0.0 && after >= before * GREW && after - before >= 10.0)
        .then_some(Changed::Rows { before, after })
}

/// Whether the name of a table stands in a statement.
fn reads(statement: &str, table: &str) -> bool {
    let (statement, table) = (statement.to_lowercase(), table.to_lowercase().replace('"', ""));
    // Fingerprints have a sign for numbers, in names too.
    let mut masked = String::new();
    for sign in table.chars() {
        match sign.is_ascii_digit() {
            true if masked.ends_with('?') => {}
            true => masked.push('?'),
            false => masked.push(sign),
        }
    }
    let has_schema = table.contains('.');
    let is_word = |c: char| c.is_alphanumeric() || "_$?".contains(c) || (c == '.' && has_schema);
    statement.split(|c: char| !is_word(c)).any(|word| word == table || word == masked)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::model::surroundings::Tables;

    fn at(minutes: i64) -> Moment {
        Moment::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    fn look(minutes: i64, rows: f64, indexes: &[&str]) -> SeenTables {
        let made = |name: &&str| {
            ((*name).to_owned(), Some(format!("CREATE INDEX {name} ON public.events USING btree (account)")))
        };
        let indexes = indexes.iter().map(made).collect();
        let events = TableFacts { rows, indexes, ..TableFacts::default() };
        let tables = Tables([("events".to_owned(), events)].into());
        SeenTables { tables, first: at(minutes), last: at(minutes + 4) }
    }

    const STATEMENT: &str = "select id, body from events where account = ?";

    #[test]
    fn an_index_that_went_is_named_and_one_that_was_rebuilt_is_not() {
        let before = look(0, 9e5, &["idx_events_account"]);
        let gone = tables(STATEMENT, &[before.clone(), look(5, 9e5, &[]), look(10, 9e5, &[])]);
        assert!(
            matches!(&gone[..], [Changed::IndexGone { index, again: Some(again), between, .. }]
            if index == "idx_events_account" && again.starts_with("CREATE INDEX idx_events_account")
                && (between.from, between.to) == (at(4), at(5))),
            "{gone:?}"
        );
        let rebuilt = look(5, 9e5, &["idx_events_account_new"]);
        assert!(tables(STATEMENT, &[before.clone(), rebuilt]).is_empty());
        assert!(
            tables(STATEMENT, &[before.clone(), look(5, 9e5, &[]), before.clone()]).is_empty(),
            "it is back"
        );
        assert!(tables("select ? from event_types", &[before.clone(), look(5, 9e5, &[])]).is_empty());
        assert!(
            reads("select a from orders? where b = ?", "orders2")
                && !reads("select a from orders?", "orders")
        );
        assert!(
            reads("select a from tenant7.events", "tenant7.events") && !reads(STATEMENT, "tenant7.events")
        );
        assert!(tables(STATEMENT, &[before]).is_empty() && tables(STATEMENT, &[]).is_empty());
    }

    /// A table with these indexes: name, what makes it, sign.
    fn made(minutes: i64, indexes: &[(&str, Option<&str>, Option<i32>)]) -> SeenTables {
        let mut seen = look(minutes, 9e5, &[]);
        let events = seen.tables.0.get_mut("events").expect("is there");
        for (name, made, sign) in indexes {
            events.indexes.insert((*name).to_owned(), made.map(str::to_owned));
            events.signs.extend(sign.map(|sign| ((*name).to_owned(), sign)));
        }
        seen
    }

    #[test]
    fn an_index_that_was_rebuilt_is_known_again_under_whatever_name() {
        let becomes = |(old, before): (&str, &str), (new, after): (&str, &str)| {
            let looks = [made(0, &[(old, Some(before), None)]), made(5, &[(new, Some(after), None)])];
            tables(STATEMENT, &looks).is_empty()
        };
        for (old, new) in [
            (
                ("a", "CREATE INDEX a ON t USING btree (lower(x)) WHERE y"),
                ("b", "CREATE INDEX b ON t USING btree (lower(x)) WHERE y"),
            ),
            (
                ("a b \"C\" ON t", "CREATE INDEX \"a b \"\"C\"\" ON t\" ON t USING btree (x)"),
                ("c", "CREATE INDEX c ON t USING btree (x)"),
            ),
            (("a", "CREATE INDEX `a` ON `t` (`x`)"), ("b", "CREATE INDEX `b` ON `t` (`x`)")),
            (("E", "CREATE UNIQUE INDEX `E` ON `t` (`x`)"), ("x`", "CREATE UNIQUE INDEX `x``` ON `t` (`x`)")),
        ] {
            assert!(becomes(old, new) && becomes(new, old), "{old:?} {new:?}");
        }
        for (old, new) in [
            (
                ("a", "CREATE INDEX a ON t USING btree (x) WHERE y"),
                ("b", "CREATE INDEX b ON t USING btree (x)"),
            ),
            (("x", "CREATE INDEX x ON t (x, y)"), ("y", "CREATE INDEX y ON t (x)")),
            (("a", "CREATE UNIQUE INDEX `a` ON `t` (`x`)"), ("b", "CREATE INDEX `b` ON `t` (`x`)")),
            (("a", "CREATE INDEX `a"), ("b", "CREATE INDEX `b")),
        ] {
            assert!(!becomes(old, new), "{old:?} {new:?}");
        }
    }

    #[test]
    fn an_index_that_can_t_be_told_is_known_again_by_its_sign() {
        let is_gone = |looks: &[SeenTables]| matches!(&tables(STATEMENT, looks)[..], [Changed::IndexGone { index, again: None, .. }] if index == "open");
        let before = made(0, &[("open", None, Some(7)), ("done", None, Some(-3))]);
        let both = made(5, &[("open", None, Some(7)), ("open2", None, Some(7)), ("done", None, Some(-3))]);
        let rebuilt = made(10, &[("open2", None, Some(7)), ("done", None, Some(-3))]);
        assert!(tables(STATEMENT, &[before.clone(), rebuilt.clone()]).is_empty());
        assert!(tables(STATEMENT, &[before.clone(), both, rebuilt]).is_empty());
        assert!(is_gone(&[before.clone(), made(5, &[("done", None, Some(-3)), ("new", None, Some(8))])]));
        // As it was noted before there were signs.
        let untold = made(0, &[("open", None, None), ("done", None, None)]);
        assert!(is_gone(&[untold, made(5, &[("done", None, Some(-3))])]));
        assert!(is_gone(&[before, made(5, &[("done", Some("CREATE INDEX done ON events (x)"), None)])]));
    }

    #[test]
    fn a_table_that_grew_is_a_reason_and_a_few_rows_are_not() {
        let grown =
            |from, to| tables(STATEMENT, &[look(0, from, &[]), look(30, from, &[]), look(60, to, &[])]);
        assert!(
            matches!(&grown(1e5, 9e5)[..], [Changed::Table { before, after, .. }] if (*before, *after) == (1e5, 9e5))
        );
        assert!(grown(1e5, 1.2e5).is_empty() && grown(10.0, 500.0).is_empty());
        assert!(grown(0.0, 9e5).is_empty(), "never counted");
    }

    #[test]
    fn another_plan_is_told_by_the_step_that_changed() {
        let seen =
            |shape: &str, first, last| SeenPlan { shape: shape.to_owned(), first: at(first), last: at(last) };
        let plans = [
            seen("Limit\n Index Scan on events using idx_events_account\n", 0, 50),
            seen("Limit\n Seq Scan on events as events\n", 55, 60),
        ];
        let changed = plan(&plans, at(52)).expect("it changed");
        assert_eq!(
            changed,
            Changed::Plan {
                before: "Index Scan on events using idx_events_account".to_owned(),
                after: "Seq Scan on events".to_owned(),
                between: TimeRange::new(at(50), at(55)),
            }
        );
        assert_eq!(plan(&plans, at(58)), None, "it had changed before");
        assert_eq!(plan(&plans[..1], at(0)), None);
    }

    #[test]
    fn more_rows_a_call_are_a_reason() {
        let used = |calls, rows| Counters { calls, rows, ..Counters::default() };
        let more = rows(&used(10.0, 200.0), &used(10.0, 9_000.0));
        assert_eq!(more, Some(Changed::Rows { before: 20.0, after: 900.0 }));
        assert_eq!(rows(&used(10.0, 10.0), &used(10.0, 20.0)), None);
    }
}
