//! What the command line adds to the file.

use url::Url;

use crate::config::Config;
use crate::config::file::Demo;
use crate::vendors::{probe, scrape};

impl Config {
    /// Watches these too: `--probe`, `--scrape`.
    pub fn also_watch(&mut self, probes: &[Url], pages: &[Url]) {
        let sources = &mut self.file.sources;
        sources.probe.extend(probes.iter().cloned().map(probe::Config::of));
        sources.scrape.extend(pages.iter().cloned().map(scrape::Config::of));
    }

    /// Watches a sample shop: its services' pages, and in a rhythm that suits a demonstration.
    pub fn watch_demo(&mut self, services: &[(String, String)], demo: Demo) {
        let pages = services.iter().filter_map(|(name, url)| {
            let url = Url::parse(&format!("{url}/metrics")).ok()?;
            let mut page = scrape::Config::of(url);
            page.service = Some(name.clone());
            page.window_secs = demo.rate_window_secs;
            Some(page)
        });
        self.file.sources.scrape.extend(pages);
        if self.file.sources.host.is_none() {
            // The machine's own troubles, say a busy compiler, would distract from the shop's.
            self.document.value["sources"]["host"] = serde_json::Value::Null;
        }
        self.file.monitoring.check_interval_secs = demo.check_interval_secs;
        self.file.detect.rate_window_seconds = demo.rate_window_secs;
        self.file.detect.keep_firing_seconds = demo.keep_firing_secs;
        self.file.detect.grace_after_start_seconds = 0;
    }
}
