//! Identity authorities: who issues tokens. Two kinds, two types (AUTH-039).

use std::fmt;

use url::Url;

use crate::instance::{Instance, is_loopback, printable};

/// The issuer of the global authority (AUTH-039).
pub const GLOBAL_ISSUER: &str = "https://id.erp.net/id";

/// The longest issuer that is accepted, in bytes.
pub const MAX_ISSUER_LEN: usize = 400;

/// The authority of one instance: the only one whose tokens the APIs of that instance accept (AUTH-040, AUTH-041).
///
/// ```
/// use erpnet_types::{Instance, InstanceAuthority};
///
/// let instance = Instance::parse("demodb")?;
/// let authority = InstanceAuthority::at(instance, "https://DemoDB.my.erp.net/id/")?;
/// assert_eq!(authority.issuer(), "https://demodb.my.erp.net/id");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct InstanceAuthority {
    instance: Instance,
    url: IssuerUrl,
}

/// The authority for single sign-on with ERP.net accounts. It issues no tokens for instance APIs (AUTH-040), which is
/// why nothing that calls an API accepts this type.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct GlobalAuthority {
    url: IssuerUrl,
}

/// Either authority, for code that signs users in and does not call APIs.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Authority {
    /// The authority of one instance.
    Instance(InstanceAuthority),
    /// The global authority.
    Global(GlobalAuthority),
}

/// Why a text is not the URL of an authority.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorityError {
    /// Not an absolute URL with a host.
    #[error("expected an authority URL such as `https://demodb.my.erp.net/id`, found `{found}`")]
    NotAUrl {
        /// What was given, control characters escaped.
        found: String,
    },
    /// Plain `http` away from loopback, or another scheme (AUTH-007).
    #[error("expected an `https` authority, found `{found}`")]
    NotHttps {
        /// The scheme found.
        found: String,
    },
    /// A query, a fragment or credentials in the URL.
    #[error("expected an authority URL without query, fragment or user name")]
    NotPlain,
    /// Longer than [`MAX_ISSUER_LEN`].
    #[error("expected an authority URL of at most {MAX_ISSUER_LEN} bytes, found {found}")]
    TooLong {
        /// The length found.
        found: usize,
    },
    /// The global authority where the one of an instance is needed (AUTH-040).
    #[error(
        "expected the authority of an instance, found the global one: `{GLOBAL_ISSUER}` signs users in but \
         issues no tokens for instance APIs"
    )]
    GlobalForInstance,
}

/// A normalised authority URL: host in lower case, no trailing slash. Only the configured side is normalised; what a
/// server says is compared as it came (AUTH-057, AUTH-058).
#[derive(Clone, PartialEq, Eq, Hash)]
struct IssuerUrl {
    issuer: String,
    url: Url,
}

impl IssuerUrl {
    fn parse(text: &str) -> Result<Self, AuthorityError> {
        if text.len() > MAX_ISSUER_LEN {
            return Err(AuthorityError::TooLong { found: text.len() });
        }
        let not_a_url = || AuthorityError::NotAUrl {
            found: printable(text),
        };
        // The URL standard repairs these silently; in configuration they are mistakes.
        let repaired = |c: char| c.is_control() || c.is_whitespace() || c == '\\';
        if text.contains(repaired) || text.contains(":///") {
            return Err(not_a_url());
        }
        let url = Url::parse(text).map_err(|_| not_a_url())?;
        if url.host_str().is_none_or(str::is_empty) {
            return Err(not_a_url());
        }
        let allowed = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
        if !allowed {
            return Err(AuthorityError::NotHttps {
                found: url.scheme().to_owned(),
            });
        }
        let plain = url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if !plain {
            return Err(AuthorityError::NotPlain);
        }
        let issuer = url
            .as_str()
            .strip_suffix('/')
            .unwrap_or(url.as_str())
            .to_owned();
        Ok(Self { issuer, url })
    }
}

impl InstanceAuthority {
    /// The authority of `instance` at the URL that auto-discovery names (AUTH-044) or configuration overrides
    /// (AUTH-045). One trailing slash is dropped and the host lower-cased (AUTH-058).
    ///
    /// # Errors
    /// [`AuthorityError`]; plain `http` is accepted only when the instance itself is on loopback.
    pub fn at(instance: Instance, url: &str) -> Result<Self, AuthorityError> {
        let url = IssuerUrl::parse(url)?;
        if url.issuer == GLOBAL_ISSUER {
            return Err(AuthorityError::GlobalForInstance);
        }
        if url.url.scheme() == "http" && !instance.is_loopback() {
            return Err(AuthorityError::NotHttps {
                found: "http".to_owned(),
            });
        }
        Ok(Self { instance, url })
    }

    /// The authority at its default place, `{root}/id`: for use where discovery is not available (AUTH-044).
    ///
    /// # Errors
    /// [`AuthorityError::TooLong`] for an absurdly long host.
    pub fn default_for(instance: Instance) -> Result<Self, AuthorityError> {
        let url = format!("{instance}/id");
        Self::at(instance, &url)
    }

    /// The instance whose APIs accept this authority's tokens.
    #[must_use]
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// The issuer that metadata and tokens must name, compared by exact text (AUTH-057).
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.url.issuer
    }
}

impl GlobalAuthority {
    /// The global authority, `https://id.erp.net/id`.
    ///
    /// # Errors
    /// None in practice: the URL is a constant.
    pub fn new() -> Result<Self, AuthorityError> {
        Ok(Self {
            url: IssuerUrl::parse(GLOBAL_ISSUER)?,
        })
    }

    /// A stand-in for development, on this machine only.
    ///
    /// # Errors
    /// [`AuthorityError`]; hosts other than loopback are refused.
    pub fn loopback(url: &str) -> Result<Self, AuthorityError> {
        let parsed = IssuerUrl::parse(url)?;
        if is_loopback(&parsed.url) {
            Ok(Self { url: parsed })
        } else {
            Err(AuthorityError::NotAUrl {
                found: printable(url),
            })
        }
    }

    /// The issuer that metadata and ID tokens must name.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.url.issuer
    }
}

impl Authority {
    /// The issuer that metadata and tokens must name.
    #[must_use]
    pub fn issuer(&self) -> &str {
        match self {
            Self::Instance(authority) => authority.issuer(),
            Self::Global(authority) => authority.issuer(),
        }
    }
}

impl From<InstanceAuthority> for Authority {
    fn from(authority: InstanceAuthority) -> Self {
        Self::Instance(authority)
    }
}

impl From<GlobalAuthority> for Authority {
    fn from(authority: GlobalAuthority) -> Self {
        Self::Global(authority)
    }
}

macro_rules! shows_issuer {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.issuer())
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.issuer())
            }
        }
    )*};
}
shows_issuer!(InstanceAuthority, GlobalAuthority, Authority);

#[cfg(test)]
mod tests {
    use super::*;

    fn demodb() -> Instance {
        Instance::parse("demodb").unwrap()
    }

    #[test]
    fn auth_058_only_host_case_and_one_slash_are_normalised() {
        let at = |url: &str| {
            InstanceAuthority::at(demodb(), url)
                .unwrap()
                .issuer()
                .to_owned()
        };
        assert_eq!(
            at("https://DemoDB.my.erp.net/id/"),
            "https://demodb.my.erp.net/id"
        );
        assert_eq!(
            at("https://demodb.my.erp.net/ID"),
            "https://demodb.my.erp.net/ID"
        );
        assert_eq!(
            at("https://demodb.my.erp.net/id//"),
            "https://demodb.my.erp.net/id/"
        );
        assert_eq!(
            at("https://login.example.com/"),
            "https://login.example.com"
        );
    }

    #[test]
    fn auth_044_default_is_id_below_the_root() {
        let authority = InstanceAuthority::default_for(demodb()).unwrap();
        assert_eq!(authority.issuer(), "https://demodb.my.erp.net/id");
    }

    #[test]
    fn auth_040_the_global_authority_is_not_an_instances() {
        for url in [GLOBAL_ISSUER, "https://ID.erp.net/id/"] {
            assert_eq!(
                InstanceAuthority::at(demodb(), url),
                Err(AuthorityError::GlobalForInstance)
            );
        }
    }

    #[test]
    fn auth_007_http_only_on_loopback_for_a_loopback_instance() {
        let http = "http://127.0.0.1:9/id";
        assert!(InstanceAuthority::at(demodb(), http).is_err());
        let here = Instance::loopback("http://127.0.0.1:9").unwrap();
        assert!(InstanceAuthority::at(here.clone(), http).is_ok());
        assert!(InstanceAuthority::at(here, "http://example.com/id").is_err());
        assert!(GlobalAuthority::loopback("https://id.example.com/id").is_err());
        assert!(GlobalAuthority::loopback("http://127.0.0.1:9/global").is_ok());
    }

    #[test]
    fn odd_urls_are_refused() {
        for url in [
            "",
            "id",
            "/id",
            "https:///id",
            "https://x/id?a=1",
            "https://x/id#f",
            "https://u:p@x/id",
            "ftp://x/id",
            "https://x /id",
        ] {
            assert!(InstanceAuthority::at(demodb(), url).is_err(), "{url}");
        }
        let long = |n: usize| {
            InstanceAuthority::at(demodb(), &format!("https://x/{}", "a".repeat(n - 10)))
        };
        assert!(long(MAX_ISSUER_LEN).is_ok());
        assert_eq!(
            long(MAX_ISSUER_LEN + 1),
            Err(AuthorityError::TooLong {
                found: MAX_ISSUER_LEN + 1
            })
        );
    }
}
