//! `quad explain`: reads the plan of a statement, from any server and in any form, and says what is
//! wrong with it. Asks no database: the plan is all it looks at.

use std::borrow::Cow;
use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use crate::cli::output;
use crate::cli::slow_queries::is_mysql;
use crate::sql::plan::{self, answer, findings};
use crate::vendors::{mysql, postgres};

pub(super) const EXAMPLES: &str = "\
Examples:
  quad explain plan.json
  psql -XqAt -c \"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT ...\" | quad explain
  quad explain --database postgres://quad@localhost/shop statement.sql
  quad explain --database mysql://quad@localhost/crm statement.sql
  mariadb -N -r -e \"ANALYZE FORMAT=JSON SELECT ...\" shop | quad explain --json

Reads EXPLAIN of PostgreSQL (JSON or text, also from psql and auto_explain), of MySQL (JSON or TREE) and of MariaDB (JSON), and prints where the time goes, what is wrong, and what to do. Literals are never shown. With --database the file is a statement, which is planned in a transaction that only reads; --measure carries it out if it certainly only reads.";

/// More than this is no plan, in bytes.
const MAX_BYTES: u64 = 80 << 20;

/// Which plan.
#[derive(Debug, Args)]
pub struct Options {
    /// The file holds one statement: ask this PostgreSQL, MySQL or MariaDB for its plan
    #[arg(long, value_name = "URL", env = "QUAD_DATABASE", hide_env_values = true)]
    database: Option<String>,
    /// Carry the statement out to measure it, where it certainly only reads
    #[arg(long, requires = "database")]
    measure: bool,
    /// The file with the plan [default: standard input, as with -]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Reads the plan and prints what it says.
///
/// # Errors
/// Where the file can't be read, or there is no plan in it.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let file = options.file.as_deref().filter(|file| *file != Path::new("-"));
    let (name, bytes) = match file {
        Some(path) => {
            let name = path.display().to_string();
            let file = std::fs::File::open(path).with_context(|| format!("`{name}` can't be read"))?;
            (name.clone(), limited(file).with_context(|| format!("`{name}` can't be read"))?)
        }
        None => {
            let input = std::io::stdin();
            if input.is_terminal() {
                eprintln!("Paste the plan, then press Ctrl-D.");
            }
            ("standard input".to_owned(), limited(input.lock()).context("standard input can't be read")?)
        }
    };
    let text = String::from_utf8_lossy(&bytes);
    let text = match &options.database {
        Some(url) => Cow::Owned(output::block_on_value(asked(url, &text, options.measure))?),
        None => text,
    };
    let plan = plan::read(&text).with_context(|| format!("reading {name}"))?;
    let judged = findings::judge(&plan);
    if options.json {
        output::json(&answer::json(&plan, &judged));
    } else {
        output::answer(&answer::answer(&plan, &judged), false);
    }
    Ok(ExitCode::SUCCESS)
}

/// The plan that a server has for a statement.
async fn asked(url: &str, sql: &str, measure: bool) -> anyhow::Result<String> {
    const REFUSED: &str = "the statement was not explained";
    let (json, not_measured) = if is_mysql(url) {
        let explained = mysql::connect(url).await?.plan(sql, measure).await.context(REFUSED)?;
        (explained.json, explained.not_measured)
    } else {
        let explained = postgres::connect(url).await?.plan(sql, measure).await.context(REFUSED)?;
        (explained.json, explained.not_measured)
    };
    if let Some(why) = not_measured.filter(|_| measure) {
        eprintln!("Not carried out: {why}. This is the plan that the server expects to use.");
    }
    Ok(json)
}

fn limited(input: impl std::io::Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(MAX_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}
