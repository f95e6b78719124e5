//! TLS settings for transports that bring none: rustls with ring, built explicitly. A library must not install a
//! process-wide provider.

use std::sync::Arc;

use erpnet_core::Error;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::options::TransportOptions;

/// The client configuration that the options mean; without ALPN, which is the transport's business.
///
/// # Errors
/// An error of kind [`Config`](erpnet_core::ErrorKind::Config) when the CA holds no certificate.
pub fn rustls_config(options: &TransportOptions) -> Result<ClientConfig, Error> {
    let mut roots = RootCertStore::empty();
    match &options.ca_pem {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(pem) => {
            let unusable = || Error::config("expected certificates in PEM, found something else");
            for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                roots
                    .add(certificate.map_err(|_| unusable())?)
                    .map_err(|_| unusable())?;
            }
            if roots.is_empty() {
                return Err(unusable());
            }
        }
    }
    let builder =
        ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let builder = builder
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::config(format!("tls: {error}")))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
