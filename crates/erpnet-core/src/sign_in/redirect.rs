//! Where the authority sends a person back to (AUTH-105, AUTH-119..121).

use std::fmt;
use std::net::IpAddr;

use url::{Host, Url};

use super::loopback::LoopbackRedirect;

/// The longest redirect URI, in bytes (AUTH-119).
pub const MAX_REDIRECT_URI: usize = 400;

/// Schemes that lead into a browser or a file instead of an application.
const NO_APPLICATION: [&str; 8] = [
    "javascript",
    "data",
    "file",
    "blob",
    "about",
    "ftp",
    "ws",
    "wss",
];

/// A redirect URI as it stands in the record, kept byte by byte: the authority compares it exactly (AUTH-120).
///
/// `https` for web applications; for native ones plain `http` to loopback, or a scheme of their own (AUTH-105).
///
/// ```
/// use erpnet_core::sign_in::RedirectUri;
///
/// assert_eq!(RedirectUri::parse("https://app.example.com/cb")?.as_str(), "https://app.example.com/cb");
/// assert!(RedirectUri::parse("http://127.0.0.1:8400/cb")?.is_loopback());
/// assert!(RedirectUri::parse("http://app.example.com/cb").is_err());
/// # Ok::<(), erpnet_core::sign_in::RedirectUriError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RedirectUri {
    text: String,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Https,
    Loopback,
    OwnScheme,
}

/// Why a text cannot be a redirect URI.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RedirectUriError {
    /// Not an absolute URI.
    #[error("expected an absolute redirect URI such as `https://app.example.com/cb`")]
    NotAbsolute,
    /// Longer than [`MAX_REDIRECT_URI`].
    #[error("expected a redirect URI of at most {MAX_REDIRECT_URI} bytes, found {found}")]
    TooLong {
        /// The length found.
        found: usize,
    },
    /// Plain `http` to another machine, or a scheme that leads to no application.
    #[error(
        "expected `https`, `http` to a loopback address, or a scheme of the application's own, found `{found}`"
    )]
    Scheme {
        /// The scheme found.
        found: String,
    },
    /// A fragment, a user name, or a character that the record's list cannot hold (AUTH-119, AUTH-121).
    #[error("expected a redirect URI without {what}")]
    NotPlain {
        /// What it has.
        what: &'static str,
    },
}

impl RedirectUri {
    /// Checks a redirect URI and keeps it as it is.
    ///
    /// # Errors
    /// [`RedirectUriError`].
    pub fn parse(text: &str) -> Result<Self, RedirectUriError> {
        if text.len() > MAX_REDIRECT_URI {
            return Err(RedirectUriError::TooLong { found: text.len() });
        }
        let not_plain = |what| Err(RedirectUriError::NotPlain { what });
        // The URL standard would repair these; the authority compares bytes.
        if text
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || c == '\\' || !c.is_ascii())
        {
            return not_plain("blanks, control characters, backslashes and non-ASCII characters");
        }
        if text.contains('#') {
            return not_plain("a fragment");
        }
        if text.contains(',') {
            return not_plain("a comma: the record separates its list by commas (AUTH-119)");
        }
        if text.contains('*') {
            return not_plain("a wildcard: the authority compares exactly (AUTH-121)");
        }
        let url = Url::parse(text).map_err(|_| RedirectUriError::NotAbsolute)?;
        if !url.username().is_empty() || url.password().is_some() {
            return not_plain("a user name");
        }
        let kind = match url.scheme() {
            "https" => Kind::Https,
            "http" if loopback(&url) => Kind::Loopback,
            scheme if scheme == "http" || NO_APPLICATION.contains(&scheme) => {
                return Err(RedirectUriError::Scheme {
                    found: scheme.to_owned(),
                });
            }
            _ => Kind::OwnScheme,
        };
        Ok(Self {
            text: text.to_owned(),
            kind,
        })
    }

    /// As it was given, byte by byte.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it leads to this machine over plain `http`: a native application's listener.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.kind == Kind::Loopback
    }

    /// Whether a browser can post a form to it: not so for a scheme of the application's own.
    #[must_use]
    pub(crate) fn takes_forms(&self) -> bool {
        self.kind != Kind::OwnScheme
    }
}

/// What can be listened on can be redirected to.
impl From<LoopbackRedirect> for RedirectUri {
    fn from(redirect: LoopbackRedirect) -> Self {
        Self {
            text: redirect.as_str().to_owned(),
            kind: Kind::Loopback,
        }
    }
}

fn loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        None => false,
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedirectUri({})", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_105_119_120_121_redirect_uris_are_checked_and_kept() {
        for good in [
            "https://app.example.com/cb",
            "https://app.example.com/cb/",
            "https://APP.example.com:443/CB?x=%20",
            "http://127.0.0.1:8400/cb",
            "http://[::1]:8400/cb",
            "http://localhost:8400/cb",
            "com.example.app:/signed-in",
            "myapp://signed-in",
        ] {
            assert_eq!(RedirectUri::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "/cb",
            "http://app.example.com/cb",
            "http://127.0.0.1.evil.example/cb",
            "https://app.example.com/cb#f",
            "https://app.example.com/a,b",
            "https://*.example.com/cb",
            "https://app.example.com/c b",
            "https://app.example.com/cb\n",
            "https://u@app.example.com/cb",
            "javascript:alert(1)",
            "file:///x",
            "https://ümlaut.example/cb",
        ] {
            assert!(RedirectUri::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn auth_119_the_length_has_a_limit() {
        let of = |n: usize| format!("https://a.example/{}", "x".repeat(n - 18));
        for (n, fits) in [
            (MAX_REDIRECT_URI - 1, true),
            (MAX_REDIRECT_URI, true),
            (MAX_REDIRECT_URI + 1, false),
        ] {
            assert_eq!(RedirectUri::parse(&of(n)).is_ok(), fits, "{n}");
        }
    }
}
