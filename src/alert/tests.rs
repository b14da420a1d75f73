//! The life of an alert, told in rounds.

use chrono::{TimeDelta, TimeZone as _};
use chrono_tz::Tz;

use super::*;
use crate::model::alert::{Alert, AlertNumber, Status};
use crate::model::answer::{Answer, Section};
use crate::model::diagnosis::{Cause, Cited, Diagnosis, Fix, Verdict};
use crate::model::finding::{Finding, Rule, Severity};
use crate::model::person::{Person, Role};
use crate::model::sample::{Baseline, Season, SeriesKey};
use crate::model::signal::Signal;
use crate::model::source::Call;
use crate::model::subject::Subject;
use crate::model::time::{Moment, TimeRange};

pub(super) fn start() -> Moment {
    chrono::Utc.with_ymd_and_hms(2026, 1, 8, 14, 0, 0).unwrap()
}

pub(super) fn minutes(minutes: i64) -> TimeDelta {
    TimeDelta::minutes(minutes)
}

/// A book that keeps what `fold` and `apply` return, as the store does.
pub(super) struct Office {
    pub(super) book: Book,
    pub(super) now: Moment,
    pub(super) settings: Settings,
    pub(super) last_number: i64,
}

impl Office {
    pub(super) fn new() -> Self {
        let call = |from: &str, to: &str| Call {
            environment: String::new(),
            from: from.to_owned(),
            to: to.to_owned(),
        };
        let calls = vec![call("web", "checkout"), call("checkout", "payments")];
        let book = Book { calls, ..Book::default() };
        Self { book, now: start(), settings: Settings::default(), last_number: 0 }
    }

    pub(super) fn keep(&mut self, change: &Change) -> Alert {
        let mut alert = change.alert.clone();
        alert.version += 1;
        if alert.number == AlertNumber(0) {
            self.last_number += 1;
            alert.number = AlertNumber(self.last_number);
            self.book.alerts.push(alert.clone());
        } else {
            let kept = self.book.alerts.iter_mut().find(|kept| kept.id == alert.id).expect("is known");
            *kept = alert.clone();
        }
        alert
    }

    fn round(&mut self, findings: &[Finding]) -> Vec<Change> {
        let changes = fold(&self.book, findings, self.now, &self.settings);
        let changes: Vec<Change> =
            changes.into_iter().map(|change| Change { alert: self.keep(&change), ..change }).collect();
        let again = fold(&self.book, findings, self.now, &self.settings);
        assert_eq!(again, [], "a repeated round changes nothing");
        changes
    }

    fn after(&mut self, later: i64, findings: &[Finding]) -> Vec<Change> {
        self.now += minutes(later);
        self.round(findings)
    }

    fn act(&mut self, act: &Act, who: &str) -> Result<Change, String> {
        let alert = self.book.alerts.last().expect("there is an alert");
        let change =
            apply(alert, act, &person(who), self.now, &self.settings).map_err(|no| no.to_string())?;
        let alert = self.keep(&change);
        Ok(Change { alert, ..change })
    }

    fn only(&self) -> &Alert {
        assert_eq!(self.book.alerts.len(), 1);
        &self.book.alerts[0]
    }
}

pub(super) fn person(name: &str) -> Person {
    Person { id: format!("U-{name}"), name: name.to_owned(), role: Some(Role::Responder) }
}

pub(super) fn finding(rule: Rule, signal: Signal, subject: Subject, since: Moment, now: Moment) -> Finding {
    Finding {
        rule,
        key: SeriesKey::new(signal, subject),
        severity: Severity::Critical,
        value: 1_250.0,
        line: Some((500.0, "default".to_owned())),
        usual: None,
        since,
        at: now,
        window_seconds: 60,
        note: None,
    }
}

fn slow(service: &str, office: &Office) -> Finding {
    let usual = Baseline { usual: 120.0, spread: 9.0, hours: 4, seasons: Season::HourOfWeek };
    let subject = Subject::service("prod", service);
    let rule = Rule::Threshold;
    Finding {
        usual: Some(usual),
        ..finding(rule, Signal::ApiResponseTime, subject, start() - minutes(1), office.now)
    }
}

fn silent(service: &str, office: &Office) -> Finding {
    let subject = Subject::service("prod", service);
    let note = Some("connection refused".to_owned());
    let since = start() - minutes(1);
    Finding {
        value: 0.0,
        line: None,
        note,
        ..finding(Rule::NotAnswering, Signal::Answering, subject, since, office.now)
    }
}

/// What a reader sees, without link targets and escapes.
fn read(answer: &Answer) -> String {
    let mut lines = vec![answer.headline.clone()];
    for section in &answer.sections {
        match section {
            Section::Text(text) => lines.push(text.clone()),
            Section::Figures(figures) => {
                for figure in figures {
                    lines.push(format!("{}: {} ({})", figure.label, figure.value, figure.compared));
                }
            }
            other => lines.push(format!("{other:?}")),
        }
    }
    let controls: Vec<String> = answer
        .controls
        .iter()
        .map(|control| match control {
            crate::model::answer::Control::Button(choice) => format!("[{}]", choice.label),
            crate::model::answer::Control::Menu { label, choices } => {
                let labels: Vec<&str> = choices.iter().map(|choice| choice.label.as_str()).collect();
                format!("[{label}: {}]", labels.join(", "))
            }
        })
        .collect();
    lines.push(controls.join(" "));
    let text = lines.join("\n").replace('\\', "");
    // Links to moments read as their words.
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some((before, link)) = rest.split_once("](time:") {
        let (kept, word) = before.rsplit_once('[').unwrap_or((before, ""));
        out.push_str(kept);
        out.push_str(word);
        rest = link.split_once(')').map_or("", |(_, rest)| rest);
    }
    out + rest
}

fn said(change: &Change, now: Moment) -> String {
    words::note(change, now, Tz::UTC).map_or("(nothing)".to_owned(), |note| read(&note).trim().to_owned())
}

#[test]
fn a_breach_is_one_message_until_it_recovers() {
    let mut office = Office::new();
    let opened = office.round(&[slow("checkout", &office)]);
    assert_eq!((opened.len(), &opened[0].because, opened[0].announce), (1, &Reason::Opened, Announce::New));
    insta::assert_snapshot!(read(&words::message(office.only(), office.now, Tz::UTC)), @r#"
#1 **checkout (prod)** has been slow since 13:59: P95 1,250 ms, usually 120 ms
P95: 1,250 ms over 60 s (usually 120 ms on Thursdays at 14:00, line 500 ms)
Nobody has acknowledged it yet.
[Acknowledge] [Silence 1 h] [More: Resolve, False alarm, Why]
"#);

    for _ in 0..30 {
        office.now += TimeDelta::seconds(10);
        let finding = slow("checkout", &office);
        let changes = office.round(&[finding]);
        assert!(
            changes.iter().all(|change| change.announce == Announce::Nothing),
            "still broken is not news"
        );
    }
    office.act(&Act::Acknowledge, "alice").expect("is open");
    insta::assert_snapshot!(read(&words::message(office.only(), office.now, Tz::UTC)), @r#"
#1 **checkout (prod)** has been slow since 13:59: P95 1,250 ms, usually 120 ms
P95: 1,250 ms over 60 s (usually 120 ms on Thursdays at 14:00, line 500 ms)
Acknowledged by alice at 14:05.
[Resolve] [Silence 1 h] [More: False alarm, Why, Undo]
"#);

    let over = office.after(4, &[]);
    assert_eq!(over[0].announce, Announce::EditAndNote);
    insta::assert_snapshot!(said(&over[0], office.now), @"Recovered after 10 min.");
    insta::assert_snapshot!(read(&words::message(office.only(), office.now, Tz::UTC)), @r"
    #1 **checkout (prod)** was slow from 13:59 to 14:09 (10 min)
    P95: 1,250 ms over 60 s when last seen (usually 120 ms on Thursdays at 14:00, line 500 ms)
    Recovered by itself at 14:09. alice looked at it.
    [Why] [More: False alarm]
    ");
    assert_eq!(office.after(600, &[]), []);
}

#[test]
fn endpoints_and_hosts_of_a_service_are_one_alert() {
    let mut office = Office::new();
    let mut endpoint = slow("checkout", &office);
    endpoint.key.subject.endpoint = Some("/api/orders".to_owned());
    endpoint.key.subject.method = Some("POST".to_owned());
    let mut errors = slow("checkout", &office);
    errors.key.signal = Signal::ErrorRate;
    errors.value = 2.5;
    errors.line = Some((1.0, "prod".to_owned()));
    errors.usual = Some(Baseline { usual: 0.05, spread: 0.01, hours: 12, seasons: Season::HourOfDay });
    errors.rule = Rule::ErrorRateOverBaseline;
    let changes = office.round(&[endpoint, errors]);
    assert_eq!(changes.len(), 1);
    insta::assert_snapshot!(read(&words::message(office.only(), office.now, Tz::UTC)), @r#"
#1 **checkout POST /api/orders (prod)** has been slow since 13:59: P95 1,250 ms, usually 120 ms
P95 POST /api/orders: 1,250 ms over 60 s (usually 120 ms on Thursdays at 14:00, line 500 ms)
Error rate: 2.5 % over 60 s (usually 0.05 % at 14:00)
Nobody has acknowledged it yet.
[Acknowledge] [Silence 1 h] [More: Resolve, False alarm, Why]
"#);
}

#[test]
fn what_a_caller_suffers_is_a_symptom_of_what_it_calls() {
    let mut office = Office::new();
    let changes =
        office.round(&[slow("web", &office), slow("checkout", &office), silent("payments", &office)]);
    assert_eq!(changes.len(), 1);
    insta::assert_snapshot!(read(&words::message(office.only(), office.now, Tz::UTC)), @r#"
#1 **payments (prod)** has not answered since 13:59: connection refused
Also: **checkout (prod)** is slow: P95 1,250 ms; **web (prod)** is slow: P95 1,250 ms.
Nobody has acknowledged it yet.
[Acknowledge] [Silence 1 h] [More: Resolve, False alarm, Why]
"#);
}

#[test]
fn what_callers_of_a_full_service_suffer_is_part_of_its_alert() {
    let mut office = Office::new();
    let full = Finding {
        value: 96.0,
        usual: None,
        key: SeriesKey::new(Signal::Memory, Subject::service("prod", "payments")),
        ..slow("payments", &office)
    };
    office.round(std::slice::from_ref(&full));
    let failing = Finding { since: office.now, ..slow("checkout", &office) };
    office.after(1, &[full.clone(), failing]);
    assert_eq!(office.only().subject.name(), "payments");
    assert_eq!(office.only().findings.len(), 2);

    // An hour later it can't be the reason any more.
    office.now += minutes(60);
    let unrelated = Finding { since: office.now, ..slow("web", &office) };
    office.round(&[full, unrelated]);
    assert_eq!(office.book.alerts.len(), 2);
}

#[test]
fn another_trouble_of_the_same_service_is_another_alert() {
    let mut office = Office::new();
    let mut full = slow("checkout", &office);
    full.key.signal = Signal::Memory;
    office.round(&[full]);
    office.after(5, &[]);
    let slow = Finding { since: office.now, ..slow("checkout", &office) };
    office.after(5, &[slow]);
    assert_eq!(office.book.alerts.len(), 2);
}

#[test]
fn all_of_a_service_is_named_before_a_part_of_it() {
    let mut office = Office::new();
    let whole = slow("checkout", &office);
    let mut part = whole.clone();
    part.key.subject.endpoint = Some("/api/orders".to_owned());
    office.round(std::slice::from_ref(&part));
    office.after(1, &[part.clone(), whole.clone()]);
    assert_eq!(office.only().findings, [whole, part]);
}

#[test]
fn an_alert_moves_to_the_cause_that_shows_a_moment_later() {
    let mut office = Office::new();
    office.round(&[slow("web", &office)]);
    office.now += TimeDelta::seconds(20);
    let findings = [slow("web", &office), slow("checkout", &office)];
    let changes = office.round(&findings);
    assert_eq!((changes.len(), changes[0].announce), (1, Announce::EditAndNote));
    insta::assert_snapshot!(said(&changes[0], office.now), @"It began with **checkout**: **checkout (prod)** is slow: P95 1,250 ms. What **web** suffers from is a symptom of it.");
    assert_eq!(office.only().subject.name(), "checkout");
}

#[test]
fn a_service_in_between_may_show_it_a_round_later() {
    let mut office = Office::new();
    office.round(&[slow("web", &office), slow("payments", &office)]);
    assert_eq!(office.only().subject.name(), "payments");
    office.after(1, &[slow("web", &office), slow("checkout", &office), slow("payments", &office)]);
    assert_eq!(office.only().findings.len(), 3);

    // Across a service that is well, an hour between the two makes them strangers.
    let mut office = Office::new();
    let old = slow("payments", &office);
    office.round(std::slice::from_ref(&old));
    office.now += minutes(60);
    let new = Finding { since: office.now, ..slow("web", &office) };
    office.round(&[old, new]);
    assert_eq!(office.book.alerts.len(), 2);
}

#[test]
fn old_trouble_does_not_swallow_new_and_worse_one() {
    let mut office = Office::new();
    let mild = Finding { severity: Severity::Warning, ..slow("checkout", &office) };
    office.round(std::slice::from_ref(&mild));
    office.now += minutes(120);
    let new = Finding { since: office.now - minutes(1), ..slow("web", &office) };
    let changes = office.round(&[Finding { at: office.now, ..mild }, new]);
    assert!(changes.iter().any(|change| change.announce == Announce::New));
    assert_eq!(office.book.alerts.len(), 2);
}

#[test]
fn services_that_call_each_other_keep_their_own_alerts() {
    let mut office = Office::new();
    let back = Call { environment: String::new(), from: "checkout".to_owned(), to: "web".to_owned() };
    office.book.calls.push(back);
    assert_eq!(office.round(&[slow("web", &office), slow("checkout", &office)]).len(), 2);
}

#[test]
fn it_returns_under_its_number_or_as_a_new_one() {
    let mut office = Office::new();
    office.round(&[slow("checkout", &office)]);
    office.after(10, &[]);
    office.now += minutes(29);
    let back = Finding { since: office.now - minutes(1), ..slow("checkout", &office) };
    let changes = office.round(&[back]);
    assert_eq!((office.only().reopened, changes[0].announce), (1, Announce::EditAndNote));
    insta::assert_snapshot!(said(&changes[0], office.now), @"It is back, 28 min after it was over: **checkout (prod)** is slow: P95 1,250 ms.");

    office.after(1, &[]);
    office.now += minutes(31);
    let new = Finding { since: office.now, ..slow("checkout", &office) };
    office.round(&[new]);
    assert_eq!(office.book.alerts.len(), 2);
}

#[test]
fn what_goes_on_after_a_person_resolved_it_opens_again_after_a_grace() {
    let mut office = Office::new();
    office.round(&[slow("checkout", &office)]);
    let done =
        office.act(&Act::Resolve { text: Some("restarted postgres".to_owned()) }, "bob").expect("is open");
    insta::assert_snapshot!(said(&done, office.now), @"bob resolved it: restarted postgres");
    for _ in 0..9 {
        office.now += minutes(1);
        let finding = slow("checkout", &office);
        assert_eq!(office.round(&[finding]), []);
    }
    office.now += minutes(1);
    let finding = slow("checkout", &office);
    let changes = office.round(&[finding]);
    insta::assert_snapshot!(said(&changes[0], office.now), @"It goes on 10 min after bob closed it, so it is open again: **checkout (prod)** is slow: P95 1,250 ms.");
    assert_eq!(office.only().status, Status::Firing);
}

#[test]
fn the_second_of_two_people_learns_who_was_first() {
    let mut office = Office::new();
    office.round(&[slow("checkout", &office)]);
    office.act(&Act::Acknowledge, "alice").expect("is open");
    office.now += minutes(2);
    let refused = |office: &mut Office, act: Act, who: &str| office.act(&act, who).expect_err("is refused");
    insta::assert_snapshot!(refused(&mut office, Act::Acknowledge, "bob"), @"alice already acknowledged #1 2 min ago.");
    insta::assert_snapshot!(refused(&mut office, Act::Acknowledge, "alice"), @"You already acknowledged #1 2 min ago.");
    office.act(&Act::FalseAlarm, "carol").expect("is open");
    insta::assert_snapshot!(refused(&mut office, Act::Resolve { text: None }, "bob"), @"carol already resolved #1 just now.");
    insta::assert_snapshot!(refused(&mut office, Act::FalseAlarm, "bob"), @"carol already marked #1 as a false alarm.");
    insta::assert_snapshot!(read(&words::message(office.only(), office.now, Tz::UTC)), @r"
    #1 **checkout (prod)** was slow from 13:59 to 14:02 (3 min)
    P95: 1,250 ms over 60 s when last seen (usually 120 ms on Thursdays at 14:00, line 500 ms)
    Resolved by carol at 14:02. alice looked at it. Marked as a false alarm by carol.
    [Why] [More: Undo]
    ");
    office.act(&Act::Undo, "carol").expect("can be undone");
    assert_eq!(office.only().status, Status::Acknowledged);
    insta::assert_snapshot!(refused(&mut office, Act::Undo, "carol"), @"There is nothing to undo on #1.");

    let viewer = Person { role: Some(Role::Viewer), ..person("eve") };
    let error = apply(office.only(), &Act::Acknowledge, &viewer, office.now, &office.settings);
    insta::assert_snapshot!(error.expect_err("lacks the role").to_string(), @"Changing alerts needs the responder role, and you are a viewer. Nothing was changed.");
}

#[test]
fn an_acknowledgement_expires_with_a_reminder() {
    let mut office = Office::new();
    office.round(&[slow("checkout", &office)]);
    office.act(&Act::Acknowledge, "alice").expect("is open");
    office.now += minutes(239);
    let finding = slow("checkout", &office);
    assert!(office.round(&[finding]).iter().all(|change| change.announce == Announce::Nothing));
    office.now += minutes(1);
    let finding = slow("checkout", &office);
    let changes = office.round(&[finding]);
    assert_eq!(office.only().status, Status::Firing);
    insta::assert_snapshot!(said(&changes[0], office.now), @"The acknowledgement by alice has expired and it still goes on: **checkout (prod)** is slow: P95 1,250 ms. Who looks at it?");
}

#[test]
fn nothing_is_said_in_a_silence_and_it_is_caught_up_with_after() {
    let mut office = Office::new();
    let until = office.now + minutes(60);
    let scope = Subject { service: Some("checkout".to_owned()), ..Subject::default() };
    office.book.silences.push(SubjectSilence {
        scope,
        alert: None,
        from: office.now,
        until,
        by: "alice".to_owned(),
    });
    let finding = slow("checkout", &office);
    assert_eq!(office.round(&[finding])[0].announce, Announce::Nothing);
    office.now = until;
    let finding = slow("checkout", &office);
    assert_eq!(office.round(&[finding])[0].announce, Announce::New);

    let until = office.now + minutes(60);
    let silenced = office.act(&Act::Silence { until }, "bob").expect("is open");
    assert_eq!(silenced.announce, Announce::Edit);
    insta::assert_snapshot!(read(&words::message(office.only(), office.now, Tz::UTC)), @r#"
#1 **checkout (prod)** has been slow since 13:59: P95 1,250 ms, usually 120 ms
P95: 1,250 ms over 60 s (usually 120 ms on Thursdays at 15:00, line 500 ms)
Nobody has acknowledged it yet. Silenced until 16:00 by bob.
[Acknowledge] [More: Resolve, False alarm, Why, Undo]
"#);
    office.now = until;
    let finding = slow("checkout", &office);
    let changes = office.round(&[finding]);
    insta::assert_snapshot!(said(&changes[0], office.now), @"The silence is over and it still goes on: **checkout (prod)** is slow: P95 1,250 ms.");
}

#[test]
fn maintenance_is_no_news() {
    let mut office = Office::new();
    let range = TimeRange::new(office.now, office.now + minutes(30));
    let title = "Database maintenance".to_owned();
    office.book.maintenance.push(MaintenanceWindow { scope: Subject::default(), range, title });
    let finding = slow("checkout", &office);
    assert_eq!(office.round(&[finding])[0].announce, Announce::Nothing);
    assert!(office.after(5, &[]).iter().all(|change| change.announce == Announce::Nothing));
}

#[test]
fn it_gets_worse_in_the_same_thread() {
    let mut office = Office::new();
    let mild = Finding { severity: Severity::Warning, value: 300.0, ..slow("checkout", &office) };
    office.round(&[mild]);
    office.now += minutes(3);
    let finding = slow("checkout", &office);
    let changes = office.round(&[finding]);
    assert_eq!(changes[0].announce, Announce::EditAndNote);
    insta::assert_snapshot!(said(&changes[0], office.now), @"It got worse and is critical now: **checkout (prod)** is slow: P95 1,250 ms.");
}

#[test]
fn what_can_t_be_seen_stays_open_and_says_so() {
    let mut office = Office::new();
    let finding = slow("checkout", &office);
    office.round(std::slice::from_ref(&finding));
    let mut source = finding.clone();
    source.rule = Rule::SourceDown;
    source.key = SeriesKey::new(Signal::Answering, Subject::host("", "prometheus"));
    source.severity = Severity::Warning;
    source.note = Some("connection refused".to_owned());
    source.since = start() + minutes(1);
    source.at = start() + minutes(6);
    let changes = office.after(6, &[finding, source]);
    assert_eq!(changes.len(), 2);
    insta::assert_snapshot!(said(&changes[0], office.now), @"I have not been able to see it since 14:00: its data is missing. It stays open until I can.");
    insta::assert_snapshot!(words::line(&office.book.alerts[0], office.now, Tz::UTC), @r#"\#1 (critical) **checkout \(prod\)** has been slow since [13:59](time:1767880740): P95 1,250 ms, usually 120 ms; nobody looks at it yet"#);
    insta::assert_snapshot!(read(&words::message(&office.book.alerts[1], office.now, Tz::UTC)), @r#"
#2 No data from **prometheus** since 14:01: connection refused
Nobody has acknowledged it yet.
[Acknowledge] [Silence 1 h] [More: Resolve, False alarm]
"#);
}

#[test]
fn every_kind_of_finding_is_a_sentence() {
    let office = Office::new();
    let mut out = Vec::new();
    for (rule, signal, value, note) in [
        (Rule::NotAnswering, Signal::Answering, 0.0, Some("connection refused")),
        (Rule::SilentFailure, Signal::BodyCheck, 0.0, Some("body lacks `items`")),
        (Rule::NoData, Signal::ApiResponseTime, 0.0, None),
        (
            Rule::MemoryGrowth,
            Signal::Memory,
            74.0,
            Some("grows by 12 % of the limit an hour, which leaves about 2 h"),
        ),
        (Rule::Threshold, Signal::Memory, 91.0, None),
        (Rule::Threshold, Signal::Cpu, 97.0, None),
        (Rule::Threshold, Signal::Disk, 93.0, None),
        (Rule::Threshold, Signal::ErrorRate, 2.5, None),
        (Rule::Threshold, Signal::DatabaseQueryTime, 640.0, None),
        (Rule::Threshold, Signal::DeploymentDuration, 18.0, None),
    ] {
        let subject = Subject::service("", "quad-web");
        let line =
            crate::model::threshold::Thresholds::table(signal).map(|line| (line.1, "default".to_owned()));
        let note = note.map(str::to_owned);
        let finding = Finding { value, note, line, ..finding(rule, signal, subject, start(), office.now) };
        let alert = fold(&office.book, &[finding], office.now, &office.settings)[0].alert.clone();
        out.push(
            read(&words::message(&alert, office.now, Tz::UTC)).lines().next().unwrap_or("").trim().to_owned(),
        );
        let changes = fold(
            &Book { alerts: vec![alert], ..Book::default() },
            &[],
            office.now + minutes(10),
            &office.settings,
        );
        let over = read(&words::message(&changes[0].alert, office.now + minutes(10), Tz::UTC));
        out.push(over.lines().next().unwrap_or("").trim().to_owned());
    }
    insta::assert_snapshot!(out.join("\n"), @r"
    **quad-web** has not answered since 14:00: connection refused
    **quad-web** did not answer from 14:00 to 14:10 (10 min)
    **quad-web** has answered without errors, but not with what it should, since 14:00: body lacks `items`
    **quad-web** did not answer with what it should from 14:00 to 14:10 (10 min)
    No P95 data of **quad-web** since 14:00, although its source works
    There was no P95 data of **quad-web** from 14:00 to 14:10 (10 min)
    **quad-web** keeps using more memory: 74 % since 14:00; it grows by 12 % of the limit an hour, which leaves about 2 h
    **quad-web** kept using more memory from 14:00 to 14:10 (10 min)
    **quad-web** has been short of memory since 14:00: 91 % in use (the line is 85 %)
    **quad-web** was short of memory from 14:00 to 14:10 (10 min)
    **quad-web** has been short of CPU since 14:00: 97 % in use (the line is 90 %)
    **quad-web** was short of CPU from 14:00 to 14:10 (10 min)
    **quad-web** has been short of disk since 14:00: 93 % full (the line is 90 %)
    **quad-web** was short of disk from 14:00 to 14:10 (10 min)
    **quad-web** has had errors since 14:00: 2.5 % of its requests fail (the line is 1 %)
    **quad-web** had errors from 14:00 to 14:10 (10 min)
    **quad-web** has had slow queries since 14:00: P95 640 ms (the line is 500 ms)
    **quad-web** had slow queries from 14:00 to 14:10 (10 min)
    **quad-web** had a slow deployment at 14:00: it took 18 min (the line is 15 min)
    **quad-web** had a slow deployment at 14:00: it took 18 min (the line is 15 min)
    ");
}

#[test]
fn a_decided_cause_stands_in_the_message_and_in_the_record() {
    let mut office = Office::new();
    office.round(&[slow("checkout", &office)]);
    office.act(&Act::Acknowledge, "alice@example.com").expect("is open");
    let mut alert = office.only().clone();
    let cited = |text: &str| Cited { text: text.to_owned(), rests_on: vec!["E1".to_owned()] };
    alert.diagnosis = Some(Diagnosis {
        at: office.now,
        verdict: Verdict::Decided,
        performance: Vec::new(),
        causes: vec![Cause {
            rule: "deployment".to_owned(),
            culprit: "checkout".to_owned(),
            sentence: cited("checkout v1.3.0 went live at 13:58, 1 min before it got slow"),
            confidence: 0.9,
            because: Vec::new(),
            fixes: vec![Fix {
                text: "Roll checkout back to v1.2.9".to_owned(),
                command: None,
                effort: "about 5 min".to_owned(),
            }],
        }],
        would_tell: Vec::new(),
        not_seen: Vec::new(),
        evidence: Vec::new(),
    });
    insta::assert_snapshot!(read(&words::message(&alert, office.now, chrono_tz::Europe::Berlin)), @r#"
#1 **checkout (prod)** has been slow since 14:59: P95 1,250 ms, usually 120 ms
P95: 1,250 ms over 60 s (usually 120 ms on Thursdays at 15:00, line 500 ms)
Cause: checkout v1.3.0 went live at 13:58, 1 min before it got slow

Fix: Roll checkout back to v1.2.9 (about 5 min)
Acknowledged by alice@example.com at 15:00.
[Resolve] [Silence 1 h] [More: False alarm, Why, Undo]
"#);
    insta::assert_snapshot!(serde_json::to_string_pretty(&record(&alert, uuid::Uuid::nil())).expect("serialises"), @r#"
{
  "id": "433720a5-0c3c-5ad6-9a5e-11175b8da5bd",
  "orgId": "00000000-0000-0000-0000-000000000000",
  "number": 1,
  "alert_type": "slow_response",
  "severity": "critical",
  "timestamp": "2026-01-08T14:00:00Z",
  "message": "checkout (prod) has been slow since 13:59: P95 1,250 ms, usually 120 ms",
  "root_cause": "checkout v1.3.0 went live at 13:58, 1 min before it got slow",
  "suggested_actions": [
    "Roll checkout back to v1.2.9"
  ],
  "status": "acknowledged",
  "acknowledged_by": "alice@example.com",
  "resolved_at": null,
  "resolution": null
}
"#);
}

#[test]
fn names_from_outside_are_not_markup() {
    let mut office = Office::new();
    let mut evil = silent("[x](https://evil) *b* <!channel>", &office);
    evil.note = Some("`code`\n# head".to_owned());
    office.round(&[evil]);
    let headline = words::message(office.only(), office.now, Tz::UTC).headline;
    insta::assert_snapshot!(headline, @r#"\#1 **\[x\]\(https\://evil\) \*b\* \<\!channel\> \(prod\)** has not answered since [13:59](time:1767880740): \`code\` \# head"#);
}
