//! Where a text can be read in two ways: the likelier one is answered, and the other offered in words
//! that can be typed as well.

use crate::intent::Parsed;
use crate::model::answer::{Answer, Control, Mark, Press};
use crate::model::request::{Request, Scope};

/// From this share of the likelier reading's confidence on, the other one is worth a button.
const CLOSE: f64 = 0.85;
/// Below this share a reading is none, and from this one on an act is what was meant.
const LOST: f64 = 0.15;
const SURE: f64 = 0.6;
/// Messages carry at most two buttons.
const MOST_BUTTONS: usize = 2;

/// The intent that was nearly taken instead. Only between questions: what acts is never a guess.
pub(super) fn other(parsed: &Parsed) -> Option<&'static str> {
    let (intent, confidence) = parsed.runner_up?;
    let close = matches!(parsed.request, Request::Query(_)) && confidence >= parsed.confidence * CLOSE;
    (close && intent != parsed.intent && question(intent).is_some()).then_some(intent)
}

/// A change that somebody surely speaks of, and that was not asked for plainly enough to be made; only
/// where nothing else was understood.
pub(super) fn held_back(parsed: &Parsed) -> Option<&'static str> {
    let (intent, confidence) = parsed.runner_up?;
    let nothing_else =
        matches!(parsed.request, Request::Query(_)) && parsed.confidence < LOST && confidence >= SURE;
    (nothing_else && order(intent).is_some()).then_some(intent)
}

/// Says what was not done, and how to have it done.
pub(super) fn not_done(intent: &str, scope: &Scope) -> Option<Answer> {
    let (what, example) = order(intent)?;
    let how = match (example, &scope.service) {
        (None, _) => ", which is not built yet.".to_owned(),
        (Some(example), service) => {
            let example = example.replace("checkout", service.as_deref().unwrap_or("checkout"));
            format!(": I do that when it is said as an order, such as `{example}`.")
        }
    };
    Some(Answer::new(format!("I changed nothing. You may want me to {what}{how}")).marked(Mark::Unknown))
}

/// What an intent changes, and an order that says just that, where it can be carried out.
fn order(intent: &str) -> Option<(&'static str, Option<&'static str>)> {
    Some(match intent {
        "acknowledge" => ("acknowledge an alert", Some("ack 12")),
        "resolve" => ("resolve an alert", Some("resolve 12")),
        "silence" => ("keep alerts silent", Some("silence checkout for 2 h")),
        "feedback" => ("note what an alert was worth", Some("12 was a false alarm")),
        "set_threshold" => ("set a threshold", Some("set the latency threshold of checkout to 500ms")),
        "restart_container" => ("restart a container", None),
        "scale_service" => ("scale a service", None),
        "rollback_deployment" => ("roll a deployment back", None),
        "create_index" => ("create an index", Some("create the index for query 1")),
        "create_issue" => ("create an issue", Some("open an issue for query 1")),
        _ => return None,
    })
}

/// Says that there is another reading, and offers it.
pub(super) fn offer(answer: Answer, other: &str, scope: &Scope) -> Answer {
    let Some((means, ask)) = question(other) else { return answer };
    let ask = of(ask, scope);
    let answer = answer.footnote(format!("It may also have meant {means}: `{ask}`"));
    let buttons = answer.controls.iter().filter(|control| matches!(control, Control::Button(_))).count();
    if buttons >= MOST_BUTTONS { answer } else { answer.button(&format!("Rather {means}"), Press::Ask(ask)) }
}

/// What an intent asks for, and a question that asks for just that.
fn question(intent: &str) -> Option<(&'static str, &'static str)> {
    Some(match intent {
        "analyze_latency" => ("latency", "why is {} slow"),
        "analyze_errors" => ("errors", "errors on {}"),
        "analyze_resources" => ("resources", "cpu and memory of {}"),
        "status" => ("the status", "status of {}"),
        "list_alerts" => ("alerts", "list open alerts of {}"),
        "trend" => ("the trend", "latency trend of {}"),
        "compare_regions" => ("regions", "which region is slowest"),
        "sla" => ("uptime", "uptime of {}"),
        "show_thresholds" => ("thresholds", "show thresholds of {}"),
        "analyze_deployment" => ("the last deployment", "did the last deployment of {} make it slower"),
        "slow_queries" => ("slow queries", "slowest queries on {}"),
        "forecast_capacity" => ("capacity", "when is the disk of {} full"),
        "audit" => ("who did it", "show me the audit log"),
        "on_call" => ("who is on call", "who is on call"),
        _ => return None,
    })
}

/// The question about what was spoken of; without a name, about everything.
fn of(ask: &str, scope: &Scope) -> String {
    let names = [&scope.service, &scope.container, &scope.host, &scope.database];
    match names.into_iter().flatten().next() {
        Some(name) => ask.replace("{}", name),
        None if ask.contains("is {}") => ask.replace("{}", "it"),
        None => [" of {}", " on {}"].iter().fold(ask.to_owned(), |ask, of| ask.replace(of, "")),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::intent;
    use crate::model::inventory::Inventory;
    use crate::model::request::WorldChange;

    #[test]
    fn what_was_held_back_is_done_when_it_is_said_as_shown() {
        let inventory = Inventory { services: vec!["checkout".to_owned()], ..Inventory::default() };
        for act in intent::ACTS {
            let (what, example) = order(act).expect("is named");
            let Some(example) = example else { continue };
            let parsed = intent::parse(example, &inventory, DateTime::UNIX_EPOCH);
            assert_eq!(parsed.intent, *act, "{what}");
            assert!(!matches!(parsed.request, Request::WorldChange(WorldChange::NotBuilt(_))), "{example}");
        }
        let parsed =
            intent::parse("could checkout please run on 7 instances?", &inventory, DateTime::UNIX_EPOCH);
        assert_eq!(held_back(&parsed), Some("scale_service"), "{parsed:?}");
        let parsed = intent::parse("why is checkout slow?", &inventory, DateTime::UNIX_EPOCH);
        assert_eq!(held_back(&parsed), None);
    }

    #[test]
    fn what_is_offered_is_read_as_what_it_says() {
        let inventory = Inventory { services: vec!["checkout".to_owned()], ..Inventory::default() };
        let checkout = Scope { service: Some("checkout".to_owned()), ..Scope::default() };
        for intent in [
            "analyze_latency",
            "analyze_errors",
            "analyze_resources",
            "status",
            "list_alerts",
            "trend",
            "compare_regions",
            "sla",
            "show_thresholds",
            "analyze_deployment",
            "forecast_capacity",
            "audit",
            "on_call",
        ] {
            let (_, ask) = question(intent).expect("has a question");
            for scope in [&checkout, &Scope::default()] {
                let ask = of(ask, scope);
                let parsed = intent::parse(&ask, &inventory, DateTime::UNIX_EPOCH);
                assert_eq!(parsed.intent, intent, "{ask}");
            }
        }
        assert_eq!(of("why is {} slow", &Scope::default()), "why is it slow");
    }

    #[test]
    fn a_third_button_is_never_added() {
        let full =
            Answer::new("x").button("a", Press::Ask("a".to_owned())).button("b", Press::Ask("b".to_owned()));
        let offered = offer(full, "status", &Scope::default());
        assert_eq!(offered.controls.len(), 2);
        assert_eq!(offered.footnotes, ["It may also have meant the status: `status`"]);
    }
}
