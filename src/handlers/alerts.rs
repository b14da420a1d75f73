//! Which alerts are open, or were in a stretch of time.

use crate::alert::words;
use crate::diagnose::words::Detail;
use crate::gather::readable::Readable;
use crate::model::alert::Alert;
use crate::model::answer::{Answer, Mark, Press, Section};
use crate::model::finding::Severity;
use crate::model::request::Scope;

/// More lines than this scroll out of a chat window.
const MAX_LINES: usize = 10;
/// More than this nobody reads, even when they ask for more.
const MOST_LINES: usize = 40;

pub(super) async fn alerts(ctx: &Readable, scope: &Scope, detail: Detail) -> anyhow::Result<Answer> {
    let now = ctx.now();
    let found = match scope.range {
        Some(range) => ctx.alerts_between(range).await?,
        None => ctx.open_alerts().await?,
    };
    let mut found: Vec<Alert> =
        found.into_iter().filter(|alert| super::about(scope, &alert.subject)).collect();
    found.sort_by_key(|alert| (!alert.is_open(), std::cmp::Reverse((alert.severity, alert.opened_at))));

    let when = match scope.range {
        Some(range) => format!(" between {} and {}", ctx.shown(range.from), ctx.shown(range.to)),
        None => String::new(),
    };
    let Some(worst) = found.first() else {
        return Ok(match scope.range {
            Some(_) => Answer::new(format!("No alert{}{when}.", super::of(scope))),
            None => Answer::new(format!("No alert is open{}.", super::of(scope))).footnote(
                "That no alert is open says nothing about what no source measures; `status` lists what I can't see.",
            ),
        });
    };
    let open = found.iter().filter(|alert| alert.is_open()).count();
    let critical =
        found.iter().filter(|alert| alert.is_open() && alert.severity == Severity::Critical).count();
    let headline = match (scope.range.is_some(), critical) {
        (true, _) => format!(
            "{} fired{}{when}; {open} still open.",
            super::count(found.len(), "alert"),
            super::of(scope)
        ),
        (false, 0) => format!("{} open{}.", super::count(found.len(), "alert"), super::of(scope)),
        (false, _) => {
            format!("{} open{}, {critical} critical.", super::count(found.len(), "alert"), super::of(scope))
        }
    };
    let most = if detail == Detail::Full { MOST_LINES } else { MAX_LINES };
    let mut items: Vec<String> =
        found.iter().take(most).map(|alert| words::line(alert, now, ctx.team().timezone)).collect();
    if found.len() > most {
        items.push(format!("and {} more", found.len() - most));
    }
    let mark = if open == 0 { Mark::Good } else { Mark::from(worst.severity) };
    let mut answer = Answer::new(headline).marked(mark).with(Section::List { numbered: false, items });
    if worst.is_open() {
        // Nobody needs to take what somebody has.
        if worst.acknowledged.is_none() {
            answer =
                answer.button(&format!("Acknowledge {}", worst.number), Press::Acknowledge(worst.number));
        }
        answer = answer.button(&format!("Why {}", worst.number), Press::Why(worst.number));
    }
    Ok(answer)
}
