//! One request out, one response in: what an HTTP library has to do for a client.

use async_trait::async_trait;
use bytes::Bytes;
use erpnet_core::TransportError;
use erpnet_core::flow::Limits;
use zeroize::Zeroizing;

/// A response whose body is still to be read.
pub type Response = http::Response<Box<dyn Body>>;

/// As [`Response`], blocking.
pub type BlockingResponse = http::Response<Box<dyn BlockingBody>>;

/// An async HTTP stack.
///
/// The client has already checked the address (`https`, or loopback), and puts one deadline around sending and reading;
/// it also counts the body. An implementation
///
/// * follows no redirects, and treats every status as a response;
/// * does not decompress, unless it counts what comes out;
/// * puts neither URL nor header nor body into a [`TransportError`];
/// * says [`Sent::Never`](erpnet_core::Sent) only when the server cannot have seen the request.
#[async_trait]
pub trait Transport: Send + Sync + 'static {
    /// Sends a request and returns when the response's head is there.
    ///
    /// # Errors
    /// A [`TransportError`] when there is no response.
    async fn send(
        &self,
        request: http::Request<Zeroizing<Vec<u8>>>,
        limits: Limits,
    ) -> Result<Response, TransportError>;
}

/// A response body, read piece by piece.
#[async_trait]
pub trait Body: Send {
    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// A [`TransportError`] when it breaks off.
    async fn chunk(&mut self) -> Result<Option<Bytes>, TransportError>;
}

/// A blocking HTTP stack. As [`Transport`], except that it keeps the deadline of `limits` itself, over head and body
/// together, for nobody else can interrupt it.
pub trait BlockingTransport: Send + Sync + 'static {
    /// Sends a request and returns when the response's head is there.
    ///
    /// # Errors
    /// A [`TransportError`] when there is no response.
    fn send(
        &self,
        request: http::Request<Zeroizing<Vec<u8>>>,
        limits: Limits,
    ) -> Result<BlockingResponse, TransportError>;
}

/// A response body, read piece by piece.
pub trait BlockingBody: Send {
    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// A [`TransportError`] when it breaks off.
    fn chunk(&mut self) -> Result<Option<Bytes>, TransportError>;
}

/// A body that is already there.
#[async_trait]
impl Body for Option<Bytes> {
    async fn chunk(&mut self) -> Result<Option<Bytes>, TransportError> {
        Ok(self.take())
    }
}

impl BlockingBody for Option<Bytes> {
    fn chunk(&mut self) -> Result<Option<Bytes>, TransportError> {
        Ok(self.take())
    }
}
