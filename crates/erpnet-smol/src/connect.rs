//! Connections: TCP, a proxy's tunnel, TLS, HTTP/1.1.

use std::sync::Arc;
use std::time::Duration;

use erpnet_client::{
    Error, MAX_RESPONSE_HEAD, Sent, TransportError, TransportErrorKind as Kind, TransportOptions,
    rustls_config,
};
use futures_rustls::TlsConnector;
use futures_rustls::pki_types::ServerName;
use http::header::HeaderValue;
use http::uri::PathAndQuery;
use hyper::client::conn::http1;
use smol::future::FutureExt;
use smol::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use smol::net::TcpStream;
use smol_hyper::rt::FuturesIo;

use crate::failure::{of_connect, of_tls};
use crate::pool::Sender;

/// The longest answer of a proxy to CONNECT, in bytes.
const MAX_PROXY_ANSWER: usize = 8 * 1024;

/// Where a request goes.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Target {
    https: bool,
    host: String,
    port: u16,
    path: PathAndQuery,
}

impl Target {
    pub(crate) fn of(uri: &http::Uri) -> Result<Self, TransportError> {
        let https = uri.scheme_str() != Some("http");
        let host = uri
            .host()
            .ok_or_else(|| refused("the address names no host"))?;
        let port = uri.port_u16().unwrap_or(if https { 443 } else { 80 });
        let path = uri
            .path_and_query()
            .cloned()
            .unwrap_or_else(|| PathAndQuery::from_static("/"));
        Ok(Self {
            https,
            host: host.to_owned(),
            port,
            path,
        })
    }

    /// The same, for the pool's table: whatever the path.
    pub(crate) fn origin(&self) -> Self {
        Self {
            path: PathAndQuery::from_static("/"),
            ..self.clone()
        }
    }

    pub(crate) fn path(&self) -> Result<http::Uri, TransportError> {
        http::Uri::builder()
            .path_and_query(self.path.clone())
            .build()
            .map_err(|_| refused("the address cannot be written"))
    }

    pub(crate) fn host_header(&self) -> Result<HeaderValue, TransportError> {
        let usual = if self.https { 443 } else { 80 };
        let text = if self.port == usual {
            self.host.clone()
        } else {
            format!("{}:{}", self.host, self.port)
        };
        HeaderValue::from_str(&text).map_err(|_| refused("the host cannot be written"))
    }

    /// An IPv6 address stands in brackets in a URI only.
    fn bare_host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }
}

fn refused(why: &str) -> TransportError {
    TransportError::new(Kind::Refused, Sent::Never, why)
}

pub(crate) struct Connector {
    tls: TlsConnector,
    proxy: Option<(String, u16)>,
    timeout: Duration,
}

impl Connector {
    pub(crate) fn new(options: &TransportOptions) -> Result<Self, Error> {
        let mut config = rustls_config(options)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let proxy = options.proxy.as_deref().map(proxy_address).transpose()?;
        Ok(Self {
            tls: TlsConnector::from(Arc::new(config)),
            proxy,
            timeout: options.connect_timeout,
        })
    }

    pub(crate) async fn connect(&self, target: &Target) -> Result<Sender, TransportError> {
        let late = async {
            smol::Timer::after(self.timeout).await;
            Err(TransportError::new(
                Kind::Timeout,
                Sent::Never,
                "no connection within the deadline",
            ))
        };
        self.establish(target).or(late).await
    }

    async fn establish(&self, target: &Target) -> Result<Sender, TransportError> {
        let stream = match &self.proxy {
            None => dial(target.bare_host(), target.port, self.timeout).await?,
            Some(_) if !target.https => {
                return Err(refused("plain http does not go through a proxy"));
            }
            Some((host, port)) => tunnel(dial(host, *port, self.timeout).await?, target).await?,
        };
        if !target.https {
            return speak(stream).await;
        }
        let name = ServerName::try_from(target.bare_host().to_owned());
        let name = name.map_err(|_| refused("the host is no name that a certificate can have"))?;
        speak(
            self.tls
                .connect(name, stream)
                .await
                .map_err(|error| of_tls(&error))?,
        )
        .await
    }
}

fn proxy_address(url: &str) -> Result<(String, u16), Error> {
    let wrong = || Error::config("expected a proxy such as `http://proxy.example:3128`");
    let uri: http::Uri = url.parse().map_err(|_| wrong())?;
    if uri
        .authority()
        .is_some_and(|authority| authority.as_str().contains('@'))
    {
        return Err(Error::config(
            "a proxy that wants a password is not supported by this transport",
        ));
    }
    match (uri.scheme_str(), uri.host()) {
        (Some("http"), Some(host)) => Ok((host.to_owned(), uri.port_u16().unwrap_or(80))),
        _ => Err(wrong()),
    }
}

/// Tries one address after another, each for its share of the time: one that swallows packets must not use up all.
async fn dial(host: &str, port: u16, timeout: Duration) -> Result<TcpStream, TransportError> {
    let addresses = smol::net::resolve((host, port)).await;
    let addresses =
        addresses.map_err(|error| TransportError::new(Kind::NameResolution, Sent::Never, error))?;
    let share = timeout / u32::try_from(addresses.len().clamp(1, 8)).unwrap_or(1);
    let mut last =
        TransportError::new(Kind::NameResolution, Sent::Never, "the name has no address");
    for address in addresses {
        let late = async {
            smol::Timer::after(share).await;
            Err(std::io::ErrorKind::TimedOut.into())
        };
        match TcpStream::connect(address).or(late).await {
            Ok(stream) => {
                // Requests are small and written at once.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) => last = of_connect(&error),
        }
    }
    Err(last)
}

/// Asks a proxy for a tunnel (RFC 9110 section 9.3.6).
async fn tunnel(mut stream: TcpStream, target: &Target) -> Result<TcpStream, TransportError> {
    let broken =
        |error| TransportError::new(Kind::Connect, Sent::Never, format!("the proxy: {error}"));
    let authority = format!("{}:{}", target.host, target.port);
    let request = format!("CONNECT {authority} HTTP/1.1\r\nhost: {authority}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.map_err(broken)?;
    // Byte by byte: what follows the head belongs to the tunnel.
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).await.map_err(broken)?;
        answer.extend_from_slice(&byte);
        if answer.len() > MAX_PROXY_ANSWER {
            return Err(TransportError::new(
                Kind::Connect,
                Sent::Never,
                "the proxy's answer is too long",
            ));
        }
    }
    let status = answer.split(|byte| *byte == b' ').nth(1);
    if status.is_some_and(|status| status.starts_with(b"2")) {
        Ok(stream)
    } else {
        Err(TransportError::new(
            Kind::Connect,
            Sent::Never,
            "the proxy refused",
        ))
    }
}

async fn speak<S>(stream: S) -> Result<Sender, TransportError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = http1::Builder::new();
    builder.max_buf_size(MAX_RESPONSE_HEAD);
    let shaken = builder.handshake(FuturesIo::new(stream)).await;
    let (sender, connection) =
        shaken.map_err(|error| TransportError::new(Kind::Protocol, Sent::Never, error))?;
    // The connection lives as long as a sender or a body does; its errors reach those.
    smol::spawn(async move {
        let _ = connection.await;
    })
    .detach();
    Ok(sender)
}
