//! Makes and removes indexes. The only thing about databases that changes them; nothing but an approved
//! change reaches it.

use async_trait::async_trait;

use crate::error::CallError;
use crate::model::subject::Subject;

/// How far an index is.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// What the server does: "building index: scanning table".
    pub phase: String,
    /// 0 to 1, where the server says.
    pub share: Option<f64>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Made {
    /// It is there now.
    Now {
        /// How many bytes large, where the server says.
        size: Option<f64>,
    },
    /// It was there already.
    Before,
}

/// Makes and removes indexes on one database.
#[async_trait]
pub trait IndexMaker: Send + Sync {
    /// Which database.
    fn subject(&self) -> Subject;

    /// Runs `run`, one statement that makes one index without blocking writes, and tells how far it is.
    /// Repeating it is harmless: what is half made is removed first, what is there stays.
    async fn make(&self, run: &str, told: &(dyn Fn(Progress) + Send + Sync)) -> Result<Made, CallError>;

    /// Removes the index that `run` made; `false` where there is none.
    async fn remove(&self, run: &str) -> Result<bool, CallError>;

    /// How often the index that `run` made was used; `None` where it isn't there.
    async fn uses(&self, run: &str) -> Result<Option<f64>, CallError>;
}
