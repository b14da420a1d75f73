//! Picks the databases that the configuration names, and how each is watched.

use std::sync::Arc;

use chrono::TimeDelta;

use crate::config::Config;
use crate::monitor::statements::{Settings, StatementWatch};
use crate::ports::database::Database;
use crate::store::Store;
use crate::vendors::postgres;

/// A database with the line from which its statements are slow, in milliseconds, and who set it.
pub(super) type Named = (Arc<dyn Database>, (f64, String));

/// All databases, and sentences about those that can't be used.
pub(super) fn databases(config: &Config) -> (Vec<Named>, Vec<String>) {
    let common = &config.file.database;
    let (mut all, mut troubles): (Vec<Named>, _) = (Vec::new(), Vec::new());
    for (place, one) in config.file.sources.postgres.iter().enumerate() {
        let line = match one.slow_query_threshold_ms {
            Some(ms) => (ms, format!("sources.postgres[{place}].slow_query_threshold_ms")),
            None => (common.slow_query_threshold_ms, "database.slow_query_threshold_ms".to_owned()),
        };
        match postgres::Postgres::new(one.clone(), common.analyze_execution_plans) {
            Ok(database) => all.push((Arc::new(database), line)),
            Err(error) => troubles.push(error.to_string()),
        }
    }
    (all, troubles)
}

/// Watches over them; none where the configuration says so.
pub(super) fn watches(config: &Config, all: &[Named], store: &Store) -> Vec<Arc<StatementWatch>> {
    let common = &config.file.database;
    if !common.enabled {
        return Vec::new();
    }
    let watch = |(port, (line_ms, line_by)): &Named| {
        let settings = Settings {
            interval: TimeDelta::seconds(common.check_interval_secs.into()),
            line_ms: *line_ms,
            line_by: line_by.clone(),
            ignore: config.file.ignore.clone(),
        };
        Arc::new(StatementWatch::new(Arc::clone(port), store.clone(), settings))
    };
    all.iter().map(watch).collect()
}
