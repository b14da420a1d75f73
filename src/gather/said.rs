//! What people said in chat and somebody approved, as it is in force: lines, windows, silences,
//! names. Made of the changes that are done; a later one wins.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use crate::alert::{MaintenanceWindow, SubjectSilence};
use crate::model::change::{Change, Planned, Standing};
use crate::model::threshold::ThresholdRule;
use crate::model::time::Moment;

/// What was said in chat and is in force.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct InForce {
    /// Critical lines; to stand behind the configured ones, so that of two for the same thing the
    /// one that was said later wins.
    pub lines: Vec<ThresholdRule>,
    /// Planned work that is not over.
    pub windows: Vec<MaintenanceWindow>,
    /// Silences of whole environments that are not over.
    pub silences: Vec<SubjectSilence>,
    /// Names and what they stand for.
    pub aliases: BTreeMap<String, Vec<String>>,
}

/// What `changes`, in the order of their approval, come to at `now`.
pub fn in_force(changes: &[Change], now: Moment, timezone: Tz) -> InForce {
    let mut all = InForce::default();
    for change in changes {
        let Standing::Done(decided) = &change.standing else { continue };
        match &change.planned {
            Planned::Threshold { subject, signal, critical, .. } => {
                all.lines.retain(|line| (&line.subject, line.signal) != (subject, *signal));
                let at = decided.at.with_timezone(&timezone).format("%F %H:%M");
                all.lines.push(ThresholdRule {
                    subject: subject.clone(),
                    signal: *signal,
                    critical: *critical,
                    // Whose wish it was; the audit log knows who approved it.
                    origin: format!("set in chat by {}, {at}", change.asked_by.1),
                });
            }
            Planned::Silence { subject, range } if range.to > now => all.silences.push(SubjectSilence {
                scope: subject.clone(),
                alert: None,
                from: range.from,
                until: range.to,
                by: change.asked_by.1.clone(),
            }),
            Planned::Maintenance { subjects, range, what } if range.to > now => {
                all.windows.extend(subjects.iter().map(|subject| MaintenanceWindow {
                    scope: subject.clone(),
                    range: *range,
                    title: what.clone(),
                }));
            }
            Planned::Alias { name, members } => {
                all.aliases.insert(name.clone(), members.clone());
            }
            // What was done in the world is no rule to go by.
            Planned::Silence { .. }
            | Planned::Maintenance { .. }
            | Planned::CreateIndex { .. }
            | Planned::OpenIssue { .. } => {}
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;
    use crate::model::change::{ChangeNumber, Decided};
    use crate::model::signal::Signal;
    use crate::model::subject::Subject;
    use crate::model::threshold::Thresholds;
    use crate::model::time::TimeRange;

    fn at(minutes: i64) -> Moment {
        DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::minutes(minutes)
    }

    fn done(number: i64, planned: Planned) -> Change {
        Change {
            number: ChangeNumber(number),
            planned,
            asked_by: ("U1".to_owned(), "Ana".to_owned()),
            asked_at: at(0),
            expires_at: at(10),
            standing: Standing::Done(Decided { by: "Ben".to_owned(), at: at(number) }),
            shown: None,
            version: 1,
        }
    }

    fn line(critical: f64) -> Planned {
        let subject = Subject { service: Some("web".to_owned()), ..Subject::default() };
        Planned::Threshold { subject, signal: Signal::ApiResponseTime, critical, before: 500.0 }
    }

    #[test]
    fn the_later_line_wins_over_the_earlier_and_the_configured_one() {
        let said = in_force(&[done(1, line(300.0)), done(2, line(400.0))], at(60), Tz::UTC);
        assert_eq!(said.lines.len(), 1);
        assert_eq!(said.lines[0].origin, "set in chat by Ana, 2024-10-04 00:02");
        let configured =
            ThresholdRule { critical: 900.0, origin: "services.web".to_owned(), ..said.lines[0].clone() };
        let all = Thresholds { rules: [vec![configured], said.lines].concat() };
        let lines = all.lines(Signal::ApiResponseTime, &Subject::service("prod", "web")).expect("has lines");
        assert!((lines.critical - 400.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_over_or_taken_back_is_not_in_force() {
        let range = TimeRange::new(at(0), at(30));
        let silence = Planned::Silence { subject: Subject::default(), range };
        assert_eq!(in_force(&[done(1, silence.clone())], at(29), Tz::UTC).silences.len(), 1);
        assert_eq!(in_force(&[done(1, silence)], at(30), Tz::UTC), InForce::default());
        let back = Change {
            standing: Standing::TakenBack(Decided { by: "Ben".to_owned(), at: at(5) }),
            ..done(1, line(300.0))
        };
        assert_eq!(in_force(&[back], at(6), Tz::UTC), InForce::default());
    }
}
