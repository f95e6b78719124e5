//! TLS with a certificate authority made at start.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use erpnet_types::Timestamp;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

use crate::error::SandboxError;

/// The server side, and the authority that clients must be told to trust.
pub(crate) struct Tls {
    pub(crate) acceptor: TlsAcceptor,
    pub(crate) ca_pem: String,
}

/// Makes an authority and a server certificate for `localhost` and `127.0.0.1`, which is valid when `valid` says so;
/// for ages if it is `None`. The authority always is.
pub(crate) fn make(valid: Option<Range<Timestamp>>) -> Result<Tls, SandboxError> {
    let failed = |error: &dyn std::fmt::Display| SandboxError::Certificates {
        reason: error.to_string(),
    };
    let (ca_pem, chain, key) = certificates(valid).map_err(|error| failed(&error))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| failed(&error))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Tls {
        acceptor: TlsAcceptor::from(Arc::new(config)),
        ca_pem,
    })
}

type Certificates = (
    String,
    Vec<rustls::pki_types::CertificateDer<'static>>,
    PrivateKeyDer<'static>,
);

fn certificates(valid: Option<Range<Timestamp>>) -> Result<Certificates, rcgen::Error> {
    let ca_key = KeyPair::generate()?;
    let mut ca = CertificateParams::default();
    let name = "erpnet-sandbox development CA";
    ca.distinguished_name.push(DnType::CommonName, name);
    ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let ca_certificate = ca.self_signed(&ca_key)?;

    let key = KeyPair::generate()?;
    let names = ["localhost", "127.0.0.1"].map(str::to_owned);
    let mut server = CertificateParams::new(names)?;
    server
        .distinguished_name
        .push(DnType::CommonName, "localhost");
    server.use_authority_key_identifier_extension = true;
    if let Some(valid) = valid {
        let date = |at: Timestamp| {
            let since_1970 = u64::try_from(at.unix_seconds()).unwrap_or(0);
            rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(since_1970)
        };
        (server.not_before, server.not_after) = (date(valid.start), date(valid.end));
    }
    let certificate = server.signed_by(&key, &Issuer::new(ca, ca_key))?;

    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    Ok((ca_certificate.pem(), vec![certificate.der().clone()], key))
}
