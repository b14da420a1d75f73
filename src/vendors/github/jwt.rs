//! Signs what a GitHub App proves itself with: a JSON Web Token of ten minutes, RS256.
//! Source: docs.github.com, "Generating a JSON Web Token (JWT) for a GitHub App".

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use crate::error::{CallError, UserError};
use crate::model::secret::SecretRef;
use crate::model::time::Moment;

/// GitHub asks for it: a clock that is ahead would issue tokens of the future.
const BEFORE: i64 = 60;

/// GitHub takes ten minutes at most, counted on its own clock.
const AFTER: i64 = 9 * 60;

/// The private key of an App.
pub(super) struct Key(RsaKeyPair);

impl Key {
    /// Reads what GitHub hands out (PKCS#1), or the same as PKCS#8.
    ///
    /// # Errors
    /// In a sentence that names the place and nothing of the key.
    pub(super) fn read(pem: &SecretString, place: &SecretRef) -> Result<Self, UserError> {
        let problem = |what: &str| {
            UserError::new(format!(
                "{place} {what}; github.app.private_key must name the .pem file that GitHub made for the App"
            ))
        };
        // In environment variables line breaks are often written as \n.
        let text = SecretString::from(pem.expose_secret().replace("\\n", "\n"));
        let der = PrivateKeyDer::from_pem_slice(text.expose_secret().as_bytes())
            .map_err(|_| problem("holds no private key in PEM form"))?;
        let read = match &der {
            PrivateKeyDer::Pkcs1(key) => RsaKeyPair::from_der(key.secret_pkcs1_der()),
            PrivateKeyDer::Pkcs8(key) => RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()),
            _ => return Err(problem("holds no RSA key")),
        };
        read.map(Self).map_err(|_| problem("holds no RSA key of 2048 bits or more"))
    }

    /// A token for the App with this id, from `now` on.
    pub(super) fn token(&self, app: u64, now: Moment) -> Result<SecretString, CallError> {
        let header = json!({"alg": "RS256", "typ": "JWT"});
        let now = now.timestamp();
        let claims = json!({"iat": now - BEFORE, "exp": now + AFTER, "iss": app.to_string()});
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let mut signature = vec![0; self.0.public().modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .map_err(|_| CallError::permanent("nothing can be signed with the App's key"))?;
        Ok(SecretString::from(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_key_is_named_by_its_place_alone() {
        let place = SecretRef::Env("APP_KEY".to_owned());
        let refused = |text: &str| {
            let error = Key::read(&SecretString::from(text.to_owned()), &place).err();
            error.expect("is refused").to_string()
        };
        insta::assert_snapshot!(refused("hunter2"), @"the environment variable APP_KEY holds no private key in PEM form; github.app.private_key must name the .pem file that GitHub made for the App");
        let begins = ["-----BEGIN RSA PRIVATE", "KEY-----"].join(" ");
        let cut = format!("{begins}\nMAA=\n{}", begins.replace("BEGIN", "END"));
        insta::assert_snapshot!(refused(&cut), @"the environment variable APP_KEY holds no RSA key of 2048 bits or more; github.app.private_key must name the .pem file that GitHub made for the App");
    }
}
