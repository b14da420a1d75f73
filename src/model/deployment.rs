//! A new version of a service, as far as quad knows of it.

use serde::{Deserialize, Serialize};

use crate::model::time::Moment;

/// One deployment of one service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    /// Which service.
    pub service: String,
    /// Where; empty where the installation has only one environment.
    pub environment: String,
    /// The version that now runs.
    pub version: String,
    /// The version that ran before, where known.
    pub previous: Option<String>,
    /// When it began to run.
    pub at: Moment,
    /// How long the deployment took, where the pipeline says so.
    pub took_seconds: Option<u64>,
    /// How quad learned of it.
    pub learned: Learned,
}

/// How quad learned of a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Learned {
    /// A signed call to `/hooks/deployments`.
    Hook,
    /// `quad deployed`.
    Command,
    /// The version label of its metrics changed.
    VersionLabel,
}
