//! What a paging service is told about an alert: short, plain, with the figures and the way to the
//! rest. Pure.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use super::phrase::{Voice, headline};
use super::words;
use crate::model::alert::Alert;
use crate::model::answer::Section;
use crate::model::page::{Link, Page, PageState};
use crate::model::time::Moment;

/// The event that gives the incident `key` the state `state`.
pub fn page(alert: &Alert, key: String, state: PageState, links: Vec<Link>, now: Moment, tz: Tz) -> Page {
    let voice = Voice { now, tz, markdown: false };
    Page {
        key,
        state,
        severity: alert.severity,
        summary: format!("{} {}", alert.number, headline(alert, &voice)),
        source: alert.subject.to_string(),
        component: alert.subject.name().to_owned(),
        group: alert.subject.environment.clone(),
        class: alert.alert_type().to_owned(),
        since: alert.since,
        links,
        details: details(alert, now, tz),
    }
}

fn details(alert: &Alert, now: Moment, tz: Tz) -> BTreeMap<String, String> {
    let mut details = BTreeMap::new();
    for section in words::message(alert, now, tz).sections {
        let Section::Figures(figures) = section else { continue };
        for figure in figures {
            let compared =
                if figure.compared.is_empty() { String::new() } else { format!(" ({})", figure.compared) };
            details.insert(figure.label, figure.value + &compared);
        }
    }
    if let Some(cause) = alert.diagnosis.as_ref().and_then(|diagnosis| diagnosis.cause()) {
        details.insert("Cause".to_owned(), cause.sentence.text.clone());
        if let Some(fix) = cause.fixes.first() {
            details.insert("Fix".to_owned(), format!("{} ({})", fix.text, fix.effort));
        }
    }
    details.insert("Alert".to_owned(), alert.number.to_string());
    details
}
