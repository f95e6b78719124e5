//! The async transport of the erpnet SDK, over [reqwest](https://docs.rs/reqwest), and its runtime over tokio.
//!
//! rustls with ring, WebPKI roots or your own CA, an explicit proxy or none, no redirects, no decompression. Most
//! applications call `erpnet::connect`, which builds both.
//!
//! ```
//! use std::sync::Arc;
//! use erpnet_client::{Client, TransportOptions, core::ServiceApp, types::Instance};
//! use erpnet_reqwest::{ReqwestTransport, TokioRuntime};
//!
//! let app = ServiceApp::new(Instance::parse("demodb")?, "com.example/reports", "the secret")?;
//! let transport = ReqwestTransport::new(&TransportOptions::default())?;
//! let client = Client::new(app, Arc::new(transport), Arc::new(TokioRuntime))?; // sends nothing yet
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod failure;
mod runtime;

use bytes::Bytes;
use erpnet_client::{
    Body, Error, Limits, Response, Transport, TransportError, TransportOptions, Zeroizing,
    async_trait, rustls_config,
};
use reqwest::redirect::Policy;

pub use runtime::TokioRuntime;

use crate::failure::{while_reading, while_sending};

/// A pool of connections. Cheap to clone. To be used within a tokio runtime.
#[derive(Clone, Debug)]
pub struct ReqwestTransport {
    client: reqwest::Client,
}

impl ReqwestTransport {
    /// Prepares a pool; connects to nothing yet.
    ///
    /// # Errors
    /// An error of kind `config` when the CA holds no certificate or the proxy is no URL.
    pub fn new(options: &TransportOptions) -> Result<Self, Error> {
        // reqwest would look for a process-wide provider, which a library must not install.
        let mut tls = rustls_config(options)?;
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(Policy::none())
            // An application may have these features on; bodies are counted as they come all the same.
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .referer(false)
            .connect_timeout(options.connect_timeout)
            .user_agent(&options.user_agent);
        let builder = match &options.proxy {
            None => builder.no_proxy(),
            Some(url) => {
                let proxy = reqwest::Proxy::all(url.as_str());
                builder.proxy(proxy.map_err(|_| {
                    Error::config("expected a proxy such as `http://proxy.example:3128`")
                })?)
            }
        };
        let client = builder
            .build()
            .map_err(|error| Error::config(format!("transport: {}", error.without_url())))?;
        Ok(Self { client })
    }
}

#[async_trait]
impl Transport for ReqwestTransport {
    async fn send(
        &self,
        request: http::Request<Zeroizing<Vec<u8>>>,
        _limits: Limits,
    ) -> Result<Response, TransportError> {
        // The buffer is handed over whole, so that it is still wiped at its end.
        let request = request.map(Bytes::from_owner).map(reqwest::Body::from);
        let request = reqwest::Request::try_from(request).map_err(|error| while_sending(&error))?;
        let response = self
            .client
            .execute(request)
            .await
            .map_err(|error| while_sending(&error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut answer = http::Response::new(Box::new(ReqwestBody(response)) as Box<dyn Body>);
        *answer.status_mut() = status;
        *answer.headers_mut() = headers;
        Ok(answer)
    }
}

struct ReqwestBody(reqwest::Response);

#[async_trait]
impl Body for ReqwestBody {
    async fn chunk(&mut self) -> Result<Option<Bytes>, TransportError> {
        self.0.chunk().await.map_err(|error| while_reading(&error))
    }
}
