//! What stands in `.quad/infrastructure-agent.yml`: the specification's keys letter for letter,
//! and quad's own beside them. Every key has a default, so an empty file is a good file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

use crate::model::request::Period;
use crate::model::secret::SecretRef;
use crate::vendors;

/// The whole file.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct File {
    /// `false` makes quad start, say so, and do nothing.
    pub enabled: bool,
    /// Whose quad this is; one organisation a process.
    pub organisation: Organisation,
    /// The team's time zone, as in "Europe/Berlin". Default: UTC.
    #[schemars(with = "String")]
    pub timezone: Tz,
    /// Folder for the database and the local token.
    pub data: PathBuf,
    /// Where quad keeps what it knows.
    pub store: Store,
    /// What is watched, and from which lines on it is a problem.
    pub monitoring: Monitoring,
    /// Where alerts and reports go.
    pub alerts: Alerts,
    /// Slow queries.
    pub database: Database,
    /// What happens around deployments.
    pub deployments: Deployments,
    /// Statements that are never judged: as they are written, whatever their literals, or with `*` for
    /// anything.
    pub ignore: Vec<String>,
    /// Thresholds of the environment `dev`.
    pub dev: Option<Environment>,
    /// Thresholds of the environment `qa`.
    pub qa: Option<Environment>,
    /// Thresholds of the environment `prod`.
    pub prod: Option<Environment>,
    /// Thresholds of environments with other names.
    pub environments: BTreeMap<String, Environment>,
    /// What is known about services beyond what their metrics say.
    pub services: BTreeMap<String, Service>,
    /// Other names that people use, and what each stands for: one thing, or several services.
    pub aliases: BTreeMap<String, Names>,
    /// Where facts come from.
    pub sources: Sources,
    /// Slack.
    pub slack: Option<vendors::slack::Config>,
    /// E-mail.
    pub mail: Option<Box<vendors::mail::Config>>,
    /// Who is told when nobody acknowledges an alert.
    pub escalation: crate::alert::escalation::Settings,
    /// PagerDuty, which calls whoever is on call.
    pub pagerduty: Option<vendors::pagerduty::Config>,
    /// GitHub, where issues are opened after somebody's click.
    pub github: Option<vendors::github::Config>,
    /// Hours in which warnings wait until their end, in the team's time zone. Default: none.
    pub quiet_hours: Option<crate::alert::QuietHours>,
    /// A folder with runbooks, Markdown files whose front matter says which alerts they fit.
    pub runbooks: Option<PathBuf>,
    /// Discord.
    pub discord: Option<vendors::discord::Config>,
    /// The page.
    pub web: crate::web::settings::Settings,
    /// Signed calls that come in.
    pub hooks: Hooks,
    /// A URL that quad calls, so that somebody notices when it dies.
    pub heartbeat: Option<Heartbeat>,
    /// Planned work: nothing is announced about its subjects meanwhile.
    pub maintenance: Vec<Maintenance>,
    /// How samples become findings.
    pub detect: crate::detect::Settings,
}

impl Default for File {
    fn default() -> Self {
        Self {
            enabled: true,
            organisation: Organisation::default(),
            timezone: Tz::UTC,
            data: PathBuf::from("./quad-data"),
            store: Store::default(),
            monitoring: Monitoring::default(),
            alerts: Alerts::default(),
            database: Database::default(),
            deployments: Deployments::default(),
            ignore: Vec::new(),
            dev: None,
            qa: None,
            prod: None,
            environments: BTreeMap::new(),
            services: BTreeMap::new(),
            aliases: BTreeMap::new(),
            sources: Sources::default(),
            slack: None,
            mail: None,
            escalation: crate::alert::escalation::Settings::default(),
            pagerduty: None,
            github: None,
            quiet_hours: None,
            runbooks: None,
            discord: None,
            web: crate::web::settings::Settings::default(),
            hooks: Hooks::default(),
            heartbeat: None,
            maintenance: Vec::new(),
            detect: crate::detect::Settings::default(),
        }
    }
}

/// One name, or several.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Names {
    /// `shop-db`
    One(String),
    /// `[checkout, payments]`
    Several(Vec<String>),
}

impl Names {
    /// As a list.
    pub fn list(&self) -> Vec<String> {
        match self {
            Self::One(name) => vec![name.clone()],
            Self::Several(names) => names.clone(),
        }
    }
}

/// Whose quad this is.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Organisation {
    /// The `orgId` of records. Default: all zeros.
    pub id: Uuid,
    /// Shown on the page and in reports.
    pub name: Option<String>,
}

/// Where quad keeps what it knows.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Store {
    /// A PostgreSQL URL, by reference since it holds a password. Default: SQLite in `data`.
    pub postgres: Option<SecretRef>,
}

/// The providers that the specification names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ApmProvider {
    /// Not built yet.
    Datadog,
    /// Not built yet.
    NewRelic,
    /// Prometheus; see `sources.prometheus`.
    Prometheus,
    /// Not built yet.
    Cloudwatch,
}

/// What is watched.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Monitoring {
    /// `false`: quad answers questions, and raises no alert.
    pub enabled: bool,
    /// The main place of metrics.
    pub apm_provider: ApmProvider,
    /// Seconds between two checks. Default: 30.
    #[schemars(range(min = 1, max = 3600))]
    pub check_interval_secs: u32,
    /// Critical lines for everything; environments, services and endpoints may have their own.
    pub thresholds: Limits,
}

impl Default for Monitoring {
    fn default() -> Self {
        Self {
            enabled: true,
            apm_provider: ApmProvider::Prometheus,
            check_interval_secs: 30,
            thresholds: Limits::default(),
        }
    }
}

/// Critical lines. The warning line moves in proportion. What is left out comes from the wider level.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// P95 of response times, in milliseconds.
    #[schemars(range(min = 0))]
    pub api_response_time_ms: Option<f64>,
    /// P95 of database statements, in milliseconds.
    #[schemars(range(min = 0))]
    pub database_query_ms: Option<f64>,
    /// Failed requests, in percent of all.
    #[schemars(range(min = 0, max = 100))]
    pub error_rate_percent: Option<f64>,
    /// Memory, in percent of the limit.
    #[schemars(range(min = 0, max = 100))]
    pub memory_usage_percent: Option<f64>,
    /// CPU, in percent of what may be used.
    #[schemars(range(min = 0, max = 100))]
    pub cpu_usage_percent: Option<f64>,
    /// The fullest file system, in percent.
    #[schemars(range(min = 0, max = 100))]
    pub disk_usage_percent: Option<f64>,
    /// Duration of a deployment, in minutes.
    #[schemars(range(min = 0))]
    pub deployment_duration_mins: Option<f64>,
}

/// Where alerts and reports go.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Alerts {
    /// Post alerts and reports to Slack (needs the section `slack`). Default: true.
    pub slack_enabled: bool,
    /// Send alerts and reports by mail, to `email_to`; needs the section `mail`. Default: false.
    pub email_enabled: bool,
    /// The channel for alerts, by name or id.
    pub slack_channel: String,
    /// Mail addresses that alerts go to, one mail each.
    pub email_to: Vec<String>,
    /// When the daily report goes out, in the team's time zone. `null`: never. Default: "09:00".
    #[schemars(regex(pattern = r"^([01]?[0-9]|2[0-3]):[0-5][0-9]$"))]
    pub daily_report_time: Option<String>,
    /// Where the daily report goes. Default: `slack_channel`.
    pub daily_report_channels: Vec<String>,
    /// Mail addresses that the daily report goes to. Default: `email_to`.
    pub daily_report_email_to: Vec<String>,
    /// When the weekly report goes out, in the team's time zone. `null`: never. Default: "Mon 09:00".
    #[schemars(regex(pattern = r"^(Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([01]?[0-9]|2[0-3]):[0-5][0-9]$"))]
    pub weekly_report_time: Option<String>,
    /// Where the weekly report goes. Default: where the daily report goes.
    pub weekly_report_channels: Vec<String>,
    /// Mail addresses that the weekly report goes to. Default: where the daily report goes.
    pub weekly_report_email_to: Vec<String>,
    /// Availability that was promised, in percent. Default: 99.9.
    #[schemars(range(min = 0, max = 100))]
    pub sla_percent: f64,
    /// How alerts live and end.
    pub life: crate::alert::Settings,
}

impl Alerts {
    /// The channels that a report goes to; empty where none were named.
    pub fn report_channels(&self, period: Period) -> &[String] {
        match period {
            Period::Weekly if !self.weekly_report_channels.is_empty() => &self.weekly_report_channels,
            _ => &self.daily_report_channels,
        }
    }

    /// The addresses that a report goes to; empty where none were named.
    pub fn report_addresses(&self, period: Period) -> &[String] {
        match period {
            Period::Weekly if !self.weekly_report_email_to.is_empty() => &self.weekly_report_email_to,
            _ => &self.daily_report_email_to,
        }
    }
}

impl Default for Alerts {
    fn default() -> Self {
        Self {
            slack_enabled: true,
            email_enabled: false,
            email_to: Vec::new(),
            slack_channel: "#infrastructure".to_owned(),
            daily_report_time: Some("09:00".to_owned()),
            daily_report_channels: Vec::new(),
            daily_report_email_to: Vec::new(),
            weekly_report_time: Some("Mon 09:00".to_owned()),
            weekly_report_channels: Vec::new(),
            weekly_report_email_to: Vec::new(),
            sla_percent: 99.9,
            life: crate::alert::Settings::default(),
        }
    }
}

/// Slow queries, of the databases under `sources`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// `false`: their statements are not looked at, and only explained when somebody asks.
    pub enabled: bool,
    /// A statement slower than this on average is a finding, in milliseconds.
    pub slow_query_threshold_ms: f64,
    /// Carry statements out to measure their plans (EXPLAIN ANALYZE) where they certainly only read.
    /// `false`: plans are what the planner expects.
    pub analyze_execution_plans: bool,
    /// Seconds between two looks.
    pub check_interval_secs: u32,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            enabled: true,
            slow_query_threshold_ms: 1000.0,
            analyze_execution_plans: true,
            check_interval_secs: 300,
        }
    }
}

/// What happens around deployments.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Deployments {
    /// Mark deployments on everything that compares before and after.
    pub enabled: bool,
    /// Follow the pipeline itself (not built yet; `POST /hooks/deployments` works).
    pub monitor_ci_cd: bool,
    /// Compare error rates before and after.
    pub track_error_rate_changes: bool,
    /// Roll back without a click (not built yet).
    pub auto_rollback_on_spike: bool,
    /// How many times the usual errors count as a spike.
    pub rollback_threshold: f64,
}

impl Default for Deployments {
    fn default() -> Self {
        Self {
            enabled: true,
            monitor_ci_cd: true,
            track_error_rate_changes: true,
            auto_rollback_on_spike: false,
            rollback_threshold: 5.0,
        }
    }
}

/// Thresholds of one environment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Environment {
    /// See `monitoring.thresholds`.
    #[schemars(range(min = 0))]
    pub api_response_time_ms: Option<f64>,
    /// See `monitoring.thresholds`.
    #[schemars(range(min = 0))]
    pub database_query_ms: Option<f64>,
    /// See `monitoring.thresholds`.
    #[schemars(range(min = 0, max = 100))]
    pub error_rate_percent: Option<f64>,
    /// See `monitoring.thresholds`.
    #[schemars(range(min = 0, max = 100))]
    pub memory_usage_percent: Option<f64>,
    /// See `monitoring.thresholds`.
    #[schemars(range(min = 0, max = 100))]
    pub cpu_usage_percent: Option<f64>,
    /// See `monitoring.thresholds`.
    #[schemars(range(min = 0, max = 100))]
    pub disk_usage_percent: Option<f64>,
    /// See `monitoring.thresholds`.
    #[schemars(range(min = 0))]
    pub deployment_duration_mins: Option<f64>,
    /// Page whoever is on call at once when an alert is critical (needs the section `pagerduty`).
    pub escalate_to_oncall: bool,
}

impl Environment {
    /// Its critical lines.
    pub fn limits(&self) -> Limits {
        Limits {
            api_response_time_ms: self.api_response_time_ms,
            database_query_ms: self.database_query_ms,
            error_rate_percent: self.error_rate_percent,
            memory_usage_percent: self.memory_usage_percent,
            cpu_usage_percent: self.cpu_usage_percent,
            disk_usage_percent: self.disk_usage_percent,
            deployment_duration_mins: self.deployment_duration_mins,
        }
    }
}

/// What is known about a service beyond its metrics.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Service {
    /// Services that it calls, where its metrics don't show them.
    pub depends_on: Vec<String>,
    /// Its own critical lines.
    pub thresholds: Limits,
    /// Critical lines of single routes: `/api/orders: {api_response_time_ms: 800}`.
    pub endpoints: BTreeMap<String, Limits>,
}

/// Where facts come from.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Sources {
    /// Prometheus, Mimir, Thanos, VictoriaMetrics.
    pub prometheus: Vec<vendors::prometheus::Config>,
    /// Metrics pages of applications, read straight.
    pub scrape: Vec<vendors::scrape::Config>,
    /// URLs that must answer.
    pub probe: Vec<vendors::probe::Config>,
    /// PostgreSQL databases whose statements are watched.
    pub postgres: Vec<vendors::postgres::Config>,
    /// MySQL and MariaDB databases whose statements are watched.
    pub mysql: Vec<vendors::mysql::Config>,
    /// The machine itself. `null`: don't. Default: watch it where no Prometheus is named.
    pub host: Option<vendors::host::Config>,
}

/// Signed calls that come in.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Hooks {
    /// The secret that signs `POST /hooks/deployments` and `POST /hooks/mail`. Without it they are closed.
    pub secret: Option<SecretRef>,
}

/// A URL that quad calls.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Heartbeat {
    /// Called with GET after each completed check, at most this often.
    pub url: SecretOrUrl,
    /// Seconds between two calls. Default: 60.
    #[serde(default = "a_minute")]
    #[schemars(range(min = 1))]
    pub every_secs: u32,
}

/// Heartbeat URLs often hold a token in their path, so they may be given by reference.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum SecretOrUrl {
    /// As it is.
    Url(Url),
    /// By reference.
    Secret(SecretRef),
}

fn a_minute() -> u32 {
    60
}

/// Planned work.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Maintenance {
    /// In words: "Database maintenance".
    pub what: String,
    /// Start: `2026-02-15T22:00` in the team's time zone, or with an offset.
    pub from: String,
    /// End, likewise.
    pub to: String,
    /// Which services; none means all.
    #[serde(default)]
    pub services: Vec<String>,
    /// Which environment; none means all.
    #[serde(default)]
    pub environment: Option<String>,
}

/// How a sample shop is watched, so that a fault is seen, explained and over within two minutes.
#[derive(Debug, Clone, Copy)]
pub struct Demo {
    /// Seconds between two checks.
    pub check_interval_secs: u32,
    /// Over how many seconds rates and percentiles are formed.
    pub rate_window_secs: u32,
    /// For how many seconds a finding stays after its condition was last seen.
    pub keep_firing_secs: u32,
}

impl Default for Demo {
    fn default() -> Self {
        Self { check_interval_secs: 5, rate_window_secs: 20, keep_firing_secs: 15 }
    }
}
