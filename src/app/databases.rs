//! Picks the databases that the configuration names, and how each is watched.

use std::sync::Arc;

use chrono::TimeDelta;

use crate::config::Config;
use crate::gather::databases::Known;
use crate::monitor::statements::{Settings, StatementWatch};
use crate::ports::database::Database;
use crate::ports::index_maker::IndexMaker;
use crate::store::Store;
use crate::vendors::{mysql, postgres};

/// A database that the configuration names.
pub(super) struct Named {
    port: Arc<dyn Database>,
    /// From which mean on its statements are slow, in milliseconds, and who set that.
    line: (f64, String),
    /// Who makes indexes there, where somebody may.
    maker: Option<Arc<dyn IndexMaker>>,
}

/// All databases, and sentences about those that can't be used.
pub(super) fn databases(config: &Config) -> (Vec<Named>, Vec<String>) {
    let common = &config.file.database;
    let (mut all, mut troubles): (Vec<Named>, _) = (Vec::new(), Vec::new());
    let line = |own: Option<f64>, source: &str, place: usize| match own {
        Some(ms) => (ms, format!("sources.{source}[{place}].slow_query_threshold_ms")),
        None => (common.slow_query_threshold_ms, "database.slow_query_threshold_ms".to_owned()),
    };
    for (place, one) in config.file.sources.postgres.iter().enumerate() {
        let line = line(one.slow_query_threshold_ms, "postgres", place);
        match postgres::Postgres::new(one.clone(), common.analyze_execution_plans) {
            Ok(database) => {
                let maker = postgres::Indexes::new(one).map(|maker| Arc::new(maker) as Arc<dyn IndexMaker>);
                all.push(Named { port: Arc::new(database), line, maker });
            }
            Err(error) => troubles.push(error.to_string()),
        }
    }
    for (place, one) in config.file.sources.mysql.iter().enumerate() {
        let line = line(one.slow_query_threshold_ms, "mysql", place);
        match mysql::MySql::new(one.clone(), common.analyze_execution_plans) {
            Ok(database) => {
                let maker = mysql::Indexes::new(one).map(|maker| Arc::new(maker) as Arc<dyn IndexMaker>);
                all.push(Named { port: Arc::new(database), line, maker });
            }
            Err(error) => troubles.push(error.to_string()),
        }
    }
    (all, troubles)
}

/// The same as questions see them.
pub(super) fn asked(config: &Config, all: &[Named]) -> Vec<Known> {
    let known = |one: &Named| Known {
        port: Arc::clone(&one.port),
        line_ms: one.line.0,
        can_apply: one.maker.is_some(),
        ignore: config.file.ignore.clone(),
    };
    all.iter().map(known).collect()
}

/// Who may make indexes.
pub(super) fn makers(all: &[Named]) -> Vec<Arc<dyn IndexMaker>> {
    all.iter().filter_map(|one| one.maker.clone()).collect()
}

/// Watches over them; none where the configuration says so.
pub(super) fn watches(config: &Config, all: &[Named], store: &Store) -> Vec<Arc<StatementWatch>> {
    let common = &config.file.database;
    if !common.enabled {
        return Vec::new();
    }
    let watch = |Named { port, line: (line_ms, line_by), .. }: &Named| {
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
