//! Who is told next when nobody reacts, and when. Pure: the due times are kept with the alert, in the
//! same write as everything else about it, so that a restart loses none and a repeated step tells
//! nobody twice; and whoever acknowledges at the same moment wins or loses as a whole.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::model::alert::{Alert, Status};
use crate::model::escalation::{Done, Escalation, Planned, Recipient, Step};
use crate::model::finding::Severity;
use crate::model::outgoing::DeliveryId;
use crate::model::page::PageState;
use crate::model::time::Moment;

/// The section `escalation` of the configuration: what happens when nobody acknowledges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// In the order of time. Default: page whoever is on call about a critical alert that nobody
    /// acknowledged for 15 minutes, where `pagerduty` is set up.
    pub steps: Vec<Step>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { steps: vec![Step::page(15, Vec::new())] }
    }
}

/// All steps in force, those of single environments too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// In the order in which they are looked at.
    pub steps: Vec<Step>,
}

impl Policy {
    /// Who would be told about such an alert if nobody acknowledged it, and after how long.
    pub fn chain(&self, environment: &str, severity: Severity) -> Vec<(TimeDelta, &[Recipient])> {
        let concerned = self.steps.iter().filter(|step| step.concerns(environment, severity));
        let mut chain: Vec<_> = concerned.map(|step| (step.after(), step.targets.as_slice())).collect();
        chain.sort_by_key(|(after, _)| *after);
        chain
    }
}

/// Something that was sent this long ago and has not arrived is said to be late.
pub const PATIENCE: TimeDelta = TimeDelta::minutes(5);

/// What an alert waits for at `now`, given what it waited for before: nothing once somebody has it,
/// and steps that were taken stay taken.
pub fn plan(alert: &Alert, policy: &Policy, now: Moment) -> Option<Escalation> {
    if !waits(alert) {
        return None;
    }
    let before = alert.ledger.escalation.as_ref();
    let kept = |step: &Step| before.and_then(|old| old.steps.iter().find(|planned| planned.step == *step));
    let steps: Vec<Planned> = policy
        .steps
        .iter()
        .filter(|step| step.concerns(&alert.subject.environment, alert.severity))
        .map(|step| match kept(step) {
            Some(old) => old.clone(),
            None => Planned { step: step.clone(), due: now + step.after(), done: None },
        })
        .collect();
    // What was taken under an older configuration is still to be heard of.
    let taken = before.into_iter().flat_map(|old| &old.steps);
    let taken = taken.filter(|old| old.done.is_some() && steps.iter().all(|new| new.step != old.step));
    let steps: Vec<Planned> = taken.cloned().chain(steps.iter().cloned()).collect();
    let since = before.map_or(now, |old| old.since.min(now));
    (!steps.is_empty()).then_some(Escalation { since, steps })
}

/// The steps that are due at `now`, by their place in the plan.
pub fn due(alert: &Alert, now: Moment) -> Vec<usize> {
    if !waits(alert) {
        return Vec::new();
    }
    let steps = alert.ledger.escalation.iter().flat_map(|plan| &plan.steps);
    steps
        .enumerate()
        .filter(|(_, planned)| planned.done.is_none() && planned.due <= now)
        .map(|(at, _)| at)
        .collect()
}

/// The alert's plan as it must be where the clock was set back: nobody waits longer than the step
/// says. `None` where it stands as it should.
pub fn caught_up(alert: &Alert, now: Moment) -> Option<Escalation> {
    let mut plan = alert.ledger.escalation.clone().filter(|_| waits(alert))?;
    let mut changed = false;
    for planned in plan.steps.iter_mut().filter(|planned| planned.done.is_none()) {
        let latest = now + planned.step.after();
        changed |= planned.due > latest;
        planned.due = planned.due.min(latest);
    }
    changed.then_some(plan)
}

/// The plan of an alert about which nothing may be said just now: whoever asked for quiet gets as
/// long to react after it as they would have had.
pub fn put_off(plan: &Escalation, now: Moment) -> Escalation {
    let mut later = plan.clone();
    for planned in later.steps.iter_mut().filter(|planned| planned.done.is_none() && planned.due <= now) {
        // A step at once would else be put off at every look.
        planned.due = now + planned.step.after().max(TimeDelta::minutes(1));
    }
    later
}

/// When the next step is due.
pub fn next_due(alert: &Alert) -> Option<Moment> {
    let steps = alert.ledger.escalation.iter().filter(|_| waits(alert)).flat_map(|plan| &plan.steps);
    steps.filter(|planned| planned.done.is_none()).map(|planned| planned.due).min()
}

/// The state that the paging service must hear of: somebody has the alert, or it is over.
pub fn page_state(alert: &Alert) -> Option<PageState> {
    let told = alert.ledger.paged.as_ref()?.state;
    let state = match alert.status {
        Status::Resolved => PageState::Resolved,
        Status::Acknowledged => PageState::Acknowledged,
        // Who is called anew is called by a step.
        Status::Firing => return None,
    };
    (told != state && told != PageState::Resolved).then_some(state)
}

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It waits; this is why it failed last.
    Waiting(Option<String>),
    /// It arrived, or there was no more need for it.
    Settled,
    /// It never will.
    GivenUp(String),
}

/// The steps that should have reached somebody and did not, with the reason, where that has not been
/// said before. `fate` tells what became of a delivery.
pub fn missed(alert: &Alert, now: Moment, fate: impl Fn(DeliveryId) -> Fate) -> Vec<(usize, String)> {
    let steps = alert.ledger.escalation.iter().flat_map(|plan| &plan.steps).enumerate();
    steps
        .filter_map(|(at, planned)| {
            let done = planned.done.as_ref().filter(|done| done.missed.is_none())?;
            let late = now - done.at > PATIENCE;
            let why = done.deliveries.iter().find_map(|id| match fate(*id) {
                Fate::Settled => None,
                Fate::GivenUp(why) => Some(why),
                Fate::Waiting(why) if late => Some(match why {
                    Some(why) => format!("not delivered after {} min: {why}", PATIENCE.num_minutes()),
                    None => format!("not delivered after {} min", PATIENCE.num_minutes()),
                }),
                Fate::Waiting(_) => None,
            })?;
            Some((at, why))
        })
        .collect()
}

/// What is wrong with an alert's escalation at `now`, in words: steps that reached nobody, and steps
/// that should have been taken long ago.
pub fn troubles(alert: &Alert, now: Moment) -> Vec<String> {
    let waiting = waits(alert);
    let steps = alert.ledger.escalation.iter().flat_map(|plan| &plan.steps);
    steps
        .filter_map(|planned| match &planned.done {
            Some(Done { missed: Some(why), .. }) => {
                Some(format!("{} was not reached about {}: {why}", names(&planned.step), alert.number))
            }
            None if waiting && now - planned.due > PATIENCE => Some(format!(
                "{} should have been told about {} by now, and was not",
                names(&planned.step),
                alert.number
            )),
            _ => None,
        })
        .collect()
}

/// "PagerDuty and #oncall"
pub fn names(step: &Step) -> String {
    step.targets.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}

/// Whether people know of it and nobody has it.
fn waits(alert: &Alert) -> bool {
    let told = alert.ledger.told.as_ref().is_some_and(|told| told.status != Status::Resolved);
    alert.status == Status::Firing && told && alert.silenced.is_none()
}

#[cfg(test)]
mod tests;
