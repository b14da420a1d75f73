//! An event as the Events API v2 takes it.

use chrono::SecondsFormat;
use serde_json::{Map, Value, json};

use crate::model::page::{Page, PageState};

/// Longer summaries are cut by PagerDuty, in the middle of a word. Source: developer.pagerduty.com,
/// "PD-CEF": 1024 characters.
const SUMMARY: usize = 1024;

/// What is sent to `enqueue`. The routing key is a secret and stands in this value only.
pub(super) fn event(page: &Page, routing_key: &str) -> Value {
    let mut event = json!({
        "routing_key": routing_key,
        "event_action": match page.state {
            PageState::Triggered => "trigger",
            PageState::Acknowledged => "acknowledge",
            PageState::Resolved => "resolve",
        },
        "dedup_key": page.key,
    });
    // For the others PagerDuty reads the key only.
    if page.state == PageState::Triggered {
        event["client"] = json!("quad");
        event["payload"] = payload(page);
        let links = page.links.iter().map(|link| json!({"href": link.href, "text": link.text}));
        event["links"] = links.collect();
        if let Some(first) = page.links.first() {
            event["client_url"] = json!(first.href);
        }
    }
    event
}

fn payload(page: &Page) -> Value {
    let mut payload = Map::new();
    let mut put = |key: &str, value: &str| {
        if !value.is_empty() {
            payload.insert(key.to_owned(), json!(value));
        }
    };
    put("summary", &cut(&page.summary));
    put("severity", page.severity.name());
    put("source", &page.source);
    put("component", &page.component);
    put("group", &page.group);
    put("class", &page.class);
    put("timestamp", &page.since.to_rfc3339_opts(SecondsFormat::Millis, true));
    payload.insert("custom_details".to_owned(), json!(page.details));
    Value::Object(payload)
}

fn cut(text: &str) -> String {
    if text.chars().count() <= SUMMARY {
        return text.to_owned();
    }
    text.chars().take(SUMMARY - 3).chain("...".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::finding::Severity;
    use crate::model::page::Link;

    fn page(state: PageState) -> Page {
        Page {
            key: "quad-1".to_owned(),
            state,
            severity: Severity::Critical,
            summary: "#1 checkout (prod) has been slow since 13:57".to_owned(),
            source: "checkout (prod)".to_owned(),
            component: "checkout".to_owned(),
            group: String::new(),
            class: "slow_response".to_owned(),
            since: "2026-01-08T12:57:00Z".parse().expect("a time"),
            links: vec![Link { text: "#ops".to_owned(), href: "https://x.example.com/1".to_owned() }],
            details: [("P95".to_owned(), "2,400 ms".to_owned())].into(),
        }
    }

    #[test]
    fn a_call_says_what_broke_and_where_to_read_on() {
        insta::assert_snapshot!(event(&page(PageState::Triggered), "key"), @r##"{"routing_key":"key","event_action":"trigger","dedup_key":"quad-1","client":"quad","payload":{"summary":"#1 checkout (prod) has been slow since 13:57","severity":"critical","source":"checkout (prod)","component":"checkout","class":"slow_response","timestamp":"2026-01-08T12:57:00.000Z","custom_details":{"P95":"2,400 ms"}},"links":[{"href":"https://x.example.com/1","text":"#ops"}],"client_url":"https://x.example.com/1"}"##);
        insta::assert_snapshot!(event(&page(PageState::Resolved), "key"), @r#"{"routing_key":"key","event_action":"resolve","dedup_key":"quad-1"}"#);
    }

    #[test]
    fn a_long_summary_is_cut_visibly() {
        let long = Page { summary: "ä".repeat(2_000), ..page(PageState::Triggered) };
        let event = event(&long, "key");
        let summary = event["payload"]["summary"].as_str().expect("text");
        assert!(summary.chars().count() == 1024 && summary.ends_with("..."));
    }
}
