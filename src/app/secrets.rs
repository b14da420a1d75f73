//! Secrets read from where the configuration says, and the token of this machine's own command line.

use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use secrecy::{ExposeSecret as _, SecretString};

use crate::config::Config;
use crate::config::file::SecretOrUrl;
use crate::vendors::http::secret::resolve;

/// Where the database is: SQLite in the data folder, or the PostgreSQL that the configuration names.
pub(super) fn store_url(config: &Config) -> anyhow::Result<SecretString> {
    match &config.file.store.postgres {
        Some(place) => Ok(resolve(place)?),
        None => Ok(format!("sqlite:{}", config.file.data.join("quad.db").display()).into()),
    }
}

/// Where the heartbeat goes.
pub(super) fn heartbeat_url(place: &SecretOrUrl) -> anyhow::Result<url::Url> {
    match place {
        SecretOrUrl::Url(url) => Ok(url.clone()),
        SecretOrUrl::Secret(place) => {
            let text = resolve(place)?;
            // The parser's error would repeat nothing of the secret, but says little either.
            url::Url::parse(text.expose_secret()).ok().with_context(|| format!("{place} holds no URL"))
        }
    }
}

/// The file with the token that `quad ask` proves itself with.
pub(super) fn token_path(data: &Path) -> PathBuf {
    data.join("cli-token")
}

/// Writes down where the page answers, so that `quad ask` and its like find it. Kept after the end:
/// where nobody listens any more, they say so.
pub(super) fn keep_address(data: &Path, address: SocketAddr) -> anyhow::Result<()> {
    let path = data.join("address");
    std::fs::write(&path, format!("{address}\n")).with_context(|| format!("writing {}", path.display()))
}

/// Where the quad of this data folder last said that it answers.
pub(super) fn known_address(data: &Path) -> Option<SocketAddr> {
    std::fs::read_to_string(data.join("address")).ok()?.trim().parse().ok()
}

/// The token of the data folder; made when there is none. Readable by this user only.
pub(super) fn cli_token(data: &Path) -> anyhow::Result<SecretString> {
    let path = token_path(data);
    if let Some(token) = known_token(data) {
        return Ok(token);
    }
    // With its store in PostgreSQL, nobody else has made the folder.
    let folder = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(data);
    folder.with_context(|| format!("making the folder {}", data.display()))?;
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).context("making a token")?;
    let token = hex::encode(bytes);
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&path)
        .with_context(|| format!("writing {}", path.display()))?;
    file.write_all(token.as_bytes()).with_context(|| format!("writing {}", path.display()))?;
    Ok(token.into())
}

/// The token of the data folder, where a quad has run before.
pub(super) fn known_token(data: &Path) -> Option<SecretString> {
    let token = std::fs::read_to_string(token_path(data)).ok()?;
    let token = token.trim();
    (token.len() == 64).then(|| token.to_owned().into())
}
