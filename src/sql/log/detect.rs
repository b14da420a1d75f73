//! Which way of writing a log has, from its first bytes. Only what is sure counts: a wrong guess would
//! give wrong numbers.

use memchr::memchr_iter;

use super::postgres::{self, Postgres, PostgresFormat, Prefix};
use super::{Format, general, general::GeneralLog, mysql::SlowLog};
use crate::sql::fingerprint::Dialect;

/// Lines that are looked at.
const LINES: usize = 2_000;

/// A way of writing logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogKind {
    /// The slow log of MySQL, Percona Server or MariaDB.
    Slow,
    /// The general log of MySQL or MariaDB.
    General,
    /// PostgreSQL's log.
    Postgres(PostgresFormat),
}

impl LogKind {
    /// Reads the first bytes of a log. Nothing where they are none of the formats, or not enough.
    #[must_use]
    pub fn detect(bytes: &[u8]) -> Option<Self> {
        let mut start = 0;
        let mut general = 0;
        for end in memchr_iter(b'\n', bytes).chain([bytes.len()]).take(LINES) {
            let line = &bytes[start.min(end)..end];
            start = end + 1;
            if [&b"# Query_time: "[..], b"# User@Host: ", b"# Thread_id: ", b"# administrator command: "]
                .iter()
                .any(|word| line.starts_with(word))
            {
                return Some(Self::Slow);
            }
            general += usize::from(general::is_entry(line));
        }
        (general > 0).then_some(Self::General).or_else(|| postgres::detect(bytes).map(Self::Postgres))
    }

    /// The same with PostgreSQL's own `log_line_prefix`, where one is given.
    #[must_use]
    pub fn with_prefix(self, prefix: Option<&Prefix>) -> Self {
        match (self, prefix) {
            (Self::Postgres(format), Some(prefix)) => Self::Postgres(format.with_prefix(prefix.clone())),
            (kind, _) => kind,
        }
    }

    /// What reads it. `year` is the one in which it begins, for logs that leave it out.
    #[must_use]
    pub fn format(self, year: Option<i32>) -> Box<dyn Format + Send> {
        match self {
            Self::Slow => Box::new(SlowLog::default()),
            Self::General => Box::new(GeneralLog::default()),
            Self::Postgres(format) => Box::new(Postgres::new(format, year)),
        }
    }

    /// Whose SQL is in it.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match self {
            Self::Slow | Self::General => Dialect::MySql,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// What people call it.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Slow => "MySQL slow log",
            Self::General => "MySQL general log",
            Self::Postgres(format) => format.name(),
        }
    }
}
