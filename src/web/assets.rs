//! Files of the page, inside the binary. Their addresses carry a hash of what is in them, so that a
//! browser keeps them for ever and still gets the new ones.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use sha2::{Digest as _, Sha256};

/// The script.
pub const JS: Asset =
    Asset { path: "/app.js", kind: "text/javascript; charset=utf-8", body: include_str!("assets/app.js") };
/// The style.
pub const CSS: Asset =
    Asset { path: "/app.css", kind: "text/css; charset=utf-8", body: include_str!("assets/app.css") };
/// The icon.
pub const ICON: Asset =
    Asset { path: "/icon.svg", kind: "image/svg+xml", body: include_str!("assets/icon.svg") };

/// One embedded file.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// Where it is served.
    pub path: &'static str,
    kind: &'static str,
    body: &'static str,
}

impl Asset {
    /// Its address with the hash.
    pub fn url(&self) -> String {
        format!("{}?v={}", self.path, hex::encode(&Sha256::digest(self.body)[..6]))
    }

    /// Itself.
    pub fn response(&self) -> Response {
        let headers = [
            (header::CONTENT_TYPE, self.kind),
            (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        ];
        (headers, self.body).into_response()
    }
}
