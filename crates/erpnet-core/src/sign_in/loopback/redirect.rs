//! A registered redirect URI that a program on this machine can listen on.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use url::{Host, Url};

use crate::error::{Error, clean_text};
use crate::sign_in::MAX_REDIRECT_URI;

/// A redirect URI of the record's `ImpersonateLoginUrl` on the loopback interface: `http://127.0.0.1:8400/callback`.
///
/// The authority compares it byte by byte (AUTH-120), so it is kept as written, port and final slash included, and only
/// spellings are taken that a browser does not rewrite on its way back. The port is a registered one: a random port is
/// refused by the authority (AUTH-106).
///
/// ```
/// use erpnet_core::sign_in::LoopbackRedirect;
///
/// let redirect: LoopbackRedirect = "http://127.0.0.1:8400/callback".parse()?;
/// assert_eq!(redirect.addresses(), ["127.0.0.1:8400".parse().unwrap()]);
/// assert!("http://127.0.0.1/callback".parse::<LoopbackRedirect>().is_err());
/// assert!("http://192.168.1.7:8400/".parse::<LoopbackRedirect>().is_err());
/// # Ok::<(), erpnet_core::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct LoopbackRedirect {
    uri: String,
    authority: String,
    path: String,
    addresses: Vec<SocketAddr>,
}

impl LoopbackRedirect {
    /// The URI as registered.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.uri
    }

    /// The addresses to listen on, and no other. `localhost` has two, for browsers choose either: a driver listens on
    /// both where the machine has both, for the other one could be listened on by somebody else.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.addresses.first().map_or(0, SocketAddr::port)
    }

    /// What `Host` must say, for example `127.0.0.1:8400`.
    pub(super) fn authority(&self) -> &str {
        &self.authority
    }

    /// The path that the answer comes to.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    fn read(uri: &str) -> Result<Self, String> {
        if uri.len() > MAX_REDIRECT_URI {
            return Err(format!(
                "found {} bytes, the most are {MAX_REDIRECT_URI}",
                uri.len()
            ));
        }
        let Ok(url) = Url::parse(uri) else {
            return Err("found no URL".to_owned());
        };
        if url.scheme() != "http" {
            return Err(format!(
                "found the scheme `{}`: nobody has a certificate for the loopback interface",
                clean_text(url.scheme(), 20)
            ));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("found a user name in it".to_owned());
        }
        if url.fragment().is_some() {
            return Err("found `#`, which no redirect URI may have".to_owned());
        }
        if url.query().is_some() {
            return Err("found `?`, where the answer is to stand".to_owned());
        }
        let ips: &[IpAddr] = match url.host() {
            Some(Host::Ipv4(Ipv4Addr::LOCALHOST)) => &[IpAddr::V4(Ipv4Addr::LOCALHOST)],
            Some(Host::Ipv6(Ipv6Addr::LOCALHOST)) => &[IpAddr::V6(Ipv6Addr::LOCALHOST)],
            Some(Host::Domain("localhost")) => &[
                IpAddr::V4(Ipv4Addr::LOCALHOST),
                IpAddr::V6(Ipv6Addr::LOCALHOST),
            ],
            _ => return Err("found another host".to_owned()),
        };
        let port = match url.port() {
            Some(0) => return Err("found port 0, which cannot be registered".to_owned()),
            Some(port) => port,
            None => return Err("found no port, or port 80, which browsers leave out".to_owned()),
        };
        // AUTH-120: `http://127.0.0.1:8400` and the same with `/` are two redirects that come to one path.
        let spelled = url.as_str();
        if uri != spelled && Some(uri) != spelled.strip_suffix('/') {
            return Err("found a spelling that browsers rewrite: write the host in lower case and the path encoded".to_owned());
        }
        Ok(Self {
            uri: uri.to_owned(),
            authority: url.authority().to_owned(),
            path: url.path().to_owned(),
            addresses: ips.iter().map(|ip| SocketAddr::new(*ip, port)).collect(),
        })
    }
}

impl FromStr for LoopbackRedirect {
    type Err = Error;

    /// Reads a redirect URI as it stands in the record.
    ///
    /// # Errors
    /// An error of kind [`Config`](crate::ErrorKind::Config) that says what is wrong with it.
    fn from_str(uri: &str) -> Result<Self, Error> {
        Self::read(uri).map_err(|found| {
            Error::config(format!(
                "expected a loopback redirect such as `http://127.0.0.1:8400/callback`, with host `127.0.0.1`, `[::1]` or \
                 `localhost`, a registered port and a path: {found} (AUTH-105, AUTH-106)"
            ))
        })
    }
}

impl fmt::Display for LoopbackRedirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.uri)
    }
}

impl fmt::Debug for LoopbackRedirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LoopbackRedirect({})", self.uri)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn auth_105_exactly_the_registered_address_is_listened_on() {
        let cases: [(&str, &[&str], &str, &str); 6] = [
            (
                "http://127.0.0.1:8400/callback",
                &["127.0.0.1:8400"],
                "127.0.0.1:8400",
                "/callback",
            ),
            (
                "http://127.0.0.1:8400",
                &["127.0.0.1:8400"],
                "127.0.0.1:8400",
                "/",
            ),
            (
                "http://127.0.0.1:8400/",
                &["127.0.0.1:8400"],
                "127.0.0.1:8400",
                "/",
            ),
            (
                "http://[::1]:65535/a/b/",
                &["[::1]:65535"],
                "[::1]:65535",
                "/a/b/",
            ),
            (
                "http://127.0.0.1:1/%D0%B0",
                &["127.0.0.1:1"],
                "127.0.0.1:1",
                "/%D0%B0",
            ),
            (
                "http://localhost:8400/cb",
                &["127.0.0.1:8400", "[::1]:8400"],
                "localhost:8400",
                "/cb",
            ),
        ];
        for (uri, addresses, authority, path) in cases {
            let redirect: LoopbackRedirect = uri.parse().unwrap();
            let expected: Vec<SocketAddr> = addresses.iter().map(|a| a.parse().unwrap()).collect();
            assert_eq!(redirect.addresses(), expected, "{uri}");
            assert_eq!((redirect.authority(), redirect.path()), (authority, path));
            assert_eq!(redirect.port(), expected[0].port());
            assert_eq!(redirect.to_string(), uri);
        }
    }

    #[test]
    fn auth_105_106_120_other_redirects_are_refused_with_the_reason() {
        let cases = [
            ("https://127.0.0.1:8400/cb", "scheme"),
            ("myapp://callback", "scheme"),
            ("http://127.0.0.2:8400/cb", "host"),
            ("http://0.0.0.0:8400/cb", "host"),
            ("http://[::]:8400/cb", "host"),
            ("http://[::ffff:127.0.0.1]:8400/cb", "host"),
            ("http://localhost.example.com:8400/cb", "host"),
            ("http://app.example.com:8400/cb", "host"),
            ("http://127.0.0.1/cb", "port"),
            ("http://127.0.0.1:80/cb", "port"),
            ("http://127.0.0.1:0/cb", "port"),
            ("http://127.0.0.1:99999/cb", "no URL"),
            ("http://127.0.0.1:*/cb", "no URL"),
            ("http://me@127.0.0.1:8400/cb", "user name"),
            ("http://127.0.0.1:8400/cb?", "`?`"),
            ("http://127.0.0.1:8400/cb?x=y", "`?`"),
            ("http://127.0.0.1:8400/cb#", "`#`"),
            ("http://127.1:8400/cb", "spelling"),
            ("http://LOCALHOST:8400/cb", "spelling"),
            ("HTTP://127.0.0.1:8400/cb", "spelling"),
            ("http://127.0.0.1:08400/cb", "spelling"),
            ("http://127.0.0.1:8400/a/../cb", "spelling"),
            ("http://127.0.0.1:8400/a b", "spelling"),
            (" http://127.0.0.1:8400/cb", "spelling"),
            ("http:\\\\127.0.0.1:8400\\cb", "spelling"),
            ("127.0.0.1:8400/cb", "no URL"),
            ("", "no URL"),
        ];
        for (uri, why) in cases {
            let error = uri.parse::<LoopbackRedirect>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{uri}");
            let (_, found) = error
                .to_string()
                .split_once("path: ")
                .map(|(a, b)| (a.len(), b.to_owned()))
                .unwrap();
            assert!(found.contains(why), "{uri}: {found}");
        }
    }

    #[test]
    fn the_length_is_limited_at_below_and_above() {
        for (length, fits) in [
            (MAX_REDIRECT_URI - 1, true),
            (MAX_REDIRECT_URI, true),
            (MAX_REDIRECT_URI + 1, false),
        ] {
            let mut uri = "http://127.0.0.1:8400/".to_owned();
            uri.push_str(&"x".repeat(length - uri.len()));
            assert_eq!(uri.parse::<LoopbackRedirect>().is_ok(), fits, "{length}");
        }
    }
}
