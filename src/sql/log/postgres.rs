//! Logs of PostgreSQL in all the ways in which they reach people: standard error with any
//! `log_line_prefix`, csvlog, jsonlog, syslog, and the wrappings of hosted servers. Each way yields
//! [`Record`]s; what a record means is the same for all of them ([`meaning`]).
//!
//! <https://www.postgresql.org/docs/current/runtime-config-logging.html>

mod csv;
mod json;
mod meaning;
mod prefix;
mod stderr;
mod syslog;
mod time;

#[cfg(test)]
mod tests;

use super::{Entry, Format};
use meaning::Meaning;

/// How a PostgreSQL log is wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrapping {
    /// Lines on standard error, with any prefix (also RDS, Heroku's logplex).
    Stderr,
    /// `log_destination = csvlog`.
    Csv,
    /// `log_destination = jsonlog`, Cloud SQL, CloudNativePG.
    Json,
    /// Through syslog.
    Syslog,
}

impl Wrapping {
    /// Tells from a log's first bytes how it is wrapped; nothing where it is none of PostgreSQL's.
    #[must_use]
    pub fn detect(bytes: &[u8]) -> Option<Self> {
        bytes.split(|byte| *byte == b'\n').take(500).find_map(|line| {
            if json::is_record(line) {
                Some(Self::Json)
            } else if csv::is_record(line) {
                Some(Self::Csv)
            } else if syslog::is_record(line) {
                Some(Self::Syslog)
            } else if stderr::is_record(line) {
                Some(Self::Stderr)
            } else {
                None
            }
        })
    }
}

/// What one message of the log says, whatever way it came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Record<'a> {
    at_us: Option<i64>,
    user: &'a [u8],
    database: &'a [u8],
    host: &'a [u8],
    application: &'a [u8],
    /// The process, or the session.
    session: &'a [u8],
    severity: &'a [u8],
    message: &'a [u8],
    cut: bool,
}

/// The format, and what it has to remember.
#[derive(Debug)]
pub struct PostgresLog {
    wrapping: Wrapping,
    meaning: Meaning,
    times: time::Times,
    syslog: syslog::Parts,
    scratch: Vec<u8>,
}

impl PostgresLog {
    /// A log that is wrapped in this way.
    #[must_use]
    pub fn new(wrapping: Wrapping) -> Self {
        Self {
            wrapping,
            meaning: Meaning::default(),
            times: time::Times::default(),
            syslog: syslog::Parts::default(),
            scratch: Vec::new(),
        }
    }
}

impl Format for PostgresLog {
    fn read(&mut self, bytes: &[u8], last: bool, each: &mut dyn FnMut(&Entry<'_>)) -> usize {
        let Self { wrapping, meaning, times, syslog, scratch } = self;
        let told = &mut |record: &Record<'_>| meaning.of(record, each);
        let done = match wrapping {
            Wrapping::Stderr => stderr::read(bytes, last, times, told),
            Wrapping::Csv => csv::read(bytes, last, times, scratch, told),
            Wrapping::Json => json::read(bytes, last, times, told),
            Wrapping::Syslog => syslog::read(bytes, last, times, syslog, told),
        };
        if last {
            meaning.end(each);
        }
        done
    }
}
