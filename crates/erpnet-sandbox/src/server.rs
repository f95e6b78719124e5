//! The server: a thread of its own, an accept loop, and each request read, logged and answered.

use std::convert::Infallible;
use std::fmt;
use std::net::TcpListener;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Semaphore, oneshot};
use tokio_rustls::TlsAcceptor;

use crate::log::RecordedRequest;
use crate::reply::Call;
use crate::respond;
use crate::state::{State, lock};

/// The largest request body, in bytes. Longer ones are answered with 413.
pub const MAX_BODY: usize = 1024 * 1024;

/// The longest head of a request, in bytes: the target and the names and values of all headers. Longer ones are
/// answered with 431.
pub const MAX_HEAD: usize = 64 * 1024;

/// How many connections are served at a time, unless the builder says otherwise. Others wait to be accepted.
pub const MAX_CONNECTIONS: usize = 2048;

/// How long a client may take for its handshake, the head of a request, or its body.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// A running server; it ends when this is dropped.
pub(crate) struct Server {
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(
        listener: TcpListener,
        tls: Option<TlsAcceptor>,
        state: Arc<State>,
    ) -> std::io::Result<Self> {
        listener.set_nonblocking(true)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("erpnet-sandbox".to_owned())
            .spawn(move || {
                runtime.spawn(accept(listener, tls, state));
                // Ends when the sender is dropped; the runtime then drops every connection.
                let _ = runtime.block_on(stopped);
            })?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic on the server's thread was reported there.
            let _ = thread.join();
        }
    }
}

async fn accept(listener: tokio::net::TcpListener, tls: Option<TlsAcceptor>, state: Arc<State>) {
    let slots = Arc::new(Semaphore::new(state.options.max_connections));
    loop {
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else {
            return;
        };
        let Ok((stream, _)) = listener.accept().await else {
            // Usually too many open files: some will be closed soon.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let (tls, state) = (tls.clone(), Arc::clone(&state));
        tokio::spawn(async move {
            let _slot = slot;
            let _ = stream.set_nodelay(true);
            match tls {
                None => serve(stream, state).await,
                Some(tls) => {
                    let handshake = tokio::time::timeout(READ_TIMEOUT, tls.accept(stream));
                    if let Ok(Ok(stream)) = handshake.await {
                        serve(stream, state).await;
                    }
                }
            }
        });
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin, state: Arc<State>) {
    let service = service_fn(|request| handle(request, Arc::clone(&state)));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(READ_TIMEOUT)
        .max_buf_size(2 * MAX_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    // An error here is a client that went away, or a connection that a fault closes.
    let _ = connection.await;
}

/// Why a connection is closed without an answer: the client's fault, or one on order.
#[derive(Debug)]
pub(crate) struct Hangup;

impl fmt::Display for Hangup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the sandbox closes this connection")
    }
}

impl std::error::Error for Hangup {}

async fn handle(
    request: Request<Incoming>,
    state: Arc<State>,
) -> Result<Response<Full<Bytes>>, Hangup> {
    let (head, body) = request.into_parts();
    let body = read(body).await?;
    let call = Call {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(str::to_owned),
        headers: head.headers,
        body: body.clone().unwrap_or_default(),
    };
    let refused = if head_len(&call) > MAX_HEAD {
        Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
    } else {
        body.is_none().then_some(StatusCode::PAYLOAD_TOO_LARGE)
    };
    let number = lock(&state.log).note(record(&call));
    let reply = respond::respond(&state, &call, refused).await?;
    lock(&state.log).answered(number, reply.status.as_u16());
    let mut response = Response::new(Full::new(reply.body));
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    Ok(response)
}

/// The body; `None` when it is too long.
async fn read(body: Incoming) -> Result<Option<Bytes>, Hangup> {
    let body = Limited::new(body, MAX_BODY).collect();
    match tokio::time::timeout(READ_TIMEOUT, body).await {
        Ok(Ok(body)) => Ok(Some(body.to_bytes())),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Ok(None),
        _ => Err(Hangup),
    }
}

fn head_len(call: &Call) -> usize {
    let headers = call.headers.iter();
    let headers = headers.map(|(name, value)| name.as_str().len() + value.len());
    call.path.len()
        + call.query.as_ref().map_or(0, |query| query.len() + 1)
        + headers.sum::<usize>()
}

fn record(call: &Call) -> RecordedRequest {
    RecordedRequest {
        method: call.method.to_string(),
        path: call.path.clone(),
        query: call.query.clone(),
        headers: record_headers(&call.headers),
        body: call.body.to_vec(),
        status: None,
    }
}

fn record_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), text(value)))
        .collect()
}
