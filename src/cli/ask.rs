//! `quad ask`: the same question as in chat, from a shell.

use std::io::{IsTerminal as _, Read as _};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use crate::app::{App, local};
use crate::cli::{output, prompt};
use crate::config::Config;
use crate::model::answer::{Answer, Mark};
use crate::ports::clock::Clock;

pub(super) const EXAMPLES: &str = "\
Examples:
  quad ask \"why is checkout slow?\"
  quad ask status --json
  echo \"errors in the last hour\" | quad ask

It asks the quad that runs on this machine. Where none runs, it answers from the store in --data.";

/// What to ask.
#[derive(Debug, Args)]
pub struct Options {
    /// The question; read from standard input where it is left out
    text: Vec<String>,
    /// The answer as JSON
    #[arg(long)]
    json: bool,
}

/// Asks and prints.
///
/// # Errors
/// Where there is no question, or the running quad can't be understood.
pub async fn run(options: &Options, config: &Config) -> anyhow::Result<ExitCode> {
    say(question(&options.text)?, options.json, config).await
}

/// Asks this and prints the answer.
///
/// # Errors
/// Where the running quad can't be understood.
pub(super) async fn say(text: String, json: bool, config: &Config) -> anyhow::Result<ExitCode> {
    let answer = match local::ask(config, &text).await? {
        Some(answer) => answer,
        None => offline(config, text).await?,
    };
    output::answer(&answer, json);
    Ok(ExitCode::SUCCESS)
}

fn question(words: &[String]) -> anyhow::Result<String> {
    let mut text = words.join(" ");
    if text.is_empty() && !std::io::stdin().is_terminal() {
        std::io::stdin().read_to_string(&mut text).context("reading the question from standard input")?;
    }
    anyhow::ensure!(!text.trim().is_empty(), "nothing was asked; try: quad ask \"status\"");
    Ok(text)
}

async fn offline(config: &Config, text: String) -> anyhow::Result<Answer> {
    let app = App::asleep(config.clone(), Clock::system()).await?;
    let answer = app.chat().answer(&prompt::inbound(&app, text)).await;
    let mark = answer.mark.or(Some(Mark::Unknown));
    let note = format!(
        "No quad answers at http://{}; this comes from the store in {}.",
        local::address(config),
        config.file.data.display()
    );
    Ok(Answer { mark, ..answer }.footnote(note))
}
