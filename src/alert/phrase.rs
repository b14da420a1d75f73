//! The sentences that say what is wrong: since when, now, and once it is over.
//!
//! Read aloud at 3 a.m. they must be English, so each kind of finding has its own.

use chrono::TimeDelta;
use chrono_tz::Tz;

use crate::model::alert::Alert;
use crate::model::answer::{escape, moment};
use crate::model::finding::{Finding, Rule};
use crate::model::signal::Signal;
use crate::model::time::Moment;

/// What broke, since when, how bad, compared with what; in the past tense once it is over.
pub(super) fn headline(alert: &Alert, voice: &Voice) -> String {
    let Some(leading) = alert.findings.first() else {
        return format!("Something is wrong with {}", voice.name(alert.subject.name()));
    };
    let name = voice.name(&subject(leading));
    let one_off = leading.key.signal == Signal::DeploymentDuration && leading.rule == Rule::Threshold;
    if let Some(ended) = alert.resolved.as_ref().filter(|_| !one_off) {
        let from = voice.time(leading.since);
        let lasted = duration(ended.at - leading.since);
        let past = match past(leading, &name) {
            sentence if sentence.starts_with("there") => sentence.replacen('t', "T", 1),
            sentence => sentence,
        };
        return format!("{past} from {from} to {} ({lasted})", voice.time(ended.at));
    }
    // Symptoms may have begun earlier; the sentence speaks of the leading finding.
    let since = voice.time(leading.since);
    let why = leading.note.as_ref().map(|note| format!(": {}", voice.text(note))).unwrap_or_default();
    match leading.rule {
        Rule::NotAnswering => format!("{name} has not answered since {since}{why}"),
        Rule::SilentFailure => {
            format!("{name} has answered without errors, but not with what it should, since {since}{why}")
        }
        Rule::NoData => {
            format!(
                "No {} data of {name} since {since}, although its source works",
                leading.key.signal.label()
            )
        }
        Rule::SourceDown => format!("No data from {name} since {since}{why}"),
        Rule::MemoryGrowth => {
            let note = leading.note.as_ref().map(|note| format!("; it {}", voice.text(note)));
            format!(
                "{name} keeps using more memory: {} since {since}{}",
                shown(leading),
                note.unwrap_or_default()
            )
        }
        Rule::SlowStatement => {
            format!("{name} has been slow since {since}: {}{}{why}", shown(leading), over_its_line(leading))
        }
        Rule::StatementChange => {
            format!("{name} {} since {since}{why}", changed(leading, "has taken", "has run"))
        }
        Rule::Threshold | Rule::ErrorRateOverBaseline => {
            let (state, detail) = (state_since(leading, &since), detail(leading));
            format!("{name} {state}: {detail}{}", compared_briefly(leading))
        }
    }
}

/// The leading finding as it is now, without a time: "**checkout** is slow: P95 1,250 ms".
pub(super) fn present(finding: &Finding, voice: &Voice) -> String {
    let name = voice.name(&subject(finding));
    let why = finding.note.as_ref().map(|note| format!(" ({})", voice.text(note))).unwrap_or_default();
    match finding.rule {
        Rule::NotAnswering => format!("{name} does not answer{why}"),
        Rule::SilentFailure => format!("{name} does not answer with what it should{why}"),
        Rule::NoData => format!("no {} data of {name}", finding.key.signal.label()),
        Rule::SourceDown => format!("no data from {name}{why}"),
        Rule::MemoryGrowth => format!("{name} keeps using more memory, {} now", shown(finding)),
        Rule::SlowStatement => format!("{name} is slow: {}{}", shown(finding), over_its_line(finding)),
        Rule::StatementChange => format!("{name} {}", changed(finding, "takes", "runs")),
        Rule::Threshold | Rule::ErrorRateOverBaseline => {
            format!("{name} {}: {}", state_now(finding), detail(finding))
        }
    }
}

/// The finding once it is over: "**checkout** was slow".
pub(super) fn suffered(finding: &Finding, voice: &Voice) -> String {
    let sentence = past(finding, &voice.name(&subject(finding)));
    // It stands in the middle of a sentence.
    sentence.strip_prefix("There").map_or(sentence.clone(), |rest| format!("there{rest}"))
}

fn past(finding: &Finding, name: &str) -> String {
    match (finding.rule, finding.key.signal) {
        (Rule::NotAnswering, _) => format!("{name} did not answer"),
        (Rule::SilentFailure, _) => format!("{name} did not answer with what it should"),
        (Rule::NoData, signal) => format!("there was no {} data of {name}", signal.label()),
        (Rule::SourceDown, _) => format!("there was no data from {name}"),
        (Rule::SlowStatement, _) => format!("{name} was slow"),
        (Rule::StatementChange, Signal::Traffic) => format!("{name} ran more often than it used to"),
        (Rule::StatementChange, _) => format!("{name} took longer than it used to"),
        (Rule::MemoryGrowth, _) => format!("{name} kept using more memory"),
        (_, Signal::ApiResponseTime) => format!("{name} was slow"),
        (_, Signal::ErrorRate) => format!("{name} had errors"),
        (_, Signal::Memory | Signal::MemoryUsed) => format!("{name} was short of memory"),
        (_, Signal::Cpu) => format!("{name} was short of CPU"),
        (_, Signal::Disk) => format!("{name} was short of disk"),
        (_, Signal::DatabaseQueryTime) => format!("{name} had slow queries"),
        (_, Signal::DeploymentDuration) => format!("{name} had a slow deployment"),
        (_, Signal::Traffic | Signal::Answering | Signal::BodyCheck) => format!("{name} was unusual"),
    }
}

fn state_since(finding: &Finding, since: &str) -> String {
    match finding.key.signal {
        Signal::ApiResponseTime => format!("has been slow since {since}"),
        Signal::ErrorRate => format!("has had errors since {since}"),
        Signal::Memory | Signal::MemoryUsed => format!("has been short of memory since {since}"),
        Signal::Cpu => format!("has been short of CPU since {since}"),
        Signal::Disk => format!("has been short of disk since {since}"),
        Signal::DatabaseQueryTime => format!("has had slow queries since {since}"),
        Signal::DeploymentDuration => format!("had a slow deployment at {since}"),
        Signal::Traffic | Signal::Answering | Signal::BodyCheck => format!("has been unusual since {since}"),
    }
}

fn state_now(finding: &Finding) -> &'static str {
    match finding.key.signal {
        Signal::ApiResponseTime => "is slow",
        Signal::ErrorRate => "has errors",
        Signal::Memory | Signal::MemoryUsed => "is short of memory",
        Signal::Cpu => "is short of CPU",
        Signal::Disk => "is short of disk",
        Signal::DatabaseQueryTime => "has slow queries",
        Signal::DeploymentDuration => "had a slow deployment",
        Signal::Traffic | Signal::Answering | Signal::BodyCheck => "is unusual",
    }
}

/// What the number says: "P95 1,250 ms", "91 % in use".
fn detail(finding: &Finding) -> String {
    let value = shown(finding);
    match finding.key.signal {
        Signal::ApiResponseTime | Signal::DatabaseQueryTime => format!("P95 {value}"),
        Signal::ErrorRate => format!("{value} of its requests fail"),
        Signal::Memory | Signal::MemoryUsed | Signal::Cpu => format!("{value} in use"),
        Signal::Disk => format!("{value} full"),
        Signal::DeploymentDuration => format!("it took {value}"),
        signal @ (Signal::Traffic | Signal::Answering | Signal::BodyCheck) => {
            format!("{} {value}", signal.label())
        }
    }
}

fn subject(finding: &Finding) -> String {
    match finding.rule {
        Rule::SourceDown => finding.key.subject.name().to_owned(),
        _ => finding.key.subject.to_string(),
    }
}

pub(super) fn shown(finding: &Finding) -> String {
    finding.key.signal.unit().show(finding.value)
}

/// "takes 8.4x as long as it used to (101 ms on average, usually 12 ms)"
fn changed(finding: &Finding, takes: &str, runs: &str) -> String {
    let usual = finding.line.as_ref().map_or(0.0, |(usual, _)| *usual);
    let times = finding.value / usual.max(f64::MIN_POSITIVE);
    let times = if times < 10.0 { format!("{times:.1}x") } else { format!("{times:.0}x") };
    match finding.key.signal {
        Signal::Traffic => format!(
            "{runs} {times} as often as it used to ({:.1} times a second, usually {usual:.1})",
            finding.value
        ),
        signal => format!(
            "{takes} {times} as long as it used to ({} on average, usually {})",
            shown(finding),
            signal.unit().show(usual)
        ),
    }
}

/// " on average (the line is 1,000 ms)"
fn over_its_line(finding: &Finding) -> String {
    let line = finding.line.as_ref().map(|(line, _)| finding.key.signal.unit().show(*line));
    line.map_or(" on average".to_owned(), |line| format!(" on average (the line is {line})"))
}

fn compared_briefly(finding: &Finding) -> String {
    let unit = finding.key.signal.unit();
    match (&finding.usual, &finding.line) {
        (Some(usual), _) => format!(", usually {}", unit.show(usual.usual)),
        (None, Some((line, _))) => format!(" (the line is {})", unit.show(*line)),
        (None, None) => String::new(),
    }
}

/// How names and times are written.
pub(super) struct Voice {
    pub(super) now: Moment,
    pub(super) tz: Tz,
    pub(super) markdown: bool,
}

impl Voice {
    pub(super) fn name(&self, name: &str) -> String {
        if self.markdown { format!("**{}**", escape(name)) } else { name.to_owned() }
    }

    pub(super) fn text(&self, text: &str) -> String {
        if self.markdown { escape(text) } else { text.to_owned() }
    }

    pub(super) fn time(&self, at: Moment) -> String {
        let (local, today) = (at.with_timezone(&self.tz), self.now.with_timezone(&self.tz));
        let format = if local.date_naive() == today.date_naive() { "%H:%M" } else { "%-d %b %H:%M" };
        let shown = local.format(format).to_string();
        if self.markdown { moment(at, &shown) } else { shown }
    }
}

/// "45 s", "10 min", "2 h 5 min", "3 days".
pub(super) fn duration(length: TimeDelta) -> String {
    let seconds = length.num_seconds().max(0);
    // Rounded, as the clock times beside it are read: 13:57 to 14:07 are 10 min.
    match (seconds, (seconds + 30) / 60, (seconds + 30) / 3_600) {
        (0..=89, _, _) => format!("{seconds} s"),
        (_, minutes @ 0..=119, _) => format!("{minutes} min"),
        (_, minutes, hours @ 0..=47) if minutes % 60 != 0 && hours < 10 => {
            format!("{hours} h {} min", minutes % 60)
        }
        (_, _, hours @ 0..=47) => format!("{hours} h"),
        (_, _, hours) => format!("{} days", hours / 24),
    }
}
