//! `quad config`: mistakes, values in force, and the schema.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::cli::output;
use crate::config::{self, Config, Unusable, show, unbuilt};

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Name every mistake with its file, line and column
    Check,
    /// Print each value in force and where it came from
    Show(Show),
    /// Print the JSON Schema, for editors
    Schema,
}

/// How to show it.
#[derive(Debug, Args)]
pub struct Show {
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Runs it. A configuration that can't be used is what `check` is for, so it comes as a value.
pub fn run(action: &Action, config: Result<Config, Unusable>) -> anyhow::Result<ExitCode> {
    if let Action::Schema = action {
        output::json(&config::schema());
        return Ok(ExitCode::SUCCESS);
    }
    let config = match config {
        Ok(config) => config,
        Err(unusable) => {
            eprintln!("{unusable}");
            return Ok(ExitCode::from(if matches!(action, Action::Check) { 1 } else { 2 }));
        }
    };
    match action {
        Action::Show(options) => show_values(&config, options),
        _ => check(&config),
    }
    Ok(ExitCode::SUCCESS)
}

fn check(config: &Config) {
    let what = match &config.path {
        Some(path) => format!("{} is good", path.display()),
        None => format!("there is no {}; the defaults are in force", config::DEFAULT_PATH),
    };
    output::print(&format!("{what}\n"));
    if let Some(warning) = unbuilt::warning(config) {
        eprintln!("warning: {warning}");
    }
}

fn show_values(config: &Config, options: &Show) {
    let values = show::effective(config);
    if options.json {
        output::json(&values);
        return;
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
}
