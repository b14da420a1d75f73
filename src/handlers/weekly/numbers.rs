//! The numbers of one week. How each is formed stands in `words::meanings`, where people read it, too.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::gather::readable::Readable;
use crate::handlers::compare::{Compared, paired};
use crate::handlers::deployments::{Outcome, outcomes};
use crate::intent;
use crate::model::alert::Alert;
use crate::model::inbound::{Inbound, Said};
use crate::model::inventory::Inventory;
use crate::model::request::{Query, Request, Scope};
use crate::model::sample::HourSummary;
use crate::model::signal::Signal;
use crate::model::time::{Moment, TimeRange};
use crate::store::SAID_KEPT;

/// What a person notices of a service that moves.
const NOTICED: [Signal; 2] = [Signal::ApiResponseTime, Signal::DatabaseQueryTime];

/// Everything about one week.
pub(super) struct Week {
    pub(super) record: Record,
    /// Seen and good minutes per service.
    pub(super) uptime: BTreeMap<String, (u64, u64)>,
    /// What got clearly slower against the week before, the worst first: whose, what, by how much.
    pub(super) movers: Vec<(String, Signal, Compared)>,
    /// The latest deployments of the week and what came of each, oldest first; and how many there were.
    pub(super) deployments: (Vec<Outcome>, usize),
}

/// What quad did about alerts.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// Opened in the week, oldest first.
    pub(super) alerts: Vec<Alert>,
    pub(super) detected: Vec<TimeDelta>,
    pub(super) acknowledged: Vec<TimeDelta>,
    pub(super) resolved: Vec<TimeDelta>,
    /// About how many somebody had asked before they opened; `None` where what was said then is not
    /// kept any more.
    pub(super) asked_first: Option<usize>,
    /// Opened while nobody was to be told: in a silence, in planned work.
    pub(super) quiet: usize,
}

impl Record {
    pub(super) fn false_alarms(&self) -> usize {
        self.alerts.iter().filter(|alert| alert.false_alarm.is_some()).count()
    }

    /// Those that were worth a message.
    pub(super) fn real(&self) -> usize {
        self.alerts.len() - self.false_alarms()
    }
}

/// The numbers of `week`.
pub(super) async fn of(ctx: &Readable, week: TimeRange) -> anyhow::Result<Week> {
    Ok(Week {
        record: record(ctx, week).await?,
        uptime: uptime(ctx, week).await?,
        movers: movers(ctx, week).await?,
        deployments: outcomes(ctx, week, super::words::MOST_DEPLOYMENTS).await?,
    })
}

pub(super) async fn record(ctx: &Readable, week: TimeRange) -> anyhow::Result<Record> {
    let mut alerts = ctx.alerts_between(week).await?;
    alerts.retain(|alert| week.contains(alert.opened_at));
    alerts.sort_by_key(|alert| (alert.opened_at, alert.number));
    let (told, quiet): (Vec<Alert>, Vec<Alert>) =
        alerts.into_iter().partition(|alert| alert.ledger.told.is_some());
    let mut record = Record { quiet: quiet.len(), ..Record::default() };
    for alert in &told {
        let took = |until: Moment| (until - alert.opened_at).max(TimeDelta::zero());
        record.detected.push((alert.opened_at - alert.since).max(TimeDelta::zero()));
        let events = ctx.alert_events(alert.number).await?;
        let first = events.iter().find(|event| event.what == "acknowledged" && event.who.is_some());
        record.acknowledged.extend(first.map(|event| took(event.at)));
        record.resolved.extend(alert.resolved.as_ref().map(|end| took(end.at)));
    }
    record.alerts = told;
    record.asked_first = asked_first(ctx, &record.alerts).await?;
    Ok(record)
}

/// About how many of `alerts` somebody had asked between the first bad value and their opening.
async fn asked_first(ctx: &Readable, alerts: &[Alert]) -> anyhow::Result<Option<usize>> {
    let real = || alerts.iter().filter(|alert| alert.false_alarm.is_none());
    let Some(from) = real().map(|alert| alert.since).min() else { return Ok(Some(0)) };
    if from < ctx.now() - SAID_KEPT {
        return Ok(None);
    }
    let until = real().map(|alert| alert.opened_at).max().unwrap_or(from);
    let said = ctx.said_between(TimeRange::new(from, until)).await?;
    let inventory = ctx.inventory().await?;
    let asked = real().filter(|alert| {
        let before = |inbound: &&Inbound| alert.since <= inbound.at && inbound.at < alert.opened_at;
        said.iter().filter(before).any(|inbound| is_about(inbound, alert, &inventory))
    });
    Ok(Some(asked.count()))
}

/// Whether somebody asked about what the alert is about, or about everything.
fn is_about(inbound: &Inbound, alert: &Alert, inventory: &Inventory) -> bool {
    let Said::Text(text) = &inbound.said else { return false };
    let Request::Query(query) = intent::parse(text, inventory, inbound.at).request else { return false };
    let asks = matches!(
        query,
        Query::Latency(_)
            | Query::Errors { .. }
            | Query::Resources { .. }
            | Query::Status(_)
            | Query::Deployments { .. }
    );
    asks && query.scope().is_some_and(|scope| concerns(scope, alert))
}

fn concerns(scope: &Scope, alert: &Alert) -> bool {
    let mut named = scope.clone();
    named.range = None;
    super::super::about(&named, &alert.subject)
}

/// Seen and good minutes per service.
pub(super) async fn uptime(ctx: &Readable, range: TimeRange) -> anyhow::Result<BTreeMap<String, (u64, u64)>> {
    let mut all: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for uptime in ctx.uptime(range).await? {
        let (seen, good) = all.entry(uptime.subject.to_string()).or_default();
        *seen += uptime.seen;
        *good += uptime.good;
    }
    Ok(all)
}

async fn movers(ctx: &Readable, week: TimeRange) -> anyhow::Result<Vec<(String, Signal, Compared)>> {
    let before = week.earlier(TimeDelta::weeks(1));
    let mut found = Vec::new();
    for key in super::super::whole_series(ctx, &Scope::default(), &NOTICED, before.from).await? {
        let then: Vec<HourSummary> = ctx.hours(&key, before).await?;
        let now: Vec<HourSummary> = ctx.hours(&key, week).await?;
        let compared = paired(key.signal, &then, &now, ctx.team().timezone);
        if let Some(compared) = compared.filter(|compared| compared.is_worse(key.signal)) {
            found.push((key.subject.to_string(), key.signal, compared));
        }
    }
    let share = |compared: &Compared| compared.share().unwrap_or(f64::INFINITY);
    found.sort_by(|a, b| share(&b.2).total_cmp(&share(&a.2)));
    Ok(found)
}
