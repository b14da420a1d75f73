//! `quad deployed`: a new version runs.

use std::process::ExitCode;

use clap::Args;

use crate::app::{App, local};
use crate::cli::output;
use crate::config::Config;
use crate::model::deployment::{Deployment, Learned};
use crate::ports::clock::Clock;

pub(super) const EXAMPLES: &str = "\
Examples:
  quad deployed checkout v1.2.3
  quad deployed checkout v1.2.3 --environment prod --took-secs 285

It tells the quad that runs on this machine. Where none runs, it writes into the store in --data.";

/// What was deployed.
#[derive(Debug, Args)]
pub struct Options {
    /// The service
    service: String,
    /// The version that now runs
    version: String,
    /// Where
    #[arg(long, default_value = "")]
    environment: String,
    /// How long the deployment took
    #[arg(long, value_name = "SECONDS")]
    took_secs: Option<u64>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Tells the quad that runs on this machine; where none runs, writes it into the store.
///
/// # Errors
/// Where the running quad refuses it, or the store can't be written.
pub async fn run(options: &Options, config: &Config) -> anyhow::Result<ExitCode> {
    let deployment = Deployment {
        service: options.service.clone(),
        environment: options.environment.clone(),
        version: options.version.clone(),
        previous: None,
        at: Clock::system().now(),
        took_seconds: options.took_secs,
        learned: Learned::Command,
    };
    let news = match local::deployed(config, &deployment).await? {
        Some(news) => news,
        None => App::asleep(config.clone(), Clock::system()).await?.deployed(&deployment).await?,
    };
    if options.json {
        output::json(&serde_json::json!({ "deployment": deployment, "new": news }));
    } else if news {
        output::print(&format!(
            "noted: {} {} at {}\n",
            options.service,
            options.version,
            deployment.at.format("%H:%M UTC")
        ));
    } else {
        output::print(&format!("{} {} was known already\n", options.service, options.version));
    }
    Ok(ExitCode::SUCCESS)
}
