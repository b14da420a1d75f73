//! Reads a secret from the place that the configuration names.

use secrecy::SecretString;

use crate::error::UserError;
use crate::model::secret::SecretRef;

/// Longer files are not secrets but mistakes (a log, a device).
const MAX_BYTES: usize = 64 * 1024;

/// The secret kept at `place`, without white space around it.
///
/// # Errors
/// When the place is missing, empty, unreadable or not text. The sentence names the place, never
/// what was found there.
pub fn resolve(place: &SecretRef) -> Result<SecretString, UserError> {
    let found = match place {
        SecretRef::Env(name) => std::env::var(name).map_err(|error| match error {
            std::env::VarError::NotPresent => {
                UserError::new(format!("{place} is not set; set it to the secret, or name another place"))
            }
            std::env::VarError::NotUnicode(_) => UserError::new(format!("{place} does not hold text")),
        })?,
        SecretRef::File(path) => std::fs::read_to_string(path)
            .map_err(|error| UserError::new(format!("{place} can't be read: {}", error.kind())))?,
    };
    let secret = found.trim();
    if secret.is_empty() {
        return Err(UserError::new(format!("{place} is empty; it must hold the secret")));
    }
    if secret.len() > MAX_BYTES {
        return Err(UserError::new(format!("{place} holds more than 64 KiB, which is no secret")));
    }
    Ok(SecretString::from(secret.to_owned()))
}

/// A secret in a place that the configuration names, or as somebody typed it.
pub enum Secret {
    /// Kept there, and read anew each time.
    Kept(SecretRef),
    /// As it is.
    Typed(SecretString),
}

impl Secret {
    /// The secret itself.
    ///
    /// # Errors
    /// As [`resolve`].
    pub fn read(&self) -> Result<SecretString, UserError> {
        match self {
            Self::Kept(place) => resolve(place),
            Self::Typed(secret) => Ok(secret.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret as _;

    #[test]
    fn a_file_s_last_line_break_is_not_part_of_the_secret() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("token");
        std::fs::write(&path, "correct horse\n").expect("writes");
        let secret = resolve(&SecretRef::File(path)).expect("resolves");
        assert_eq!(secret.expose_secret(), "correct horse");
    }

    #[test]
    fn what_is_missing_is_named() {
        let gone = resolve(&SecretRef::Env("QUAD_TEST_NO_SUCH_SECRET".to_owned())).expect_err("is not set");
        insta::assert_snapshot!(gone, @"the environment variable QUAD_TEST_NO_SUCH_SECRET is not set; set it to the secret, or name another place");
        let gone = resolve(&SecretRef::File("/no/such/file".into())).expect_err("does not exist");
        insta::assert_snapshot!(gone, @"the file /no/such/file can't be read: entity not found");
    }
}
