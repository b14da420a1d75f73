//! Which line is in force for what, and who set it. The most specific one wins.

use crate::error::UserError;
use crate::gather::readable::Readable;
use crate::model::answer::{Answer, Press, Section, Table, escape};
use crate::model::request::Scope;
use crate::model::signal::Signal;
use crate::model::subject::Subject;
use crate::model::threshold::{Lines, Thresholds};

/// More rows than this scroll out of a chat window.
const MAX_ROWS: usize = 16;

pub(super) async fn thresholds(
    ctx: &Readable,
    scope: &Scope,
    signal: Option<Signal>,
) -> anyhow::Result<Answer> {
    let all = ctx.thresholds().await?;
    let subject = scope.subject();
    let signals = signal.as_ref().map_or(&Signal::ALL[..], std::slice::from_ref);
    let mut table = Table {
        columns: ["for", "signal", "warning", "critical", "set in"].map(str::to_owned).to_vec(),
        rows: Vec::new(),
    };
    let mut first: Option<(Signal, Lines)> = None;
    for signal in signals {
        for (of, lines) in in_force(&all, *signal, &subject) {
            let unit = signal.unit();
            table.rows.push(vec![
                of.to_string(),
                signal.label().to_owned(),
                unit.show(lines.warning),
                unit.show(lines.critical),
                lines.origin.clone(),
            ]);
            first.get_or_insert((*signal, lines));
        }
    }
    let Some((leading, lines)) = first else {
        return Err(UserError::new(format!(
            "There is no line for {}: it is compared with what is usual instead.",
            signal.map_or("that", Signal::label)
        ))
        .into());
    };
    let of = super::of(scope);
    let unit = leading.unit();
    let headline = match signal {
        Some(_) => format!(
            "{}{of} is a warning from {} and critical from {} (set in {}).",
            leading.label(),
            unit.show(lines.warning),
            unit.show(lines.critical),
            escape(&lines.origin)
        ),
        None => format!("These lines are in force{of}; the most specific one wins."),
    };
    let more = table.rows.len().saturating_sub(MAX_ROWS);
    table.rows.truncate(MAX_ROWS);
    let mut answer = Answer::new(headline);
    if table.rows.len() > 1 {
        answer = answer.with(Section::Table(table));
    }
    if more > 0 {
        answer = answer.footnote(format!("and {more} more; `quad config show` lists all"));
    }
    Ok(answer
        .footnote("The warning line moves in proportion with the critical one. Errors and memory growth are also judged against what is usual")
        .button("What fired lately?", Press::Ask("alerts of the last 24 hours".to_owned())))
}

/// The line for the subject itself, then each narrower one within it.
fn in_force(all: &Thresholds, signal: Signal, subject: &Subject) -> Vec<(Subject, Lines)> {
    let mut found: Vec<(Subject, Lines)> = Vec::new();
    let narrower = all
        .rules
        .iter()
        .filter(|rule| rule.signal == signal && subject.covers(&rule.subject))
        .map(|rule| &rule.subject);
    for of in std::iter::once(subject).chain(narrower) {
        if found.iter().all(|(known, _)| known != of)
            && let Some(lines) = all.lines(signal, of)
        {
            found.push((of.clone(), lines));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::threshold::ThresholdRule;

    #[test]
    fn narrower_lines_stand_below_the_one_that_was_asked_for() {
        let rule = |subject: Subject, critical, origin: &str| ThresholdRule {
            subject,
            signal: Signal::ApiResponseTime,
            critical,
            origin: origin.to_owned(),
        };
        let prod = Subject { environment: "prod".to_owned(), ..Subject::default() };
        let web = Subject { service: Some("web".to_owned()), ..Subject::default() };
        let all = Thresholds {
            rules: vec![
                rule(Subject::default(), 400.0, "thresholds"),
                rule(prod.clone(), 200.0, "prod"),
                rule(web, 900.0, "services.web"),
            ],
        };
        let shown = |subject: &Subject| -> Vec<String> {
            in_force(&all, Signal::ApiResponseTime, subject)
                .into_iter()
                .map(|(of, lines)| format!("{of}: {} ({})", lines.critical, lines.origin))
                .collect()
        };
        assert_eq!(
            shown(&Subject::default()),
            ["everything: 400 (thresholds)", "prod: 200 (prod)", "web: 900 (services.web)"]
        );
        assert_eq!(shown(&prod), ["prod: 200 (prod)"]);
        assert_eq!(shown(&Subject::service("prod", "web")), ["web (prod): 900 (services.web)"]);
    }
}
