//! "Good catch": a person says that an alert was worth it. It changes nothing about the alert, and is
//! counted with the false alarms.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use crate::alert::Act;
use crate::gather::readable::Readable;
use crate::handlers::act::Books;
use crate::model::alert::AlertNumber;
use crate::model::answer::{Answer, escape};
use crate::model::person::Person;
use crate::model::request::Which;
use crate::model::time::TimeRange;
use crate::store::{AuditLine, Tx};

/// What the audit log calls it.
const USEFUL: &str = "marked as useful";
/// Over which time feedback is counted.
const COUNTED: TimeDelta = TimeDelta::days(90);

impl Books {
    /// Notes that the alert was useful.
    pub(super) async fn useful(
        &self,
        tx: &mut Tx,
        which: &Which,
        thread: Option<AlertNumber>,
        who: &Person,
    ) -> anyhow::Result<Answer> {
        let now = self.readable.now();
        let mut said = Vec::new();
        // Which alert is meant is found as for a false alarm.
        for alert in self.meant(which, thread, &Act::FalseAlarm).await? {
            tx.add_event(alert.number, now, Some(&who.name), USEFUL).await?;
            // Not "done": there is nothing about it to undo.
            tx.add_audit(&AuditLine {
                at: now,
                who_id: who.id.clone(),
                who_name: who.name.clone(),
                what: USEFUL.to_owned(),
                subject: format!("alert {} {}", alert.number, alert.subject),
                outcome: "noted".to_owned(),
            })
            .await?;
            said.push(alert.number);
        }
        let (mut useful, false_alarms) = counted(&self.readable).await?;
        useful.extend(said.iter().copied());
        let names: Vec<String> = said.iter().map(ToString::to_string).collect();
        Ok(Answer::new(format!("{} {USEFUL} by {}.", names.join(", "), escape(&who.name))).footnote(format!(
            "Of the alerts of the last 90 days people called {} useful and {} a false alarm",
            useful.len(),
            false_alarms.len()
        )))
    }
}

/// Alerts that people called useful, and those they called a false alarm.
async fn counted(ctx: &Readable) -> anyhow::Result<(BTreeSet<AlertNumber>, BTreeSet<AlertNumber>)> {
    let range = TimeRange::last(COUNTED, ctx.now() + TimeDelta::seconds(1));
    let false_alarms =
        ctx.alerts_between(range).await?.into_iter().filter(|alert| alert.false_alarm.is_some());
    let useful = ctx.audit(range).await?.into_iter().filter(|line| line.what == USEFUL).filter_map(|line| {
        let number = line.subject.strip_prefix("alert #")?.split(' ').next()?.parse().ok()?;
        Some(AlertNumber(number))
    });
    Ok((useful.collect(), false_alarms.map(|alert| alert.number).collect()))
}
