//! `quad slowlog`: what people use pt-query-digest and pgBadger for, without a server and without a
//! configuration.

mod follow;

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use chrono::{DateTime, NaiveDate, NaiveDateTime};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::output;
use crate::render::{document, gfm};
use crate::sql::digest::{self, Digest, Sift};
use crate::sql::fingerprint::Dialect;
use crate::sql::log::postgres::{PostgresFormat, Prefix};
use crate::sql::log::{Entry, Format, LogKind};
use crate::vendors::dblog::{self, Listener, LogFile};

pub(super) const EXAMPLES: &str = "\
Examples:
  quad slowlog /var/log/mysql/mariadb-slow.log
  quad slowlog /var/log/postgresql/ --since 2026-01-08 --database shop
  quad slowlog slow.log.1.gz slow.log --format html > digest.html
  zcat slow.log.*.gz | quad slowlog - --json
  quad slowlog --follow /var/log/mysql/slow.log --every 300

A folder means the files in it. Logs may be packed with gzip, bzip2 or zstd. Literals are left out of
everything that is shown.";

/// Which logs, what of them, and how to show it.
#[derive(Debug, Args)]
pub struct Options {
    /// Logs, or folders of logs; - is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// As JSON
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// How to show it
    #[arg(long, value_enum, default_value_t = Show::Text)]
    format: Show,
    /// How the logs are written [default: told from their first lines]
    #[arg(long = "type", value_enum, default_value_t = Type::Auto, value_name = "TYPE")]
    kind: Type,
    /// PostgreSQL's log_line_prefix, where its parts aren't told right by their form
    #[arg(long, value_name = "PREFIX", allow_hyphen_values = true)]
    prefix: Option<String>,
    /// The year in which a log begins that leaves it out (syslog)
    #[arg(long, value_name = "YEAR")]
    year: Option<i32>,
    /// How many statements to show one by one
    #[arg(long, default_value_t = 5, value_name = "COUNT")]
    top: usize,
    /// Only from this time on, by the log's clock: 2026-01-08, "2026-01-08 14:00" or RFC 3339
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<i64>,
    /// Only before this time
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<i64>,
    /// Only what ran in this database
    #[arg(long, value_name = "NAME")]
    database: Option<String>,
    /// Only what this user ran
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Only what came from this host
    #[arg(long, value_name = "NAME")]
    host: Option<String>,
    /// Go on while the log grows, across its rotation: a digest of what came, until interrupted
    #[arg(long, short, conflicts_with = "format")]
    follow: bool,
    /// How many seconds lie between two digests
    #[arg(long, value_name = "SECONDS", default_value_t = 60, requires = "follow", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    every: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Show {
    /// For a terminal
    Text,
    /// For a wiki or an issue
    Markdown,
    /// One page that needs nothing else, with charts
    Html,
    /// For programs
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Type {
    Auto,
    /// Slow log, or general log
    Mysql,
    /// On standard error, csvlog, jsonlog, or through syslog
    Postgres,
}

/// Digests and prints.
///
/// # Errors
/// Where no log can be read.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let how = if options.json { Show::Json } else { options.format };
    if options.follow {
        return follow::run(options, how);
    }
    let files = dblog::files(&options.files)?;
    let mut run = Run::new(options);
    let bar = bar(&files);
    for file in &files {
        if let Err(error) = run.file(file, &bar) {
            bar.suspend(|| eprintln!("quad: {error:#}"));
            run.unread.push(file.name());
        }
    }
    bar.finish_and_clear();
    let Some((kind, digest)) = run.digest else {
        ensure!(!run.unread.is_empty(), "no log was given");
        return Ok(ExitCode::FAILURE);
    };
    let name = match &files[..] {
        [file] => file.name(),
        many => format!("{} logs", many.len() - run.unread.len()),
    };
    show(&digest, kind, &name, how, options.top, &run.unread);
    Ok(if run.unread.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// One digest over all logs.
struct Run {
    wanted: Type,
    prefix: Option<Prefix>,
    year: Option<i32>,
    sift: Sift,
    digest: Option<(LogKind, Digest)>,
    unread: Vec<String>,
}

impl Run {
    fn new(options: &Options) -> Self {
        Self {
            wanted: options.kind,
            prefix: options.prefix.as_deref().map(Prefix::parse),
            year: options.year,
            sift: Sift {
                since_us: options.since,
                until_us: options.until,
                database: options.database.clone(),
                user: options.user.clone(),
                host: options.host.clone(),
            },
            digest: None,
            unread: Vec::new(),
        }
    }

    fn file(&mut self, file: &LogFile, bar: &ProgressBar) -> anyhow::Result<()> {
        let name = file.name();
        let mut source = file.open(|bytes| bar.inc(bytes))?;
        let mut one = One { run: self, name: &name, refused: None, entries: 0 };
        let read = dblog::read(&mut source, &mut one);
        let entries = one.entries;
        if let Some(refused) = one.refused {
            return Err(refused);
        }
        read.with_context(|| format!("{name} can be read only in part ({entries} entries)"))?;
        Ok(())
    }
}

/// One log on its way into the digest.
struct One<'a> {
    run: &'a mut Run,
    name: &'a str,
    refused: Option<anyhow::Error>,
    entries: u64,
}

impl Listener for One<'_> {
    fn begins(&mut self, head: &[u8]) -> Option<Box<dyn Format + Send>> {
        match self.kind(head) {
            Ok(kind) => {
                let sift = &self.run.sift;
                self.run
                    .digest
                    .get_or_insert_with(|| (kind.clone(), Digest::new(kind.dialect(), sift.clone())));
                Some(kind.format(self.run.year))
            }
            Err(error) => {
                self.refused = Some(error);
                None
            }
        }
    }

    fn entry(&mut self, entry: &Entry<'_>) {
        self.entries += 1;
        if let Some((_, digest)) = &mut self.run.digest {
            digest.add(entry);
        }
    }
}

impl One<'_> {
    /// How it is written. All logs of a digest hold the same SQL.
    fn kind(&self, head: &[u8]) -> anyhow::Result<LogKind> {
        let kind = kind_of(head, self.run.wanted, self.name)?.with_prefix(self.run.prefix.as_ref());
        match &self.run.digest {
            Some((earlier, _)) if earlier.dialect() != kind.dialect() => bail!(
                "{} is a {}, and the logs before it are {}s: digest them on their own",
                self.name,
                kind.label(),
                earlier.label()
            ),
            _ => Ok(kind),
        }
    }
}

/// How a log is written, by what is asked for and by its first bytes.
fn kind_of(head: &[u8], wanted: Type, name: &str) -> anyhow::Result<LogKind> {
    if head.is_empty() {
        bail!("{name} is empty");
    }
    let found = LogKind::detect(head);
    match (wanted, found) {
        (Type::Auto, Some(kind)) => Ok(kind),
        (Type::Mysql, Some(kind)) if kind.dialect() == Dialect::MySql => Ok(kind),
        (Type::Mysql, None) => Ok(LogKind::Slow),
        (Type::Postgres, Some(kind)) if kind.dialect() == Dialect::Postgres => Ok(kind),
        (Type::Postgres, None) => Ok(LogKind::Postgres(PostgresFormat::Lines(Prefix::default()))),
        (Type::Mysql | Type::Postgres, Some(kind)) => bail!("{name} is a {}", kind.label()),
        (Type::Auto, None) => bail!(
            "{name} looks like no log that quad knows (MySQL's slow or general log, or PostgreSQL's); if it is one, \
             say --type mysql or --type postgres"
        ),
    }
}

fn show(digest: &Digest, kind: LogKind, name: &str, how: Show, top: usize, unread: &[String]) {
    if how == Show::Json {
        let further = [("type".to_owned(), kind.label().into()), ("unread".to_owned(), unread.into())];
        return output::json(&digest::json(digest, further.into_iter().collect()));
    }
    let mut answer = digest::answer(digest, name, top);
    answer = answer.footnote(format!("Read as: {}.", kind.label()));
    if !unread.is_empty() {
        let unread: Vec<_> = unread.iter().map(|name| format!("`{}`", name.replace('`', "'"))).collect();
        answer =
            answer.footnote(format!("Not in these numbers, since it can't be read: {}.", unread.join(", ")));
    }
    match how {
        Show::Html => output::print(&document::document(&answer)),
        Show::Markdown => output::print(&gfm::document(&answer)),
        Show::Text | Show::Json => output::answer(&answer, false),
    }
}

/// How far it has come, on a terminal and for logs that take a while.
fn bar(files: &[LogFile]) -> ProgressBar {
    let bytes: u64 = files.iter().filter_map(LogFile::length).sum();
    if bytes < 20 << 20 || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {percent:>3} %  {bytes} of {total_bytes}  {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(bytes).with_style(style)
}

/// A time as people type it, in microseconds since 1970.
fn moment(text: &str) -> Result<i64, String> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Ok(at.timestamp_micros());
    }
    for format in ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"] {
        if let Ok(at) = NaiveDateTime::parse_from_str(text, format) {
            return Ok(at.and_utc().timestamp_micros());
        }
    }
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .map_err(|_| "write 2026-01-08, \"2026-01-08 14:00\" or 2026-01-08T14:00:00Z".to_owned())?;
    day.and_hms_opt(0, 0, 0).map(|at| at.and_utc().timestamp_micros()).ok_or_else(|| "no such day".to_owned())
}
