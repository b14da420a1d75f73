//! The settings of a Prometheus server.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::exporters::labels::LabelNames;
use crate::model::secret::SecretRef;
use crate::model::signal::Signal;
use crate::vendors::http::{BasicAuth, HeaderText};

/// A Prometheus server, or one that speaks its query API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the server answers, with any path prefix: `http://prometheus:9090`,
    /// `https://mimir.example.com/prometheus`, `http://victoria:8428`.
    pub base_url: Url,
    /// How people know it. Default: `prometheus`.
    #[serde(default)]
    pub name: Option<String>,
    /// A bearer token, by reference: `{env: NAME}` or `{file: PATH}`.
    #[serde(default)]
    pub bearer_token: Option<SecretRef>,
    /// A name and a password.
    #[serde(default)]
    pub basic_auth: Option<BasicAuth>,
    /// A CA in PEM form, trusted besides the machine's own.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// The tenant, sent as `X-Scope-OrgID` (Mimir, Cortex).
    #[serde(default)]
    pub org_id: Option<String>,
    /// Further headers; a value may be `{env: NAME}` or `{file: PATH}`.
    #[serde(default)]
    pub headers: BTreeMap<String, HeaderText>,
    /// The environment of series that name none. Default: none.
    #[serde(default)]
    pub environment: String,
    /// Matchers added to every default query, without braces: `namespace="shop"`. Default: none.
    #[serde(default)]
    pub matchers: String,
    /// Which labels name the service, the endpoint, ...
    #[serde(default)]
    pub labels: LabelNames,
    /// PromQL in place of the default, by signal.
    #[serde(default)]
    pub queries: Queries,
    /// Over how many seconds rates are formed. Default: four scrape intervals, at least 20; 60 where
    /// the interval is not known.
    #[serde(default)]
    #[schemars(range(min = 1, max = 86_400))]
    pub rate_window_secs: Option<u32>,
    /// How long one query may take, in seconds. Default: 10.
    #[serde(default = "ten")]
    #[schemars(range(min = 1, max = 300))]
    pub timeout_secs: u32,
    /// How long all queries of one reading may take together, in seconds. Default: 20.
    #[serde(default = "twenty")]
    #[schemars(range(min = 1, max = 600))]
    pub deadline_secs: u32,
}

/// PromQL in place of the default. Values must come in the signal's unit; the labels of the result
/// say of whom they speak. `$window` stands for the rate window (`20s`). Views on calls to others
/// and on kinds of errors keep their default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Queries {
    /// P95 of response times, in milliseconds.
    pub api_response_time: Option<String>,
    /// Failed requests, in percent of all (0-100).
    pub error_rate: Option<String>,
    /// Requests a second.
    pub traffic: Option<String>,
    /// Memory, in percent of the limit (0-100).
    pub memory: Option<String>,
    /// Memory in use, in bytes.
    pub memory_used: Option<String>,
    /// CPU, in percent of what may be used (0-100).
    pub cpu: Option<String>,
    /// The fullest file system, in percent (0-100).
    pub disk: Option<String>,
    /// P95 of database statements, in milliseconds.
    pub database_query_time: Option<String>,
    /// Duration of deployments, in minutes.
    pub deployment_duration: Option<String>,
    /// 1 where the subject answers, 0 where it does not.
    pub answering: Option<String>,
    /// 1 where an answer holds what it should, 0 where it does not.
    pub body_check: Option<String>,
}

impl Queries {
    /// The configured query for a signal.
    pub fn of(&self, signal: Signal) -> Option<&str> {
        let query = match signal {
            Signal::ApiResponseTime => &self.api_response_time,
            Signal::ErrorRate => &self.error_rate,
            Signal::Traffic => &self.traffic,
            Signal::Memory => &self.memory,
            Signal::MemoryUsed => &self.memory_used,
            Signal::Cpu => &self.cpu,
            Signal::Disk => &self.disk,
            Signal::DatabaseQueryTime => &self.database_query_time,
            Signal::DeploymentDuration => &self.deployment_duration,
            Signal::Answering => &self.answering,
            Signal::BodyCheck => &self.body_check,
        };
        query.as_deref()
    }
}

impl Config {
    /// A server with defaults.
    pub fn of(base_url: Url) -> Self {
        Self {
            base_url,
            name: None,
            bearer_token: None,
            basic_auth: None,
            ca_file: None,
            org_id: None,
            headers: BTreeMap::new(),
            environment: String::new(),
            matchers: String::new(),
            labels: LabelNames::default(),
            queries: Queries::default(),
            rate_window_secs: None,
            timeout_secs: ten(),
            deadline_secs: twenty(),
        }
    }

    pub(super) fn all_headers(&self) -> BTreeMap<String, HeaderText> {
        let mut headers = self.headers.clone();
        if let Some(tenant) = &self.org_id {
            headers.insert("X-Scope-OrgID".to_owned(), HeaderText::Plain(tenant.clone()));
        }
        headers
    }
}

fn ten() -> u32 {
    10
}

fn twenty() -> u32 {
    20
}
