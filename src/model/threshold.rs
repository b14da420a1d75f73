//! Where a signal stops being good: the warning and the critical line.

use serde::{Deserialize, Serialize};

use crate::model::signal::Signal;
use crate::model::subject::Subject;

/// The two lines for one signal of one subject, and where they were set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lines {
    /// From here on it is a warning.
    pub warning: f64,
    /// From here on it is critical. This is the configured value.
    pub critical: f64,
    /// Where the critical line was set: "default", "monitoring.thresholds", "prod", "services.checkout".
    pub origin: String,
}

/// One configured critical line. `subject` says for what; the most specific rule wins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ThresholdRule {
    /// For what it holds; an empty subject means everything.
    pub subject: Subject,
    /// Which signal.
    pub signal: Signal,
    /// The critical line, in the signal's unit.
    pub critical: f64,
    /// Where it was set, for people.
    pub origin: String,
}

/// All thresholds in force.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    /// In any order; `lines` picks the most specific one.
    pub rules: Vec<ThresholdRule>,
}

impl Thresholds {
    /// Warning and critical values of the specification's table. `None` for signals without a line.
    pub fn table(signal: Signal) -> Option<(f64, f64)> {
        match signal {
            Signal::ApiResponseTime => Some((200.0, 500.0)),
            Signal::DatabaseQueryTime => Some((100.0, 500.0)),
            Signal::DeploymentDuration => Some((5.0, 15.0)),
            Signal::ErrorRate => Some((0.1, 1.0)),
            Signal::Memory => Some((60.0, 85.0)),
            Signal::Cpu => Some((70.0, 90.0)),
            // The table has no line for disks; these are node_exporter's customary ones.
            Signal::Disk => Some((80.0, 90.0)),
            Signal::Traffic | Signal::MemoryUsed | Signal::Answering | Signal::BodyCheck => None,
        }
    }

    /// The lines for `signal` of `subject`: the most specific rule gives the critical line, and the
    /// table's warning value moves in proportion (prod: 200 ms critical, so 80 ms warning).
    pub fn lines(&self, signal: Signal, subject: &Subject) -> Option<Lines> {
        let (warning, critical) = Self::table(signal)?;
        let rule = self
            .rules
            .iter()
            .filter(|rule| rule.signal == signal && rule.subject.covers(subject))
            .max_by_key(|rule| specificity(&rule.subject));
        Some(match rule {
            Some(rule) => Lines {
                warning: warning * rule.critical / critical,
                critical: rule.critical,
                origin: rule.origin.clone(),
            },
            None => Lines { warning, critical, origin: "default".to_owned() },
        })
    }
}

/// How narrow a rule is. An endpoint beats a service, a service beats an environment.
fn specificity(subject: &Subject) -> u32 {
    let narrow = [&subject.endpoint, &subject.method, &subject.container, &subject.database, &subject.host];
    let narrow = narrow.iter().filter(|part| part.is_some()).count() as u32;
    narrow * 100
        + u32::from(subject.service.is_some()) * 10
        + u32::from(subject.region.is_some()) * 2
        + u32::from(!subject.environment.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(subject: Subject, critical: f64, origin: &str) -> ThresholdRule {
        ThresholdRule { subject, signal: Signal::ApiResponseTime, critical, origin: origin.to_owned() }
    }

    #[test]
    fn a_moved_critical_line_moves_the_warning_line_with_it() {
        let prod = Subject { environment: "prod".to_owned(), ..Subject::default() };
        let thresholds = Thresholds { rules: vec![rule(prod, 200.0, "prod")] };
        let lines =
            thresholds.lines(Signal::ApiResponseTime, &Subject::service("prod", "web")).expect("has lines");
        assert_eq!((lines.warning, lines.critical, lines.origin.as_str()), (80.0, 200.0, "prod"));
    }

    #[test]
    fn the_most_specific_rule_wins() {
        let prod = Subject { environment: "prod".to_owned(), ..Subject::default() };
        let web = Subject { service: Some("web".to_owned()), ..Subject::default() };
        let thresholds =
            Thresholds { rules: vec![rule(web, 900.0, "services.web"), rule(prod, 200.0, "prod")] };
        let lines =
            thresholds.lines(Signal::ApiResponseTime, &Subject::service("prod", "web")).expect("has lines");
        assert_eq!(lines.origin, "services.web");
    }
}
