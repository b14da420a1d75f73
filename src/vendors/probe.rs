//! Asks one URL what a user would ask, and looks whether the answer is one.
//!
//! Finds what metrics do not: a service that is gone, and one that answers 200 with nothing in it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use crate::error::{CallError, UserError};
use crate::model::sample::{Observation, SeriesKey};
use crate::model::secret::SecretRef;
use crate::model::signal::Signal;
use crate::model::source::Reading;
use crate::model::subject::Subject;
use crate::model::time::Moment;
use crate::ports::metric_source::MetricSource;
use crate::vendors::http::{Auth, BasicAuth, Client, HeaderText, Options, Reply, without_credentials};

/// One URL that must answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What is asked, e.g. `https://shop.example.com/api/orders`.
    pub url: Url,
    /// The service that answers there. Default: the URL's host, with its port where one is given.
    #[serde(default)]
    pub service: Option<String>,
    /// Its environment. Default: none.
    #[serde(default)]
    pub environment: String,
    /// `GET` or `HEAD`. Default: `GET`.
    #[serde(default)]
    pub method: Method,
    /// How long it may take, in milliseconds. Default: 5000.
    #[serde(default = "five_seconds")]
    #[schemars(range(min = 1, max = 120_000))]
    pub timeout_ms: u32,
    /// Statuses that are an answer: `200`, `200-299`, or several with commas. Default: `200-399`.
    #[serde(default)]
    pub expect_status: Statuses,
    /// What the body must hold. Where it does not, the probe has not passed, and the minute does not
    /// count as answered unless fewer than half of the service's requests failed.
    #[serde(default)]
    pub body: Option<Body>,
    /// Sent with each request; a value may be `{env: NAME}` or `{file: PATH}`.
    #[serde(default)]
    pub headers: BTreeMap<String, HeaderText>,
    /// A bearer token, by reference.
    #[serde(default)]
    pub bearer_token: Option<SecretRef>,
    /// A name and a password.
    #[serde(default)]
    pub basic_auth: Option<BasicAuth>,
    /// A CA in PEM form, trusted besides the machine's own.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
}

impl Config {
    /// A probe with defaults, as `--probe URL` makes one.
    pub fn of(url: Url) -> Self {
        Self {
            url,
            service: None,
            environment: String::new(),
            method: Method::default(),
            timeout_ms: five_seconds(),
            expect_status: Statuses::default(),
            body: None,
            headers: BTreeMap::new(),
            bearer_token: None,
            basic_auth: None,
            ca_file: None,
        }
    }
}

/// How it is asked. Only methods that change nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Method {
    /// With a body.
    #[default]
    #[serde(rename = "GET")]
    Get,
    /// Without one.
    #[serde(rename = "HEAD")]
    Head,
}

/// What a body must hold. All that is set must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Body {
    /// This text.
    pub contains: Option<String>,
    /// Something at this JSON pointer (RFC 6901), e.g. `/items`: present, and no empty list, object
    /// or text, and not null.
    pub json_pointer: Option<String>,
    /// At least so many bytes.
    pub min_length: Option<usize>,
}

/// Ranges of statuses, written `200-299,304`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "StatusText", into = "String")]
#[schemars(with = "StatusText")]
pub struct Statuses(Vec<(u16, u16)>);

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum StatusText {
    One(u16),
    Text(String),
}

impl Default for Statuses {
    fn default() -> Self {
        Self(vec![(200, 399)])
    }
}

impl TryFrom<StatusText> for Statuses {
    type Error = String;

    fn try_from(text: StatusText) -> Result<Self, String> {
        let text = match text {
            StatusText::One(status) => status.to_string(),
            StatusText::Text(text) => text,
        };
        let range = |part: &str| {
            let (from, to) = part.split_once('-').unwrap_or((part, part));
            let (from, to): (u16, u16) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
            (100 <= from && from <= to && to <= 599).then_some((from, to))
        };
        let ranges: Option<Vec<_>> = text.split(',').map(|part| range(part.trim())).collect();
        ranges
            .map(Self)
            .ok_or_else(|| format!("`{text}` names no statuses; write `200`, `200-299` or `200,304`"))
    }
}

impl From<Statuses> for String {
    fn from(statuses: Statuses) -> Self {
        let part = |(from, to): &(u16, u16)| {
            if from == to { from.to_string() } else { format!("{from}-{to}") }
        };
        statuses.0.iter().map(part).collect::<Vec<_>>().join(",")
    }
}

fn five_seconds() -> u32 {
    5_000
}

/// Asks one URL.
pub struct Probe {
    client: Client,
    config: Config,
    subject: Subject,
}

impl Probe {
    /// Reads the secrets that the settings name.
    ///
    /// # Errors
    /// When a setting can't be used.
    pub fn new(config: Config) -> Result<Self, UserError> {
        let asks_nothing = |body: &Body| *body == Body::default();
        if config.method == Method::Head && config.body.as_ref().is_some_and(|body| !asks_nothing(body)) {
            let url = without_credentials(&config.url);
            return Err(UserError::new(format!(
                "the probe of {url} asks with HEAD, which has no body to check"
            )));
        }
        let timeout = Duration::from_millis(u64::from(config.timeout_ms.max(1)));
        let mut options = Options::new(config.url.clone());
        options.auth = Auth::from_settings(config.bearer_token.as_ref(), config.basic_auth.as_ref())?;
        options.headers.clone_from(&config.headers);
        options.ca_file.clone_from(&config.ca_file);
        options.connect_timeout = timeout;
        options.timeout = timeout;
        options.max_body_bytes = 8 * 1024 * 1024;
        let client = Client::new(options)?;
        let service = config.service.clone().unwrap_or_else(|| host_and_port(&config.url));
        let subject = Subject::service(&config.environment, &service);
        Ok(Self { client, config, subject })
    }
}

#[async_trait]
impl MetricSource for Probe {
    fn name(&self) -> String {
        format!("probe {}", without_credentials(&self.config.url))
    }

    /// A URL that does not answer is a fact about its service, not a failure of the probe: the
    /// reading says 0, and why.
    async fn read(&self, now: Moment) -> Result<Reading, CallError> {
        let method = match self.config.method {
            Method::Get => reqwest::Method::GET,
            Method::Head => reqwest::Method::HEAD,
        };
        let reply = self.client.here(method, "*/*").await;
        let mut reading = Reading { probed: true, ..Reading::default() };
        let mut say = |signal, value: f64, note: Option<String>| {
            let key = SeriesKey::new(signal, self.subject.clone());
            reading.notes.extend(note.map(|note| (key.clone(), note)));
            reading.observations.push(Observation { key, at: now, value });
        };
        let reply = match reply {
            Ok(reply) => reply,
            Err(error) => {
                say(Signal::Answering, 0.0, Some(error.to_string()));
                return Ok(reading);
            }
        };
        if !self.config.expect_status.0.iter().any(|(from, to)| (*from..=*to).contains(&reply.status)) {
            let expected = String::from(self.config.expect_status.clone());
            say(Signal::Answering, 0.0, Some(format!("HTTP {}, expected {expected}", reply.status)));
            return Ok(reading);
        }
        say(Signal::Answering, 1.0, None);
        say(Signal::ApiResponseTime, reply.took.as_secs_f64() * 1e3, None);
        if let Some(body) = &self.config.body {
            let missing = lacks(body, &reply);
            say(Signal::BodyCheck, if missing.is_none() { 1.0 } else { 0.0 }, missing);
        }
        Ok(reading)
    }
}

/// What the body lacks, in words; `None` where it holds all that it should.
fn lacks(body: &Body, reply: &Reply) -> Option<String> {
    if let Some(least) = body.min_length
        && reply.body.len() < least
    {
        return Some(format!("the body has {} bytes, expected at least {least}", reply.body.len()));
    }
    if let Some(text) = &body.contains
        && !String::from_utf8_lossy(&reply.body).contains(text.as_str())
    {
        return Some(format!("the body lacks `{text}`"));
    }
    let pointer = body.json_pointer.as_deref()?;
    let Ok(json) = serde_json::from_slice::<Value>(&reply.body) else {
        return Some("the body is not JSON".to_owned());
    };
    match json.pointer(pointer) {
        None => Some(format!("the body lacks `{pointer}`")),
        Some(Value::Null) => Some(format!("`{pointer}` in the body is null")),
        Some(value) if is_empty(value) => Some(format!("`{pointer}` in the body is empty")),
        Some(_) => None,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

fn host_and_port(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(body: &str) -> Reply {
        Reply { status: 200, headers: Default::default(), body: body.into(), took: Duration::ZERO }
    }

    fn lacking(body: Body, text: &str) -> Option<String> {
        lacks(&body, &reply(text))
    }

    #[test]
    fn an_empty_answer_is_found() {
        let items = || Body { json_pointer: Some("/items".into()), ..Body::default() };
        assert_eq!(lacking(items(), r#"{"items": [1]}"#), None);
        assert_eq!(lacking(items(), r#"{"items": []}"#).as_deref(), Some("`/items` in the body is empty"));
        assert_eq!(lacking(items(), r#"{"items": null}"#).as_deref(), Some("`/items` in the body is null"));
        assert_eq!(lacking(items(), r#"{"error": "no"}"#).as_deref(), Some("the body lacks `/items`"));
        assert_eq!(lacking(items(), "<html>").as_deref(), Some("the body is not JSON"));
        let text = Body { contains: Some("Welcome".into()), min_length: Some(10), ..Body::default() };
        assert_eq!(lacking(text.clone(), "Welcome back"), None);
        assert_eq!(lacking(text.clone(), "Hello, and good bye").as_deref(), Some("the body lacks `Welcome`"));
        assert_eq!(lacking(text, "Welcome").as_deref(), Some("the body has 7 bytes, expected at least 10"));
    }

    #[test]
    fn settings_are_read_and_written_alike() {
        let config: Config = serde_json::from_str(
            r#"{"url": "https://me:pw@shop.example.com:8443/x?key=1", "expect_status": "200-299, 304",
                "method": "HEAD", "headers": {"X-Key": {"env": "KEY"}, "X-Org": "shop"}}"#,
        )
        .expect("reads");
        assert_eq!(String::from(config.expect_status.clone()), "200-299,304");
        let again: Config =
            serde_json::from_value(serde_json::to_value(&config).expect("writes")).expect("reads");
        assert_eq!(again, config);
        assert!(serde_json::from_str::<Config>(r#"{"url": "http://x", "expect_status": "ok"}"#).is_err());
        assert!(serde_json::from_str::<Config>(r#"{"url": "http://x", "method": "POST"}"#).is_err());
        let probe = Probe::new(Config::of(config.url)).expect("is made");
        assert_eq!(probe.name(), "probe https://shop.example.com:8443/x");
        assert_eq!(probe.subject, Subject::service("", "shop.example.com:8443"));
    }
}
