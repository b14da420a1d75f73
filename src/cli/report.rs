//! `quad report daily`: the report of any day.

use std::process::ExitCode;

use chrono::{NaiveDate, TimeDelta};
use clap::{Args, Subcommand};

use crate::app::App;
use crate::cli::output;
use crate::config::Config;
use crate::ports::clock::Clock;

pub(super) const EXAMPLES: &str = "\
Examples:
  quad report daily
  quad report daily --date 2026-01-08 --json";

/// Which report.
#[derive(Debug, Args)]
pub struct Options {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Debug, Subcommand)]
enum Kind {
    /// One calendar day in the team's time zone
    #[command(after_help = EXAMPLES)]
    Daily(Daily),
}

#[derive(Debug, Args)]
struct Daily {
    /// The day [default: yesterday]
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<NaiveDate>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Prints it.
///
/// # Errors
/// Where the store can't be read.
pub async fn run(options: &Options, config: &Config) -> anyhow::Result<ExitCode> {
    let Kind::Daily(daily) = &options.kind;
    let app = App::asleep(config.clone(), Clock::system()).await?;
    let today = app.clock().now().with_timezone(&config.file.timezone).date_naive();
    let day = daily.date.unwrap_or(today - TimeDelta::days(1));
    anyhow::ensure!(day <= today, "{day} has not happened yet");
    output::answer(&app.readable().daily_report(day).await?, daily.json);
    Ok(ExitCode::SUCCESS)
}
