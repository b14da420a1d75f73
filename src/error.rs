//! Two kinds of failure: a sentence for a person, and a call that may or may not be worth repeating.

use std::time::Duration;

/// Something a person did that can't be done as asked, said so that they know what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UserError(pub String);

impl UserError {
    /// A sentence for a person.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

/// A call to the outside that failed. The texts never hold secrets or bodies.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// It may work later: timeouts, refused connections, 5xx.
    #[error("{why}")]
    Transient {
        /// What happened.
        why: String,
    },
    /// The other side asked to wait.
    #[error("asked to wait {} s", retry_after.as_secs())]
    Busy {
        /// For how long, from Retry-After.
        retry_after: Duration,
    },
    /// It will never work like this: 4xx, a reply that makes no sense.
    #[error("{why}")]
    Permanent {
        /// What happened.
        why: String,
    },
    /// It may have worked: the request went out and no reply came back.
    #[error("{why}; whether it arrived is not known")]
    Unknown {
        /// What happened.
        why: String,
    },
}

impl CallError {
    /// When the same call may work: after what was asked for, `usual` at least; `None` for never.
    pub fn passes_in(&self, usual: Duration) -> Option<Duration> {
        match self {
            Self::Transient { .. } | Self::Unknown { .. } => Some(usual),
            Self::Busy { retry_after } => Some(usual.max(*retry_after)),
            Self::Permanent { .. } => None,
        }
    }

    /// Something that may work later.
    pub fn transient(why: impl Into<String>) -> Self {
        Self::Transient { why: why.into() }
    }

    /// Something that will not.
    pub fn permanent(why: impl Into<String>) -> Self {
        Self::Permanent { why: why.into() }
    }
}
