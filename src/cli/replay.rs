//! `quad replay`: makes the diagnosis of a past alert again, from what was recorded and from nothing
//! else, and says whether it is the one that was said.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use serde_json::json;

use crate::app::App;
use crate::cli::output;
use crate::config::Config;
use crate::diagnose::words::{self, Detail};
use crate::diagnose::{Compared, Incident};
use crate::error::UserError;
use crate::model::alert::AlertNumber;
use crate::model::answer::moment;
use crate::ports::clock::Clock;

pub(super) const EXAMPLES: &str = "\
Examples:
  quad replay 12
  quad alerts --export 12 > incident.json
  quad replay incident.json --json

It looks at the record only, asks no source, and ends with 1 where the diagnosis differs from what was said.";

/// What to replay.
#[derive(Debug, Args)]
pub struct Options {
    /// The number of an alert, or a file that `quad alerts --export` wrote
    #[arg(value_name = "ALERT|FILE")]
    what: String,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Diagnoses again and prints.
///
/// # Errors
/// Where there is no such record, or it can't be read.
pub async fn run(options: &Options, config: &Config) -> anyhow::Result<ExitCode> {
    let incident = match options.what.trim_start_matches('#').parse().map(AlertNumber) {
        Ok(number) => of_alert(config, number).await?,
        Err(_) => of_file(Path::new(&options.what))?,
    };
    let again = incident.recorded.replay();
    let compared = incident.compare(&again);
    if options.json {
        output::json(&json!({
            "alert": incident.alert,
            "at": incident.recorded.at,
            "compared": compared,
            "diagnosis": again,
            "said": incident.said,
        }));
    } else {
        let answer = words::answer(&incident.recorded.problem, &again, None, Detail::Full);
        let at = incident.recorded.at;
        let at = moment(at, &at.with_timezone(&config.file.timezone).format("%Y-%m-%d %H:%M").to_string());
        let verdict = match (compared, &incident.said) {
            (Compared::Same, _) => {
                format!("The same as was said of {} then; looked at {at}.", incident.alert)
            }
            (Compared::Differs, Some(said)) => format!(
                "Differs from what was said of {} then; looked at {at}. It was: {}",
                incident.alert,
                words::headline(&incident.recorded.problem, said)
            ),
            _ => format!("What was said of {} then is not recorded; looked at {at}.", incident.alert),
        };
        output::answer(&answer.footnote(verdict), false);
    }
    Ok(if compared == Compared::Differs { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// What is recorded of an alert.
///
/// # Errors
/// Where the alert is not known or has no record; where the store can't be read.
pub(super) async fn of_alert(config: &Config, number: AlertNumber) -> anyhow::Result<Incident> {
    let app = App::asleep(config.clone(), Clock::system()).await?;
    let Some(alert) = app.readable().alert(number).await? else {
        let unknown =
            format!("I don't know an alert {number}; `quad alerts --hours 24` lists those of a day");
        return Err(UserError::new(unknown).into());
    };
    let Some(recorded) = app.readable().evidence(number).await? else {
        return Err(UserError::new(format!(
            "nothing is recorded of {number}: it had no diagnosis, or that is over 92 days ago"
        ))
        .into());
    };
    Ok(Incident { alert: number, recorded, said: alert.diagnosis })
}

fn of_file(path: &Path) -> anyhow::Result<Incident> {
    let name = path.display();
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("`{name}` is neither the number of an alert nor a file that can be read"))?;
    let incident: Incident = serde_json::from_str(&text)
        .with_context(|| format!("`{name}` is not what `quad alerts --export` writes"))?;
    anyhow::ensure!(incident.is_plausible(), "the times in `{name}` make no sense");
    Ok(incident)
}
