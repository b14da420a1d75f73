//! `quad advise`: which indexes a workload needs, asked of the planner of its own database, or worked out by the rules of
//! its optimizer.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, ensure};

use clap::Args;

use crate::cli::output;
use crate::sql::advice::{Candidate, Outcome, Statement, statements, text};
use crate::vendors::{mysql, postgres};

pub(super) const EXAMPLES: &str = "\
Examples:
  quad advise --database postgres://quad@localhost/shop
  quad advise --database postgres://quad@localhost/shop --queries queries.sql
  quad advise --database postgres://quad@localhost/shop --queries queries.sql --json
  quad advise --database postgres://quad@localhost/shop --queries queries.sql --sql | psql shop
  quad advise --database mysql://quad@localhost/shop
  quad advise --database postgres://quad@localhost/shop --verify --scratch postgres://me@localhost/shop_copy

Statements are explained in a transaction that only reads, and never carried out. PostgreSQL is best with HypoPG; of MySQL and
MariaDB, a few thousand rows of each table are read to tell what conditions leave.";

/// Which database and which statements.
#[derive(Debug, Args)]
pub struct Options {
    /// The database, as postgres://USER:PASSWORD@HOST:PORT/DATABASE or mysql://...
    #[arg(long, value_name = "URL", env = "QUAD_DATABASE", hide_env_values = true)]
    database: String,
    /// A file of statements, each ending with ; and named by a line -- name: ID above it [default: those that
    /// took most time, as the server counted it]
    #[arg(long, value_name = "FILE")]
    queries: Option<PathBuf>,
    /// As JSON
    #[arg(long, conflicts_with = "sql")]
    json: bool,
    /// Only the statements that make the indexes
    #[arg(long)]
    sql: bool,
    /// Make the indexes on --scratch, carry each statement out before and after, and propose no index that gains nothing
    #[arg(long, requires = "scratch")]
    verify: bool,
    /// A copy of the database, on which indexes may be made and removed; never the one that is advised on
    #[arg(long, value_name = "URL", env = "QUAD_SCRATCH", hide_env_values = true)]
    scratch: Option<String>,
}

/// Advises and prints.
///
/// # Errors
/// Where the file or the database can't be read.
pub async fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let given = options.queries.as_deref().map(read).transpose()?;
    let is_mysql = ["mysql:", "mariadb:"].iter().any(|scheme| options.database.starts_with(scheme));
    let scratch = options.scratch.as_deref().filter(|_| options.verify);
    let what = if scratch.is_some() { "asking the planner, and measuring" } else { "asking the planner" };
    let outcome = output::patiently(what, async {
        match is_mysql {
            true => of_mysql(&options.database, given, scratch).await,
            false => of_postgres(&options.database, given, scratch).await,
        }
    })
    .await?;
    if options.json {
        output::json(&outcome.json());
    } else if options.sql {
        output::print(&outcome.sql());
    } else {
        output::answer(&text(&outcome), false);
    }
    Ok(ExitCode::SUCCESS)
}

async fn of_postgres(
    url: &str,
    given: Option<Vec<Statement>>,
    scratch: Option<&str>,
) -> anyhow::Result<Outcome> {
    let mut server = postgres::connect(url).await?;
    // Whether it may be used is known before anything takes long.
    let scratch = match scratch {
        Some(url) => Some(postgres::Scratch::open(url, &mut server).await?),
        None => None,
    };
    let statements = match given {
        Some(statements) => statements,
        None => server.workload().await?,
    };
    ensure!(!statements.is_empty(), "pg_stat_statements has counted nothing yet that could be advised on");
    let mut outcome = postgres::advise(&mut server, &statements).await?;
    if let Some(mut scratch) = scratch {
        for (id, sql, indexes) in proposed(&outcome, &statements) {
            outcome.measured(&id, scratch.measure(&sql, &indexes).await?);
        }
    }
    Ok(outcome)
}

async fn of_mysql(
    url: &str,
    given: Option<Vec<Statement>>,
    scratch: Option<&str>,
) -> anyhow::Result<Outcome> {
    let mut server = mysql::connect(url).await?;
    let scratch = match scratch {
        Some(url) => Some(mysql::Scratch::open(url, &mut server).await?),
        None => None,
    };
    let statements = match given {
        Some(statements) => statements,
        None => server.workload().await?,
    };
    ensure!(!statements.is_empty(), "performance_schema has counted nothing yet that could be advised on");
    let mut outcome = mysql::advise(&mut server, &statements).await?;
    if let Some(mut scratch) = scratch {
        for (id, sql, indexes) in proposed(&outcome, &statements) {
            outcome.measured(&id, scratch.measure(&sql, &indexes).await?);
        }
    }
    Ok(outcome)
}

/// The statements that get indexes, with those.
fn proposed(outcome: &Outcome, statements: &[Statement]) -> Vec<(String, String, Vec<Candidate>)> {
    let advised = outcome.queries.iter().zip(statements).filter(|(advice, _)| !advice.indexes.is_empty());
    advised.map(|(advice, one)| (advice.id.clone(), one.sql.clone(), advice.indexes.clone())).collect()
}

fn read(path: &Path) -> anyhow::Result<Vec<Statement>> {
    let name = path.display();
    let file = std::fs::read(path).with_context(|| format!("{name} can't be read"))?;
    let statements = statements(&String::from_utf8_lossy(&file));
    ensure!(!statements.is_empty(), "{name} holds no statement");
    Ok(statements)
}
