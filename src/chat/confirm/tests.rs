//! Whatever people press in whatever order: a change is done at most once, and only by who may.

use chrono::DateTime;
use proptest::prelude::*;

use super::*;

fn at(minutes: i64) -> Moment {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::minutes(minutes)
}

fn person(name: &str, role: Option<Role>) -> Person {
    Person { id: name.to_owned(), name: name.to_owned(), role }
}

fn asked() -> Change {
    Change {
        number: ChangeNumber(7),
        planned: Planned::Alias { name: "shop".to_owned(), members: vec!["web".to_owned()] },
        asked_by: ("ana".to_owned(), "ana".to_owned()),
        asked_at: at(0),
        expires_at: at(10),
        standing: Standing::Waiting,
        shown: None,
        version: 0,
    }
}

#[test]
fn who_may_approves_once_and_the_next_learns_who_was_first() {
    let admin = person("bob", Some(Role::Admin));
    let done = step(&asked(), Act::Approve, &admin, at(9)).expect("may");
    assert_eq!(done, Standing::Done(Decided { by: "bob".to_owned(), at: at(9) }));
    let change = Change { standing: done, ..asked() };
    let late = step(&change, Act::Approve, &person("eve", Some(Role::Admin)), at(9)).expect_err("too late");
    assert_eq!(late.words(change.number), "bob already approved change 7.");
    assert!(step(&change, Act::TakeBack, &admin, at(500)).is_ok(), "undoing has no deadline");
}

#[test]
fn without_the_role_or_in_time_nothing_happens() {
    let operator = person("ana", Some(Role::Operator));
    assert_eq!(step(&asked(), Act::Approve, &operator, at(1)), Err(No::Role(Role::Admin)));
    // Who asked may withdraw, others may not.
    assert!(step(&asked(), Act::Cancel, &operator, at(1)).is_ok());
    assert_eq!(step(&asked(), Act::Cancel, &person("eve", None), at(1)), Err(No::Role(Role::Admin)));
    assert_eq!(step(&asked(), Act::Approve, &person("bob", Some(Role::Admin)), at(10)), Err(No::Expired));
}

proptest! {
    #[test]
    fn a_change_is_done_at_most_once_and_by_who_may(
        presses in prop::collection::vec((0_usize..3, 0_usize..5, 0_i64..20), 0..30),
    ) {
        let roles = [None, Some(Role::Viewer), Some(Role::Responder), Some(Role::Operator), Some(Role::Admin)];
        let mut change = asked();
        let (mut done, mut now) = (0, at(0));
        for (act, role, minutes) in presses {
            now += TimeDelta::minutes(minutes);
            let act = [Act::Approve, Act::Cancel, Act::TakeBack][act];
            let who = person("somebody", roles[role]);
            if let Ok(standing) = step(&change, act, &who, now) {
                prop_assert!(who.may(change.planned.approver()));
                if let Standing::Done(decided) = &standing {
                    prop_assert!(decided.at < change.expires_at);
                    prop_assert_eq!(&change.standing, &Standing::Waiting);
                    done += 1;
                }
                prop_assert!(change.standing != standing);
                change.standing = standing;
            }
        }
        prop_assert!(done <= 1);
    }
}
