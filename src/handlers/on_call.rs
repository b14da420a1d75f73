//! Who is on call? As far as the configuration says: whom an alert reaches that nobody acknowledges.
//! Who holds the pager this week is PagerDuty's to know.

use crate::alert::escalation::Policy;
use crate::gather::readable::Readable;
use crate::model::answer::{Answer, Mark, Press, Section, escape};
use crate::model::escalation::Recipient;
use crate::model::finding::Severity;
use crate::model::request::Scope;

pub(super) fn on_call(ctx: &Readable, scope: &Scope) -> Answer {
    let environment = scope.environment.as_deref();
    let policy = &ctx.team().escalation;
    let asked = environment.unwrap_or_default();
    let mut items = Vec::new();
    for severity in [Severity::Critical, Severity::Warning] {
        items.extend(policy.chain(asked, severity).into_iter().map(|(after, to)| {
            let to: Vec<String> = to.iter().map(|to| escape(&to.to_string())).collect();
            format!("{}, {}: {}", severity.name(), when(after.num_minutes()), to.join(", "))
        }));
    }
    // Asked about no environment, steps for single ones are still worth a line.
    if environment.is_none() {
        items.extend(elsewhere(policy));
    }
    if items.is_empty() {
        return Answer::new(
            "Nobody is configured to be on call: alerts go to their channel, and I page nobody.",
        )
        .marked(Mark::Unknown)
        .button("What is open?", Press::Ask("list open alerts".to_owned()));
    }
    let place = environment.map(|name| format!(" in {}", escape(name))).unwrap_or_default();
    let headline = format!("Whom an alert{place} reaches while nobody acknowledges it:");
    let answer = Answer::new(headline).with(Section::List { numbered: false, items });
    let pages = policy.steps.iter().any(|step| step.targets.contains(&Recipient::Pagerduty));
    match pages {
        true => answer.footnote("PagerDuty knows who holds the pager now; I don't ask it"),
        false => answer,
    }
}

fn elsewhere(policy: &Policy) -> impl Iterator<Item = String> {
    policy.steps.iter().filter(|step| !step.environments.is_empty()).map(|step| {
        let severities: Vec<&str> = step.severities.iter().map(|severity| severity.name()).collect();
        format!(
            "{} in {}, {}: {}",
            severities.join(" or "),
            escape(&step.environments.join(", ")),
            when(step.after().num_minutes()),
            escape(&crate::alert::escalation::names(step))
        )
    })
}

fn when(minutes: i64) -> String {
    if minutes == 0 { "at once".to_owned() } else { format!("after {minutes} min") }
}
