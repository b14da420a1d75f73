//! Whether quad lives, whether it works, and its own figures.

use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::model::alert::Status;
use crate::web::metrics::Snapshot;
use crate::web::refusal::Refusal;
use crate::web::state::Web;

/// The process answers.
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// The store takes writes, and the first check is done.
pub(super) async fn readyz(State(web): State<Web>) -> Response {
    if let Err(error) = writable(&web).await {
        tracing::warn!("not ready, the store refuses writes: {error:#}");
        return (StatusCode::SERVICE_UNAVAILABLE, "the store can't be written\n").into_response();
    }
    if !web.0.checked.load(Ordering::Relaxed) {
        return (StatusCode::SERVICE_UNAVAILABLE, "the first check is not done yet\n").into_response();
    }
    "ready\n".into_response()
}

/// Writes, and takes it back: a probe that comes every second should not wear out a disk.
async fn writable(web: &Web) -> anyhow::Result<()> {
    let mut tx = web.store().begin().await?;
    tx.put_state("readyz", &web.now()).await
}

/// quad's own figures.
pub(super) async fn metrics(State(web): State<Web>) -> Result<Response, Refusal> {
    let alerts = web.store().open_alerts().await?;
    let count = |status| alerts.iter().filter(|alert| alert.status == status).count();
    let sources = web.store().source_health().await?;
    let now = Snapshot {
        alerts_open: vec![("firing", count(Status::Firing)), ("acknowledged", count(Status::Acknowledged))],
        sources: sources.into_iter().map(|health| (health.source, health.failing_since.is_none())).collect(),
        escalations_missed: alerts
            .iter()
            .map(|alert| crate::alert::escalation::troubles(alert, web.now()).len())
            .sum(),
        outbox: Some(web.store().outbox_depth(web.now()).await?),
        resident_bytes: resident_bytes(),
        started: Some(web.0.started.timestamp_millis() as f64 / 1_000.0),
    };
    let text = web.0.parts.metrics.exposition(&now);
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}

/// What the kernel says of this process (proc(5)); `None` where there is no such thing.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? * 1024)
}
