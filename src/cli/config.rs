//! `quad config`: mistakes, values in force, and the schema.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::app::local;
use crate::cli::output;
use crate::config::{self, Config, Unusable, show, unbuilt};
use crate::gather::said::InForce;

pub(super) const EXAMPLES: &str = "\
Examples:
  quad config check
  quad config show --json
  quad config schema > infrastructure-agent.schema.json";

const CHECK_EXAMPLES: &str = "\
Examples:
  quad config check
  quad config check --config .quad/infrastructure-agent.yml --json";

const SHOW_EXAMPLES: &str = "\
Examples:
  quad config show
  quad config show --json | jq '.[] | select(.origin != \"default\")'";

const SCHEMA_EXAMPLES: &str = "\
Examples:
  quad config schema > infrastructure-agent.schema.json

First line of the file, for editors with a YAML language server:
  # yaml-language-server: $schema=infrastructure-agent.schema.json";

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Name every mistake with its file, line and column
    #[command(after_help = CHECK_EXAMPLES)]
    Check(Options),
    /// Print each value in force and where it came from
    #[command(after_help = SHOW_EXAMPLES)]
    Show(Options),
    /// Print the JSON Schema, for editors
    #[command(after_help = SCHEMA_EXAMPLES)]
    Schema,
}

/// How to show it.
#[derive(Debug, Args)]
pub struct Options {
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Runs it. A configuration that can't be used is what `check` is for, so it comes as a value.
pub fn run(action: &Action, config: Result<Config, Unusable>) -> anyhow::Result<ExitCode> {
    match (action, config) {
        (Action::Schema, _) => output::json(&config::schema()),
        (Action::Check(options), config) => return Ok(check(config, options)),
        (Action::Show(_), Err(unusable)) => {
            eprintln!("{unusable}");
            return Ok(ExitCode::from(2));
        }
        (Action::Show(options), Ok(config)) => {
            return output::block_on(async move { show_values(&config, options).await });
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn check(config: Result<Config, Unusable>, options: &Options) -> ExitCode {
    let (problems, warning) = match &config {
        Ok(config) => (&[][..], unbuilt::warning(config)),
        Err(unusable) => (unusable.0.as_slice(), None),
    };
    let code = if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    if options.json {
        output::json(&json!({ "good": problems.is_empty(), "problems": problems, "warning": warning }));
        return code;
    }
    match &config {
        Ok(Config { path: Some(path), .. }) => output::print(&format!("{} is good\n", path.display())),
        Ok(_) => {
            output::print(&format!("there is no {}; the defaults are in force\n", config::DEFAULT_PATH));
        }
        Err(unusable) => eprintln!("{unusable}"),
    }
    if let Some(warning) = warning {
        eprintln!("warning: {warning}");
    }
    code
}

/// The file's values, and what was said in chat since; without the store only the former.
async fn show_values(config: &Config, options: &Options) -> anyhow::Result<ExitCode> {
    let said = local::said(config).await.unwrap_or_else(|error| {
        eprintln!("warning: what was set in chat is missing here: {error:#}");
        InForce::default()
    });
    let values = show::effective(config, &said);
    if options.json {
        output::json(&values);
        return Ok(ExitCode::SUCCESS);
    }
    let width = values.iter().map(|shown| shown.key.len()).max().unwrap_or(0);
    let mut text = String::new();
    for shown in values {
        let value = match &shown.value {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        text.push_str(&format!("{:width$}  {value}  ({})\n", shown.key, shown.origin));
    }
    output::print(&text);
    Ok(ExitCode::SUCCESS)
}
