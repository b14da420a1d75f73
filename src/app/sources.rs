//! Picks the sources that the configuration names.

use std::sync::Arc;

use crate::config::Config;
use crate::error::UserError;
use crate::ports::metric_source::MetricSource;
use crate::vendors::{host, probe, prometheus, scrape};

/// All sources, and sentences about those that can't be used.
pub(super) fn sources(config: &Config) -> (Vec<Arc<dyn MetricSource>>, Vec<String>) {
    let named = &config.file.sources;
    let mut all: Vec<Arc<dyn MetricSource>> = Vec::new();
    let mut troubles = Vec::new();
    let mut add = |made: Result<Arc<dyn MetricSource>, UserError>| match made {
        Ok(source) => all.push(source),
        // One source that can't be used must not keep quad from watching the others.
        Err(error) => troubles.push(error.to_string()),
    };
    for one in &named.prometheus {
        add(prometheus::Prometheus::new(one.clone()).map(|source| Arc::new(source) as _));
    }
    for one in &named.scrape {
        add(scrape::Scrape::new(one.clone()).map(|source| Arc::new(source) as _));
    }
    for one in &named.probe {
        add(probe::Probe::new(one.clone()).map(|source| Arc::new(source) as _));
    }
    // The machine itself is watched where no Prometheus is named, or where it is asked for.
    let by_itself = named.prometheus.is_empty() && !refused(config);
    if let Some(settings) = named.host.clone().or_else(|| by_itself.then(host::Config::default)) {
        add(host::Host::new(settings)
            .map(|source| Arc::new(source) as _)
            .map_err(|e| UserError::new(e.to_string())));
    }
    (all, troubles)
}

/// Whether the file says `host: null`; a default would be silence.
fn refused(config: &Config) -> bool {
    config.document.value.pointer("/sources/host").is_some_and(serde_json::Value::is_null)
}
