//! The whole configuration: read, checked, and turned into what the parts need.
//!
//! `file` is what a person writes; `yaml`, `check` and `secrets` read it and name every problem at once;
//! `lines`, `windows`, `escalation`, `mail`, `github`, `runbooks` and `unbuilt` derive what the running agent uses; `show` explains it.

pub mod check;
pub mod escalation;
pub mod extra;
pub mod file;
pub mod github;
pub mod lines;
pub mod mail;
pub mod runbooks;
pub mod secrets;
pub mod show;
pub mod unbuilt;
pub mod windows;
pub mod yaml;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::alert::runbook::Runbooks;
pub use crate::config::check::Problem;
pub use crate::config::file::File;
use crate::config::yaml::{Document, Mark};

/// Where quad looks when no `--config` is given.
pub const DEFAULT_PATH: &str = ".quad/infrastructure-agent.yml";

/// The configuration and where it came from.
#[derive(Debug, Clone)]
pub struct Config {
    /// Effective values. On the heap: futures that carry a configuration would grow by all of it.
    pub file: Box<File>,
    /// The file that was read; `None` where the defaults stand alone.
    pub path: Option<PathBuf>,
    /// What the file says, with places.
    pub document: Document,
    /// Pointers that command-line flags have set, with the flag's name.
    pub flags: Vec<(&'static str, &'static str)>,
    /// What to do about which alert, read from the folder that the file names.
    pub runbooks: Runbooks,
}

/// Why a configuration can't be used: one line a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable(pub Vec<Problem>);

impl std::fmt::Display for Unusable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut lines = String::new();
        for problem in &self.0 {
            writeln!(lines, "{problem}")?;
        }
        f.write_str(lines.trim_end())
    }
}

impl std::error::Error for Unusable {}

/// Reads `path`, or the default place where it exists, or else takes the defaults.
///
/// # Errors
/// Every problem of the file at once.
pub fn load(path: Option<&Path>) -> Result<Config, Unusable> {
    let (path, must_exist) = match path {
        Some(path) => (path, true),
        None => (Path::new(DEFAULT_PATH), false),
    };
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Config { path: Some(path.to_owned()), ..parse(&path.display().to_string(), &text)? }),
        Err(error) if !must_exist && error.kind() == std::io::ErrorKind::NotFound => Ok(defaults()),
        Err(error) => Err(one(
            &path.display().to_string(),
            Mark { line: 1, column: 1 },
            format!("can't be read: {error}"),
        )),
    }
}

/// The configuration of an empty file.
pub fn defaults() -> Config {
    Config {
        file: Box::default(),
        path: None,
        document: Document::default(),
        flags: Vec::new(),
        runbooks: Runbooks::default(),
    }
}

/// Reads the text of a file that people know as `name`.
///
/// # Errors
/// Every problem at once.
pub fn parse(name: &str, text: &str) -> Result<Config, Unusable> {
    let document = yaml::read(text).map_err(|(at, what)| one(name, at, what))?;
    let mut found = check::problems(name, &document, &schema());
    found.extend(secrets::problems(name, &document));
    found.sort_by_key(|problem| (problem.at.line, problem.at.column));
    if !found.is_empty() {
        return Err(Unusable(found));
    }
    let file: Box<File> = serde_json::from_value(document.value.clone())
        .map_err(|error| one(name, Mark { line: 1, column: 1 }, format!("can't be used: {error}")))?;
    let (runbooks, unread) = runbooks::read(name, &file, &document);
    let config = Config { file, path: None, document, flags: Vec::new(), runbooks };
    let mut found = windows::problems(name, &config);
    found.extend(escalation::problems(name, &config));
    found.extend(mail::problems(name, &config));
    found.extend(github::problems(name, &config));
    found.sort_by_key(|problem| (problem.at.line, problem.at.column));
    found.extend(unread);
    if found.is_empty() { Ok(config) } else { Err(Unusable(found)) }
}

/// The JSON Schema of the file.
pub fn schema() -> Value {
    schemars::schema_for!(File).to_value()
}

fn one(file: &str, at: Mark, what: String) -> Unusable {
    Unusable(vec![Problem { file: file.to_owned(), at, what }])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `docs` of the specification, letter for letter.
    const SPECIFICATION: &str = r##"# .quad/infrastructure-agent.yml
enabled: true

monitoring:
  enabled: true
  apm_provider: "datadog"  # or "new-relic", "prometheus", "cloudwatch"
  check_interval_secs: 30  # How often to check metrics

  thresholds:
    api_response_time_ms: 500      # Alert if P95 > 500ms
    database_query_ms: 500         # Alert if query > 500ms
    error_rate_percent: 1.0        # Alert if > 1%
    memory_usage_percent: 85       # Alert if > 85%
    cpu_usage_percent: 90          # Alert if > 90%
    deployment_duration_mins: 15   # Alert if deploy > 15 min

alerts:
  slack_enabled: true
  email_enabled: true
  slack_channel: "#infrastructure"
  daily_report_time: "09:00"  # 9 AM daily

database:
  enabled: true
  slow_query_threshold_ms: 1000   # Alert if query > 1 second
  analyze_execution_plans: true   # Run EXPLAIN ANALYZE
  check_interval_secs: 300        # Check every 5 minutes

deployments:
  enabled: true
  monitor_ci_cd: true
  track_error_rate_changes: true
  auto_rollback_on_spike: false   # Manual approval required
  rollback_threshold: 5           # Rollback if errors > 5x baseline

ignore:
  - "SELECT 1"  # Skip health checks
  - "SELECT now()"  # Skip time queries

# Different SLAs for different environments
dev:
  api_response_time_ms: 1000      # More lenient in dev
  error_rate_percent: 5.0

qa:
  api_response_time_ms: 500
  error_rate_percent: 1.0

prod:
  api_response_time_ms: 200       # Strict in production
  error_rate_percent: 0.1
  escalate_to_oncall: true        # Page on-call engineer
"##;

    #[test]
    fn the_specification_is_accepted_letter_for_letter() {
        let config = parse("spec.yml", SPECIFICATION).expect("is accepted");
        let web = crate::model::subject::Subject::service("prod", "web");
        let lines = config.thresholds().lines(crate::model::signal::Signal::ApiResponseTime, &web);
        let lines = lines.expect("has lines");
        assert_eq!((lines.warning, lines.critical, lines.origin.as_str()), (80.0, 200.0, "prod"));
        insta::assert_snapshot!(unbuilt::warning(&config).unwrap_or_default(), @"accepted, but not built yet: deployments.monitor_ci_cd, deployments.rollback_threshold, monitoring.apm_provider: datadog; prod.escalate_to_oncall asks to page whoever is on call, and `pagerduty` is not set up: nobody is paged");
    }

    #[test]
    fn an_empty_file_is_a_good_file() {
        assert!(parse("empty.yml", "").is_ok());
    }

    #[test]
    fn all_problems_come_at_once_and_no_value_is_repeated() {
        let text = "moniroting:\n  enabled: true\nslack:\n  bot_token: \"not-a-reference\"\nweb:\n  listen: 7077\nprod:\n  error_rate_percent: 400\n";
        let problems = parse("quad.yml", text).expect_err("has problems").to_string();
        insta::assert_snapshot!(problems, @r"
        quad.yml:1:1: unknown key `moniroting`; did you mean `monitoring`?
        quad.yml:4:3: `slack.bot_token` does not take such a value: it must name a place, {env: NAME} or {file: PATH}; secrets never stand here
        quad.yml:6:3: `web.listen` must be a text
        quad.yml:8:3: `prod.error_rate_percent` must be at most 100
        ");
        assert!(!problems.contains("not-a-reference"));
    }

    #[test]
    fn the_default_of_every_key_passes_its_own_schema() {
        let value = serde_json::to_value(File::default()).expect("is JSON");
        let document = Document { value, ..Document::default() };
        assert_eq!(check::problems("defaults", &document, &schema()), []);
    }
}
