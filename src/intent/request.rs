//! From an intent and its slots to the typed request that handlers get.

use super::slots::Slots;
use crate::model::alert::AlertNumber;
use crate::model::request::{
    AlertChange, Period, Query, Request, Resource, Scope, Talk, Unbuilt, Which, WorldChange,
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
        "help" => Request::Query(Query::Help),
        "acknowledge" => Request::AlertChange(AlertChange::Acknowledge(which())),
        "resolve" => {
            let text = own.trim();
            let text = (!text.is_empty()).then(|| text.chars().take(LONGEST_NOTE).collect());
            Request::AlertChange(AlertChange::Resolve { which: which(), text })
        }
        "silence" => Request::AlertChange(AlertChange::Silence { which: which(), range }),
        "feedback" => Request::AlertChange(AlertChange::FalseAlarm(which())),
        "set_threshold"
        | "restart_container"
        | "scale_service"
        | "rollback_deployment"
        | "create_index"
        | "create_issue" => Request::WorldChange(WorldChange(unbuilt())),
        "smalltalk" => Request::Talk(Talk::Smalltalk),
        "refuse" => Request::Talk(Talk::Refuse),
        "out_of_scope" => Request::Talk(Talk::OutOfScope),
        _ => Request::Query(Query::NotBuilt(unbuilt())),
    }
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
