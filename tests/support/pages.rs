//! Metrics pages of services that exist only as numbers: a test says how slow and how broken they
//! are, and each look at a page finds the traffic of half a minute more.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{Path, State};
use axum::http::StatusCode;
use tokio::net::TcpListener;

/// Upper bounds of the histogram, in milliseconds.
const BOUNDS: [f64; 12] =
    [5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1_000.0, 2_500.0, 5_000.0, 10_000.0, 20_000.0];

/// Requests that each look at a page finds more: about 33 a second.
const REQUESTS: f64 = 1_000.0;

/// How one service is doing.
#[derive(Debug, Clone)]
struct Doing {
    p95_ms: f64,
    errors_percent: f64,
    memory_percent: f64,
    is_down: bool,
    ok: [f64; BOUNDS.len()],
    failed: [f64; BOUNDS.len()],
}

impl Default for Doing {
    fn default() -> Self {
        Self {
            p95_ms: 60.0,
            errors_percent: 0.0,
            memory_percent: 30.0,
            is_down: false,
            ok: [0.0; BOUNDS.len()],
            failed: [0.0; BOUNDS.len()],
        }
    }
}

type Services = Arc<Mutex<BTreeMap<String, Doing>>>;

/// The pages, one a service, on a free port. They end with the test.
pub(crate) struct Pages {
    services: Services,
    address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Pages {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Pages {
    /// Pages of services that are well.
    pub(crate) async fn start(names: &[&str]) -> Self {
        let services = names.iter().map(|name| ((*name).to_owned(), Doing::default())).collect();
        let services: Services = Arc::new(Mutex::new(services));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let routes = axum::Router::new()
            .route("/{service}/metrics", axum::routing::get(page))
            .with_state(Arc::clone(&services));
        let task = tokio::spawn(async move { axum::serve(listener, routes).await.expect("serves") });
        Self { services, address, task }
    }

    /// From now on `service` has this `p95_ms`, `errors_percent` or `memory_percent`.
    pub(crate) fn set(&self, what: &str, service: &str, value: f64) {
        self.change(service, |doing| match what {
            "p95_ms" => doing.p95_ms = value,
            "errors_percent" => doing.errors_percent = value,
            "memory_percent" => doing.memory_percent = value,
            _ => panic!("no page says {what}"),
        });
    }

    /// The page of `service` answers with a failure.
    pub(crate) fn down(&self, service: &str) {
        self.change(service, |doing| doing.is_down = true);
    }

    /// It answers again.
    pub(crate) fn up(&self, service: &str) {
        self.change(service, |doing| doing.is_down = false);
    }

    /// What quad's configuration says about these pages.
    pub(crate) fn config(&self) -> serde_json::Value {
        let names: Vec<String> = lock(&self.services).keys().cloned().collect();
        let page = |name: &String| serde_json::json!({"url": format!("http://{}/{name}/metrics", self.address), "service": name, "environment": "prod"});
        names.iter().map(page).collect()
    }

    fn change(&self, service: &str, change: impl FnOnce(&mut Doing)) {
        change(lock(&self.services).get_mut(service).unwrap_or_else(|| panic!("no service {service}")));
    }
}

async fn page(State(services): State<Services>, Path(service): Path<String>) -> Result<String, StatusCode> {
    let mut services = lock(&services);
    let doing = services.get_mut(&service).ok_or(StatusCode::NOT_FOUND)?;
    if doing.is_down {
        return Err(StatusCode::SERVICE_UNAVAILABLE);
    }
    doing.go_on();
    Ok(doing.text())
}

impl Doing {
    fn go_on(&mut self) {
        let failed = (REQUESTS * self.errors_percent / 100.0).round();
        spread(&mut self.ok, REQUESTS - failed, self.p95_ms);
        spread(&mut self.failed, failed, self.p95_ms);
    }

    fn text(&self) -> String {
        let mut text = String::from("# TYPE http_server_request_duration_seconds histogram\n");
        for (status, counts) in [(200, &self.ok), (500, &self.failed)] {
            let labels = format!(
                "http_route=\"/api/pay\",http_request_method=\"POST\",http_response_status_code=\"{status}\""
            );
            let mut total = 0.0;
            let mut line = |bound: &str, total: f64| {
                writeln!(
                    text,
                    "http_server_request_duration_seconds_bucket{{{labels},le=\"{bound}\"}} {total}"
                )
                .expect("writes");
            };
            for (bound, count) in BOUNDS.iter().zip(counts) {
                total += count;
                line(&(bound / 1_000.0).to_string(), total);
            }
            line("+Inf", total);
            writeln!(text, "http_server_request_duration_seconds_count{{{labels}}} {total}").expect("writes");
        }
        writeln!(text, "# TYPE process_resident_memory_bytes gauge").expect("writes");
        writeln!(text, "process_resident_memory_bytes {}", self.memory_percent * 1e7).expect("writes");
        text
    }
}

/// Adds `requests` so that linear interpolation, as everybody does it, finds their P95 at `p95`.
fn spread(counts: &mut [f64; BOUNDS.len()], requests: f64, p95: f64) {
    let at = BOUNDS.iter().position(|bound| p95 < *bound).expect("no page is that slow");
    let below = if at == 0 { 0.0 } else { BOUNDS[at - 1] };
    let share = (p95 - below) / (BOUNDS[at] - below);
    let faster = if at == 0 { 0.0 } else { ((0.95 - share) / (1.0 - share)).max(0.0) };
    if at > 0 {
        counts[at - 1] += (requests * faster).round();
    }
    counts[at] += requests - (requests * faster).round();
}

fn lock(services: &Mutex<BTreeMap<String, Doing>>) -> MutexGuard<'_, BTreeMap<String, Doing>> {
    services.lock().unwrap_or_else(PoisonError::into_inner)
}
