//! `quad login`: another sign-in link for the page.

use std::process::ExitCode;

use clap::Args;

use crate::app::local;
use crate::cli::output;
use crate::config::Config;
use crate::error::UserError;

pub(super) const EXAMPLES: &str = "\
Examples:
  quad login
  quad login --json

It asks the quad that runs on this machine. A link signs in once; open it in the browser.";

/// How to show it.
#[derive(Debug, Args)]
pub struct Options {
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Prints a link that works once.
///
/// # Errors
/// Where no quad runs with this data folder.
pub async fn run(options: &Options, config: &Config) -> anyhow::Result<ExitCode> {
    let Some(url) = local::login(config).await? else {
        return Err(UserError::new(format!(
            "no quad answers at http://{} for the folder {}; start one with `quad`, which prints a link too",
            local::address(config),
            config.file.data.display()
        ))
        .into());
    };
    if options.json {
        output::json(&serde_json::json!({ "url": url }));
    } else {
        output::print(&format!("{url}\n"));
    }
    Ok(ExitCode::SUCCESS)
}
