//! A new version of the service where the trouble starts, and what got worse began right after it.

use crate::diagnose::candidate::{Candidate, Expectation, Said, fix};
use crate::diagnose::case::{Case, Culprit, SOON};
use crate::diagnose::needs::View;
use crate::diagnose::rules::Rule;
use crate::diagnose::shift::{Shift, show, span};
use crate::model::signal::Signal;

pub(crate) struct Deployment;

/// What a new version can make worse.
const TELLING: [Signal; 4] = [Signal::ApiResponseTime, Signal::ErrorRate, Signal::Memory, Signal::Cpu];

impl Rule for Deployment {
    fn needs(&self) -> &'static [(View, Signal)] {
        &[
            (View::Own, Signal::ApiResponseTime),
            (View::Own, Signal::ErrorRate),
            (View::Own, Signal::Traffic),
            (View::Own, Signal::Memory),
            (View::Own, Signal::Cpu),
            (View::Peer, Signal::ApiResponseTime),
            (View::Peer, Signal::ErrorRate),
            (View::Peer, Signal::Traffic),
        ]
    }

    fn judge(&self, case: &Case<'_>) -> Vec<Candidate> {
        case.culprits().iter().filter_map(|culprit| self.of(case, culprit)).collect()
    }
}

impl Deployment {
    fn of(&self, case: &Case<'_>, culprit: &Culprit) -> Option<Candidate> {
        let service = &culprit.service;
        let onset = case.onset_of(service);
        let deployment = case.deployment_before(service, onset)?;
        // An innocent deployment is one after which the service's own figures stayed as they were.
        let worse: Vec<Shift> =
            TELLING.iter().filter_map(|s| case.own(*s, service)).filter(Shift::rose).collect();
        if worse.is_empty() && culprit.down.is_none() {
            return None;
        }
        let deployed = case.deployment_fact(deployment, onset);
        let gap = onset - deployment.at;
        let when = if gap.num_seconds() > 5 { format!("{} after", span(gap)) } else { "with".to_owned() };
        let mut expectations = vec![if gap <= SOON {
            Expectation::seen(3.0, format!("the trouble began {when} the deployment"), vec![deployed.clone()])
        } else {
            Expectation::contradicted(
                3.0,
                format!("{} passed between the deployment and the onset", span(gap)),
                vec![deployed.clone()],
            )
        }];
        for shift in &worse {
            let signal = shift.key.signal;
            let text = format!(
                "{} of {service} went from {} before it to {} after it",
                signal.label(),
                show(signal, shift.before),
                show(signal, shift.now)
            );
            expectations.push(Expectation::seen(2.5, text, vec![case.fact(shift), deployed.clone()]));
        }
        if let Some(down) = &culprit.down {
            let text = format!("{service} does not answer since");
            expectations.push(Expectation::seen(3.0, text, down.clone()));
        } else {
            expectations.push(case.callees_are_well(2.0, service));
        }
        expectations.push(case.traffic_is_usual(1.0, service));
        expectations.extend(case.on_the_way(culprit));

        let version = &deployment.version;
        let back = deployment.previous.as_deref();
        let undo = match back {
            Some(previous) => format!("Roll {service} back to {previous}"),
            None => format!("Roll {service} back to the version before {version}"),
        };
        Some(Candidate {
            rule: "deployment",
            culprit: service.clone(),
            sentence: Said::new(
                format!("the deployment of {service} {version} at {} UTC", deployment.at.format("%H:%M")),
                vec![deployed],
            ),
            expectations,
            fixes: vec![
                fix(undo, None, "about 5 min"),
                fix(
                    match back {
                        Some(previous) => {
                            format!("Compare {previous} with {version} for what is slower or fails")
                        }
                        None => format!("Look through the changes in {version} for what is slower or fails"),
                    },
                    back.filter(|previous| plain(previous) && plain(version))
                        .map(|previous| format!("git log --oneline {previous}..{version}")),
                    "about 30 min",
                ),
            ],
            ceiling: 0.95,
            explains: if gap <= SOON {
                &[
                    "own_errors",
                    "slow_dependency",
                    "slow_database",
                    "dependency_down",
                    "cpu_saturation",
                    "memory_limit",
                    "endpoint",
                ]
            } else {
                &[]
            },
        })
    }
}

/// Safe to stand in a command that a person copies.
fn plain(version: &str) -> bool {
    !version.is_empty()
        && !version.starts_with('-')
        && version.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/'))
}
