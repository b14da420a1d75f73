//! Which runbook fits an alert: of those that fit, the one that says most about which alerts it is
//! for. Pure; the files are read where the configuration is.

use serde::{Deserialize, Serialize};

use crate::model::alert::Alert;
use crate::model::answer::{Answer, Section, escape};
use crate::model::finding::{Rule, Severity};
use crate::model::signal::Signal;

/// One Markdown file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runbook {
    /// The file's name without `.md`; what its address ends in.
    pub name: String,
    /// From the front matter, else from the first heading.
    pub title: String,
    /// Which alerts it is for.
    pub fits: Fits,
    /// Markdown without the front matter.
    pub text: String,
}

/// Which alerts a runbook is for. What is left out fits all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fits {
    /// Found by one of these rules: `threshold`, `memory_growth`, `not_answering`, ...
    pub rules: Vec<Rule>,
    /// About one of these signals: `api_response_time`, `error_rate`, ...
    pub signals: Vec<Signal>,
    /// About one of these services.
    pub services: Vec<String>,
    /// About one of these routes: `/api/orders/{id}`.
    pub endpoints: Vec<String>,
    /// In one of these environments.
    pub environments: Vec<String>,
    /// Of one of these severities.
    pub severities: Vec<Severity>,
}

impl Fits {
    /// How narrowly it fits; `None` where it does not. An endpoint says more than a service, a
    /// service more than a rule, a rule more than a signal.
    fn score(&self, alert: &Alert) -> Option<u32> {
        let leading = alert.findings.first();
        let subject = leading.map_or(&alert.subject, |finding| &finding.key.subject);
        let named = |list: &[String], value: Option<&str>| value.is_some_and(|v| list.iter().any(|l| l == v));
        let mut score = 0;
        for (asked, holds, weight) in [
            (!self.endpoints.is_empty(), named(&self.endpoints, subject.endpoint.as_deref()), 32),
            (!self.services.is_empty(), named(&self.services, Some(alert.subject.name())), 16),
            (!self.rules.is_empty(), leading.is_some_and(|l| self.rules.contains(&l.rule)), 8),
            (!self.signals.is_empty(), self.signals.contains(&alert.signal), 4),
            (!self.environments.is_empty(), named(&self.environments, Some(&alert.subject.environment)), 2),
            (!self.severities.is_empty(), self.severities.contains(&alert.severity), 1),
        ] {
            match (asked, holds) {
                (true, false) => return None,
                (true, true) => score += weight,
                (false, _) => {}
            }
        }
        Some(score)
    }
}

/// All runbooks, in the order of their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Runbooks(pub Vec<Runbook>);

impl Runbooks {
    /// The one that fits `alert` best; of two that fit equally, the first by name.
    pub fn fitting(&self, alert: &Alert) -> Option<&Runbook> {
        let scored = self.0.iter().filter_map(|runbook| Some((runbook.fits.score(alert)?, runbook)));
        let best = scored.reduce(|best, other| if other.0 > best.0 { other } else { best });
        best.map(|(_, runbook)| runbook)
    }

    /// The one with this name.
    pub fn named(&self, name: &str) -> Option<&Runbook> {
        self.0.iter().find(|runbook| runbook.name == name)
    }
}

impl Runbook {
    /// The whole of it, for a chat.
    pub fn answer(&self) -> Answer {
        Answer::new(format!("Runbook: **{}**", escape(&self.title))).with(Section::Text(self.text.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::fold;
    use crate::alert::tests::{Office, finding};
    use crate::model::subject::Subject;

    fn runbook(name: &str, fits: Fits) -> Runbook {
        Runbook { name: name.to_owned(), title: name.to_owned(), fits, text: String::new() }
    }

    fn books() -> Runbooks {
        let services = vec!["checkout".to_owned()];
        Runbooks(vec![
            runbook("anything", Fits::default()),
            runbook("checkout", Fits { services, ..Fits::default() }),
            runbook("critical", Fits { severities: vec![Severity::Critical], ..Fits::default() }),
            runbook("slow", Fits { signals: vec![Signal::ApiResponseTime], ..Fits::default() }),
            runbook("slow-too", Fits { signals: vec![Signal::ApiResponseTime], ..Fits::default() }),
        ])
    }

    fn for_alert(signal: Signal, service: &str) -> String {
        let office = Office::new();
        let found =
            finding(Rule::Threshold, signal, Subject::service("prod", service), office.now, office.now);
        let alert = fold(&office.book, &[found], office.now, &office.settings).remove(0).alert;
        books().fitting(&alert).map(|runbook| runbook.name.clone()).unwrap_or_default()
    }

    #[test]
    fn the_most_specific_wins() {
        assert_eq!(for_alert(Signal::ApiResponseTime, "checkout"), "checkout");
        assert_eq!(
            for_alert(Signal::ApiResponseTime, "web"),
            "slow",
            "the first by name of two that fit equally"
        );
        assert_eq!(for_alert(Signal::Disk, "web"), "critical");
    }
}
