//! The specification's records: JSON views with its field names, not the storage layout.

use chrono::SecondsFormat;
use serde_json::{Value, json};
use uuid::Uuid;

use super::words;
use crate::model::alert::{Alert, Status};
use crate::model::sample::{Baseline, Observation};
use crate::model::signal::Signal;
use crate::model::time::Moment;

/// The specification's Alert Record, with the number that people say. Plain text, times in UTC.
pub fn record(alert: &Alert, org_id: Uuid) -> Value {
    let cause = alert.diagnosis.as_ref().and_then(|diagnosis| diagnosis.cause());
    json!({
        "id": alert.id,
        "orgId": org_id,
        "number": alert.number.0,
        "alert_type": alert.alert_type(),
        "severity": alert.severity.name(),
        "timestamp": timestamp(alert.opened_at),
        "message": words::plain_message(alert),
        "root_cause": cause.map(|cause| cause.sentence.text.as_str()),
        "suggested_actions": cause
            .map(|cause| cause.fixes.iter().map(|fix| fix.text.as_str()).collect::<Vec<_>>())
            .unwrap_or_default(),
        "status": match alert.status {
            Status::Firing => "firing",
            Status::Acknowledged => "acknowledged",
            Status::Resolved => "resolved",
        },
        "acknowledged_by": alert.acknowledged.as_ref().map(|acknowledged| acknowledged.by.as_str()),
        "resolved_at": alert.resolved.as_ref().map(|ended| timestamp(ended.at)),
        "resolution": alert.resolved.as_ref().map(|ended| match (&ended.text, &ended.by) {
            (Some(text), _) => text.clone(),
            (None, Some(by)) => format!("Resolved by {by}"),
            (None, None) => "Recovered by itself".to_owned(),
        }),
    })
}

/// The specification's Metrics Record of one measured value. Fields that don't apply are `null`.
pub fn metrics_record(observation: &Observation, org_id: Uuid, baseline: Option<&Baseline>) -> Value {
    let Observation { key, at, value } = observation;
    let subject = &key.subject;
    let name = format!("{} {} {}", key.signal, subject.key(), at.timestamp_millis());
    let compared = baseline.filter(|usual| usual.usual > 0.0).map(|usual| value / usual.usual);
    json!({
        "id": Uuid::new_v5(&org_id, name.as_bytes()),
        "orgId": org_id,
        "timestamp": timestamp(*at),
        "metric_type": key.signal.name(),
        "value": value,
        "unit": key.signal.unit().name(),
        "service": subject.service,
        "endpoint": subject.endpoint,
        "method": subject.method,
        "status_code": subject.error_kind.as_ref().and_then(|kind| kind.parse::<u16>().ok()),
        "host": subject.host,
        "environment": (!subject.environment.is_empty()).then_some(&subject.environment),
        "percentile": matches!(key.signal, Signal::ApiResponseTime | Signal::DatabaseQueryTime).then_some(95),
        "comparison_to_baseline": compared.map(|times| (times * 100.0).round() / 100.0),
    })
}

fn timestamp(at: Moment) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample::{Season, SeriesKey};
    use crate::model::subject::Subject;
    use chrono::TimeZone as _;

    #[test]
    fn a_metrics_record_has_the_names_of_the_specification() {
        let subject = Subject {
            endpoint: Some("/api/users".to_owned()),
            method: Some("GET".to_owned()),
            host: Some("quad-services-dev:8080".to_owned()),
            ..Subject::service("dev", "users-api")
        };
        let observation = Observation {
            key: SeriesKey::new(Signal::ApiResponseTime, subject),
            at: chrono::Utc.with_ymd_and_hms(2026, 1, 8, 10, 30, 0).unwrap(),
            value: 245.5,
        };
        let usual = Baseline { usual: 201.2, spread: 4.0, hours: 4, seasons: Season::HourOfWeek };
        let record = metrics_record(&observation, Uuid::nil(), Some(&usual));
        insta::assert_snapshot!(serde_json::to_string_pretty(&record).expect("serialises"), @r#"
{
  "id": "1137f51c-ceb8-50b9-8c23-40e6950c88b0",
  "orgId": "00000000-0000-0000-0000-000000000000",
  "timestamp": "2026-01-08T10:30:00Z",
  "metric_type": "api_response_time",
  "value": 245.5,
  "unit": "milliseconds",
  "service": "users-api",
  "endpoint": "/api/users",
  "method": "GET",
  "status_code": null,
  "host": "quad-services-dev:8080",
  "environment": "dev",
  "percentile": 95,
  "comparison_to_baseline": 1.22
}
"#);
    }
}
