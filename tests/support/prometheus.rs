//! A real Prometheus and a real node exporter, each with its own folder and port, and a metrics
//! page that behaves like a service under steady load.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use url::Url;

use crate::support::processes::{Process, eventually, free_port, http_get, installed};

/// What a server scrapes: (job, `host:port`).
pub(crate) type Jobs<'a> = &'a [(&'a str, &'a str)];

/// A Prometheus that scrapes every second, or as often as it is told.
pub(crate) struct Prometheus {
    process: Process,
    port: u16,
    folder: tempfile::TempDir,
}

impl Prometheus {
    /// Starts with an empty store, and waits until it answers.
    pub(crate) async fn start(jobs: Jobs<'_>) -> Self {
        Self::start_with(jobs, None).await
    }

    /// Starts with a past: OpenMetrics text with time stamps.
    pub(crate) async fn start_with(jobs: Jobs<'_>, past: Option<&str>) -> Self {
        Self::begin(1, jobs, past).await
    }

    /// Starts with an empty store, and scrapes every so many seconds.
    pub(crate) async fn start_every(seconds: u32, jobs: Jobs<'_>) -> Self {
        Self::begin(seconds, jobs, None).await
    }

    async fn begin(seconds: u32, jobs: Jobs<'_>, past: Option<&str>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut config = format!("global:\n  scrape_interval: {seconds}s\nscrape_configs:\n");
        for (job, target) in jobs {
            write!(config, "- job_name: {job}\n  static_configs:\n  - targets: ['{target}']\n")
                .expect("writes");
        }
        std::fs::write(folder.path().join("prometheus.yml"), config).expect("the settings can be written");
        if let Some(past) = past {
            let file = folder.path().join("past.txt");
            std::fs::write(&file, past).expect("the past can be written");
            let made = Command::new(installed("promtool", "prometheus"))
                .args(["tsdb", "create-blocks-from", "openmetrics"])
                .args([file, folder.path().join("data")])
                .output()
                .expect("promtool runs");
            assert!(made.status.success(), "promtool: {}", String::from_utf8_lossy(&made.stderr));
        }
        let port = free_port();
        let mut server = Self { process: launch(&folder, port), port, folder };
        server.wait().await;
        server
    }

    /// Where it answers.
    pub(crate) fn url(&self) -> Url {
        format!("http://127.0.0.1:{}", self.port).parse().expect("a URL")
    }

    /// Ends it at once, as a crash would.
    pub(crate) fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again on the same port, with what it had stored.
    pub(crate) async fn start_again(&mut self) {
        self.process = launch(&self.folder, self.port);
        self.wait().await;
    }

    async fn wait(&mut self) {
        let ready = format!("{}-/ready", self.url());
        eventually("Prometheus is ready", async || {
            let log = self.folder.path().join("log");
            let ended = self.process.ended();
            assert!(ended.is_none(), "it ended: {}", std::fs::read_to_string(log).unwrap_or_default());
            matches!(http_get(&ready).await, Ok((200, _))).then_some(())
        })
        .await;
    }
}

fn launch(folder: &tempfile::TempDir, port: u16) -> Process {
    let path = |name: &str| folder.path().join(name).display().to_string();
    let mut command = Command::new(installed("prometheus", "prometheus"));
    command
        .arg(format!("--config.file={}", path("prometheus.yml")))
        .arg(format!("--storage.tsdb.path={}", path("data")))
        .arg("--storage.tsdb.retention.time=60d")
        .arg(format!("--web.listen-address=127.0.0.1:{port}"));
    Process::start(&command, &folder.path().join("log"))
}

/// A node exporter of this machine.
pub(crate) struct NodeExporter {
    _process: Process,
    /// `127.0.0.1:PORT`.
    pub(crate) target: String,
    _folder: tempfile::TempDir,
}

impl NodeExporter {
    /// Starts it, and waits until it answers.
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let target = format!("127.0.0.1:{}", free_port());
        let program: PathBuf = installed("prometheus-node-exporter", "prometheus-node-exporter");
        let mut command = Command::new(program);
        command.arg(format!("--web.listen-address={target}"));
        let process = Process::start(&command, &folder.path().join("log"));
        let url = format!("http://{target}/metrics");
        eventually("the node exporter answers", async || {
            matches!(http_get(&url).await, Ok((200, _))).then_some(())
        })
        .await;
        Self { _process: process, target, _folder: folder }
    }
}

/// What a service does between two scrapes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    /// Requests answered within 100 ms.
    pub(crate) fast: u64,
    /// Requests that took between 500 ms and one second.
    pub(crate) slow: u64,
    /// Requests that failed with a 500 of the kind `timeout`, within 100 ms.
    pub(crate) failed: u64,
}

/// A service `checkout` that calls `payments`. Each look at its page is one interval of load, so
/// shares and percentiles don't depend on how fast it is scraped.
#[derive(Clone)]
pub(crate) struct MetricsPage {
    /// `127.0.0.1:PORT`.
    pub(crate) target: String,
    state: Arc<Mutex<(Load, Load)>>,
    task: Arc<tokio::task::AbortHandle>,
}

impl MetricsPage {
    /// Starts it on a free port.
    pub(crate) async fn start(load: Load) -> Self {
        let none = Load { fast: 0, slow: 0, failed: 0 };
        let state = Arc::new(Mutex::new((load, none)));
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let target = listener.local_addr().expect("an address").to_string();
        let app = Router::new().route("/metrics", get(page)).with_state(Arc::clone(&state));
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, app).await;
        });
        Self { target, state, task: Arc::new(task.abort_handle()) }
    }

    /// From now on it does this.
    pub(crate) fn carry(&self, load: Load) {
        self.state.lock().expect("no test panicked").0 = load;
    }

    /// Its page.
    pub(crate) fn url(&self) -> Url {
        format!("http://{}/metrics", self.target).parse().expect("a URL")
    }

    /// It is gone: connections are refused.
    pub(crate) async fn stop(&self) {
        self.task.abort();
        eventually("the page is gone", async || {
            tokio::net::TcpStream::connect(&self.target).await.is_err().then_some(())
        })
        .await;
    }
}

async fn page(State(state): State<Arc<Mutex<(Load, Load)>>>) -> String {
    let mut state = state.lock().expect("no test panicked");
    let load = state.0;
    let sum = &mut state.1;
    sum.fast += load.fast;
    sum.slow += load.slow;
    sum.failed += load.failed;
    let Load { fast, slow, failed } = *sum;
    let mut text = "# TYPE target_info gauge\n\
         target_info{service_name=\"checkout\",service_version=\"1.4.2\",deployment_environment=\"prod\"} 1\n\
         # TYPE http_server_request_duration_seconds histogram\n"
        .to_owned();
    let mut histogram = |family: &str, labels: &str, fast: u64, slow: u64| {
        let all = fast + slow;
        for (le, count) in [("0.1", fast), ("0.5", fast), ("1", all), ("+Inf", all)] {
            writeln!(text, "{family}_bucket{{{labels},le=\"{le}\"}} {count}").expect("writes");
        }
        writeln!(text, "{family}_count{{{labels}}} {all}\n{family}_sum{{{labels}}} {all}").expect("writes");
    };
    let server = "http_server_request_duration_seconds";
    let route = "service=\"checkout\",http_route=\"/orders/{id}\",http_request_method=\"GET\"";
    histogram(server, &format!("{route},http_response_status_code=\"200\""), fast, slow);
    if failed > 0 {
        let labels = format!("{route},http_response_status_code=\"500\",error_type=\"timeout\"");
        histogram(server, &labels, failed, 0);
    }
    let client = "service=\"checkout\",peer_service=\"payments\",http_response_status_code=\"200\"";
    histogram("http_client_request_duration_seconds", client, fast, slow);
    let database = "service=\"checkout\",db_namespace=\"orders\"";
    histogram("db_client_operation_duration_seconds", database, fast, slow);
    text += "process_cpu_seconds_total 1.5\nprocess_resident_memory_bytes 64000000\n\
             process_memory_limit_bytes 256000000\n";
    text
}
