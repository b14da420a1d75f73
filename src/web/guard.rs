//! What holds for every request: it names us, it is not too large, it ends; and what every
//! response says to browsers.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt as _;

use crate::model::signal::thousands;
use crate::web::refusal::Refusal;
use crate::web::state::Web;

/// Doors that are reached under whatever name a proxy, a probe or a sender uses; what matters on
/// them is signed or says nothing.
const ANY_HOST: [&str; 4] = ["/healthz", "/readyz", "/hooks/", "/slack/"];

/// How much of a body that is too large is still read (and thrown away), in bytes: a sender that is
/// cut off while it sends never sees the answer that says why.
const DRAINED: usize = 64_000_000;

/// No inline script, no inline style, nothing from elsewhere, in nobody's frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Checks a request on its way in, and dresses the response on its way out.
pub(super) async fn guard(State(web): State<Web>, request: Request, next: Next) -> Response {
    let mut response = match admit(&web, request).await {
        Ok(request) => answer(&web, request, next).await,
        Err(refusal) => refusal.into_response(),
    };
    web.0.parts.metrics.request(response.status().as_u16());
    dress(&mut response);
    response
}

async fn admit(web: &Web, request: Request) -> Result<Request, Refusal> {
    let path = request.uri().path();
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if !ANY_HOST.iter().any(|open| path.starts_with(open)) && !web.0.hosts.allows(host) {
        return Err(Refusal::new(
            StatusCode::MISDIRECTED_REQUEST,
            "quad does not answer under this host name. Add it to `web.allowed_hosts` if it should.",
        ));
    }
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(request);
    }
    let limit = match &web.doors().mail {
        // A mail brings its attachments along.
        Some(hook) if path == "/hooks/mail" => hook.max_bytes,
        _ => web.settings().max_body_bytes,
    };
    let (parts, body) = request.into_parts();
    let patience = Duration::from_secs(web.settings().request_timeout_secs);
    let body = match tokio::time::timeout(patience, within(body, limit)).await {
        Ok(Some(body)) => body,
        Ok(None) => {
            let shown = thousands(limit as f64, 0);
            let sentence = format!("This is too large: quad takes {shown} bytes at most.");
            return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, sentence));
        }
        Err(_) => {
            return Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, "The request took too long to arrive."));
        }
    };
    Ok(Request::from_parts(parts, Body::from(body)))
}

/// The body, where it is no longer than `limit`. A broken one ends where it breaks, and whoever
/// reads it finds it incomplete.
async fn within(mut body: Body, limit: usize) -> Option<Bytes> {
    let mut kept = Vec::new();
    let mut length = 0;
    while let Some(Ok(frame)) = body.frame().await {
        let Ok(data) = frame.into_data() else { continue };
        length += data.len();
        if length <= limit {
            kept.extend_from_slice(&data);
        } else {
            kept = Vec::new();
        }
        if length > DRAINED {
            break;
        }
    }
    (length <= limit).then(|| kept.into())
}

async fn answer(web: &Web, request: Request, next: Next) -> Response {
    // Live updates last as long as the page is open.
    if request.uri().path() == "/events" {
        return next.run(request).await;
    }
    let patience = Duration::from_secs(web.settings().request_timeout_secs);
    match tokio::time::timeout(patience, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Refusal::new(
            StatusCode::GATEWAY_TIMEOUT,
            format!("This took longer than {} s and was given up.", patience.as_secs()),
        )
        .into_response(),
    }
}

fn dress(response: &mut Response) {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Not `no-referrer`: forms of the page would then name no origin either.
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}
