//! `quad slow-queries`: the slowest statements, of the databases that quad watches or of one whose address
//! is given.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use secrecy::SecretString;

use crate::cli::{ask, output};
use crate::config::Config;
use crate::model::answer::Answer;
use crate::model::statement::{Snapshot, Window};
use crate::model::time::TimeRange;
use crate::ports::clock::Clock;
use crate::ports::database::Database;
use crate::sql::n_plus_one;
use crate::sql::slow::{self, Entry, Frame, Ranked};
use crate::sql::window::window;
use crate::vendors::mysql::MySql;
use crate::vendors::postgres::Postgres;

pub(super) const EXAMPLES: &str = "\
Examples:
  quad slow-queries
  quad slow-queries --database postgres://quad@localhost/shop
  quad slow-queries --database postgres://quad@localhost/shop --for 60 --top 10
  quad slow-queries --database mysql://quad@localhost/crm --json

Without --database: what the watching quad has seen, as in chat. With it: what pg_stat_statements or performance_schema counted since its statistics began, or for as long as --for says. Plans are asked for in a transaction that only reads; nothing is carried out.";

/// Which database, and how much of it.
#[derive(Debug, Args)]
pub struct Options {
    /// The database, as postgres://USER:PASSWORD@HOST:PORT/DATABASE or mysql://... [default: those that quad watches]
    #[arg(long, value_name = "URL", env = "QUAD_DATABASE", hide_env_values = true)]
    database: Option<String>,
    /// Watch for so many seconds, and count only what ran meanwhile
    #[arg(long = "for", value_name = "SECONDS", requires = "database", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    seconds: Option<u32>,
    /// How many statements
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=50), requires = "database")]
    top: u8,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Looks, explains and prints.
///
/// # Errors
/// Where the database can't be read at all.
pub async fn run(options: &Options, config: &Config) -> anyhow::Result<ExitCode> {
    let Some(url) = &options.database else {
        return ask::say("show me the slowest queries".to_owned(), options.json, config).await;
    };
    let address = SecretString::from(url.clone());
    let database: Box<dyn Database> = match is_mysql(url) {
        true => Box::new(MySql::at(address, false)),
        false => Box::new(Postgres::at(address, false)),
    };
    let database = &*database;
    let line_ms = config.file.database.slow_query_threshold_ms;
    let (frame, entries) = match options.seconds {
        None => {
            let look = output::patiently("reading the statistics", looked(database)).await?;
            let window = Window {
                range: TimeRange::new(look.at, look.at),
                used: look.counted.clone(),
                notes: Vec::new(),
            };
            let when = match look.counting_since {
                Some(since) => format!("since its statistics began ({} UTC)", since.format("%F %H:%M")),
                None => "since its statistics began".to_owned(),
            };
            report(database, &look, &window, when, line_ms, options.top.into()).await
        }
        Some(seconds) => {
            let before = looked(database).await?;
            output::patiently("watching", tokio::time::sleep(Duration::from_secs(seconds.into()))).await;
            let look = looked(database).await?;
            let window = window(&before, &look);
            let when = format!("in {seconds} s");
            report(database, &look, &window, when, line_ms, options.top.into()).await
        }
    };
    if options.json {
        output::json(&slow::to_json(&frame, &entries));
    } else {
        let answer: Answer = slow::answer(&frame, &entries);
        output::answer(&answer, false);
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether the address is one of MySQL or MariaDB.
pub(super) fn is_mysql(url: &str) -> bool {
    url.starts_with("mysql:") || url.starts_with("mariadb:")
}

async fn looked(database: &dyn Database) -> anyhow::Result<Snapshot> {
    Ok(database.look(Clock::system().now(), &BTreeSet::new()).await?)
}

async fn report(
    database: &dyn Database,
    look: &Snapshot,
    window: &Window,
    when: String,
    line_ms: f64,
    top: usize,
) -> (Frame, Vec<Entry>) {
    let ranked: Vec<Ranked> = slow::rank(&window.used, line_ms);
    let of = ranked.len();
    let mut entries = Vec::new();
    for ranked in ranked.into_iter().take(top) {
        let plan = database.explain(&ranked.id).await.map_err(|error| error.to_string());
        let advice = database.advise(&ranked.id).await.map_err(|error| error.to_string());
        let text = look.texts.get(&ranked.id).cloned();
        entries.push(Entry {
            database: None,
            ranked,
            text,
            day_before: None,
            cause: slow::cause(plan),
            advice,
        });
    }
    let mut notes = window.notes.clone();
    notes.extend(look.gaps.iter().cloned());
    let found = n_plus_one::loops(&window.used, &look.texts, &BTreeMap::new());
    let loops = n_plus_one::sections(&found, &look.texts);
    (Frame { database: database.subject().to_string(), when, of, line_ms, notes, loops }, entries)
}
