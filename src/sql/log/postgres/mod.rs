//! PostgreSQL's logs, in all the ways in which they are written and carried. Each way of writing
//! gives messages; what they mean and which belong together is the same for all.
//!
//! Memory is constant: of at most 1,024 processes at most 8 MB wait for what belongs to them, and so
//! for each of: events without their statement, statements without their duration, messages without
//! their further lines.

mod csv;
mod detect;
mod gathering;
mod guess;
mod joining;
mod json;
mod kept;
mod lines;
mod message;
mod pgbouncer;
mod prefix;
mod reading;
mod severity;
mod syslog;
mod time;
mod waiting;

#[cfg(test)]
mod tests;

pub use detect::detect;
pub use prefix::Prefix;

use self::csv::Csv;
use self::gathering::Gathering;
use self::joining::Joining;
use self::json::Json;
use self::lines::Lines;
use self::syslog::Syslog;
use self::time::Clock;
use crate::sql::log::{Entry, Format};

/// How a log of PostgreSQL's is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostgresFormat {
    /// Lines with a prefix (`stderr`), also those of RDS.
    Lines(Prefix),
    /// csvlog.
    Csv,
    /// jsonlog, and JSON that carries the log, as of CloudNativePG, Cloud SQL and Docker; the prefix
    /// is that of the lines carried.
    Json(Prefix),
    /// Lines with a prefix, carried by syslog or by Heroku.
    Syslog(Prefix),
    /// The log of PgBouncer, which stands before PostgreSQL.
    PgBouncer,
}

impl PostgresFormat {
    /// The same with the server's own `log_line_prefix`, where lines have one.
    #[must_use]
    pub fn with_prefix(self, prefix: Prefix) -> Self {
        match self {
            Self::Lines(_) => Self::Lines(prefix),
            Self::Json(_) => Self::Json(prefix),
            Self::Syslog(_) => Self::Syslog(prefix),
            Self::Csv | Self::PgBouncer => self,
        }
    }

    /// What people call it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Lines(_) => "PostgreSQL log",
            Self::Csv => "PostgreSQL csvlog",
            Self::Json(_) => "PostgreSQL log in JSON",
            Self::Syslog(_) => "PostgreSQL log through syslog",
            Self::PgBouncer => "PgBouncer log",
        }
    }
}

/// Reads a log of PostgreSQL's.
#[derive(Debug)]
pub struct Postgres {
    reader: Reader,
    joining: Joining,
}

#[derive(Debug)]
enum Reader {
    Lines(Lines),
    Csv(Csv),
    Json(Json, Gathering),
    Syslog(Syslog, Gathering),
    PgBouncer(Clock),
}

impl Postgres {
    /// Reads a log that is written so. `year` is the one in which it begins: syslog's times leave it
    /// out, and without it entries have none.
    #[must_use]
    pub fn new(format: PostgresFormat, year: Option<i32>) -> Self {
        let reader = match format {
            PostgresFormat::Lines(prefix) => Reader::Lines(Lines::new(prefix)),
            PostgresFormat::Csv => Reader::Csv(Csv::default()),
            PostgresFormat::Json(prefix) => Reader::Json(Json::default(), Gathering::new(prefix)),
            PostgresFormat::Syslog(prefix) => Reader::Syslog(Syslog::new(year), Gathering::new(prefix)),
            PostgresFormat::PgBouncer => Reader::PgBouncer(Clock::default()),
        };
        Self { reader, joining: Joining::default() }
    }
}

impl Format for Postgres {
    fn read(&mut self, bytes: &[u8], last: bool, each: &mut dyn FnMut(&Entry<'_>)) -> usize {
        let joining = &mut self.joining;
        let used = match &mut self.reader {
            Reader::Lines(lines) => lines.read(bytes, last, joining, each),
            Reader::Csv(csv) => csv.read(bytes, last, joining, each),
            Reader::Json(json, gathering) => json.read(bytes, last, gathering, joining, each),
            Reader::Syslog(syslog, gathering) => syslog.read(bytes, last, gathering, joining, each),
            Reader::PgBouncer(clock) => pgbouncer::read(clock, bytes, last, each),
        };
        if last {
            if let Reader::Json(_, gathering) | Reader::Syslog(_, gathering) = &mut self.reader {
                gathering.end(joining, each);
            }
            joining.end(each);
        }
        used
    }
}
