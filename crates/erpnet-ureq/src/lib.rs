//! The blocking transport of the erpnet SDK, over [ureq](https://docs.rs/ureq).
//!
//! rustls with ring, WebPKI roots or your own CA, an explicit proxy or none, no redirects, no decompression, and one
//! deadline around head and body. Most applications call `erpnet::blocking::connect`, which builds it.
//!
//! ```
//! use std::sync::Arc;
//! use erpnet_client::{TransportOptions, blocking::Client, core::ServiceApp, types::Instance};
//! use erpnet_ureq::UreqTransport;
//!
//! let app = ServiceApp::new(Instance::parse("demodb")?, "com.example/reports", "the secret")?;
//! let transport = UreqTransport::new(&TransportOptions::default())?;
//! let client = Client::new(app, Arc::new(transport))?; // sends nothing yet
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Logs
//!
//! This SDK tells `tracing` neither secrets nor tokens, paths or queries. ureq itself tells the crate `log` more: at
//! `debug` the address of each request with its query (target `ureq`), and at `trace` *each byte that it sends and
//! reads*, secrets and tokens included (target `ureq_proto`). Keep both targets at `info` where logs are kept, for
//! example with `RUST_LOG=debug,ureq=info,ureq_proto=info`.

mod failure;

use std::io::Read;
use std::sync::Arc;

use bytes::Bytes;
use erpnet_client::{
    BlockingBody, BlockingResponse, BlockingTransport, Error, Limits, MAX_RESPONSE_HEAD,
    TransportError, TransportOptions, Zeroizing,
};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};
use ureq::{Agent, Proxy};

use crate::failure::{while_reading, while_sending};

/// How much of a body is read at once, in bytes.
const CHUNK: usize = 16 * 1024;

/// A pool of connections. Cheap to clone.
#[derive(Clone, Debug)]
pub struct UreqTransport {
    agent: Agent,
}

impl UreqTransport {
    /// Prepares a pool; connects to nothing yet.
    ///
    /// # Errors
    /// An error of kind `config` when the CA holds no certificate or the proxy is no URL.
    pub fn new(options: &TransportOptions) -> Result<Self, Error> {
        let roots = match &options.ca_pem {
            None => RootCerts::WebPki,
            Some(pem) => RootCerts::Specific(Arc::new(certificates(pem)?)),
        };
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .root_certs(roots)
            .build();
        let proxy = options.proxy.as_deref().map(Proxy::new).transpose();
        let proxy = proxy
            .map_err(|_| Error::config("expected a proxy such as `http://proxy.example:3128`"))?;
        let config = Agent::config_builder()
            .tls_config(tls)
            // `None` also keeps the environment's proxies out.
            .proxy(proxy)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_response_header_size(MAX_RESPONSE_HEAD)
            .timeout_connect(Some(options.connect_timeout))
            .user_agent(options.user_agent.as_str())
            // An application may have the feature `gzip` on.
            .accept_encoding(ureq::config::AutoHeaderValue::None)
            .build();
        Ok(Self {
            agent: config.new_agent(),
        })
    }
}

fn certificates(pem: &str) -> Result<Vec<Certificate<'static>>, Error> {
    let unusable = || Error::config("expected certificates in PEM, found something else");
    let mut found = Vec::new();
    for item in parse_pem(pem.as_bytes()) {
        if let PemItem::Certificate(certificate) = item.map_err(|_| unusable())? {
            found.push(certificate);
        }
    }
    if found.is_empty() {
        Err(unusable())
    } else {
        Ok(found)
    }
}

impl BlockingTransport for UreqTransport {
    fn send(
        &self,
        request: http::Request<Zeroizing<Vec<u8>>>,
        limits: Limits,
    ) -> Result<BlockingResponse, TransportError> {
        let (head, body) = request.into_parts();
        // An empty buffer would be announced as `content-length: 0` on a GET.
        let sent = if body.is_empty() {
            let request = self
                .agent
                .configure_request(http::Request::from_parts(head, ()));
            self.agent
                .run(request.timeout_global(Some(limits.deadline)).build())
        } else {
            let request = self
                .agent
                .configure_request(http::Request::from_parts(head, body.as_slice()));
            self.agent
                .run(request.timeout_global(Some(limits.deadline)).build())
        };
        let response = sent.map_err(|error| while_sending(&error))?;
        // The client counts; ureq's own limit is lifted.
        let reader = |body: ureq::Body| UreqBody(body.into_with_config().limit(u64::MAX).reader());
        Ok(response.map(|body| Box::new(reader(body)) as Box<dyn BlockingBody>))
    }
}

struct UreqBody(ureq::BodyReader<'static>);

impl BlockingBody for UreqBody {
    fn chunk(&mut self) -> Result<Option<Bytes>, TransportError> {
        let mut buffer = vec![0; CHUNK];
        let read = self.0.read(&mut buffer).map_err(while_reading)?;
        buffer.truncate(read);
        Ok((read > 0).then(|| Bytes::from(buffer)))
    }
}
