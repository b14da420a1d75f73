//! A database that is watched and asked about. Nothing here changes it; making an index is another
//! port, which no question reaches.

use std::collections::BTreeSet;

use async_trait::async_trait;

use crate::error::CallError;
use crate::model::statement::{IndexAdvice, PlanText, Snapshot, StatementId, StatementText};
use crate::model::subject::Subject;
use crate::model::surroundings::Tables;
use crate::model::time::Moment;

/// A database whose statements can be looked at.
#[async_trait]
pub trait Database: Send + Sync {
    /// What it is: its environment, and its name as people say it.
    fn subject(&self) -> Subject;

    /// "PostgreSQL", "MySQL".
    fn kind(&self) -> &'static str;

    /// Looks at it once. What can't be seen is a gap; an error means that nothing could be.
    /// `known` says of which statements the texts are known already, so that they are not read again.
    async fn look(&self, now: Moment, known: &BTreeSet<StatementId>) -> Result<Snapshot, CallError>;

    /// The text of a statement as it can be shown: without literals. `None` where the server has
    /// forgotten it.
    async fn text(&self, id: &StatementId) -> Result<Option<StatementText>, CallError>;

    /// The plan of a statement. It is carried out to measure it only where the configuration allows
    /// that and it is certain that it only reads; else the plan is what the planner expects.
    async fn explain(&self, id: &StatementId) -> Result<PlanText, CallError>;

    /// The plan that the planner expects of a statement; it is never carried out.
    async fn expected(&self, id: &StatementId) -> Result<PlanText, CallError>;

    /// Its tables with their rows and indexes; `None` where that can't be told, which says nothing of them.
    async fn tables(&self) -> Result<Option<Tables>, CallError>;

    /// Which indexes would help it, by the planner's own word where it can be had.
    async fn advise(&self, id: &StatementId) -> Result<IndexAdvice, CallError>;

    /// What is set up well and what isn't: whether it is good, and a sentence with what to do.
    async fn doctor(&self) -> Vec<(bool, String)>;
}
