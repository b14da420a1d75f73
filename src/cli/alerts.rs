//! `quad alerts`: open alerts, or those of a stretch of time.

use std::process::ExitCode;

use chrono::TimeDelta;
use clap::Args;

use crate::alert::words;
use crate::app::App;
use crate::cli::{output, replay};
use crate::config::Config;
use crate::handlers;
use crate::model::alert::AlertNumber;
use crate::model::request::{Query, Scope};
use crate::model::time::TimeRange;
use crate::ports::clock::Clock;

pub(super) const EXAMPLES: &str = "\
Examples:
  quad alerts
  quad alerts --hours 24 --json
  quad alerts --export 12 > incident.json";

/// Which alerts.
#[derive(Debug, Args)]
pub struct Options {
    /// Those of the last N hours, over or not, instead of the open ones
    #[arg(long, value_name = "N")]
    hours: Option<u32>,
    /// As alert records
    #[arg(long)]
    json: bool,
    /// What is recorded of alert N, as JSON for `quad replay`
    #[arg(long, value_name = "N", conflicts_with = "hours")]
    export: Option<i64>,
}

/// Lists them from the store.
///
/// # Errors
/// Where the store can't be read.
pub async fn run(options: &Options, config: &Config) -> anyhow::Result<ExitCode> {
    if let Some(number) = options.export {
        output::json(&replay::of_alert(config, AlertNumber(number)).await?);
        return Ok(ExitCode::SUCCESS);
    }
    let app = App::asleep(config.clone(), Clock::system()).await?;
    let now = app.clock().now();
    let range = options.hours.map(|hours| TimeRange::last(TimeDelta::hours(i64::from(hours)), now));
    if options.json {
        let readable = app.readable();
        let alerts = match range {
            Some(range) => readable.alerts_between(range).await?,
            None => readable.open_alerts().await?,
        };
        let records: Vec<_> =
            alerts.iter().map(|alert| words::record(alert, config.file.organisation.id)).collect();
        output::json(&records);
    } else {
        let query = Query::Alerts(Scope { range, ..Scope::default() });
        output::answer(&handlers::answer(app.readable(), &query, handlers::Asking::default()).await?, false);
    }
    Ok(ExitCode::SUCCESS)
}
