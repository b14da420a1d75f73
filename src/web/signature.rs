//! Whether a webhook was sent by someone who knows the secret, just now, and for the first time.
//!
//! The sender signs `timestamp.body` with HMAC-SHA256 (RFC 2104) and sends
//!
//! ```text
//! X-Quad-Timestamp: 1767880800            seconds since 1970
//! X-Quad-Signature: v1=<hex>
//! ```

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::http::HeaderMap;
use chrono::TimeDelta;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

use crate::model::time::Moment;

/// Carries the seconds since 1970 at which the request was signed.
pub const TIMESTAMP_HEADER: &str = "x-quad-timestamp";
/// Carries `v1=` and the signature in hex. Several, separated by commas, let a secret be changed.
pub const SIGNATURE_HEADER: &str = "x-quad-signature";
/// How far the sender's clock may be from ours. Older requests may be recordings.
const WINDOW: TimeDelta = TimeDelta::minutes(5);

/// Why a request was refused, as a sentence for the person who set the hook up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No timestamp.
    #[error("the header X-Quad-Timestamp is missing or not a number of seconds since 1970")]
    NoTimestamp,
    /// No signature.
    #[error("the header X-Quad-Signature is missing or not of the form v1=<64 hex digits>")]
    NoSignature,
    /// Signed too long ago, or in the future.
    #[error("X-Quad-Timestamp is more than 5 minutes away from this server's clock")]
    Old,
    /// Made with another secret, or for another body.
    #[error("the signature does not fit: is the secret the same, and is `timestamp.body` what was signed?")]
    Wrong,
    /// Seen before.
    #[error("this request was received before; sign again to send it again")]
    Replayed,
}

/// Checks signatures and remembers those it accepted, until they are too old to be accepted again.
#[derive(Debug)]
pub struct Verifier {
    secret: SecretString,
    seen: Mutex<HashMap<[u8; 32], Moment>>,
}

impl Verifier {
    /// Checks against `secret`.
    pub fn new(secret: SecretString) -> Self {
        Self { secret, seen: Mutex::default() }
    }

    /// The moment at which `body` was signed, if it was, just now, and this is its first arrival.
    pub fn verify(&self, headers: &HeaderMap, body: &[u8], now: Moment) -> Result<Moment, Refused> {
        let (stamp, signed_at) = timestamp(headers).ok_or(Refused::NoTimestamp)?;
        let claims = signatures(headers);
        if claims.is_empty() {
            return Err(Refused::NoSignature);
        }
        if (now - signed_at).abs() > WINDOW {
            return Err(Refused::Old);
        }
        let right = claims
            .iter()
            .find(|claim| mac(&self.secret, &stamp, body).verify_slice(*claim).is_ok())
            .ok_or(Refused::Wrong)?;
        // Nobody panics while holding this lock, and if so, the map is still whole.
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.retain(|_, signed_at| (now - *signed_at).abs() <= WINDOW);
        match seen.insert(*right, signed_at) {
            None => Ok(signed_at),
            Some(_) => Err(Refused::Replayed),
        }
    }
}

/// The value of `X-Quad-Signature` for a body: what `quad deployed` and the examples in the
/// documentation send.
pub fn sign(secret: &SecretString, at: Moment, body: &[u8]) -> String {
    let stamp = at.timestamp().to_string();
    format!("v1={}", hex::encode(mac(secret, &stamp, body).finalize().into_bytes()))
}

fn mac(secret: &SecretString, stamp: &str, body: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
        .expect("HMAC takes keys of any length");
    mac.update(stamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    mac
}

/// The header as it was signed, and the moment that it names.
fn timestamp(headers: &HeaderMap) -> Option<(String, Moment)> {
    let stamp = headers.get(TIMESTAMP_HEADER)?.to_str().ok()?;
    let at = Moment::from_timestamp(stamp.parse().ok()?, 0)?;
    Some((stamp.to_owned(), at))
}

fn signatures(headers: &HeaderMap) -> Vec<[u8; 32]> {
    headers
        .get_all(SIGNATURE_HEADER)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|claim| hex::decode(claim.trim().strip_prefix("v1=")?).ok()?.try_into().ok())
        .take(4)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"service":"checkout","version":"v1.2.3"}"#;

    fn noon() -> Moment {
        Moment::from_timestamp(1_767_873_600, 0).expect("a moment")
    }

    fn secret(text: &str) -> SecretString {
        SecretString::from(text.to_owned())
    }

    fn signed(key: &str, at: Moment, body: &[u8]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(TIMESTAMP_HEADER, at.timestamp().into());
        headers.insert(SIGNATURE_HEADER, sign(&secret(key), at, body).parse().expect("a header"));
        headers
    }

    #[test]
    fn a_signed_request_is_accepted_once() {
        let verifier = Verifier::new(secret("key"));
        let headers = signed("key", noon(), BODY);
        assert_eq!(verifier.verify(&headers, BODY, noon() + TimeDelta::minutes(2)), Ok(noon()));
        assert_eq!(verifier.verify(&headers, BODY, noon() + TimeDelta::minutes(3)), Err(Refused::Replayed));
        assert_eq!(verifier.verify(&headers, BODY, noon() + TimeDelta::minutes(6)), Err(Refused::Old));
    }

    #[test]
    fn forged_old_and_unsigned_requests_are_refused() {
        let verifier = Verifier::new(secret("key"));
        let check = |headers: &HeaderMap, body: &[u8]| verifier.verify(headers, body, noon());
        assert_eq!(check(&signed("other", noon(), BODY), BODY), Err(Refused::Wrong));
        assert_eq!(check(&signed("key", noon(), BODY), b"{}"), Err(Refused::Wrong));
        let early = noon() - TimeDelta::minutes(6);
        assert_eq!(check(&signed("key", early, BODY), BODY), Err(Refused::Old));
        let late = noon() + TimeDelta::minutes(6);
        assert_eq!(check(&signed("key", late, BODY), BODY), Err(Refused::Old));
        assert_eq!(check(&HeaderMap::new(), BODY), Err(Refused::NoTimestamp));
        let mut moved = signed("key", noon(), BODY);
        moved.insert(TIMESTAMP_HEADER, (noon() + TimeDelta::seconds(1)).timestamp().into());
        assert_eq!(check(&moved, BODY), Err(Refused::Wrong));
        for claim in ["", "v1=", "v1=zz", "v0=00", "v1=00"] {
            let mut headers = signed("key", noon(), BODY);
            headers.insert(SIGNATURE_HEADER, claim.parse().expect("a header"));
            assert_eq!(check(&headers, BODY), Err(Refused::NoSignature), "{claim}");
        }
    }

    #[test]
    fn either_of_two_signatures_will_do_while_a_secret_is_changed() {
        let verifier = Verifier::new(secret("new"));
        let both = format!("{},{}", sign(&secret("old"), noon(), BODY), sign(&secret("new"), noon(), BODY));
        let mut headers = signed("old", noon(), BODY);
        headers.insert(SIGNATURE_HEADER, both.parse().expect("a header"));
        assert_eq!(verifier.verify(&headers, BODY, noon()), Ok(noon()));
    }
}
