//! The wire: Prometheus' HTTP API v1, as Prometheus, Mimir, Thanos and VictoriaMetrics speak it.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::CallError;
use crate::exporters::exposition::number;
use crate::exporters::labels::Labels;
use crate::vendors::http::{Client, Reply};

/// Longer questions go by POST: proxies cut long URLs.
const LONGEST_GET: usize = 2_000;

/// Of a server's own explanation so much is repeated.
const LONGEST_REASON: usize = 200;

/// One row of an instant query.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) labels: Labels,
    pub(super) value: f64,
}

/// One row of a range query: (seconds since 1970, value), oldest first.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub(super) labels: Labels,
    pub(super) values: Vec<(i64, f64)>,
}

/// A target that the server scrapes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Target {
    pub(super) labels: Labels,
    pub(super) interval_seconds: Option<f64>,
}

/// Asks one server.
#[derive(Debug, Clone)]
pub(super) struct Api {
    client: Client,
}

impl Api {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    /// The values now, by the server's clock. Values that are no numbers are left out.
    pub(super) async fn query(&self, promql: &str) -> Result<Vec<Row>, CallError> {
        let data: QueryData = self.ask("api/v1/query", &[("query", promql)]).await?;
        let rows = match data.kind.as_str() {
            "vector" => rows(data.result)?
                .into_iter()
                .filter_map(|row: WireRow| Some(Row { labels: row.metric, value: finite(&row.value?)?.1 }))
                .collect(),
            "scalar" => finite(&rows_of_scalar(data.result)?)
                .map(|(_, value)| Row { labels: Labels::new(), value })
                .into_iter()
                .collect(),
            other => return Err(CallError::permanent(format!("the query gives a {other}, not a vector"))),
        };
        Ok(rows)
    }

    /// The values from `start` to `end`, both included, one a `step`; all in seconds.
    pub(super) async fn range(
        &self,
        promql: &str,
        start: i64,
        end: i64,
        step: u32,
    ) -> Result<Vec<Line>, CallError> {
        let (start, end, step) = (start.to_string(), end.to_string(), step.to_string());
        let params = [("query", promql), ("start", &start), ("end", &end), ("step", &step)];
        let data: QueryData = self.ask("api/v1/query_range", &params).await?;
        if data.kind != "matrix" {
            return Err(CallError::permanent(format!("the query gives a {}, not a matrix", data.kind)));
        }
        let lines = rows(data.result)?.into_iter().map(|line: WireLine| Line {
            labels: line.metric,
            values: line.values.iter().filter_map(finite).collect(),
        });
        Ok(lines.collect())
    }

    /// The names of all metrics.
    pub(super) async fn metric_names(&self) -> Result<Vec<String>, CallError> {
        self.ask("api/v1/label/__name__/values", &[]).await
    }

    /// The names of the labels that a metric has.
    pub(super) async fn label_names(&self, metric: &str) -> Result<Vec<String>, CallError> {
        self.ask("api/v1/labels", &[("match[]", metric)]).await
    }

    /// What the server scrapes. Servers that scrape nothing themselves don't know this call.
    pub(super) async fn targets(&self) -> Result<Vec<Target>, CallError> {
        let data: Targets = self.ask("api/v1/targets", &[("state", "active")]).await?;
        let target = |wire: WireTarget| Target {
            labels: wire.labels,
            interval_seconds: duration(&wire.scrape_interval),
        };
        Ok(data.active.into_iter().map(target).collect())
    }

    async fn ask<T: DeserializeOwned>(&self, path: &str, params: &[(&str, &str)]) -> Result<T, CallError> {
        let length: usize = params.iter().map(|(name, value)| name.len() + value.len()).sum();
        let reply = if length > LONGEST_GET {
            self.client.post_form(path, params).await?
        } else {
            self.client.get(path, params).await?
        };
        understood(reply)
    }
}

/// The data of a reply. A refused query says why in its body, which tells more than its status.
fn understood<T: DeserializeOwned>(reply: Reply) -> Result<T, CallError> {
    if matches!(reply.status, 400 | 422)
        && let Ok(Envelope::<Value> { error: Some(error), .. }) = reply.json()
    {
        return Err(CallError::permanent(shortened(&error)));
    }
    let reply = reply.success()?;
    let envelope: Envelope<T> = reply.json()?;
    match (envelope.status.as_str(), envelope.data) {
        ("success", Some(data)) => Ok(data),
        ("success", None) => Err(CallError::permanent("the reply holds no data")),
        _ => {
            Err(CallError::permanent(shortened(&envelope.error.unwrap_or_else(|| "the query failed".into()))))
        }
    }
}

fn shortened(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match clean.char_indices().nth(LONGEST_REASON) {
        Some((at, _)) => format!("{}...", &clean[..at]),
        None => clean,
    }
}

/// The pair that the API writes a value as: `[1435781451.781, "1"]`.
fn finite((at, text): &(f64, String)) -> Option<(i64, f64)> {
    number(text).filter(|value| value.is_finite()).map(|value| (at.round() as i64, value))
}

fn rows<T: DeserializeOwned>(result: Value) -> Result<Vec<T>, CallError> {
    serde_json::from_value(result)
        .map_err(|_| CallError::permanent("the reply has another shape than expected"))
}

fn rows_of_scalar(result: Value) -> Result<(f64, String), CallError> {
    serde_json::from_value(result)
        .map_err(|_| CallError::permanent("the reply has another shape than expected"))
}

/// Seconds of `15s`, `1m30s`, `500ms`: how Prometheus writes durations.
pub(super) fn duration(text: &str) -> Option<f64> {
    let (mut seconds, mut rest) = (0.0, text.trim());
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (amount, after) = rest.split_at(digits);
        let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        seconds += amount.parse::<f64>().ok()?
            * match unit {
                "ms" => 0.001,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3_600.0,
                "d" => 86_400.0,
                "w" => 604_800.0,
                _ => return None,
            };
        rest = after;
    }
    (seconds > 0.0).then_some(seconds)
}

#[derive(Deserialize)]
struct Envelope<T> {
    status: String,
    data: Option<T>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct QueryData {
    #[serde(rename = "resultType")]
    kind: String,
    result: Value,
}

/// `value` is missing where a row is a native histogram.
#[derive(Deserialize)]
struct WireRow {
    #[serde(default)]
    metric: Labels,
    value: Option<(f64, String)>,
}

#[derive(Deserialize)]
struct WireLine {
    #[serde(default)]
    metric: Labels,
    #[serde(default)]
    values: Vec<(f64, String)>,
}

#[derive(Deserialize)]
struct Targets {
    #[serde(rename = "activeTargets")]
    active: Vec<WireTarget>,
}

#[derive(Deserialize)]
struct WireTarget {
    #[serde(default)]
    labels: Labels,
    #[serde(default, rename = "scrapeInterval")]
    scrape_interval: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, body: &str) -> Reply {
        Reply { status, headers: Default::default(), body: body.into(), took: Default::default() }
    }

    #[test]
    fn a_refused_query_says_why() {
        let body = r#"{"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:5: parse error: unexpected end of input"}"#;
        let error = understood::<Value>(reply(400, body)).expect_err("is refused");
        insta::assert_snapshot!(error, @r#"invalid parameter "query": 1:5: parse error: unexpected end of input"#);
        assert!(matches!(understood::<Value>(reply(503, body)), Err(CallError::Transient { .. })));
        for garbage in ["", "<html>secret</html>", "{\"status\":\"success\"}", "[]", "{\"status\":\"succ"] {
            let error = understood::<Value>(reply(200, garbage)).expect_err("makes no sense");
            assert!(matches!(error, CallError::Permanent { .. }), "{garbage}");
            assert!(!error.to_string().contains("secret"));
        }
    }

    #[test]
    fn values_that_are_no_numbers_are_left_out() {
        let values: Vec<(f64, String)> = serde_json::from_str(
            r#"[[1435781451.781,"1"],[1435781452,"NaN"],[1435781453,"+Inf"],[1435781454,"2.5e-3"],[1435781455,"x"]]"#,
        )
        .expect("is what Prometheus writes");
        let kept: Vec<_> = values.iter().filter_map(finite).collect();
        assert_eq!(kept, [(1_435_781_452, 1.0), (1_435_781_454, 0.0025)]);
    }

    #[test]
    fn durations_are_read_as_prometheus_writes_them() {
        for (text, seconds) in
            [("5s", Some(5.0)), ("1m30s", Some(90.0)), ("500ms", Some(0.5)), ("1h0m0s", Some(3600.0))]
        {
            assert_eq!(duration(text), seconds, "{text}");
        }
        for text in ["", "0s", "5", "s", "5 parsecs", "abc"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
