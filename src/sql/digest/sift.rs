//! Which entries count: those of a time, a database, a user or a host.

use crate::sql::log::Entry;

/// What an entry must be to count. Empty: all count.
#[derive(Debug, Clone, Default)]
pub struct Sift {
    /// From this time on, in microseconds since 1970.
    pub since_us: Option<i64>,
    /// Before this time, in microseconds since 1970.
    pub until_us: Option<i64>,
    /// In this database.
    pub database: Option<String>,
    /// By this user.
    pub user: Option<String>,
    /// From this host.
    pub host: Option<String>,
}

impl Sift {
    /// Whether an entry counts. One without a time, or without the name that is asked for, does not.
    #[must_use]
    pub fn passes(&self, entry: &Entry<'_>) -> bool {
        let named = |wanted: &Option<String>, name: &[u8]| {
            wanted.as_ref().is_none_or(|wanted| wanted.as_bytes() == name)
        };
        self.since_us.is_none_or(|since| entry.at_us.is_some_and(|at| at >= since))
            && self.until_us.is_none_or(|until| entry.at_us.is_some_and(|at| at < until))
            && named(&self.database, entry.database)
            && named(&self.user, entry.user)
            && named(&self.host, entry.host)
    }
}
