//! Endpoints: `https`, and on the issuer's origin unless another one is allowed (AUTH-062).

use erpnet_types::instance::is_loopback;
use http::uri::{Authority, PathAndQuery, Scheme};
use url::Url;

use super::metadata::{EndpointRules, invalid};
use crate::document::Raw;
use crate::error::{Error, clean_text};
use crate::site::Origin;

/// The longest path that is taken as it is.
const MAX_PLAIN_PATH: usize = 1024;

/// What endpoints are held against.
pub(super) struct Endpoints<'a> {
    issuer: &'a str,
    /// The issuer's origin as it is written, where reading it as a URL would change nothing.
    plain: Option<(&'a str, Authority)>,
    rules: &'a EndpointRules,
}

impl<'a> Endpoints<'a> {
    pub(super) fn of(issuer: &'a str, rules: &'a EndpointRules) -> Result<Self, Error> {
        let plain = plain_origin(issuer).and_then(|(origin, host)| {
            let authority = Authority::try_from(host).ok()?;
            Some((origin, authority))
        });
        let endpoints = Self {
            issuer,
            plain,
            rules,
        };
        if endpoints.plain.is_none() {
            endpoints.issuer_url()?;
        }
        Ok(endpoints)
    }

    /// The address in a member that has to be there.
    pub(super) fn required(
        &self,
        member: &'static str,
        value: Option<Raw<'_>>,
    ) -> Result<http::Uri, Error> {
        let value = value.ok_or_else(|| invalid(member, "is missing"))?;
        let text = value
            .text()
            .ok_or_else(|| invalid(member, "is not a text"))?;
        self.plain(&text)
            .map_or_else(|| self.unusual(member, &text), Ok)
    }

    /// The address in a member that may be absent.
    pub(super) fn optional(
        &self,
        member: &'static str,
        value: Option<Raw<'_>>,
    ) -> Result<Option<http::Uri>, Error> {
        value
            .map(|value| self.required(member, Some(value)))
            .transpose()
    }

    /// The issuer's own origin and a path of plain characters: nearly every endpoint there is.
    fn plain(&self, text: &str) -> Option<http::Uri> {
        let (origin, authority) = self.plain.as_ref()?;
        let path = text.strip_prefix(origin).filter(|path| is_plain(path))?;
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(Scheme::HTTPS);
        parts.authority = Some(authority.clone());
        parts.path_and_query = Some(PathAndQuery::try_from(path).ok()?);
        http::Uri::from_parts(parts).ok()
    }

    /// Everything else.
    fn unusual(&self, member: &'static str, text: &str) -> Result<http::Uri, Error> {
        let shown = || clean_text(text.split(['?', '#']).next().unwrap_or_default(), 120);
        let issuer = self.issuer_url()?;
        let url = Url::parse(text)
            .map_err(|_| invalid(member, format!("is no absolute URL: `{}`", shown())))?;
        let development = url.scheme() == "http" && is_loopback(&url) && issuer.scheme() == "http";
        if url.scheme() != "https" && !development {
            return Err(invalid(member, format!("is not `https`: `{}`", shown())));
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err(invalid(member, "carries a user name or a fragment"));
        }
        let origin = Origin::of(&url);
        if origin != Origin::of(&issuer) && !self.rules.allowed_origins.contains(&origin) {
            return Err(invalid(
                member,
                format!("is on another origin than the issuer: `{}`", origin.shown()),
            ));
        }
        url.as_str()
            .parse()
            .map_err(|_| invalid(member, "cannot be written as a request"))
    }

    fn issuer_url(&self) -> Result<Url, Error> {
        Url::parse(self.issuer).map_err(|_| invalid("issuer", "is not a URL"))
    }
}

/// Origin and host of `https://host/..` and `https://host`, with a name in lower case that is neither internationalised
/// nor could be an address.
fn plain_origin(issuer: &str) -> Option<(&str, &str)> {
    const SCHEME: &str = "https://";
    let rest = issuer.strip_prefix(SCHEME)?;
    let host = rest.split('/').next()?;
    let label = |label: &str| {
        let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        !label.is_empty() && !label.starts_with("xn--") && label.bytes().all(plain)
    };
    let last = host.rsplit('.').next()?;
    let is_name = last.starts_with(|first: char| first.is_ascii_lowercase());
    let origin = issuer.get(..SCHEME.len() + host.len())?;
    (is_name && host.split('.').all(label)).then_some((origin, host))
}

/// A path that reads the same for everyone: nothing encoded, no empty, `.` or `..` segment.
fn is_plain(path: &str) -> bool {
    let (mut before, mut plain, mut dot_first) = (b'a', true, false);
    for byte in path.bytes() {
        plain &= byte.is_ascii_alphanumeric() | matches!(byte, b'/' | b'-' | b'.' | b'_' | b'~');
        let first = before == b'/';
        plain &= !(first && byte == b'/');
        dot_first |= first && byte == b'.';
        before = byte;
    }
    let dots = |segment: &str| matches!(segment, "." | "..");
    let framed = path.starts_with('/') && before != b'/';
    framed && plain && path.len() <= MAX_PLAIN_PATH && !(dot_first && path.split('/').any(dots))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_origins_are_names_over_https() {
        for plain in [
            "https://a.b",
            "https://a-1.b2/id",
            "https://localhost/x?y#z",
            "https://1.2.3.de/",
        ] {
            let (origin, host) = plain_origin(plain).unwrap();
            assert_eq!(origin, Origin::of(&Url::parse(plain).unwrap()).as_str());
            assert_eq!(origin, format!("https://{host}"));
        }
        for unusual in [
            "",
            "https://",
            "https:///x",
            "http://a.b",
            "HTTPS://a.b",
            "https://A.b",
            "https://a.b:443/",
            "https://a.b:8443",
            "https://u@a.b",
            "https://127.0.0.1",
            "https://127.1",
            "https://a.0x7f",
            "https://[::1]/",
            "https://a.b.",
            "https://a..b",
            "https://.a",
            "https://xn--a.b",
            "https://a.xn--p1ai",
            "https://ä.b",
            "https://a.b\\x",
            "https://a.b?x",
            "https://a.b#x",
            "https://a%2eb",
            " https://a.b",
            "https://a.b\n/",
        ] {
            assert_eq!(plain_origin(unusual), None, "{unusual}");
        }
    }

    #[test]
    fn plain_paths_have_nothing_to_resolve_or_decode() {
        let long = |n: usize| format!("/{}", "x".repeat(n - 1));
        for plain in [
            "/a",
            "/a/b",
            "/.well-known/openid-configuration/jwks",
            "/...",
            "/a~b_c-d.e",
            &long(MAX_PLAIN_PATH),
        ] {
            assert!(is_plain(plain), "{plain}");
        }
        for unusual in [
            "",
            "/",
            "a",
            "//a",
            "/a/",
            "/a//b",
            "/./a",
            "/a/..",
            "/../a",
            "/%2e%2e/a",
            "/a?b",
            "/a#b",
            "/a b",
            "/a\\b",
            "/ä",
            "/a;b",
            "/a\n",
            "@evil.example/x",
            ".evil.example/x",
            ":8443/x",
            &long(MAX_PLAIN_PATH + 1),
        ] {
            assert!(!is_plain(unusual), "{unusual}");
        }
    }

    proptest! {
        /// The short way is the long way for whatever it takes.
        #[test]
        fn auth_062_plain_endpoints_are_what_a_url_says(
            issuer in "https?://[a-z0-9.-]{1,8}(:[0-9]{1,3})?(/[a-z]{0,3})?",
            tail in "[a-z0-9/.:@?#%\\\\ ~_A-Z-]{0,12}",
        ) {
            let rules = EndpointRules::default();
            if let Ok(endpoints) = Endpoints::of(&issuer, &rules) {
                let origin = issuer.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
                for text in [format!("{origin}/{tail}"), format!("{origin}{tail}"), format!("{issuer}{tail}")] {
                    if let Some(plain) = endpoints.plain(&text) {
                        let unusual = endpoints.unusual("x", &text);
                        prop_assert_eq!(unusual.unwrap(), plain.clone());
                        prop_assert_eq!(plain.to_string(), text);
                    }
                }
            }
        }
    }
}
