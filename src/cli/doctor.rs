//! `quad doctor`: look at everything quad needs, and say what is wrong.

use std::process::ExitCode;

use clap::Args;

use crate::app::{App, State};
use crate::cli::output;
use crate::config::Config;
use crate::ports::clock::Clock;

pub(super) const EXAMPLES: &str = "\
Examples:
  quad doctor
  quad doctor --json | jq '.[] | select(.state == \"bad\")'";

/// How to show it.
#[derive(Debug, Args)]
pub struct Options {
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Looks, prints, and fails where something does not work.
///
/// # Errors
/// Where even the store can't be opened.
pub async fn run(options: &Options, config: &Config) -> anyhow::Result<ExitCode> {
    let app = App::asleep(config.clone(), Clock::system()).await?;
    let checks = output::patiently("looking at every source", app.examine()).await?;
    let bad = checks.iter().filter(|check| check.state == State::Bad).count();
    if options.json {
        output::json(&checks);
    } else {
        let mut text = String::new();
        for check in &checks {
            let sign = match check.state {
                State::Good => "ok      ",
                State::Warning => "warning ",
                State::Bad => "BAD     ",
            };
            text.push_str(&format!("{sign} {}: {}\n", check.what, check.says));
        }
        text.push_str(&match bad {
            0 => "Everything that is needed works.\n".to_owned(),
            1 => "1 thing does not work.\n".to_owned(),
            several => format!("{several} things do not work.\n"),
        });
        output::print(&text);
    }
    Ok(if bad == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
