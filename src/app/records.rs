//! The JSON views of the specification: alert records, metric records, and how quad is.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::alert::words;
use crate::gather::coverage::coverage;
use crate::gather::readable::Readable;
use crate::model::sample::{Observation, SeriesKey};
use crate::model::time::hour_of_week;
use crate::web::RecordQuery;

/// How old a newest value may be and still count as now.
const FRESH: TimeDelta = TimeDelta::minutes(5);
/// More records than this belong into a narrower question.
const MAX_RECORDS: usize = 10_000;

/// Answers one of the page's JSON routes.
pub(super) async fn records(ctx: &Readable, query: RecordQuery) -> anyhow::Result<Value> {
    match query {
        RecordQuery::Alerts(range) => {
            let alerts = match range {
                Some(range) => ctx.alerts_between(range).await?,
                None => ctx.open_alerts().await?,
            };
            let org = ctx.team().org_id;
            Ok(alerts.iter().map(|alert| words::record(alert, org)).collect())
        }
        RecordQuery::Metrics { signal, service, range } => {
            let fits = |key: &SeriesKey| {
                signal.is_none_or(|signal| key.signal == signal)
                    && service.as_ref().is_none_or(|name| key.subject.service.as_ref() == Some(name))
            };
            let mut found: Vec<Observation> = Vec::new();
            match range {
                None => {
                    found.extend(ctx.latest(ctx.now() - FRESH).await?.into_iter().filter(|o| fits(&o.key)))
                }
                Some(range) => {
                    for key in ctx.keys(range.from).await?.into_iter().filter(|key| fits(key)) {
                        let samples = ctx.samples(&key, range).await?.into_iter();
                        found.extend(samples.map(|s| Observation {
                            key: key.clone(),
                            at: s.at,
                            value: s.value,
                        }));
                        if found.len() >= MAX_RECORDS {
                            found.truncate(MAX_RECORDS);
                            break;
                        }
                    }
                }
            }
            let mut records = Vec::with_capacity(found.len());
            for observation in &found {
                let hour = hour_of_week(observation.at, ctx.team().timezone);
                let usual = ctx.baseline(&observation.key, hour).await?;
                records.push(words::metrics_record(observation, ctx.team().org_id, usual.as_ref()));
            }
            Ok(Value::Array(records))
        }
        RecordQuery::Status => {
            let latest = ctx.latest(ctx.now() - FRESH).await?;
            let sources = ctx.source_health().await?;
            let services = ctx.services().await?;
            Ok(json!({
                "open_alerts": ctx.open_alerts().await?.len(),
                "services": services,
                "sources": sources,
                "coverage": coverage(&services, &latest, &sources),
            }))
        }
    }
}
