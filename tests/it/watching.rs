//! From a fault in a shop that really runs to the alert, its cause and its end, over a real
//! Prometheus. How long each step took is printed.

use std::time::{Duration, Instant};

use quad::demo::fault::Fault;
use quad::demo::shop::{Settings, Shop};
use quad::demo::topology::Topology;
use quad::model::alert::Alert;

use crate::support::processes::eventually;
use crate::support::prometheus::Prometheus;
use crate::support::quad::Quad;
use crate::support::topologies::invented;

/// What is promised: a fault is an alert within a minute.
const TO_ALERT: Duration = Duration::from_secs(60);
/// What is promised of the demonstration: the cause within two minutes.
const TO_CAUSE: Duration = Duration::from_secs(120);
const TO_END: Duration = Duration::from_secs(120);

/// A shop under load, a Prometheus that scrapes it, and a quad that asks it.
struct Watched {
    shop: Shop,
    quad: Quad,
    _prometheus: Prometheus,
    _data: tempfile::TempDir,
}

impl Watched {
    /// Opens all three, and waits until quad has seen every service healthy for a while.
    async fn open(topology: Topology) -> Self {
        let data = tempfile::tempdir().expect("a folder");
        let settings = Settings {
            program: env!("CARGO_BIN_EXE_quad").into(),
            data: data.path().to_owned(),
            visitors: true,
        };
        let shop = Shop::start(topology, settings).await.expect("the shop opens");
        let pages: Vec<(String, String)> = shop
            .urls()
            .into_iter()
            .map(|(name, url)| (name, url.trim_start_matches("http://").to_owned()))
            .collect();
        let jobs: Vec<(&str, &str)> =
            pages.iter().map(|(name, page)| (name.as_str(), page.as_str())).collect();
        let prometheus = Prometheus::start_every(SCRAPE_SECS, &jobs).await;
        let quad = Quad::start(&settings_for(&prometheus)).await;
        let mut rounds = quad.app().monitor().expect("it watches").rounds();
        eventually("quad has looked ten times", async || {
            rounds.changed().await.expect("it watches");
            (rounds.borrow().round >= HEALTHY_ROUNDS).then_some(())
        })
        .await;
        let open = quad.open_alerts().await;
        assert!(open.is_empty(), "a healthy shop: {:?}", headlines(&open));
        Self { shop, quad, _prometheus: prometheus, _data: data }
    }

    /// Breaks the shop; expects one alert, its cause by `rule` at the service that was hit, and its
    /// end after the shop was mended.
    async fn suffers(&self, fault: Fault, rule: &str) {
        let began = Instant::now();
        let hit = self.shop.fault(fault, true, None).await.expect("it switches").remove(0);
        let alert = self.quad.expect_alert(&format!("an alert of {fault}"), TO_ALERT, |_| true).await;
        let alerted = began.elapsed();
        let named = |alert: &Alert| alert.diagnosis.as_ref().is_some_and(|found| found.cause().is_some());
        let what = format!("the cause of {fault}");
        let alert =
            self.quad.expect_alert(&what, TO_CAUSE, |one| one.number == alert.number && named(one)).await;
        let explained = began.elapsed();
        let cause = alert.diagnosis.as_ref().and_then(|found| found.cause()).expect("a cause").clone();
        assert_eq!((cause.rule.as_str(), &cause.culprit), (rule, &hit), "{fault}: {cause:#?}");
        let open = self.quad.open_alerts().await;
        assert_eq!(open.len(), 1, "one incident is one alert: {:?}", headlines(&open));
        let said = self.quad.ask(&format!("what is wrong with {hit}?")).await;
        assert!(said.contains(&hit), "{said}");

        let mended = Instant::now();
        self.shop.fault(fault, false, None).await.expect("it switches");
        self.quad.expect_calm(TO_END).await;
        println!(
            "{fault}: alert after {:.1} s, cause after {:.1} s, over {:.1} s after it was mended",
            alerted.as_secs_f64(),
            explained.as_secs_f64(),
            mended.elapsed().as_secs_f64()
        );
        let number = alert.number;
        for note in self.quad.thread(number).await {
            println!("  | {}", note.trim_end().replace('\n', "\n  | "));
        }
        println!("  ? {}", said.trim_end().replace('\n', "\n  ? "));
        println!("  = {}", self.quad.message(number).await.unwrap_or_default().replace('\n', "\n  = "));
    }

    async fn close(self) {
        self.quad.stop().await;
        self.shop.stop().await;
    }
}

const SCRAPE_SECS: u32 = 2;
const HEALTHY_ROUNDS: u64 = 8;

/// As in production, but quicker to see that it is over.
fn settings_for(prometheus: &Prometheus) -> String {
    format!(
        "monitoring: {{check_interval_secs: 5}}\n\
         detect: {{keep_firing_seconds: 15, grace_after_start_seconds: 0}}\n\
         sources:\n  prometheus:\n  - base_url: {}\n",
        prometheus.url()
    )
}

fn headlines(alerts: &[Alert]) -> Vec<String> {
    alerts.iter().map(|alert| format!("{} {} {:?}", alert.number, alert.subject, alert.findings)).collect()
}

#[tokio::test]
async fn every_fault_of_the_shop_is_found_explained_and_over() {
    let watched = Watched::open(Topology::default()).await;
    watched.suffers(Fault::DependencyDown, "dependency_down").await;
    watched.suffers(Fault::SlowQuery, "slow_database").await;
    watched.suffers(Fault::Errors, "own_errors").await;
    watched.suffers(Fault::BadDeploy, "deployment").await;
    watched.suffers(Fault::MemoryLeak, "memory_leak").await;
    watched.close().await;
}

#[tokio::test]
async fn an_innocent_deployment_is_not_blamed_in_a_shop_with_other_names() {
    let topology = invented(11);
    let innocent = topology.entries().next().expect("a door").to_owned();
    let watched = Watched::open(topology).await;
    watched.shop.deploy(&innocent, "99.0.0").await.expect("it deploys");
    watched.suffers(Fault::SlowQuery, "slow_database").await;
    watched.shop.deploy(&innocent, "99.0.1").await.expect("it deploys");
    watched.suffers(Fault::Errors, "own_errors").await;
    watched.close().await;
}
