//! What `quad doctor` says of a vendor: one thing that was looked at, and how well it is.

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Whether it is as it should be.
    pub health: Health,
    /// In one sentence.
    pub says: String,
}

/// How well it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// As it should be.
    Good,
    /// Works, but look at it.
    Warning,
    /// Does not work.
    Bad,
}

/// As it should be.
pub fn good(says: impl Into<String>) -> Check {
    Check { health: Health::Good, says: says.into() }
}

/// Works, but look at it.
pub fn warning(says: impl Into<String>) -> Check {
    Check { health: Health::Warning, says: says.into() }
}

/// Does not work.
pub fn bad(says: impl Into<String>) -> Check {
    Check { health: Health::Bad, says: says.into() }
}
