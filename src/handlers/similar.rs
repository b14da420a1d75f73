//! Did this happen before? Earlier alerts of the same subject and signals, and what ended them.

use chrono::TimeDelta;

use crate::diagnose::shift::{median, span};
use crate::gather::readable::Readable;
use crate::handlers::Asking;
use crate::model::alert::{Alert, AlertNumber};
use crate::model::answer::{Answer, Mark, Press, Section, escape};
use crate::model::request::Scope;
use crate::model::signal::Signal;
use crate::model::time::TimeRange;

/// More lines than this scroll out of a chat window.
const MAX_LINES: usize = 6;
/// Alerts are kept this long.
const KEPT: TimeDelta = TimeDelta::days(762);

pub(super) async fn similar(
    ctx: &Readable,
    scope: &Scope,
    number: Option<AlertNumber>,
    asking: Asking,
) -> anyhow::Result<Answer> {
    let now = ctx.now();
    let mut all = ctx.alerts_between(TimeRange::new(now - KEPT, now + TimeDelta::seconds(1))).await?;
    all.sort_by_key(|alert| (alert.opened_at, alert.number));
    let asked = match number.or(asking.thread.filter(|_| *scope == Scope::default())) {
        Some(number) => {
            let Some(at) = all.iter().position(|alert| alert.number == number) else {
                return Err(crate::error::UserError::new(format!("I don't know an alert {number}.")).into());
            };
            Some(all.remove(at))
        }
        None => {
            // The one that is on people's minds: the newest open one, else the newest.
            let about = |alert: &Alert| super::about(scope, &alert.subject);
            let open = all.iter().rposition(|alert| alert.is_open() && about(alert));
            open.or_else(|| all.iter().rposition(about)).map(|at| all.remove(at))
        }
    };
    let since = all.first().map_or(now, |first| first.opened_at);
    let Some(asked) = asked else {
        return Ok(Answer::new(format!("No alert{} that I know of, now or earlier.", super::of(scope)))
            .footnote("Alerts are kept for 25 months"));
    };
    let mut found: Vec<&Alert> =
        all.iter().filter(|alert| alert.opened_at < asked.opened_at && alike(&asked, alert)).collect();
    found.reverse();
    let what = format!("{} {} ({})", asked.number, escape(&asked.subject.to_string()), asked.signal.label());
    let Some(last) = found.first() else {
        return Ok(Answer::new(format!("No, nothing like {what} in the alerts that I have.")).footnote(
            format!(
                "Compared with {} since {}: same service, host or database, and a signal in common",
                super::count(all.len(), "other alert"),
                ctx.shown(since)
            ),
        ));
    };
    let took: Vec<f64> = found.iter().filter_map(|alert| minutes_open(alert)).collect();
    let usually = median(&took)
        .map(|minutes| {
            format!("; it took {} to resolve (median)", span(TimeDelta::seconds((minutes * 60.0) as i64)))
        })
        .unwrap_or_default();
    let times = if found.len() == 1 { "once".to_owned() } else { format!("{} times", found.len()) };
    let headline = format!("Yes, {times} before {what}, last on {}{usually}.", ctx.shown(last.opened_at));
    let most = match asking.detail {
        crate::diagnose::words::Detail::Brief => MAX_LINES,
        crate::diagnose::words::Detail::Full => usize::MAX,
    };
    let mut items: Vec<String> = found.iter().take(most).map(|alert| line(ctx, alert)).collect();
    if found.len() > most {
        items.push(format!("and {} more", found.len() - most));
    }
    let false_alarms = found.iter().filter(|alert| alert.false_alarm.is_some()).count();
    let mut answer =
        Answer::new(headline).marked(Mark::Unknown).with(Section::List { numbered: false, items }).footnote(
            "Alike means: the same service, host or database in the same environment, and a signal in common",
        );
    answer.mark = None;
    if false_alarms > 0 {
        answer =
            answer.footnote(format!("{} marked as false alarm", super::count(false_alarms, "of them was")));
    }
    Ok(answer.button(&format!("Why {}", last.number), Press::Why(last.number)))
}

/// The same thing, with a signal in common.
fn alike(one: &Alert, other: &Alert) -> bool {
    let (a, b) = (&one.subject, &other.subject);
    a.environment == b.environment
        && a.name() == b.name()
        && signals(one).iter().any(|signal| signals(other).contains(signal))
}

/// The signal that opened it, and those of its findings about the same thing.
fn signals(alert: &Alert) -> Vec<Signal> {
    let own = alert.findings.iter().filter(|finding| finding.key.subject.name() == alert.subject.name());
    std::iter::once(alert.signal).chain(own.map(|finding| finding.key.signal)).collect()
}

fn minutes_open(alert: &Alert) -> Option<f64> {
    let ended = alert.resolved.as_ref().filter(|_| !alert.is_open())?;
    Some((ended.at - alert.opened_at).num_seconds() as f64 / 60.0)
}

/// "#3 Mon 5 Jan 14:02, 12 min: the deployment of web 1.2; Ana resolved it: rolled back".
fn line(ctx: &Readable, alert: &Alert) -> String {
    let mut text = format!("**{}** {}", alert.number, ctx.shown(alert.opened_at));
    match minutes_open(alert) {
        Some(minutes) => text += &format!(", {}", span(TimeDelta::seconds((minutes * 60.0) as i64))),
        None => text += ", still open",
    }
    if let Some(cause) = alert.diagnosis.as_ref().and_then(|diagnosis| diagnosis.cause()) {
        text += &format!(": {}", escape(&cause.sentence.text));
    }
    if let Some(ended) = &alert.resolved {
        match (&ended.by, &ended.text) {
            (Some(by), Some(said)) => text += &format!("; {} resolved it: {}", escape(by), escape(said)),
            (Some(by), None) => text += &format!("; {} resolved it", escape(by)),
            (None, _) => text += "; it went away by itself",
        }
    }
    if alert.false_alarm.is_some() {
        text += " (false alarm)";
    }
    text
}
