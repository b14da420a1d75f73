//! One file a cause: what it needs to know, what would have to be seen, how it is said, what helps.

mod cpu_saturation;
mod dependency_down;
mod deployment;
mod disk_full;
mod endpoint;
mod host_shared;
mod memory_leak;
mod memory_limit;
mod own_errors;
mod silent_failure;
mod slow_database;
mod slow_dependency;
mod slow_statement;
mod source_gone;
mod statement_change;
mod traffic_surge;

pub use slow_database::NAME as SLOW_DATABASE;

use crate::diagnose::candidate::Candidate;
use crate::diagnose::case::Case;
use crate::diagnose::needs::View;
use crate::model::signal::Signal;

/// Names a cause where the evidence shows what it would have to.
pub(crate) trait Rule: Sync {
    /// Which series it looks at, of the subject and of what the trouble leads to.
    fn needs(&self) -> &'static [(View, Signal)];

    /// Its candidates; none where what it must see was not seen.
    fn judge(&self, case: &Case<'_>) -> Vec<Candidate>;
}

/// All rules. Their order has no influence on the verdict.
pub(crate) fn all() -> &'static [&'static dyn Rule] {
    &[
        &deployment::Deployment,
        &dependency_down::DependencyDown,
        &slow_dependency::SlowDependency,
        &slow_database::SlowDatabase,
        &slow_statement::SlowStatement,
        &statement_change::StatementChange,
        &own_errors::OwnErrors,
        &traffic_surge::TrafficSurge,
        &cpu_saturation::CpuSaturation,
        &memory_leak::MemoryLeak,
        &memory_limit::MemoryLimit,
        &disk_full::DiskFull,
        &host_shared::HostShared,
        &endpoint::Endpoint,
        &silent_failure::SilentFailure,
        &source_gone::SourceGone,
    ]
}
