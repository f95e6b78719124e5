//! The async transport of the erpnet SDK without tokio: [hyper](https://docs.rs/hyper) on
//! [smol](https://docs.rs/smol), TLS by rustls with ring.
//!
//! ```
//! use std::sync::Arc;
//! use erpnet_client::{Client, TransportOptions, core::ServiceApp, types::Instance};
//! use erpnet_smol::{SmolRuntime, SmolTransport};
//!
//! let app = ServiceApp::new(Instance::parse("demodb")?, "com.example/reports", "the secret")?;
//! let transport = SmolTransport::new(&TransportOptions::default())?;
//! let client = Client::new(app, Arc::new(transport), Arc::new(SmolRuntime))?; // sends nothing yet
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod connect;
mod failure;
mod pool;
mod runtime;

use std::sync::Arc;

use bytes::Bytes;
use erpnet_client::{
    Body, Error, Limits, Response, Transport, TransportError, TransportOptions, Zeroizing,
    async_trait,
};
use http::header::{HOST, HeaderValue, USER_AGENT};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;

pub use runtime::SmolRuntime;

use crate::connect::{Connector, Target};
use crate::failure::{while_reading, while_sending};
use crate::pool::{Pool, Sender};

/// A pool of HTTP/1.1 connections. Cheap to clone.
#[derive(Clone)]
pub struct SmolTransport {
    pool: Arc<Pool>,
    user_agent: HeaderValue,
}

impl SmolTransport {
    /// Prepares a pool; connects to nothing yet.
    ///
    /// # Errors
    /// An error of kind `config` when the CA holds no certificate, or proxy or user agent are malformed.
    pub fn new(options: &TransportOptions) -> Result<Self, Error> {
        let user_agent = HeaderValue::from_str(&options.user_agent);
        let user_agent =
            user_agent.map_err(|_| Error::config("the user agent cannot stand in a header"))?;
        Ok(Self {
            pool: Arc::new(Pool::new(Connector::new(options)?)),
            user_agent,
        })
    }
}

#[async_trait]
impl Transport for SmolTransport {
    async fn send(
        &self,
        request: http::Request<Zeroizing<Vec<u8>>>,
        _limits: Limits,
    ) -> Result<Response, TransportError> {
        let target = Target::of(request.uri())?;
        // The buffer is handed over whole, so that it is still wiped at its end.
        let mut request = request.map(|body| Full::new(Bytes::from_owner(body)));
        request
            .headers_mut()
            .insert(USER_AGENT, self.user_agent.clone());
        request.headers_mut().insert(HOST, target.host_header()?);
        // On the wire, HTTP/1.1 names the host in its header and only the path in its first line.
        *request.uri_mut() = target.path()?;

        // An idle connection may have been closed meanwhile: hyper then gives the request back unsent.
        while let Some(mut sender) = self.pool.idle(&target) {
            match sender.try_send_request(request).await {
                Ok(response) => return Ok(self.answer(response, sender, target)),
                Err(mut error) => match error.take_message() {
                    Some(unsent) => request = unsent,
                    None => return Err(while_sending(error.error())),
                },
            }
        }
        let mut sender = self.pool.connect(&target).await?;
        let response = sender
            .send_request(request)
            .await
            .map_err(|error| while_sending(&error))?;
        Ok(self.answer(response, sender, target))
    }
}

impl SmolTransport {
    fn answer(
        &self,
        response: http::Response<Incoming>,
        sender: Sender,
        target: Target,
    ) -> Response {
        let pool = Arc::clone(&self.pool);
        response.map(|body| {
            Box::new(SmolBody {
                body,
                back: Some((pool, target, sender)),
            }) as Box<dyn Body>
        })
    }
}

/// A body; at its end, and only there, its connection goes back to the pool.
struct SmolBody {
    body: Incoming,
    back: Option<(Arc<Pool>, Target, Sender)>,
}

#[async_trait]
impl Body for SmolBody {
    async fn chunk(&mut self) -> Result<Option<Bytes>, TransportError> {
        while let Some(frame) = self.body.frame().await {
            if let Ok(data) = frame.map_err(|error| while_reading(&error))?.into_data() {
                return Ok(Some(data));
            }
        }
        if let Some((pool, target, sender)) = self.back.take() {
            pool.give_back(target, sender);
        }
        Ok(None)
    }
}
