//! What stands beside the conversation: open alerts, what is watched and how well, faults of the demo.

use maud::{Markup, html};

use crate::model::alert::{Alert, Status};
use crate::model::answer::{Choice, Control, Mark, Press};
use crate::model::signal::Signal;
use crate::model::source::SourceHealth;
use crate::model::time::Moment;
use crate::render::html as shown;

/// The state of things at one moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Panels {
    /// Open alerts, the worst first.
    pub alerts: Vec<Alert>,
    /// Every source.
    pub sources: Vec<SourceHealth>,
    /// For each signal that is seen, of how many services and hosts.
    pub signals: Vec<(Signal, usize)>,
    /// How many services and hosts are known.
    pub known: usize,
    /// What they are called, for whoever begins to type one.
    pub names: Vec<String>,
    /// Switches of the demo; empty anywhere else.
    pub faults: Vec<FaultSwitch>,
}

/// A fault of the sample shop that can be switched on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultSwitch {
    /// `slow-query`
    pub name: String,
    /// Whether it is on.
    pub on: bool,
}

/// One line on how things are. Never "all good" about what can't be seen.
pub fn health(panels: &Panels) -> Markup {
    let down = panels.sources.iter().filter(|source| source.failing_since.is_some()).count();
    let (mark, words) = match (panels.alerts.len(), down, panels.sources.len()) {
        (0, 0, 0) => (Mark::Unknown, "nothing watched yet".to_owned()),
        (0, 0, n) => (Mark::Good, format!("no open alerts, {}", answering(n, n))),
        (0, down, n) => (Mark::Unknown, format!("no open alerts, but {}", answering(n - down, n))),
        (open, _, _) => {
            let firing = panels.alerts.iter().any(|alert| alert.status == Status::Firing);
            let worst = panels.alerts.iter().map(|alert| alert.severity).max();
            let mark = if firing { worst.map_or(Mark::Warning, Mark::from) } else { Mark::Acknowledged };
            (mark, if open == 1 { "1 open alert".to_owned() } else { format!("{open} open alerts") })
        }
    };
    html! { p.health { (shown::mark_sign(mark)) span { (words) } } }
}

fn answering(up: usize, all: usize) -> String {
    match (up, all) {
        (1, 1) => "the one source answers".to_owned(),
        (up, all) if up == all => format!("all {all} sources answer"),
        (up, all) => format!("{up} of {all} sources answer"),
    }
}

/// Open alerts, each with what can be done about it.
pub fn alerts(panels: &Panels) -> Markup {
    html! {
        h2 { "Open alerts" @if !panels.alerts.is_empty() { span.count { (panels.alerts.len()) } } }
        @if panels.alerts.is_empty() { p.none { "None." } }
        ul.cards { @for alert in &panels.alerts { li { (card(alert)) } } }
    }
}

fn card(alert: &Alert) -> Markup {
    let mark = match alert.status {
        Status::Firing => Mark::from(alert.severity),
        Status::Acknowledged => Mark::Acknowledged,
        Status::Resolved => Mark::Good,
    };
    html! {
        article.card.firing[alert.status == Status::Firing].owned[alert.status != Status::Firing] {
            h3 { (shown::mark_sign(mark)) span dir="auto" { (alert.subject.to_string()) } span.number { (alert.number.to_string()) } }
            @if let Some(finding) = alert.findings.first() {
                p.figure {
                    b { (alert.signal.label()) " " (alert.signal.unit().show(finding.value)) }
                    @if let Some((line, _)) = &finding.line {
                        span.compared { " line " (alert.signal.unit().show(*line)) }
                    }
                    @if let Some(note) = &finding.note { span.compared dir="auto" { " " (note) } }
                }
            }
            p.since {
                "since " (clock(alert.since))
                @if let Some(owner) = &alert.acknowledged { ", " b dir="auto" { (owner.by) } " is on it" }
                @if let Some((until, _)) = &alert.silenced { ", silenced until " (clock(*until)) }
            }
            @if let Some(cause) = alert.diagnosis.as_ref().and_then(|diagnosis| diagnosis.cause()) {
                p.cause dir="auto" { (cause.sentence.text) }
            }
            (shown::controls(&controls(alert)))
        }
    }
}

fn controls(alert: &Alert) -> Vec<Control> {
    let choice = |label: &str, press| Choice { label: label.to_owned(), press };
    let n = alert.number;
    let first = match alert.status {
        Status::Firing => choice("Acknowledge", Press::Acknowledge(n)),
        _ => choice("Resolve", Press::Resolve(n)),
    };
    let mut more = vec![choice("Why", Press::Why(n))];
    if alert.status == Status::Firing {
        more.push(choice("Resolve", Press::Resolve(n)));
    }
    more.push(choice("False alarm", Press::FalseAlarm(n)));
    vec![
        Control::Button(first),
        Control::Button(choice("Silence 1 h", Press::Silence(n, 60))),
        Control::Menu { label: "More".to_owned(), choices: more },
    ]
}

/// Sources and signals.
pub fn watched(panels: &Panels) -> Markup {
    html! {
        h2 { "Watched" }
        @if panels.sources.is_empty() { p.none { "No source has been read yet." } }
        ul.sources { @for source in &panels.sources { (self::source(source)) } }
        @if !panels.signals.is_empty() {
            ul.signals {
                @for (signal, seen) in &panels.signals {
                    li class=[(*seen < panels.known).then_some("partly")] {
                        (signal.label()) " " span { (seen) @if *seen < panels.known { " of " (panels.known) } }
                    }
                }
            }
        }
        // Not read out and not shown: completes what is typed.
        ul.names hidden { @for name in panels.names.iter().take(MOST_NAMES) { li { (name) } } }
    }
}

/// Whoever has more finds the rest by its whole name.
const MOST_NAMES: usize = 500;

fn source(source: &SourceHealth) -> Markup {
    let mark = match (source.failing_since, source.last_ok) {
        (Some(_), _) => Mark::Critical,
        (None, Some(_)) if source.gaps.is_empty() => Mark::Good,
        (None, Some(_)) => Mark::Warning,
        (None, None) => Mark::Unknown,
    };
    html! {
        li {
            (shown::mark_sign(mark))
            div {
                b dir="auto" { (source.source) }
                @if let Some(since) = source.failing_since {
                    p { "no data since " (clock(since)) @if let Some(error) = &source.error { ": " (error) } }
                } @else if let [gap, rest @ ..] = source.gaps.as_slice() {
                    p dir="auto" {
                        @if let Some(of) = &gap.of { (of) ": " }
                        @if let Some(signal) = gap.signal { (signal.label()) ": " }
                        (gap.why)
                        @if !rest.is_empty() { " and " (rest.len()) " more" }
                    }
                }
            }
        }
    }
}

/// Switches of the demo.
pub fn faults(panels: &Panels) -> Markup {
    html! {
        @if !panels.faults.is_empty() {
            h2 { "Break the sample shop" }
            ul.faults {
                @for fault in &panels.faults {
                    li {
                        button type="button" role="switch" aria-checked=(fault.on) data-fault=(fault.name) {
                            span { (fault.name.replace('-', " ")) }
                            i aria-hidden="true" {}
                        }
                    }
                }
            }
        }
    }
}

fn clock(at: Moment) -> Markup {
    shown::moment(at, &at.format("%H:%M UTC").to_string())
}
