//! Everything that the log says of one fingerprint.

use crate::sql::log::{Entry, Flags};

use super::Amount;

/// How many different users, hosts or databases a class names; further ones are counted only.
const MOST_NAMES: usize = 4;
const LONGEST_NAME: usize = 128;
/// Owners are looked for in the comments of this many statements of a class.
const LOOKED_AT: u64 = 8;

/// One class of statements.
#[derive(Debug, Clone, Default)]
pub struct Class {
    /// The statement without literals.
    pub fingerprint: String,
    /// How often it ran.
    pub count: u64,
    /// In nanoseconds.
    pub query_time: Amount,
    /// In nanoseconds.
    pub lock_time: Amount,
    /// Rows given to the client.
    pub rows_sent: Amount,
    /// Rows looked at.
    pub rows_examined: Amount,
    /// Rows changed.
    pub rows_affected: Amount,
    /// Bytes given to the client.
    pub bytes_sent: Amount,
    /// First and last time, in microseconds since 1970.
    pub span_us: Option<(i64, i64)>,
    /// How often each flag was set, in the order of their bits.
    pub flags: [u64; 8],
    /// Who ran it.
    pub users: Who,
    /// From where.
    pub hosts: Who,
    /// By which programs (`application_name`).
    pub applications: Who,
    /// In which databases.
    pub databases: Who,
    /// Which part of the program sent it, from the comments that programs add.
    pub owner: Option<Box<str>>,
}

impl Class {
    pub(super) fn new(fingerprint: &[u8]) -> Self {
        Self { fingerprint: String::from_utf8_lossy(fingerprint).into_owned(), ..Self::default() }
    }

    /// Adds an entry; gives how many more bytes its quantiles take, or fewer.
    pub(super) fn add(&mut self, statement: &[u8], entry: &Entry<'_>) -> isize {
        self.count += 1;
        let grown = self.query_time.add(entry.query_time_ns)
            + self.lock_time.add(entry.lock_time_ns)
            + self.rows_sent.add(entry.rows_sent)
            + self.rows_examined.add(entry.rows_examined)
            + self.rows_affected.add(entry.rows_affected)
            + self.bytes_sent.add(entry.bytes_sent);
        if let Some(at) = entry.at_us {
            self.span_us = Some(self.span_us.map_or((at, at), |(first, last)| (first.min(at), last.max(at))));
        }
        if entry.flags != Flags::default() {
            for (bit, count) in self.flags.iter_mut().enumerate() {
                *count += u64::from(entry.flags.0 >> bit & 1);
            }
        }
        self.users.add(entry.user);
        self.hosts.add(entry.host);
        self.databases.add(entry.database);
        self.applications.add(entry.application);
        if self.owner.is_none() && self.count <= LOOKED_AT {
            self.owner = crate::sql::hints::owner(statement).map(String::into_boxed_str);
        }
        grown
    }

    /// How many bytes its quantiles take.
    pub(super) fn quantile_bytes(&self) -> usize {
        self.amounts().map(Amount::bytes).sum()
    }

    /// Gives up its quantiles for good: counts, sums and extremes stay exact.
    pub(super) fn forget_quantiles(&mut self) {
        for amount in [
            &mut self.query_time,
            &mut self.lock_time,
            &mut self.rows_sent,
            &mut self.rows_examined,
            &mut self.rows_affected,
            &mut self.bytes_sent,
        ] {
            amount.forget_quantiles();
        }
    }

    fn amounts(&self) -> impl Iterator<Item = &Amount> {
        [
            &self.query_time,
            &self.lock_time,
            &self.rows_sent,
            &self.rows_examined,
            &self.rows_affected,
            &self.bytes_sent,
        ]
        .into_iter()
    }

    /// What classes are ranked by: how long they ran, and how often where the log doesn't say.
    pub(super) fn weight(&self) -> (u64, u64) {
        (self.query_time.sum, self.count)
    }

    /// How often a flag was set.
    #[must_use]
    pub fn flagged(&self, flag: Flags) -> u64 {
        self.flags.get(flag.0.trailing_zeros() as usize).copied().unwrap_or(0)
    }
}

/// A few names, and how many more there were.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Who {
    names: Vec<Box<[u8]>>,
    /// Whether there were more than are named.
    pub more: bool,
}

impl Who {
    fn add(&mut self, name: &[u8]) {
        if name.is_empty() || self.names.iter().any(|known| **known == *name) {
            return;
        }
        if self.names.len() == MOST_NAMES || name.len() > LONGEST_NAME {
            self.more = true;
        } else {
            self.names.push(name.into());
        }
    }

    /// The names, the first one first.
    pub fn names(&self) -> impl Iterator<Item = std::borrow::Cow<'_, str>> {
        self.names.iter().map(|name| String::from_utf8_lossy(name))
    }
}
