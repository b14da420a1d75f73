//! How the shop's services and its load call each other: plain HTTP over loopback.

use std::time::Duration;

use axum::body::Bytes;
use axum::http::{Method, Request};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::demo::topology;

/// Keeps connections open, as services do.
#[derive(Debug, Clone)]
pub(super) struct Client(hyper_util::client::legacy::Client<HttpConnector, Full<Bytes>>);

/// Longer than any fault takes to answer, shorter than a person waits.
const TIMEOUT: Duration = Duration::from_secs(4);
const MAX_BODY: usize = 1 << 20;

impl Client {
    pub(super) fn new() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self(hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build(connector))
    }

    /// The status, or the kind of failure in OpenTelemetry's words for `error.type`.
    pub(super) async fn call(&self, method: topology::Method, url: &str) -> Result<u16, &'static str> {
        self.exchange(method, url, None, Bytes::new()).await.map(|(status, _)| status)
    }

    /// The status and the body.
    pub(super) async fn exchange(
        &self,
        method: topology::Method,
        url: &str,
        bearer: Option<&str>,
        body: Bytes,
    ) -> Result<(u16, Bytes), &'static str> {
        let mut request = Request::builder()
            .method(match method {
                topology::Method::Get => Method::GET,
                topology::Method::Post => Method::POST,
            })
            .uri(url)
            .header("content-type", "application/json");
        if let Some(token) = bearer {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(Full::new(body)).map_err(|_| "bad_request")?;
        tokio::time::timeout(TIMEOUT, async {
            let response = self.0.request(request).await.map_err(|error| kind(&error))?;
            let status = response.status().as_u16();
            let body = Limited::new(response.into_body(), MAX_BODY).collect().await;
            Ok((status, body.map_err(|_| "connection_reset")?.to_bytes()))
        })
        .await
        .map_err(|_| "timeout")?
    }
}

fn kind(error: &(dyn std::error::Error + 'static)) -> &'static str {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(io) = error.downcast_ref::<std::io::Error>() {
            return match io.kind() {
                std::io::ErrorKind::ConnectionRefused => "connection_refused",
                _ => "connection_reset",
            };
        }
        next = error.source();
    }
    "connection_reset"
}
