//! `quad report daily|weekly`: the report of any day or week.

use std::process::ExitCode;

use chrono::{NaiveDate, TimeDelta};
use clap::{Args, Subcommand};

use crate::app::App;
use crate::cli::output;
use crate::config::Config;
use crate::handlers;
use crate::model::request::Period;
use crate::ports::clock::Clock;

pub(super) const EXAMPLES: &str = "\
Examples:
  quad report daily
  quad report daily --date 2026-01-08 --json
  quad report weekly --date 2026-01-08";

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
    Daily(About),
    /// One week from Monday, in the team's time zone
    #[command(after_help = EXAMPLES)]
    Weekly(About),
}

#[derive(Debug, Args)]
struct About {
    /// The day, or any day of the week [default: the last that is over]
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
    let (period, about, back) = match &options.kind {
        Kind::Daily(about) => (Period::Daily, about, TimeDelta::days(1)),
        Kind::Weekly(about) => (Period::Weekly, about, TimeDelta::weeks(1)),
    };
    let app = App::asleep(config.clone(), Clock::system()).await?;
    let today = app.clock().now().with_timezone(&config.file.timezone).date_naive();
    let day = about.date.unwrap_or(today - back);
    anyhow::ensure!(day <= today, "{day} has not happened yet");
    output::answer(&handlers::report_of(app.readable(), period, day).await?, about.json);
    Ok(ExitCode::SUCCESS)
}
