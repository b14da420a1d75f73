//! Says of a failed call whether repeating it may help, in words that hold no secret.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use chrono::DateTime;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

use crate::error::CallError;

/// How long to wait where the other side says "too many" and not how long.
const UNSAID_WAIT: Duration = Duration::from_secs(30);

/// Longer waits are not believed: a source must not be lost for a day because of one header.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

/// What a failed transfer means. `patience` is the time that the call had.
pub fn of_transfer(error: &reqwest::Error, patience: Duration) -> CallError {
    // A request's URL may hold a token in its query, so reqwest's own text is never shown.
    if error.is_timeout() {
        return CallError::transient(format!("no answer within {} s", seconds(patience)));
    }
    if error.is_builder() || error.is_redirect() {
        return CallError::permanent("the request can't be made as configured");
    }
    if let Some(tls) = cause::<rustls::Error>(error) {
        let why = format!("the TLS handshake failed: {tls}");
        return match tls {
            rustls::Error::InvalidCertificate(_) => CallError::permanent(why),
            _ => CallError::transient(why),
        };
    }
    if let Some(io) = cause::<io::Error>(error) {
        return CallError::transient(match io.kind() {
            io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
            io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
                "the connection was reset".to_owned()
            }
            io::ErrorKind::UnexpectedEof => "the reply broke off".to_owned(),
            io::ErrorKind::TimedOut => "the connection timed out".to_owned(),
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
                "the host can't be reached".to_owned()
            }
            _ if error.is_connect() => "the host name was not found, or can't be reached".to_owned(),
            kind => format!("the connection failed: {kind}"),
        });
    }
    if error.is_connect() {
        return CallError::transient("no connection");
    }
    if error.is_body() || error.is_decode() {
        return CallError::transient("the reply broke off");
    }
    CallError::transient("the connection ended before a reply came")
}

/// The same for a call that changes something: once the request may have left, nobody knows whether
/// it was carried out.
pub fn of_change(error: &reqwest::Error, patience: Duration) -> CallError {
    match of_transfer(error, patience) {
        CallError::Transient { why } if !error.is_connect() => CallError::Unknown { why },
        other => other,
    }
}

/// What a status other than success means. Bodies are not quoted: they may repeat what was sent.
pub fn of_status(status: u16, headers: &HeaderMap) -> CallError {
    let wait = retry_after(headers);
    match (status, wait) {
        (429, wait) => CallError::Busy { retry_after: wait.unwrap_or(UNSAID_WAIT) },
        (503, Some(retry_after)) => CallError::Busy { retry_after },
        (408 | 425 | 500.., _) => CallError::transient(format!("HTTP {status}")),
        (401, _) => CallError::permanent("HTTP 401: the credentials are missing or wrong"),
        (403, _) => CallError::permanent("HTTP 403: the credentials don't allow this"),
        (404, _) => CallError::permanent("HTTP 404: nothing there; check the address"),
        (300..=399, _) => {
            CallError::permanent(format!("HTTP {status}: redirected elsewhere, which is not followed"))
        }
        _ => CallError::permanent(format!("HTTP {status}")),
    }
}

/// Retry-After in either form of RFC 9110, section 10.2.3. A date is read against the reply's own
/// Date, so that a clock that is off does no harm.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let until = DateTime::parse_from_rfc2822(text).ok()?;
            let said_at = headers.get(DATE).and_then(|date| date.to_str().ok());
            let said_at = said_at.and_then(|date| DateTime::parse_from_rfc2822(date).ok());
            said_at.map_or(UNSAID_WAIT, |said_at| (until - said_at).to_std().unwrap_or_default())
        }
    };
    Some(wait.min(LONGEST_WAIT))
}

/// The first cause of this type, however deep. An `io::Error` hides its own inner error from
/// `source`, so it is opened too.
fn cause<E: std::error::Error + 'static>(error: &reqwest::Error) -> Option<&E> {
    let mut next = error.source();
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        if let Some(found) = error
            .downcast_ref::<io::Error>()
            .and_then(|io| io.get_ref())
            .and_then(|inner| inner.downcast_ref::<E>())
        {
            return Some(found);
        }
        next = error.source();
    }
    None
}

fn seconds(patience: Duration) -> f64 {
    (patience.as_secs_f64() * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value")))
            .collect()
    }

    fn wait(seconds: u64) -> CallError {
        CallError::Busy { retry_after: Duration::from_secs(seconds) }
    }

    #[test]
    fn who_asks_to_wait_is_waited_for() {
        assert_eq!(of_status(429, &headers(&[("retry-after", "7")])), wait(7));
        assert_eq!(of_status(429, &headers(&[])), wait(30));
        assert_eq!(of_status(503, &headers(&[("retry-after", "999999")])), wait(3_600));
        let dates =
            [("retry-after", "Wed, 21 Oct 2026 07:28:10 GMT"), ("date", "Wed, 21 Oct 2026 07:28:00 GMT")];
        assert_eq!(of_status(503, &headers(&dates)), wait(10));
        assert_eq!(of_status(503, &headers(&[("retry-after", "soon")])), CallError::transient("HTTP 503"));
    }

    #[test]
    fn servers_may_recover_and_refusals_stay() {
        for status in [408, 500, 502, 503, 504] {
            assert!(matches!(of_status(status, &headers(&[])), CallError::Transient { .. }), "{status}");
        }
        for status in [301, 400, 401, 403, 404, 422] {
            assert!(matches!(of_status(status, &headers(&[])), CallError::Permanent { .. }), "{status}");
        }
    }
}
