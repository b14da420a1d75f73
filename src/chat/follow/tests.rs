//! A follow-up keeps what was not said anew, and nothing else.

use chrono::DateTime;
use proptest::prelude::*;

use super::*;

fn now() -> Moment {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
}

fn yesterday() -> TimeRange {
    TimeRange::new(now() - TimeDelta::days(2), now() - TimeDelta::days(1))
}

fn service(name: &str) -> Scope {
    Scope { service: Some(name.to_owned()), ..Scope::default() }
}

fn after(query: Query) -> Remembered {
    Remembered { query, choices: Vec::new(), at: now() }
}

fn said(scope: Scope, turn: Turn) -> FollowUp {
    FollowUp { scope, turn }
}

fn asked(next: Next) -> (Query, Detail) {
    match next {
        Next::Ask(query, detail) => (*query, detail),
        Next::Why(number) => panic!("asks for {number}"),
    }
}

#[test]
fn another_name_asks_the_same_of_it() {
    let before =
        Scope { endpoint: Some("/api/pay".to_owned()), range: Some(yesterday()), ..service("checkout") };
    let next = follow(
        &after(Query::Errors { scope: before, quoted: None }),
        &said(service("payments"), Turn::Same),
        now(),
    );
    let expected = Scope { range: Some(yesterday()), ..service("payments") };
    assert_eq!(next, Next::Ask(Box::new(Query::Errors { scope: expected, quoted: None }), Detail::Brief));
}

#[test]
fn another_time_or_place_keeps_the_name() {
    let before = after(Query::Latency(service("checkout")));
    let new = Scope { range: Some(yesterday()), environment: Some("qa".to_owned()), ..Scope::default() };
    let expected = Scope { service: Some("checkout".to_owned()), ..new.clone() };
    assert_eq!(
        follow(&before, &said(new, Turn::Same), now()),
        Next::Ask(Box::new(Query::Latency(expected)), Detail::Brief)
    );
}

#[test]
fn why_asks_for_the_cause_of_what_was_shown() {
    let before = after(Query::Latency(service("checkout")));
    let next = follow(&before, &said(Scope::default(), Turn::Why), now());
    assert_eq!(next, Next::Ask(Box::new(Query::Latency(service("checkout"))), Detail::Full));

    let press = Press::Why(AlertNumber(3));
    let choices = vec![Choice { label: "Why 3".to_owned(), press }];
    let before = Remembered { choices, ..after(Query::Alerts(Scope::default())) };
    assert_eq!(follow(&before, &said(Scope::default(), Turn::Why), now()), Next::Why(AlertNumber(3)));
}

#[test]
fn before_that_steps_back_by_its_own_length() {
    let before = after(Query::Latency(Scope { range: Some(yesterday()), ..service("web") }));
    let (query, _) = asked(follow(&before, &said(Scope::default(), Turn::Before), now()));
    let scope = query.scope().expect("has a scope");
    assert_eq!(scope.range, Some(yesterday().earlier(TimeDelta::days(1))));
}

#[test]
fn a_choice_is_made_by_its_place_and_never_acts() {
    let answer = Answer::new("x")
        .button("Acknowledge 3", Press::Acknowledge(AlertNumber(3)))
        .button("Why 3", Press::Why(AlertNumber(3)))
        .button("Status", Press::Ask("status".to_owned()));
    let offered = choices(&answer);
    for (text, expected) in [
        ("1", Some(Press::Why(AlertNumber(3)))),
        ("the second one", Some(Press::Ask("status".to_owned()))),
        ("option 2", Some(Press::Ask("status".to_owned()))),
        ("3", None),
        ("the 0", None),
        ("2 of them", None),
        ("", None),
    ] {
        assert_eq!(chosen(text, &offered), expected.as_ref(), "{text}");
    }
}

fn names() -> impl Strategy<Value = Option<String>> {
    prop::option::of(prop::sample::select(vec!["a", "b", "c"]).prop_map(str::to_owned))
}

fn scopes() -> impl Strategy<Value = Scope> {
    let range = prop::option::of((0_i64..1_000, 1_i64..1_000)).prop_map(|range| {
        range.map(|(back, length)| {
            TimeRange::last(TimeDelta::minutes(length), now() - TimeDelta::minutes(back))
        })
    });
    ((names(), names(), names(), names()), (names(), names(), names(), range)).prop_map(
        |((service, endpoint, environment, region), (host, container, database, range))| Scope {
            service,
            endpoint,
            environment,
            region,
            host,
            container,
            database,
            range,
            ..Scope::default()
        },
    )
}

proptest! {
    #[test]
    fn what_is_said_now_counts_and_nothing_else_changes(before in scopes(), new in scopes()) {
        let merged = continued(&before, &new);
        if names_a_thing(&new) {
            prop_assert_eq!(&merged.service, &new.service);
            prop_assert_eq!(&merged.endpoint, &new.endpoint);
            prop_assert_eq!(&merged.database, &new.database);
        } else {
            prop_assert_eq!(&merged.service, &before.service);
            prop_assert_eq!(&merged.host, &before.host);
        }
        prop_assert_eq!(merged.range, new.range.or(before.range));
        prop_assert_eq!(&merged.environment, &new.environment.clone().or(before.environment.clone()));
        // Saying it again changes nothing.
        prop_assert_eq!(continued(&merged, &new), merged);
        prop_assert_eq!(continued(&before, &Scope::default()), before);
    }

    #[test]
    fn the_same_question_keeps_its_kind(before in scopes(), new in scopes()) {
        let next = follow(&after(Query::Alerts(before)), &said(new, Turn::Same), now());
        prop_assert!(matches!(asked(next), (Query::Alerts(_), Detail::Brief)));
    }
}
