//! What fell between two looks at a server's counters. The counters only grow, until somebody resets
//! them, the server forgets a statement to make room, or it loses them in a crash; each is told from
//! the numbers themselves, so that nothing is counted twice and nothing is made up.

use std::collections::BTreeMap;

use crate::model::statement::{Counters, Snapshot, StatementId, Window};
use crate::model::time::TimeRange;

/// The window between two looks. What began to be counted in between counts whole.
#[must_use]
pub fn window(before: &Snapshot, after: &Snapshot) -> Window {
    // Compared with itself: the server's clock may differ from quad's.
    let began_anew =
        matches!((before.counting_since, after.counting_since), (Some(then), Some(now)) if then != now);
    let used: BTreeMap<StatementId, Counters> = after
        .counted
        .iter()
        .filter_map(|(id, now)| {
            let used = match before.counted.get(id) {
                // Fewer calls than before: it was forgotten, and came back in between.
                Some(then) if !began_anew && now.calls >= then.calls => now.since(*then),
                _ => *now,
            };
            (used.calls > 0.0).then(|| (id.clone(), used))
        })
        .collect();
    let mut notes = Vec::new();
    if began_anew || lost(before, after) {
        notes.push(
            "the server's counters began anew in between; what came before that is not in it".to_owned(),
        );
    } else if let (Some(then), Some(now)) = (before.forgotten, after.forgotten)
        && now > then
    {
        notes.push(
            "the server forgot statements to make room; raise pg_stat_statements.max (performance_schema_digests_size in MySQL) to see all of them"
                .to_owned(),
        );
    }
    Window { range: TimeRange::new(before.at, after.at), used, notes }
}

/// Whether all counters were lost without a word: every statement that both know has fewer calls.
fn lost(before: &Snapshot, after: &Snapshot) -> bool {
    let mut both =
        after.counted.iter().filter_map(|(id, now)| Some((before.counted.get(id)?, now))).peekable();
    both.peek().is_some() && both.all(|(then, now)| now.calls < then.calls)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;
    use crate::model::time::Moment;

    fn at(minutes: i64) -> Moment {
        Moment::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    fn look(minutes: i64, counted: &[(&str, f64, f64)]) -> Snapshot {
        let counters = |calls, total_ms| Counters { calls, total_ms, ..Counters::default() };
        Snapshot {
            at: at(minutes),
            counting_since: Some(at(0)),
            forgotten: Some(0.0),
            counted: counted
                .iter()
                .map(|(id, calls, ms)| (StatementId((*id).to_owned()), counters(*calls, *ms)))
                .collect(),
            ..Snapshot::default()
        }
    }

    fn used(window: &Window) -> Vec<(&str, f64, f64)> {
        window.used.iter().map(|(id, used)| (id.0.as_str(), used.calls, used.total_ms)).collect()
    }

    #[test]
    fn only_what_came_since_the_last_look_counts() {
        let before = look(10, &[("a", 5.0, 50.0), ("idle", 9.0, 9.0)]);
        let after = look(15, &[("a", 7.0, 90.0), ("idle", 9.0, 9.0), ("new", 1.0, 3.0)]);
        let window = window(&before, &after);
        assert_eq!(used(&window), [("a", 2.0, 40.0), ("new", 1.0, 3.0)]);
        assert_eq!((window.range.from, window.range.to), (at(10), at(15)));
        assert!(window.notes.is_empty());
    }

    #[test]
    fn counters_that_began_anew_count_from_there() {
        let before = look(10, &[("a", 5.0, 50.0)]);
        let mut reset = look(15, &[("a", 6.0, 6.0)]);
        reset.counting_since = Some(at(12));
        let told = window(&before, &reset);
        assert_eq!(used(&told), [("a", 6.0, 6.0)]);
        assert!(told.notes[0].contains("began anew"));
        // PostgreSQL 13 does not say since when it counts.
        let silent = Snapshot { counting_since: None, ..look(15, &[("a", 2.0, 2.0)]) };
        let told = window(&before, &silent);
        assert_eq!(used(&told), [("a", 2.0, 2.0)]);
        assert!(told.notes[0].contains("began anew"));
    }

    #[test]
    fn a_statement_that_was_forgotten_and_came_back_counts_from_there() {
        let before = look(10, &[("a", 5.0, 50.0), ("b", 1.0, 1.0), ("gone", 3.0, 3.0)]);
        let mut after = look(15, &[("a", 1.0, 9.0), ("b", 4.0, 5.0)]);
        after.forgotten = Some(250.0);
        let window = window(&before, &after);
        assert_eq!(used(&window), [("a", 1.0, 9.0), ("b", 3.0, 4.0)]);
        assert!(window.notes[0].contains("pg_stat_statements.max"), "{:?}", window.notes);
    }

    proptest! {
        #[test]
        fn windows_add_up_to_what_the_server_counted(steps in proptest::collection::vec((0u32..4, 0.0f64..9.0), 1..20)) {
            let (mut calls, mut ms, mut seen) = (0.0, 0.0, Counters::default());
            let mut before = look(0, &[]);
            for (minute, (more, took)) in steps.into_iter().enumerate() {
                calls += f64::from(more);
                ms += f64::from(more) * took;
                let counted = [("a", calls, ms)];
                let after = look(minute as i64 + 1, if calls > 0.0 { &counted } else { &[] });
                for used in window(&before, &after).used.into_values() {
                    seen = seen.plus(used);
                }
                before = after;
            }
            prop_assert!((seen.calls - calls).abs() < 1e-9 && (seen.total_ms - ms).abs() < 1e-6);
        }
    }
}
