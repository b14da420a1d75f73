//! `quad advise`: which indexes a workload needs, asked of the planner of its own database.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use clap::Args;

use crate::cli::output;
use crate::sql::advice::{statements, text};
use crate::vendors::postgres;

pub(super) const EXAMPLES: &str = "\
Examples:
  quad advise --database postgres://quad@localhost/shop --queries queries.sql
  quad advise --database postgres://quad@localhost/shop --queries queries.sql --json
  quad advise --database postgres://quad@localhost/shop --queries queries.sql --sql | psql shop

Statements are explained in a transaction that only reads, and never carried out. PostgreSQL, best with HypoPG.";

/// Which database and which statements.
#[derive(Debug, Args)]
pub struct Options {
    /// The database, as postgres://USER:PASSWORD@HOST:PORT/DATABASE
    #[arg(long, value_name = "URL", env = "QUAD_DATABASE", hide_env_values = true)]
    database: String,
    /// A file of statements, each ending with ; and named by a line -- name: ID above it
    #[arg(long, value_name = "FILE")]
    queries: PathBuf,
    /// As JSON
    #[arg(long, conflicts_with = "sql")]
    json: bool,
    /// Only the statements that make the indexes
    #[arg(long)]
    sql: bool,
}

/// Advises and prints.
///
/// # Errors
/// Where the file or the database can't be read.
pub async fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let name = options.queries.display();
    let file = std::fs::read(&options.queries).with_context(|| format!("{name} can't be read"))?;
    let statements = statements(&String::from_utf8_lossy(&file));
    ensure!(!statements.is_empty(), "{name} holds no statement");
    ensure!(!options.database.starts_with("mysql:"), "advice for MySQL is not yet built; PostgreSQL is");
    let mut server = postgres::connect(&options.database).await?;
    let outcome = output::patiently("asking the planner", postgres::advise(&mut server, &statements)).await?;
    if options.json {
        output::json(&outcome.json());
    } else if options.sql {
        output::print(&outcome.sql());
    } else {
        output::answer(&text(&outcome), false);
    }
    Ok(ExitCode::SUCCESS)
}
