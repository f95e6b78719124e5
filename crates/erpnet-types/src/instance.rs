//! Instances: one tenant, one database, one root URL (AUTH-001..008).

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

/// The domain below which every instance has its default host (AUTH-002).
pub const DEFAULT_DOMAIN: &str = "my.erp.net";

/// The longest unique instance name: one DNS label (AUTH-003).
pub const MAX_NAME_LEN: usize = 63;

/// The longest text that is looked at as an instance spelling.
pub const MAX_INPUT_LEN: usize = 300;

/// One ERP.net instance, known by its root URL.
///
/// Everything that belongs to an instance - registrations, tokens, sessions, licences - belongs to exactly one
/// (AUTH-001), so caches and stores are keyed by this type. Two hosts that serve the same database are two instances
/// (AUTH-026).
///
/// ```
/// use erpnet_types::Instance;
///
/// let spellings = ["demodb", "demodb.my.erp.net", "https://demodb.my.erp.net", "https://DEMODB.my.erp.net/"];
/// for spelling in spellings {
///     assert_eq!(Instance::parse(spelling)?.to_string(), "https://demodb.my.erp.net");
/// }
/// assert!(Instance::parse("http://demodb.my.erp.net").is_err());
/// # Ok::<(), erpnet_types::InstanceError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Instance {
    root: Url,
}

/// The host name of an instance, with its port when that is not the default: not a URL (AUTH-005).
///
/// There is deliberately no conversion to a URL: only [`Instance`] knows the scheme.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InstanceHost(String);

impl InstanceHost {
    /// The host as text, for example `demodb.my.erp.net`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for InstanceHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text does not name an instance.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InstanceError {
    /// Nothing was given.
    #[error("expected an instance name such as `demodb`, found nothing")]
    Empty,
    /// Longer than [`MAX_INPUT_LEN`].
    #[error("expected at most {MAX_INPUT_LEN} characters, found {found}")]
    TooLong {
        /// The length found, in bytes.
        found: usize,
    },
    /// A bare name that is not a DNS label (AUTH-003).
    #[error(
        "expected an instance name of 1 to {MAX_NAME_LEN} letters, digits and inner hyphens, found `{found}`; \
         give the host name or the root URL if the instance has its own domain"
    )]
    BadName {
        /// What was given, control characters escaped.
        found: String,
    },
    /// Not a URL or a host name.
    #[error(
        "expected a host name or root URL such as `https://demodb.{DEFAULT_DOMAIN}`, found `{found}`"
    )]
    NotAUrl {
        /// What was given, control characters escaped.
        found: String,
    },
    /// Any scheme but `https` (AUTH-007).
    #[error(
        "expected `https`, found `{found}`: tokens never travel unencrypted; for a server on this machine \
         opt in with `Instance::loopback`"
    )]
    NotHttps {
        /// The scheme found.
        found: String,
    },
    /// More than a root URL: a path, a query, a fragment or credentials.
    #[error("expected a root URL without {part}; give `{suggestion}`")]
    NotARoot {
        /// What was there too many: `a path`, `a query`, `a fragment` or `a user name`.
        part: &'static str,
        /// The root URL that was probably meant.
        suggestion: String,
    },
    /// `Instance::loopback` was given another host.
    #[error("expected a loopback host such as `127.0.0.1`, found `{found}`")]
    NotLoopback {
        /// The host found.
        found: String,
    },
}

impl Instance {
    /// Reads an instance in any of four spellings: bare name, host name, root URL, root URL with a trailing slash
    /// (AUTH-004). The result is canonical: `https`, lower-case host, no path.
    ///
    /// # Errors
    /// [`InstanceError`], for anything else. Plain `http` is refused here; see [`Instance::loopback`].
    pub fn parse(text: &str) -> Result<Self, InstanceError> {
        let text = text.trim();
        let instance = Self::read(text)?;
        if instance.root.scheme() == "https" {
            Ok(instance)
        } else {
            Err(InstanceError::NotHttps {
                found: instance.root.scheme().to_owned(),
            })
        }
    }

    /// The instance at the default location of a unique instance name (AUTH-002, AUTH-003).
    ///
    /// # Errors
    /// [`InstanceError::BadName`] when the name is not one DNS label.
    pub fn from_name(name: &str) -> Result<Self, InstanceError> {
        let label = is_dns_label(name);
        let root = Url::parse(&format!("https://{name}.{DEFAULT_DOMAIN}/"));
        match root {
            Ok(root) if label => Ok(Self { root }),
            _ => Err(InstanceError::BadName {
                found: printable(name),
            }),
        }
    }

    /// The opt-in for development: an instance on this machine, over `http` or `https` (AUTH-007).
    ///
    /// # Errors
    /// [`InstanceError::NotLoopback`] for any host but `127.0.0.0/8`, `::1` and `localhost`.
    pub fn loopback(root_url: &str) -> Result<Self, InstanceError> {
        let instance = Self::read(root_url.trim())?;
        if is_loopback(&instance.root) {
            Ok(instance)
        } else {
            Err(InstanceError::NotLoopback {
                found: instance.host().0,
            })
        }
    }

    fn read(text: &str) -> Result<Self, InstanceError> {
        if text.is_empty() {
            return Err(InstanceError::Empty);
        }
        if text.len() > MAX_INPUT_LEN {
            return Err(InstanceError::TooLong { found: text.len() });
        }
        if !text.contains(['.', ':', '/', '[']) {
            return Self::from_name(text);
        }
        let with_scheme = if text.contains("://") {
            text.to_owned()
        } else {
            format!("https://{text}")
        };
        let not_a_url = || InstanceError::NotAUrl {
            found: printable(text),
        };
        // The parser of the URL standard drops tabs and line breaks and trims; an instance that has them is a mistake.
        let repaired = |c: char| c.is_control() || c.is_whitespace() || c == '\\' || c == '%';
        if text.contains(repaired) || text.contains(":///") {
            return Err(not_a_url());
        }
        let url = Url::parse(&with_scheme).map_err(|_| not_a_url())?;
        match url.scheme() {
            "https" | "http" => {}
            other => {
                return Err(InstanceError::NotHttps {
                    found: other.to_owned(),
                });
            }
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(not_a_url());
        }
        let root = root_of(&url).ok_or_else(not_a_url)?;
        let part = if !url.username().is_empty() || url.password().is_some() {
            Some("a user name")
        } else if url.query().is_some() {
            Some("a query")
        } else if url.fragment().is_some() {
            Some("a fragment")
        } else if url.path() != "/" {
            Some("a path")
        } else {
            None
        };
        match part {
            None => Ok(Self { root }),
            Some(part) => Err(InstanceError::NotARoot {
                part,
                suggestion: trim_slash(&root).to_owned(),
            }),
        }
    }

    /// The root URL, with a trailing slash as URLs have it: `https://demodb.my.erp.net/`.
    #[must_use]
    pub fn root_url(&self) -> &Url {
        &self.root
    }

    /// The host, with the port when it is not the default one (AUTH-005).
    #[must_use]
    pub fn host(&self) -> InstanceHost {
        let host = self.root.host_str().unwrap_or_default();
        InstanceHost(match self.root.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        })
    }

    /// Whether the host is this machine. Only such an instance may use plain `http`.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.root)
    }
}

impl fmt::Display for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(trim_slash(&self.root))
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Instance({self})")
    }
}

impl FromStr for Instance {
    type Err = InstanceError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<&str> for Instance {
    type Error = InstanceError;
    fn try_from(text: &str) -> Result<Self, Self::Error> {
        Self::parse(text)
    }
}

/// Whether a URL's host is this machine: `127.0.0.0/8`, `::1` or `localhost`.
///
/// The one decision point for "loopback" (AUTH-007): everything that allows plain `http` asks here.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn is_dns_label(name: &str) -> bool {
    let bytes = name.as_bytes();
    (1..=MAX_NAME_LEN).contains(&bytes.len())
        && bytes
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || *b == b'-')
        && bytes.first() != Some(&b'-')
        && bytes.last() != Some(&b'-')
}

fn root_of(url: &Url) -> Option<Url> {
    let mut root = url.clone();
    root.set_username("").ok()?;
    root.set_password(None).ok()?;
    root.set_path("/");
    root.set_query(None);
    root.set_fragment(None);
    Some(root)
}

fn trim_slash(url: &Url) -> &str {
    let text = url.as_str();
    text.strip_suffix('/').unwrap_or(text)
}

/// Input as an error may repeat it: bounded, control characters escaped.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .take(80)
        .flat_map(|c| c.escape_default().take(10))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn auth_002_004_spellings_have_one_canonical_value() {
        for spelling in [
            "demodb",
            "DemoDB",
            " demodb\n",
            "demodb.my.erp.net",
            "https://demodb.my.erp.net",
            "https://demodb.my.erp.net/",
            "https://demodb.my.erp.net:443",
            "HTTPS://DEMODB.MY.ERP.NET",
        ] {
            let instance = Instance::parse(spelling).unwrap();
            assert_eq!(
                instance.to_string(),
                "https://demodb.my.erp.net",
                "{spelling}"
            );
            assert_eq!(instance.host().as_str(), "demodb.my.erp.net");
        }
        let own = Instance::parse("erp.example.com:8443").unwrap();
        assert_eq!(own.to_string(), "https://erp.example.com:8443");
        assert_eq!(own.host().as_str(), "erp.example.com:8443");
    }

    #[test]
    fn auth_003_names_are_one_dns_label() {
        for bad in [
            "-x", "x-", "a b", "x_y", "démo", "x/../y", "demo\tdb", "x%2ey", "a\\b",
        ] {
            assert!(Instance::parse(bad).is_err(), "{bad}");
        }
        let at = |n: usize| Instance::parse(&"a".repeat(n));
        assert!(at(MAX_NAME_LEN - 1).is_ok());
        assert!(at(MAX_NAME_LEN).is_ok());
        assert!(matches!(
            at(MAX_NAME_LEN + 1),
            Err(InstanceError::BadName { .. })
        ));
        assert_eq!(
            Instance::from_name("demo.db").unwrap_err(),
            InstanceError::BadName {
                found: "demo.db".into()
            }
        );
    }

    #[test]
    fn auth_007_http_needs_the_loopback_opt_in() {
        assert_eq!(
            Instance::parse("http://demodb.my.erp.net").unwrap_err(),
            InstanceError::NotHttps {
                found: "http".into()
            }
        );
        assert!(Instance::parse("http://127.0.0.1:5000").is_err());
        for here in [
            "http://127.0.0.1:5000",
            "http://[::1]:5000/",
            "http://localhost",
            "https://127.0.0.1",
        ] {
            assert!(Instance::loopback(here).unwrap().is_loopback(), "{here}");
        }
        for away in [
            "http://demodb.my.erp.net",
            "http://10.0.0.1",
            "http://localhost.example.com",
        ] {
            assert!(
                matches!(
                    Instance::loopback(away),
                    Err(InstanceError::NotLoopback { .. })
                ),
                "{away}"
            );
        }
    }

    #[test]
    fn more_than_a_root_is_refused_with_the_root() {
        for (text, part) in [
            ("https://demodb.my.erp.net/cl", "a path"),
            ("https://demodb.my.erp.net/?x=1", "a query"),
            ("https://demodb.my.erp.net/#x", "a fragment"),
            ("https://me:pw@demodb.my.erp.net/", "a user name"),
        ] {
            let error = Instance::parse(text).unwrap_err();
            let expected = InstanceError::NotARoot {
                part,
                suggestion: "https://demodb.my.erp.net".into(),
            };
            assert_eq!(error, expected);
            assert!(!error.to_string().contains("pw"));
        }
    }

    #[test]
    fn input_length_has_a_limit() {
        let host = |n: usize| {
            format!(
                "https://{}.x",
                "a.".repeat((n - 10) / 2) + &"b".repeat((n - 10) % 2)
            )
        };
        assert!(!matches!(
            Instance::parse(&host(MAX_INPUT_LEN - 1)),
            Err(InstanceError::TooLong { .. })
        ));
        assert!(!matches!(
            Instance::parse(&host(MAX_INPUT_LEN)),
            Err(InstanceError::TooLong { .. })
        ));
        let over = Instance::parse(&host(MAX_INPUT_LEN + 1)).unwrap_err();
        assert_eq!(
            over,
            InstanceError::TooLong {
                found: MAX_INPUT_LEN + 1
            }
        );
    }

    proptest! {
        #[test]
        fn any_text_parses_or_errs_and_parsing_is_idempotent(text in ".{0,400}") {
            if let Ok(instance) = Instance::parse(&text) {
                prop_assert_eq!(Instance::parse(&instance.to_string()).unwrap(), instance);
            }
        }
    }
}
