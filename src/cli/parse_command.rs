//! The command line of `quad parse`: which names, and which moment, texts are read with.

use std::io::{BufReader, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use serde::Deserialize;

use crate::cli::output::print;
use crate::cli::parse;
use crate::config::Config;
use crate::model::inventory::Inventory;
use crate::model::time::Moment;
use crate::ports::clock::Clock;

pub(super) const EXAMPLES: &str = "\
Examples:
  quad parse --explain \"why is checkout slow?\"
  quad parse --inventory inventory.json < utterances.jsonl
  echo '{\"text\": \"ack 12\"}' | quad parse

Without a text, lines of standard input are read. Each line in is {\"text\": ...}; each line out is {\"intent\", \"slots\", \"confidence\"}, in the same order.";

/// How to read.
#[derive(Debug, Args)]
pub struct Options {
    /// Words to read, as they would be typed in chat
    #[arg(value_name = "TEXT")]
    text: Vec<String>,
    /// Names to know, and the moment at which everything is said [default: those of the configuration, now]
    #[arg(long, value_name = "FILE")]
    inventory: Option<PathBuf>,
    /// Show how each text was read
    #[arg(long)]
    explain: bool,
}

/// An inventory file: the names, and perhaps the moment.
#[derive(Deserialize)]
struct File {
    #[serde(flatten)]
    names: Inventory,
    now: Option<Moment>,
}

/// Reads the words given, or standard input line by line.
///
/// # Errors
/// An inventory that can't be read.
pub fn run(options: &Options, config: &Config) -> anyhow::Result<ExitCode> {
    let now = Clock::system().now();
    let (inventory, now) = match &options.inventory {
        None => (config.inventory(), now),
        Some(path) => {
            let text =
                std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
            let file: File =
                serde_json::from_str(&text).with_context(|| format!("understanding {}", path.display()))?;
            (file.names, file.now.unwrap_or(now))
        }
    };
    if !options.text.is_empty() {
        let text = options.text.join(" ");
        if options.explain {
            print(&parse::in_words(&text, &inventory, now));
        } else {
            print(&format!("{}\n", parse::read(&text, &inventory, now, false)));
        }
        return Ok(ExitCode::SUCCESS);
    }
    // Line by line, so that a program at the other end of a pipe gets each answer at once.
    let mut out = std::io::stdout().lock();
    if let Err(error) =
        parse::run(BufReader::new(std::io::stdin()), &mut out, &inventory, now, options.explain)
    {
        anyhow::ensure!(error.kind() == std::io::ErrorKind::BrokenPipe, "reading or writing lines: {error}");
    }
    // Whoever reads may have gone away; that is their right.
    let _ = out.flush();
    Ok(ExitCode::SUCCESS)
}
