//! What an installation says about a MySQL or MariaDB database that is watched.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::secret::SecretRef;

/// An entry of `sources.mysql`. A user that may read performance_schema, with PROCESS, is enough to watch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What people call it.
    pub name: String,
    /// Where it belongs: `prod`, `dev`, ... Default: none.
    #[serde(default)]
    pub environment: String,
    /// Its address, `mysql://USER:PASSWORD@HOST:3306/DATABASE`, by reference since it holds a password.
    pub url: SecretRef,
    /// Where plans are asked for: a replica, or the same database as a user that may read its tables.
    /// Default: `url`. Where this is set, nothing is explained anywhere else.
    #[serde(default)]
    pub explain_url: Option<SecretRef>,
    /// As whom indexes are made after somebody with the role operator has approved them: a user with INDEX on the tables.
    /// Default: none are made, only proposed.
    #[serde(default)]
    pub apply_url: Option<SecretRef>,
    /// A statement slower than this on average is a finding, in milliseconds. Default:
    /// `database.slow_query_threshold_ms`.
    #[serde(default)]
    pub slow_query_threshold_ms: Option<f64>,
}
