//! TLS as quad speaks it: rustls with ring, the machine's own roots, and one more CA where asked.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

use crate::error::UserError;

/// A client's TLS settings. The provider is named here, so that nothing depends on a process default.
///
/// # Errors
/// When `ca_file` can't be read or holds no certificate.
pub fn client_config(ca_file: Option<&Path>) -> Result<ClientConfig, UserError> {
    let mut roots = machine_roots().clone();
    if let Some(path) = ca_file {
        add(&mut roots, path)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map(|builder| builder.with_root_certificates(roots).with_no_client_auth())
        .map_err(|error| UserError::new(format!("TLS can't be set up: {error}")))
}

/// Read once: a machine has a hundred and more. Without any, plain HTTP still works, and HTTPS says
/// that the issuer is unknown.
fn machine_roots() -> &'static RootCertStore {
    static ROOTS: OnceLock<RootCertStore> = OnceLock::new();
    ROOTS.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        let found = rustls_native_certs::load_native_certs();
        let (_, refused) = roots.add_parsable_certificates(found.certs);
        if refused > 0 || !found.errors.is_empty() {
            tracing::debug!(refused, errors = found.errors.len(), "some of the machine's roots are unusable");
        }
        roots
    })
}

fn add(roots: &mut RootCertStore, path: &Path) -> Result<(), UserError> {
    let problem = |why: String| UserError::new(format!("the CA file {} {why}", path.display()));
    let certificates = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| problem(format!("can't be read: {error}")))?;
    if certificates.is_empty() {
        return Err(problem("holds no certificate in PEM form".to_owned()));
    }
    for certificate in certificates {
        roots
            .add(certificate)
            .map_err(|error| problem(format!("holds a certificate that can't be used: {error}")))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ca_file_without_a_certificate_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ca.pem");
        std::fs::write(&path, "not a certificate").expect("writes");
        let error = client_config(Some(&path)).expect_err("is refused");
        assert!(error.to_string().ends_with("ca.pem holds no certificate in PEM form"), "{error}");
        assert!(client_config(Some(Path::new("/no/such/ca.pem"))).is_err());
        assert!(client_config(None).is_ok());
    }
}
