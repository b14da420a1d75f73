//! From an intent and its slots to the typed request that handlers get.

use super::follow;
use super::measure;
use super::slots::Slots;
use crate::model::alert::AlertNumber;
use crate::model::request::{
    AlertChange, FollowUp, Period, Query, Request, Resource, Scope, Talk, Unbuilt, Which, WorldChange,
};
use crate::model::time::TimeRange;

/// Longest note kept with a resolved alert, in characters.
const LONGEST_NOTE: usize = 280;

/// The request that `intent` means. `quoted` is an error text that was cited, `own` what was said.
pub(super) fn request(
    intent: &'static str,
    slots: &Slots,
    range: Option<TimeRange>,
    quoted: Option<String>,
    own: &str,
) -> Request {
    let scope = scope(slots, range);
    let which = || Which { number: number(slots), scope: Scope { range: None, ..scope.clone() } };
    let unbuilt = || Unbuilt { intent: intent.to_owned() };
    match intent {
        "analyze_latency" => Request::Query(Query::Latency(scope)),
        "analyze_errors" => Request::Query(Query::Errors { scope, quoted }),
        "analyze_resources" => Request::Query(Query::Resources { scope, resource: resource(slots) }),
        "status" => Request::Query(Query::Status(scope)),
        "list_alerts" => Request::Query(Query::Alerts(scope)),
        "report" if slots.get("period").is_some_and(|period| period == "monthly") => {
            Request::Query(Query::NotBuilt(unbuilt()))
        }
        "report" => {
            let weekly = slots.get("period").is_some_and(|period| period == "weekly");
            Request::Query(Query::Report {
                period: if weekly { Period::Weekly } else { Period::Daily },
                range,
            })
        }
        "trend" => Request::Query(Query::Trend { scope, signal: measure::signal(own, resource(slots)) }),
        "compare_regions" => {
            Request::Query(Query::Regions { scope, signal: measure::signal(own, resource(slots)) })
        }
        "sla" => Request::Query(Query::Sla(scope)),
        "show_thresholds" => {
            Request::Query(Query::Thresholds { scope, signal: measure::signal(own, resource(slots)) })
        }
        "analyze_deployment" => {
            Request::Query(Query::Deployments { scope, version: slots.get("version").cloned() })
        }
        "similar_incidents" => Request::Query(Query::Similar { scope, number: number(slots) }),
        "forecast_capacity" => {
            // What was said is by when, not about which time.
            let scope = Scope { range: None, ..scope };
            Request::Query(Query::Capacity { scope, resource: resource(slots) })
        }
        "audit" => Request::Query(Query::Audit { scope, number: number(slots), deed: measure::deed(own) }),
        "on_call" => Request::Query(Query::OnCall(scope)),
        "slow_queries" => Request::Query(Query::SlowQueries {
            scope,
            limit: slots.get("limit").and_then(|limit| limit.parse().ok()),
        }),
        "explain_query" => Request::Query(Query::Statement { scope, which: slots.get("query").cloned() }),
        "follow_up" => {
            let turn = follow::turn(own, resource(slots));
            Request::Query(Query::FollowUp(FollowUp { scope, turn }))
        }
        "help" => Request::Query(Query::Help),
        "acknowledge" => Request::AlertChange(AlertChange::Acknowledge(which())),
        "resolve" => Request::AlertChange(AlertChange::Resolve { which: which(), text: note(own) }),
        "silence" => Request::AlertChange(AlertChange::Silence { which: which(), range }),
        "feedback" if measure::is_praise(own) => Request::AlertChange(AlertChange::Useful(which())),
        "feedback" => Request::AlertChange(AlertChange::FalseAlarm(which())),
        "set_threshold" => Request::WorldChange(WorldChange::SetThreshold {
            scope: Scope { range: None, ..scope },
            signal: measure::signal(own, resource(slots)),
            value: slots.get("value").cloned(),
        }),
        "create_index" => {
            Request::WorldChange(WorldChange::CreateIndex { scope, which: slots.get("query").cloned() })
        }
        // Of a statement; issues about other things are not built yet.
        "create_issue" if slots.contains_key("query") => {
            Request::WorldChange(WorldChange::OpenIssue { scope, which: slots.get("query").cloned() })
        }
        "restart_container" | "scale_service" | "rollback_deployment" | "create_issue" => {
            Request::WorldChange(WorldChange::NotBuilt(unbuilt()))
        }
        "smalltalk" => Request::Talk(Talk::Smalltalk),
        "refuse" => Request::Talk(Talk::Refuse),
        "out_of_scope" => Request::Talk(Talk::OutOfScope),
        _ => Request::Query(Query::NotBuilt(unbuilt())),
    }
}

/// What was said about the end of an alert beside that it is over: of "resolve 12, restarted the
/// pool" the second half. The alert's message already says the first.
fn note(own: &str) -> Option<String> {
    const COMMAND: [&str; 18] = [
        "please", "resolve", "resolved", "close", "closed", "mark", "alert", "incident", "the", "this", "it",
        "it's", "is", "as", "fixed", "solved", "done", "now",
    ];
    let mut rest = own.trim();
    loop {
        let (word, behind) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let bare = word.trim_matches(|c: char| c.is_ascii_punctuation() && c != '\'').to_lowercase();
        let is_number = !bare.is_empty() && bare.chars().all(|c| c.is_ascii_digit());
        if rest.is_empty() || !(is_number || bare.is_empty() || COMMAND.contains(&bare.as_str())) {
            break;
        }
        rest = behind.trim_start();
        // After a comma people say something of their own, whatever its first word is.
        if word.ends_with([',', ':', ';', '.']) && !bare.is_empty() {
            break;
        }
    }
    (!rest.is_empty()).then(|| rest.chars().take(LONGEST_NOTE).collect())
}

fn scope(slots: &Slots, range: Option<TimeRange>) -> Scope {
    let said = |slot: &str| slots.get(slot).cloned();
    Scope {
        service: said("service"),
        endpoint: said("endpoint"),
        environment: said("environment"),
        region: said("region"),
        host: said("host"),
        container: said("container"),
        database: said("database"),
        range,
        among: Vec::new(),
    }
}

fn number(slots: &Slots) -> Option<AlertNumber> {
    slots.get("alert")?.parse().ok().map(AlertNumber)
}

fn resource(slots: &Slots) -> Option<Resource> {
    match slots.get("resource")?.as_str() {
        "cpu" => Some(Resource::Cpu),
        "memory" => Some(Resource::Memory),
        "disk" => Some(Resource::Disk),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::note;

    #[test]
    fn a_note_is_what_was_said_beside_the_command() {
        for (said, kept) in [
            ("resolve 12", None),
            ("resolve alert #12.", None),
            ("It is fixed now", None),
            ("resolve 12, restarted the pool", Some("restarted the pool")),
            ("1234 is fixed, restarted postgres", Some("restarted postgres")),
            ("close it: the disk was full", Some("the disk was full")),
            ("", None),
        ] {
            assert_eq!(note(said).as_deref(), kept, "{said}");
        }
    }
}
