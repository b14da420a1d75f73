//! A reply that was read to its end.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde::de::DeserializeOwned;

use crate::error::CallError;
use crate::vendors::http::failure;

/// What came back, with any status.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body, unpacked.
    pub body: Vec<u8>,
    /// From the first byte sent to the last byte read.
    pub took: Duration,
}

impl Reply {
    /// The reply itself where its status is a success.
    ///
    /// # Errors
    /// Any other status, as transient, busy or permanent.
    pub fn success(self) -> Result<Self, CallError> {
        if (200..300).contains(&self.status) {
            Ok(self)
        } else {
            Err(failure::of_status(self.status, &self.headers))
        }
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// Permanent, with the place of the first mistake and none of the content.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, CallError> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let what = match error.classify() {
                serde_json::error::Category::Eof => "ends in the middle",
                serde_json::error::Category::Data => "has another shape than expected",
                _ => "is not JSON",
            };
            CallError::permanent(format!(
                "the reply {what} (line {}, column {})",
                error.line(),
                error.column()
            ))
        })
    }

    /// The body as text.
    ///
    /// # Errors
    /// Permanent where it is not UTF-8.
    pub fn text(&self) -> Result<&str, CallError> {
        std::str::from_utf8(&self.body).map_err(|error| {
            CallError::permanent(format!("the reply is not text (byte {})", error.valid_up_to()))
        })
    }

    /// The content type, without parameters, in lower case; empty where none was sent.
    pub fn content_type(&self) -> String {
        let text = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }
}
