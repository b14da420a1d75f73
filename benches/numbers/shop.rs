//! The sample shop under load, watched by a real Prometheus every five seconds.

use quad::demo::shop::{Settings, Shop};
use quad::demo::topology::Topology;

use crate::agent::patiently;
use crate::support::processes::http_get;
use crate::support::prometheus::Prometheus;

/// A shop and its Prometheus. Both end when dropped.
pub(crate) struct Watched {
    pub(crate) shop: Shop,
    pub(crate) prometheus: Prometheus,
    _data: tempfile::TempDir,
}

impl Watched {
    /// Opens the shop and waits until Prometheus has read each of its pages twice.
    pub(crate) async fn start(quad: &std::path::Path) -> Self {
        let data = tempfile::tempdir().expect("a folder");
        let settings = Settings { program: quad.to_owned(), data: data.path().to_owned(), visitors: true };
        let shop = Shop::start(Topology::default(), settings).await.expect("the shop opens");
        let targets: Vec<(String, String)> = shop
            .urls()
            .into_iter()
            .map(|(name, url)| (name, url.trim_start_matches("http://").to_owned()))
            .collect();
        let jobs: Vec<(&str, &str)> =
            targets.iter().map(|(name, target)| (name.as_str(), target.as_str())).collect();
        let prometheus = Prometheus::start_every(5, &jobs).await;
        let query = format!("{}api/v1/query?query=count(count_over_time(up[1m])%3E1)", prometheus.url());
        let all = format!("\"{}\"]", jobs.len());
        patiently("Prometheus reads the shop", 2, async || {
            let (_, body) = http_get(&query).await.ok()?;
            body.contains(&all).then_some(())
        })
        .await;
        Self { shop, prometheus, _data: data }
    }
}
