//! The sample shop: each fault shows where it should and nowhere else, and heals.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use quad::demo::control;
use quad::demo::fault::Fault;
use quad::demo::service::SUBCOMMAND;
use quad::demo::shop::{Settings, Shop};
use quad::demo::topology::Topology;

use crate::support::processes::{eventually, http_get, installed};
use crate::support::topologies::invented;

const SERVER: &str = "http_server_request_duration_seconds";
const CLIENT: &str = "http_client_request_duration_seconds";
const DATABASE: &str = "db_client_operation_duration_seconds";

async fn shop(data: &Path, topology: Topology) -> Shop {
    let settings =
        Settings { program: env!("CARGO_BIN_EXE_quad").into(), data: data.to_owned(), visitors: true };
    Shop::start(topology, settings).await.expect("the shop opens")
}

/// What one service says about itself at one moment.
struct Page {
    text: String,
    samples: Vec<Sample>,
}

struct Sample {
    metric: String,
    labels: BTreeMap<String, String>,
    value: f64,
}

async fn page(shop: &Shop, service: &str) -> Option<Page> {
    let (_, url) = shop.urls().into_iter().find(|(name, _)| name == service).expect("it is in the shop");
    let (status, text) = http_get(&format!("{url}/metrics")).await.ok()?;
    assert_eq!(status, 200);
    let samples = text.lines().filter(|line| !line.starts_with('#')).map(sample).collect();
    Some(Page { text, samples })
}

/// One line of a page. Whether the page is right at all is judged by promtool.
fn sample(line: &str) -> Sample {
    let (left, value) = line.rsplit_once(' ').expect("a value");
    let (metric, labels) = left.split_once('{').unwrap_or((left, ""));
    let labels = labels.trim_end_matches('}').split_terminator("\"").collect::<Vec<_>>();
    let labels = labels
        .chunks_exact(2)
        .map(|pair| (pair[0].trim_matches([',', '=']).to_owned(), pair[1].to_owned()))
        .collect();
    Sample { metric: metric.to_owned(), labels, value: value.parse().expect("a number") }
}

/// Prometheus' own opinion of a page.
fn promtool_accepts(page: &Page) {
    let mut judge = Command::new(installed("promtool", "prometheus"))
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool starts");
    judge.stdin.take().expect("a pipe").write_all(page.text.as_bytes()).expect("it reads");
    let verdict = judge.wait_with_output().expect("it ends");
    assert!(verdict.status.success(), "{}", String::from_utf8_lossy(&verdict.stderr));
}

impl Page {
    /// Sum and count of all histograms `name` with these labels.
    fn total(&self, name: &str, labels: &[(&str, &str)]) -> (f64, f64) {
        let of = |suffix: &str| {
            let wanted = format!("{name}{suffix}");
            let matching = self.samples.iter().filter(|sample| {
                let has = |(k, v): &(&str, &str)| sample.labels.get(*k).is_some_and(|value| value == v);
                sample.metric == wanted && labels.iter().all(has)
            });
            matching.map(|sample| sample.value).sum()
        };
        (of("_sum"), of("_count"))
    }

    fn count(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        self.total(name, labels).1
    }

    fn value(&self, name: &str) -> f64 {
        let sample = self.samples.iter().find(|sample| sample.metric == name);
        sample.unwrap_or_else(|| panic!("{name} is missing")).value
    }

    fn version(&self) -> &str {
        let info = self.samples.iter().find(|sample| sample.metric == "target_info");
        info.and_then(|sample| sample.labels.get("service_version")).expect("it says its version")
    }

    fn has_errors(&self) -> bool {
        self.samples.iter().any(|sample| sample.labels.contains_key("error_type"))
    }
}

/// The mean of `name` over the next 20 observations, in milliseconds.
async fn recent_mean_ms(shop: &Shop, service: &str, name: &str) -> f64 {
    let (sum, count) = eventually("a page", async || page(shop, service).await).await.total(name, &[]);
    eventually(&format!("20 more of {name}"), async || {
        let (later_sum, later_count) = page(shop, service).await?.total(name, &[]);
        (later_count >= count + 20.0).then(|| (later_sum - sum) / (later_count - count) * 1_000.0)
    })
    .await
}

#[tokio::test]
async fn services_call_each_other_and_count_it() {
    let data = tempfile::tempdir().expect("a folder");
    let shop = shop(data.path(), Topology::default()).await;
    for (service, name, labels) in [
        ("web", SERVER, vec![("http_route", "/buy"), ("http_request_method", "POST")]),
        ("web", CLIENT, vec![("peer_service", "checkout")]),
        ("checkout", SERVER, vec![("http_route", "/api/orders/{id}")]),
        ("checkout", CLIENT, vec![("peer_service", "payments")]),
        ("payments", SERVER, vec![("http_route", "/charge"), ("http_response_status_code", "200")]),
        ("payments", DATABASE, vec![("db_namespace", "payments"), ("db_operation_name", "INSERT")]),
    ] {
        eventually(&format!("{service} counts {labels:?}"), async || {
            (page(&shop, service).await?.count(name, &labels) >= 3.0).then_some(())
        })
        .await;
    }
    for (service, version) in [("web", "2.3.0"), ("checkout", "1.4.2"), ("payments", "1.1.7")] {
        let page = page(&shop, service).await.expect("it answers");
        assert_eq!(page.version(), version);
        assert_eq!(page.value("process_memory_limit_bytes"), 192e6);
        // Of a debug build, most of it the program itself.
        let resident = page.value("process_resident_memory_bytes");
        assert!(resident < 60e6, "{service} is too large: {resident}");
        assert!(page.value("process_cpu_seconds_total") >= 0.0);
        assert!(!page.has_errors(), "{service} fails without a fault");
        promtool_accepts(&page);
    }

    let urls = shop.urls();
    shop.stop().await;
    for (service, url) in urls {
        assert!(http_get(&url).await.is_err(), "{service} outlived its shop");
    }
}

#[tokio::test]
async fn a_slow_query_is_slow_in_the_database_and_for_all_callers() {
    let data = tempfile::tempdir().expect("a folder");
    let shop = shop(data.path(), Topology::default()).await;
    let usual = recent_mean_ms(&shop, "payments", DATABASE).await;
    assert_eq!(shop.fault(Fault::SlowQuery, true, None).await.expect("it switches"), ["payments"]);
    for (service, name) in
        [("payments", DATABASE), ("payments", SERVER), ("checkout", SERVER), ("web", SERVER)]
    {
        eventually(&format!("{service} gets slow"), async || {
            (recent_mean_ms(&shop, service, name).await > usual + 150.0).then_some(())
        })
        .await;
    }
    let errors = page(&shop, "web").await.expect("it answers").count(SERVER, &[("error_type", "502")]);
    assert_eq!(errors, 0.0, "slow is not broken");

    shop.fault(Fault::SlowQuery, false, None).await.expect("it switches");
    eventually("payments is quick again", async || {
        (recent_mean_ms(&shop, "payments", DATABASE).await < usual + 100.0).then_some(())
    })
    .await;
    shop.stop().await;
}

#[tokio::test]
async fn errors_are_one_services_own_and_seen_by_its_callers() {
    let data = tempfile::tempdir().expect("a folder");
    let shop = shop(data.path(), Topology::default()).await;
    shop.fault(Fault::Errors, true, None).await.expect("it switches");
    for (service, name, labels) in [
        ("checkout", SERVER, [("error_type", "InventoryMismatch"), ("http_response_status_code", "500")]),
        ("web", CLIENT, [("error_type", "500"), ("peer_service", "checkout")]),
        ("web", SERVER, [("error_type", "502"), ("http_response_status_code", "502")]),
    ] {
        eventually(&format!("{service} shows {labels:?}"), async || {
            (page(&shop, service).await?.count(name, &labels) >= 3.0).then_some(())
        })
        .await;
    }
    let payments = page(&shop, "payments").await.expect("it answers");
    assert!(!payments.has_errors(), "the fault is checkout's own");

    shop.fault(Fault::Errors, false, None).await.expect("it switches");
    let own = [("error_type", "InventoryMismatch")];
    let after = page(&shop, "checkout").await.expect("it answers");
    // Those that were under way when it healed may still fail.
    let (failed, all) = (after.count(SERVER, &own), after.count(SERVER, &[]));
    eventually("no more errors", async || {
        let now = page(&shop, "checkout").await?;
        (now.count(SERVER, &[]) > all + 60.0).then(|| assert!(now.count(SERVER, &own) <= failed + 5.0))
    })
    .await;
    shop.stop().await;
}

#[tokio::test]
async fn a_leak_grows_until_the_service_is_killed_and_started_again() {
    let data = tempfile::tempdir().expect("a folder");
    let mut topology = Topology::default();
    topology.services[1].memory_limit_mb = 72;
    let shop = shop(data.path(), topology).await;
    let memory = "process_resident_memory_bytes";
    let others = page(&shop, "web").await.expect("it answers").value(memory);
    shop.fault(Fault::MemoryLeak, true, None).await.expect("it switches");
    eventually("memory grows", async || {
        (page(&shop, "checkout").await?.value(memory) > others + 10e6).then_some(())
    })
    .await;
    eventually("it is killed and comes back", async || {
        (page(&shop, "checkout").await?.value(memory) < others + 5e6).then_some(())
    })
    .await;
    let web = page(&shop, "web").await.expect("it answers").value(memory);
    assert!(web < others + 10e6, "web leaks too: {web}");

    shop.fault(Fault::MemoryLeak, false, None).await.expect("it switches");
    assert!(shop.broken().await.is_empty());
    shop.stop().await;
}

#[tokio::test]
async fn a_bad_deployment_has_another_version_and_rolls_back() {
    let data = tempfile::tempdir().expect("a folder");
    let shop = shop(data.path(), Topology::default()).await;
    let usual = recent_mean_ms(&shop, "checkout", SERVER).await;
    shop.fault(Fault::BadDeploy, true, None).await.expect("it switches");
    assert_eq!(page(&shop, "checkout").await.expect("it answers").version(), "1.5.0");
    assert_eq!(page(&shop, "payments").await.expect("it answers").version(), "1.1.7");
    assert!(recent_mean_ms(&shop, "checkout", SERVER).await > usual + 200.0);

    shop.deploy("web", "2.3.1").await.expect("it deploys");
    let web = page(&shop, "web").await.expect("it answers");
    assert_eq!((web.version(), web.count(SERVER, &[("error_type", "NullReference")])), ("2.3.1", 0.0));

    shop.fault(Fault::BadDeploy, false, None).await.expect("it switches");
    assert_eq!(page(&shop, "checkout").await.expect("it answers").version(), "1.4.2");
    eventually("checkout is quick again", async || {
        (recent_mean_ms(&shop, "checkout", SERVER).await < usual + 150.0).then_some(())
    })
    .await;
    shop.stop().await;
}

#[tokio::test]
async fn a_dependency_that_is_down_is_refused_and_comes_back_at_its_address() {
    let data = tempfile::tempdir().expect("a folder");
    let shop = shop(data.path(), Topology::default()).await;
    shop.fault(Fault::DependencyDown, true, None).await.expect("it switches");
    assert!(page(&shop, "payments").await.is_none());
    let refused = [("error_type", "connection_refused"), ("peer_service", "payments")];
    eventually("checkout is refused", async || {
        (page(&shop, "checkout").await?.count(CLIENT, &refused) >= 3.0).then_some(())
    })
    .await;
    eventually("web passes it on", async || {
        (page(&shop, "web").await?.count(SERVER, &[("error_type", "502")]) >= 3.0).then_some(())
    })
    .await;

    shop.fault(Fault::DependencyDown, false, None).await.expect("it switches");
    eventually("payments sells again", async || {
        (page(&shop, "payments").await?.count(SERVER, &[("http_route", "/charge")]) >= 3.0).then_some(())
    })
    .await;
    shop.stop().await;
}

#[tokio::test]
async fn another_shop_with_other_names_works_alike() {
    let data = tempfile::tempdir().expect("a folder");
    let topology = invented(7);
    let owner = topology.services.iter().find(|s| s.database).expect("a database").name.clone();
    let shop = shop(data.path(), topology.clone()).await;
    for service in &topology.services {
        for peer in &service.calls {
            eventually(&format!("{} calls {peer}", service.name), async || {
                let count = page(&shop, &service.name).await?.count(CLIENT, &[("peer_service", peer)]);
                (count >= 1.0).then_some(())
            })
            .await;
        }
    }
    assert_eq!(shop.fault(Fault::SlowQuery, true, None).await.expect("it switches"), [owner]);
    let plain = &topology.services.iter().find(|s| !s.database).expect("one without").name;
    let wrong = shop.fault(Fault::SlowQuery, true, Some(plain)).await.expect_err("it has no database");
    assert_eq!(wrong.to_string(), format!("`{plain}` has no database that could be slow."));
    shop.stop().await;
}

#[tokio::test]
async fn faults_are_switched_from_another_process_by_whoever_may_read_the_file() {
    let data = tempfile::tempdir().expect("a folder");
    let nobody = control::switch(data.path(), Fault::Errors, true, None).await.expect_err("none runs");
    assert!(nobody.to_string().starts_with("No demo runs with the data folder"), "{nobody}");

    let shop = Arc::new(shop(data.path(), Topology::default()).await);
    let door = control::open(data.path(), Arc::clone(&shop)).await.expect("the door opens");
    let file = data.path().join("demo.json");
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &std::fs::metadata(&file).expect("the file is there").permissions(),
    );
    assert_eq!(mode & 0o777, 0o600);

    let switch = async |on, target| control::switch(data.path(), Fault::Errors, on, target).await;
    assert_eq!(switch(true, None).await.expect("it switches"), "errors is on for checkout.");
    assert_eq!(shop.broken().await, [(Fault::Errors, "checkout".to_owned())]);
    assert_eq!(switch(false, None).await.expect("it switches"), "errors is off for checkout.");
    assert_eq!(switch(false, None).await.expect("it switches"), "errors was not on.");
    assert_eq!(
        switch(true, Some("chekout")).await.expect_err("no such service").to_string(),
        "The shop has no service `chekout`; it has web, checkout, payments."
    );

    let card = std::fs::read_to_string(&file).expect("the file can be read");
    let forged = card.replacen("\"token\":\"", "\"token\":\"0", 1);
    std::fs::write(&file, forged).expect("the file can be written");
    assert_eq!(
        switch(true, None).await.expect_err("the secret is wrong").to_string(),
        "The secret is wrong."
    );
    assert!(shop.broken().await.is_empty());

    drop(door);
    assert!(!file.exists(), "the file outlived the demo");
}

#[test]
fn a_service_ends_when_its_parent_is_gone() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_quad"))
        .arg(SUBCOMMAND)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    // What the kernel does with the pipes of a parent that was killed.
    use std::io::BufRead as _;
    let mut stdin = child.stdin.take().expect("a pipe");
    let orders = serde_json::json!({
        "service": { "name": "lonely", "version": "1" }, "environment": "prod",
        "listen": "127.0.0.1:0", "peers": {}, "data": "/nonexistent", "behaviour": {},
    });
    writeln!(stdin, "{orders}").expect("it reads");
    let mut stdout = std::io::BufReader::new(child.stdout.take().expect("a pipe"));
    let mut ready = String::new();
    stdout.read_line(&mut ready).expect("it answers");
    assert!(ready.contains("listening"), "{ready}");
    drop(stdin);
    assert!(child.wait().expect("it ends").success());
}
