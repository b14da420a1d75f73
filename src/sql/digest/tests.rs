//! What logs add up to.

use super::{Digest, Sift};
use crate::sql::fingerprint::Dialect;
use crate::sql::log::{Entry, Kind};

fn entry<'a>(statement: &'a str, ms: u64, session: &'a str) -> Entry<'a> {
    Entry {
        kind: Kind::Statement(statement.as_bytes()),
        query_time_ns: Some(ms * 1_000_000),
        session: session.as_bytes(),
        ..Entry::default()
    }
}

#[test]
fn classes_are_ranked_by_what_they_cost() {
    let mut digest = Digest::new(Dialect::MySql, Sift::default());
    for id in 0..10 {
        digest.add(&entry(&format!("select a from t where id = {id}"), 2, ""));
    }
    digest.add(&entry("select sleep(1)", 1_000, ""));
    let ranked = digest.ranked();
    let told: Vec<_> =
        ranked.iter().map(|class| (&*class.fingerprint, class.count, class.query_time.sum)).collect();
    assert_eq!(
        told,
        [("select sleep(?)", 1, 1_000_000_000), ("select a from t where id = ?", 10, 20_000_000)]
    );
    assert_eq!((digest.entries, digest.query_time_ns()), (11, 1_020_000_000));
    assert_eq!(ranked[1].rows_examined.count, 0, "what the log doesn't say is not zero");
}

#[test]
fn a_query_for_each_row_is_found_with_its_parent() {
    let mut digest = Digest::new(Dialect::MySql, Sift::default());
    for page in 0..3 {
        digest.add(&entry(&format!("select id from orders limit {page}, 20"), 5, "7"));
        for id in 0..20 {
            digest.add(&entry(&format!("select * from items where order_id = {id}"), 1, "7"));
            // Somebody else works at the same time.
            digest.add(&entry("select 1", 1, "8"));
        }
    }
    let loops = digest.loops();
    assert_eq!(loops.len(), 1);
    let found = &loops[0];
    assert_eq!(found.parent.map(|class| &*class.fingerprint), Some("select id from orders limit ?"));
    assert_eq!(found.child.fingerprint, "select * from items where order_id = ?");
    assert_eq!((found.loops, found.statements, found.longest), (3, 60, 20));
}

#[test]
fn requests_that_share_a_session_are_told_apart_by_their_trace() {
    let mut digest = Digest::new(Dialect::MySql, Sift::default());
    let trace = |request: char| {
        format!("/*traceparent='00-{}-c532cb4098ac3dd2-01'*/", request.to_string().repeat(32))
    };
    for id in 0..8 {
        // A pool gives each statement another connection, and two requests run at the same time.
        for request in ['a', 'b'] {
            digest.add(&entry(
                &format!("select * from items where order_id = {id} {}", trace(request)),
                1,
                "7",
            ));
            digest.add(&entry(&format!("update t set a = 1 {}", trace('c')), 1, "7"));
        }
    }
    let found: Vec<_> = digest.loops().iter().map(|found| (found.loops, found.statements)).collect();
    assert_eq!(found, [(2, 16)]);
}

#[test]
fn a_bulk_load_is_no_loop() {
    let mut digest = Digest::new(Dialect::MySql, Sift::default());
    for id in 0..20 {
        digest.add(&entry(&format!("insert into t values ({id})"), 1, "7"));
    }
    assert!(digest.loops().is_empty());
}

#[test]
fn more_classes_than_there_is_room_for_are_put_together_and_counted() {
    let mut digest = Digest::new(Dialect::Postgres, Sift::default());
    digest.add(&entry("select dear from t", 60_000, ""));
    for name in 0..50_000 {
        // Letters, since numbers in names are one class.
        let name: String =
            format!("{name:05}").bytes().map(|digit| char::from(digit - b'0' + b'a')).collect();
        digest.add(&entry(&format!("select {name} from t"), 1, ""));
    }
    assert!(digest.ranked().len() <= super::MOST_CLASSES);
    assert_eq!(digest.entries, 50_001);
    let kept: u64 = digest.ranked().iter().map(|class| class.count).sum();
    assert_eq!(kept + digest.others.entries, 50_001, "nothing is lost");
    assert_eq!(digest.query_time_ns(), 110_000 * 1_000_000);
    assert_eq!(digest.ranked()[0].fingerprint, "select dear from t");
    assert_eq!(digest.others.largest_ns, 1_000_000);
}

#[test]
fn quantiles_of_what_costs_least_give_way_and_sums_stay_exact() {
    let mut digest = Digest::new(Dialect::Postgres, Sift::default());
    let name = |number: u64| -> String {
        format!("{number:04}").bytes().map(|digit| char::from(digit - b'0' + b'a')).collect()
    };
    // Times of every magnitude take the most room.
    let times = |call: u64| (8 + call % 8) << (call / 8 % 20);
    for call in 0..200_u64 {
        for number in 0..2_000 {
            let ms = (number + 1) * times(call);
            digest.add(&entry(&format!("select {} from t", name(number)), ms, ""));
        }
    }
    let ranked = digest.ranked();
    let kept: usize = ranked.iter().map(|class| class.quantile_bytes()).sum();
    assert!(kept <= super::MOST_QUANTILES, "{kept}");
    assert!(digest.without_quantiles > 0);
    let without = ranked.iter().filter(|class| class.query_time.quantile(95).is_none()).count();
    assert_eq!(digest.without_quantiles, without as u64);
    assert!(ranked[0].query_time.quantile(95).is_some() && ranked[1_999].query_time.quantile(95).is_none());
    let each: u64 = (0..200).map(times).sum();
    assert_eq!((ranked[1_999].count, ranked[1_999].query_time.sum), (200, each * 1_000_000));
}

#[test]
fn only_what_passes_the_filter_counts() {
    let sift = Sift { since_us: Some(10), user: Some("app".to_owned()), ..Sift::default() };
    let mut digest = Digest::new(Dialect::MySql, sift);
    for (at_us, user) in [(5, "app"), (10, "app"), (20, "other")] {
        digest.add(&Entry { at_us: Some(at_us), user: user.as_bytes(), ..entry("select 1", 1, "") });
    }
    assert_eq!((digest.entries, digest.sifted_out), (1, 2));
}
