//! Where issues are opened: GitHub, where the configuration names a repository.

use std::sync::Arc;

use crate::app::{App, Check};
use crate::config::Config;
use crate::ports::clock::Clock;
use crate::vendors::github::Github;

/// The repository; `None` where none is named, or where it can't be used, which is then a trouble.
pub(super) fn github(config: &Config, clock: &Clock, troubles: &mut Vec<String>) -> Option<Arc<Github>> {
    match Github::new(config.file.github.as_ref()?, clock.clone()) {
        Ok(github) => Some(Arc::new(github)),
        Err(why) => {
            troubles.push(format!("GitHub, so no issue can be opened: {why}"));
            None
        }
    }
}

impl App {
    /// Whether issues can be opened; nothing where no repository is named.
    pub(super) async fn examine_issues(&self) -> Vec<Check> {
        let Some(github) = &self.github else { return Vec::new() };
        let looked = github.doctor(self.clock.now()).await.into_iter();
        looked
            .map(|check| Check { what: "github".to_owned(), state: check.health.into(), says: check.says })
            .collect()
    }
}
