//! Which statements left what is usual for them: a call takes longer, or there are more calls. What is usual
//! is learnt from the windows of the last days; only what costs somebody something counts.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::model::statement::{Counters, StatementId, Window};
use crate::model::time::{Moment, TimeRange};

/// Fewer windows than this make no habit.
const ENOUGH: usize = 12;
/// A mean of so many times the usual one is a change,
const SLOWER: f64 = 2.0;
/// which it stays down to so many times.
const STILL_SLOWER: f64 = 1.5;
/// A mean has to leave what it reached in 19 of 20 windows by this factor.
const BEYOND: f64 = 1.2;
/// So many times the usual calls are a change,
const OFTENER: f64 = 3.0;
/// which it stays down to so many times.
const STILL_OFTENER: f64 = 2.0;
/// What it costs more, as a share of the window's time: a hundredth of a core,
const COSTS: f64 = 0.01;
/// or so many milliseconds a call, which a person feels.
const FELT_MS: f64 = 100.0;
/// More calls matter where all of them together take this share of a core.
const LOAD: f64 = 0.05;
/// One window may be an accident.
const IN_A_ROW: u32 = 2;
/// What has been so for two days is what is usual now.
const HABIT: TimeDelta = TimeDelta::days(2);
/// What has not run for so long is not slow any more.
const SILENT: TimeDelta = TimeDelta::hours(6);
/// So long it is told that it is over: longer than any condition lingers.
const TOLD_FOR: TimeDelta = TimeDelta::hours(1);
/// So many are kept over a restart, those that take most time.
const KEPT: usize = 200;

/// In which way a statement left what is usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Grew {
    /// A call takes longer.
    Time,
    /// There are more calls.
    Calls,
}

/// What is usual for a statement.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Usual {
    /// In how many windows it ran.
    pub windows: usize,
    /// Of how many that were seen.
    pub of: usize,
    /// Milliseconds a call: the median of its windows.
    pub mean_ms: f64,
    /// What the mean reached in 19 of 20 windows.
    pub high_ms: f64,
    /// Calls a minute in the windows in which it ran: the median,
    pub per_minute: f64,
    /// and what they reached in 19 of 20.
    pub high_per_minute: f64,
}

/// A statement that left what is usual.
#[derive(Debug, Clone, PartialEq)]
pub struct Regression {
    /// Which.
    pub id: StatementId,
    /// In which way.
    pub grew: Grew,
    /// What was usual.
    pub usual: Usual,
    /// What it used in the last window; nothing where it did not run.
    pub used: Counters,
    /// When the first window began in which it had changed.
    pub since: Moment,
    /// The last window.
    pub range: TimeRange,
    /// Since when it is as usual again.
    pub ended: Option<Moment>,
}

impl Regression {
    /// Calls a minute in the last window.
    #[must_use]
    pub fn per_minute(&self) -> f64 {
        self.used.calls / minutes(self.range)
    }
}

/// What is usual for each statement of these windows.
#[must_use]
pub fn usual(windows: &[Window]) -> BTreeMap<StatementId, Usual> {
    let mut seen: BTreeMap<&StatementId, (Vec<f64>, Vec<f64>)> = BTreeMap::new();
    for window in windows {
        for (id, used) in window.used.iter().filter(|(id, used)| !id.0.is_empty() && used.calls > 0.0) {
            let (means, rates) = seen.entry(id).or_default();
            means.push(used.mean_ms());
            rates.push(used.calls / minutes(window.range));
        }
    }
    let of = windows.len();
    seen.into_iter()
        .map(|(id, (mut means, mut rates))| {
            let usual = Usual {
                windows: means.len(),
                of,
                mean_ms: ranked(&mut means, 50),
                high_ms: ranked(&mut means, 95),
                per_minute: ranked(&mut rates, 50),
                high_per_minute: ranked(&mut rates, 95),
            };
            (id.clone(), usual)
        })
        .collect()
}

/// By nearest rank.
fn ranked(values: &mut [f64], percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = (values.len() * percent).div_ceil(100).saturating_sub(1);
    values.get(at).copied().unwrap_or_default()
}

fn minutes(range: TimeRange) -> f64 {
    (range.length().num_milliseconds() as f64 / 60_000.0).max(f64::MIN_POSITIVE)
}

/// What is usual, and what left it.
#[derive(Debug, Clone, Default)]
pub struct Habits {
    usual: BTreeMap<StatementId, Usual>,
    /// By statement and way: since when, what was usual then, how many windows in a row, and when it ended.
    left: BTreeMap<(StatementId, Grew), Left>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Left {
    usual: Usual,
    since: Moment,
    windows: u32,
    ended: Option<Moment>,
    used: Counters,
    /// For how long it was watched since then: while nobody looks, nothing becomes a habit,
    watched: TimeDelta,
    /// and for how long of that it has not run now.
    silent: TimeDelta,
}

/// A statement that left its habits, as it is kept over a restart: an id and numbers, never its text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    id: StatementId,
    grew: Grew,
    left: Left,
}

impl Habits {
    /// Takes these windows as what is usual. What has changed is compared with what was usual before it
    /// changed, or it would be usual before anybody looked.
    pub fn learn(&mut self, windows: &[Window]) {
        self.usual = usual(windows);
        self.compare_with_before();
    }

    /// Takes up what was known before a restart.
    pub fn recall(&mut self, kept: Vec<Kept>) {
        self.left.extend(kept.into_iter().map(|one| ((one.id, one.grew), one.left)));
        self.compare_with_before();
    }

    fn compare_with_before(&mut self) {
        for ((id, _), left) in self.left.iter().filter(|(_, left)| left.ended.is_none()) {
            self.usual.insert(id.clone(), left.usual);
        }
    }

    /// What has to be known after a restart. One odd window does not: the next one may be days away, which is not
    /// in a row.
    #[must_use]
    pub fn kept(&self) -> Vec<Kept> {
        let mut kept: Vec<_> = self.left.iter().filter(|(_, left)| left.windows >= IN_A_ROW).collect();
        let cost = |left: &Left| (left.ended.is_none(), left.used.total_ms);
        kept.sort_by(|(_, a), (_, b)| {
            let (a, b) = (cost(a), cost(b));
            b.0.cmp(&a.0).then(b.1.total_cmp(&a.1))
        });
        kept.into_iter()
            .take(KEPT)
            .map(|((id, grew), left)| Kept { id: id.clone(), grew: *grew, left: left.clone() })
            .collect()
    }

    /// Compares a window with what is usual.
    pub fn see(&mut self, window: &Window) {
        let (now, length) = (window.range.to, window.range.length());
        for one in self.left.values_mut() {
            // Where the clock was set back, what lies ahead began and ended by now.
            one.since = one.since.min(window.range.from);
            one.ended = one.ended.map(|ended| ended.min(now));
            (one.watched, one.silent) = (one.watched + length, one.silent + length);
        }
        let mut unknown = Vec::new();
        for (id, usual) in &self.usual {
            let used = window.used.get(id).copied().unwrap_or_default();
            for grew in [Grew::Time, Grew::Calls] {
                let key = (id.clone(), grew);
                let known = self.left.get(&key).filter(|left| left.ended.is_none());
                let (left, stays) =
                    judged(grew, known.map_or(usual, |left| &left.usual), &used, window.range);
                match self.left.get_mut(&key).filter(|left| left.ended.is_none()) {
                    Some(one) if one.watched >= HABIT => {
                        (one.ended, one.used) = (Some(now), used);
                        unknown.push(id.clone());
                    }
                    // A statement that does not run says nothing of how long it would take.
                    Some(one) if grew == Grew::Time && used.calls == 0.0 => {
                        one.ended = (one.silent >= SILENT).then_some(now);
                    }
                    Some(one) if left || (stays && one.windows >= IN_A_ROW) => {
                        one.windows += 1;
                        (one.used, one.silent) = (used, TimeDelta::zero());
                    }
                    Some(one) if one.windows < IN_A_ROW => {
                        self.left.remove(&key);
                    }
                    Some(one) => (one.ended, one.used) = (Some(now), used),
                    None if left => {
                        let new = Left {
                            usual: *usual,
                            since: window.range.from,
                            windows: 1,
                            ended: None,
                            used,
                            watched: length,
                            silent: TimeDelta::zero(),
                        };
                        self.left.insert(key, new);
                    }
                    None => {}
                }
            }
        }
        // What is usual of these is learnt with the next lesson.
        self.usual.retain(|id, _| !unknown.contains(id));
        self.left.retain(|_, left| left.ended.is_none_or(|ended| now - ended < TOLD_FOR));
    }

    /// Statements of which one window looked different: what they depend on is worth noting now.
    pub fn suspects(&self) -> impl Iterator<Item = &StatementId> {
        self.left.iter().filter(|(_, left)| left.ended.is_none() && left.windows == 1).map(|((id, _), _)| id)
    }

    /// What left its habits, and what came back to them of late, as of this window.
    #[must_use]
    pub fn left(&self, range: TimeRange) -> Vec<Regression> {
        self.left
            .iter()
            .filter(|(_, left)| left.windows >= IN_A_ROW)
            .map(|((id, grew), left)| Regression {
                id: id.clone(),
                grew: *grew,
                usual: left.usual,
                used: left.used,
                since: left.since,
                range,
                ended: left.ended,
            })
            .collect()
    }
}

/// Whether it left what is usual, and whether what had left it stays away.
fn judged(grew: Grew, usual: &Usual, used: &Counters, range: TimeRange) -> (bool, bool) {
    if usual.windows < ENOUGH || used.calls <= 0.0 {
        return (false, false);
    }
    let window_ms = minutes(range) * 60_000.0;
    match grew {
        Grew::Time => {
            let mean = used.mean_ms();
            let more = mean - usual.mean_ms;
            let matters = more * used.calls >= COSTS * window_ms || more >= FELT_MS;
            let left = mean >= SLOWER * usual.mean_ms && mean >= BEYOND * usual.high_ms && matters;
            (left, mean >= STILL_SLOWER * usual.mean_ms && more > 0.0)
        }
        Grew::Calls => {
            // What runs in few windows has no rate that it could leave.
            let steady = usual.windows * 2 >= usual.of;
            let rate = used.calls / minutes(range);
            let matters = used.total_ms >= LOAD * window_ms;
            let left = rate >= OFTENER * usual.per_minute && rate >= BEYOND * usual.high_per_minute;
            (left && steady && matters, rate >= STILL_OFTENER * usual.per_minute)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The n-th window of 5 minutes, with so many calls of so many milliseconds.
    fn window(n: i64, used: &[(&str, f64, f64)]) -> Window {
        let from = Moment::UNIX_EPOCH + TimeDelta::minutes(5 * n);
        let counters = |calls, ms: f64| Counters { calls, total_ms: calls * ms, ..Counters::default() };
        Window {
            range: TimeRange::new(from, from + TimeDelta::minutes(5)),
            used: used
                .iter()
                .map(|(id, calls, ms)| (StatementId((*id).to_owned()), counters(*calls, *ms)))
                .collect(),
            notes: Vec::new(),
        }
    }

    fn learnt(calls: f64, ms: f64) -> Habits {
        let mut habits = Habits::default();
        let jitter = |n: i64| 1.0 + 0.1 * (n % 3) as f64;
        let windows: Vec<Window> = (0..48).map(|n| window(n, &[("a", calls, ms * jitter(n))])).collect();
        habits.learn(&windows);
        habits
    }

    fn seen(habits: &mut Habits, windows: &[Window]) -> Vec<(Grew, bool)> {
        for window in windows {
            habits.see(window);
        }
        let range = windows.last().expect("one").range;
        habits.left(range).iter().map(|one| (one.grew, one.ended.is_none())).collect()
    }

    #[test]
    fn two_windows_of_a_slower_statement_are_a_regression_until_it_is_as_before() {
        let mut habits = learnt(1_000.0, 5.0);
        let slow = |n| window(n, &[("a", 1_000.0, 40.0)]);
        assert!(seen(&mut habits, &[slow(48)]).is_empty());
        assert_eq!(habits.suspects().count(), 1);
        assert_eq!(seen(&mut habits, &[slow(49)]), [(Grew::Time, true)]);
        let found = habits.left(slow(49).range).remove(0);
        assert_eq!(found.since, slow(48).range.from);
        assert!((5.0..6.0).contains(&found.usual.mean_ms), "{found:?}");
        // It stays one although the windows of now are learnt, and while it does not run.
        habits.learn(&(40..60).map(slow).collect::<Vec<_>>());
        assert_eq!(seen(&mut habits, &[slow(60), window(61, &[])]), [(Grew::Time, true)]);
        assert_eq!(seen(&mut habits, &[window(62, &[("a", 1_000.0, 5.0)])]), [(Grew::Time, false)]);
        assert!(seen(&mut habits, &[window(80, &[("a", 1_000.0, 5.0)])]).is_empty(), "told long enough");
    }

    #[test]
    fn what_stays_so_for_two_days_is_usual_and_what_runs_no_more_is_over() {
        let mut habits = learnt(1_000.0, 5.0);
        let slow = |n| window(n, &[("a", 1_000.0, 40.0)]);
        for n in 48..700 {
            habits.see(&slow(n));
        }
        assert!(
            habits.left(slow(700).range).is_empty(),
            "it is usual, and does not come back before the next lesson"
        );
        let mut habits = learnt(1_000.0, 5.0);
        let silent: Vec<Window> =
            [slow(48), slow(49)].into_iter().chain((50..130).map(|n| window(n, &[]))).collect();
        assert!(seen(&mut habits, &silent[..60]).iter().all(|(_, open)| *open));
        assert!(seen(&mut habits, &silent[60..]).iter().all(|(_, open)| !*open));
    }

    /// As after a restart: what was kept as text is all that is known.
    fn restarted(habits: &Habits) -> Habits {
        let text = serde_json::to_string(&habits.kept()).expect("is written");
        let mut again = Habits::default();
        again.recall(serde_json::from_str(&text).expect("is read"));
        again
    }

    #[test]
    fn a_regression_outlives_a_restart_whatever_is_learnt_after_it() {
        let mut habits = learnt(1_000.0, 5.0);
        let slow = |n| window(n, &[("a", 1_000.0, 40.0)]);
        assert_eq!(seen(&mut habits, &[slow(48), slow(49)]), [(Grew::Time, true)]);
        let before = habits.left(slow(49).range);
        let mut again = restarted(&habits);
        assert_eq!(again.left(slow(49).range), before, "all of it is known again");
        assert_eq!(again.kept(), habits.kept());

        again.learn(&(38..50).map(slow).collect::<Vec<_>>());
        assert_eq!(seen(&mut again, &[slow(60)]), [(Grew::Time, true)]);
        let still = again.left(slow(60).range).remove(0);
        assert_eq!((still.since, still.usual), (before[0].since, before[0].usual));
        assert_eq!(seen(&mut again, &[window(61, &[("a", 1_000.0, 5.0)])]), [(Grew::Time, false)]);
        assert_eq!(
            seen(&mut restarted(&again), &[window(62, &[("a", 1_000.0, 5.0)])]),
            [(Grew::Time, false)]
        );
    }

    #[test]
    fn a_regression_is_compared_after_a_restart_before_anything_is_learnt() {
        let mut habits = learnt(1_000.0, 5.0);
        let slow = |n| window(n, &[("a", 1_000.0, 40.0)]);
        seen(&mut habits, &[slow(48), slow(49)]);
        let mut again = restarted(&habits);
        assert_eq!(seen(&mut again, &[window(50, &[("a", 1_000.0, 5.0)])]), [(Grew::Time, false)]);
    }

    #[test]
    fn while_nobody_looks_nothing_becomes_a_habit_and_nothing_is_over() {
        let mut habits = learnt(1_000.0, 5.0);
        let slow = |n| window(n, &[("a", 1_000.0, 40.0)]);
        seen(&mut habits, &[slow(48), slow(49)]);
        // Three days later; at first it happens not to run.
        let mut again = restarted(&habits);
        assert_eq!(seen(&mut again, &[window(914, &[]), slow(915)]), [(Grew::Time, true)]);
        assert_eq!(again.left(slow(915).range)[0].since, slow(48).range.from);
        assert_eq!(seen(&mut again, &[window(916, &[("a", 1_000.0, 5.0)])]), [(Grew::Time, false)]);
        // What was watched for two days in all is usual, restarts or not.
        let mut again = restarted(&habits);
        for n in 914..1_300 {
            again.see(&slow(n));
        }
        let mut again = restarted(&again);
        for n in 1_400..1_700 {
            again.see(&slow(n));
        }
        assert!(again.left(slow(1_700).range).is_empty());
    }

    #[test]
    fn a_clock_that_was_set_back_neither_hides_a_regression_nor_keeps_it() {
        let mut habits = learnt(1_000.0, 5.0);
        let slow = |n| window(n, &[("a", 1_000.0, 40.0)]);
        seen(&mut habits, &[slow(900), slow(901)]);
        let mut again = restarted(&habits);
        assert_eq!(seen(&mut again, &[slow(100)]), [(Grew::Time, true)]);
        assert_eq!(again.left(slow(100).range)[0].since, slow(100).range.from, "not ahead of now");
        let mut over = again.clone();
        let silent: Vec<Window> = (101..180).map(|n| window(n, &[])).collect();
        assert!(seen(&mut over, &silent).iter().all(|(_, open)| !*open));
        // One that ended ahead of now is told for as long as any other.
        let usual = |n| window(n, &[("a", 1_000.0, 5.0)]);
        seen(&mut habits, &[usual(902)]);
        let mut again = restarted(&habits);
        assert_eq!(seen(&mut again, &[usual(100)]), [(Grew::Time, false)]);
        assert_eq!(again.left(usual(100).range)[0].ended, Some(usual(100).range.to));
        assert!(seen(&mut again, &[usual(112)]).is_empty());
    }

    #[test]
    fn what_is_kept_is_bounded_and_one_odd_window_is_not_kept() {
        let names: Vec<String> = (0..KEPT + 50).map(|n| format!("{n:04}")).collect();
        let all = |n, factor: f64| {
            let used: Vec<_> = (1..)
                .zip(&names)
                .map(|(rank, id)| (id.as_str(), 1_000.0 + f64::from(rank), factor))
                .collect();
            window(n, &used)
        };
        let mut habits = Habits::default();
        habits.learn(&(0..48).map(|n| all(n, 5.0)).collect::<Vec<_>>());
        habits.see(&all(48, 40.0));
        assert_eq!(restarted(&habits).suspects().count(), 0, "the next one may be days away");
        habits.see(&all(49, 40.0));
        let kept = habits.kept();
        assert_eq!(kept.len(), KEPT);
        assert!(kept.iter().all(|one| one.id.0 >= names[50]), "those that take most time");
    }

    #[test]
    fn one_slow_window_is_an_accident() {
        let mut habits = learnt(1_000.0, 5.0);
        let windows = [window(48, &[("a", 1_000.0, 40.0)]), window(49, &[("a", 1_000.0, 5.0)])];
        assert!(seen(&mut habits, &windows).is_empty());
        assert_eq!(habits.suspects().count(), 0);
    }

    #[test]
    fn what_costs_nobody_anything_is_no_regression() {
        // Ten times as slow, but ten calls of half a millisecond.
        let mut habits = learnt(10.0, 0.05);
        let slow = |n| window(n, &[("a", 10.0, 0.5)]);
        assert!(seen(&mut habits, &[slow(48), slow(49), slow(50)]).is_empty());
    }

    #[test]
    fn more_calls_are_a_regression_where_they_are_a_load() {
        let mut habits = learnt(1_000.0, 5.0);
        let many = |n| window(n, &[("a", 20_000.0, 5.0)]);
        assert_eq!(seen(&mut habits, &[many(48), many(49)]), [(Grew::Calls, true)]);
        assert!((habits.left(many(49).range)[0].per_minute() - 4_000.0).abs() < 1.0);
        let mut light = learnt(1_000.0, 0.01);
        let many = |n| window(n, &[("a", 20_000.0, 0.01)]);
        assert!(seen(&mut light, &[many(48), many(49)]).is_empty());
    }

    #[test]
    fn what_runs_once_a_night_and_what_is_new_have_no_habits() {
        let mut habits = Habits::default();
        let nightly: Vec<Window> =
            (0..288).map(|n| window(n, if n % 20 == 0 { &[("report", 100.0, 50.0)] } else { &[] })).collect();
        habits.learn(&nightly);
        let report = |n, calls| window(n, &[("report", calls, 50.0), ("new", 9_000.0, 900.0)]);
        assert!(seen(&mut habits, &[report(300, 900.0), report(301, 900.0)]).is_empty());
    }

    proptest! {
        #[test]
        fn whatever_stays_within_its_usual_noise_is_left_alone(
            means in proptest::collection::vec(4.0_f64..7.0, 60), calls in proptest::collection::vec(500.0_f64..900.0, 60),
        ) {
            let windows: Vec<Window> =
                (0..60).map(|n| window(n, &[("a", calls[n as usize], means[n as usize])])).collect();
            let mut habits = Habits::default();
            habits.learn(&windows[..40]);
            prop_assert!(seen(&mut habits, &windows[40..]).is_empty());
        }

        #[test]
        fn it_never_speaks_of_one_that_is_as_usual_again(
            means in proptest::collection::vec(1.0_f64..200.0, 30),
        ) {
            let mut habits = learnt(1_000.0, 5.0);
            for (n, mean) in (48..).zip(means) {
                habits.see(&window(n, &[("a", 1_000.0, mean)]));
            }
            let last = window(90, &[("a", 1_000.0, 5.0)]);
            habits.see(&last);
            prop_assert!(habits.left(last.range).iter().all(|one| one.ended.is_some()));
        }
    }
}
