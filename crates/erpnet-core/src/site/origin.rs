//! Origins: where credentials may go (AUTH-028, AUTH-266).

use std::fmt;

use erpnet_types::Instance;
use erpnet_types::instance::is_loopback;
use url::Url;

/// Scheme, host and port of a URL (RFC 6454).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin(String);

impl Origin {
    /// The origin of a URL.
    #[must_use]
    pub fn of(url: &Url) -> Self {
        Self(url.origin().ascii_serialization())
    }

    /// As an error may repeat it: a server chooses its length and its words.
    pub(crate) fn shown(&self) -> String {
        crate::error::clean_text(&self.0, 120)
    }

    /// As text: `https://demodb.my.erp.net`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which discovered URLs are believed. The one decision point of AUTH-028.
///
/// By default every absolute `https` URL in the instance's own answer is, because that answer came from the root over
/// verified TLS and without redirects. An allow-list narrows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OriginRules {
    allowed: Option<Vec<Origin>>,
}

impl OriginRules {
    /// Believes only the instance's own origin and these.
    #[must_use]
    pub fn only(allowed: Vec<Origin>) -> Self {
        Self {
            allowed: Some(allowed),
        }
    }

    /// Reads a discovered URL.
    ///
    /// # Errors
    /// What is wrong with it: not absolute, not `https`, with a user name, or outside the allow-list.
    pub fn check(&self, text: &str, instance: &Instance) -> Result<Url, String> {
        let shown =
            crate::error::clean_text(text.split(['?', '#']).next().unwrap_or_default(), 120);
        let url = Url::parse(text).map_err(|_| format!("`{shown}` is not an absolute URL"))?;
        let development = url.scheme() == "http" && is_loopback(&url) && instance.is_loopback();
        if url.scheme() != "https" && !development {
            return Err(format!("`{shown}` is not `https`"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("it carries a user name".to_owned());
        }
        let origin = Origin::of(&url);
        let listed = self
            .allowed
            .as_ref()
            .is_none_or(|allowed| allowed.contains(&origin));
        if listed || origin == Origin::of(instance.root_url()) {
            Ok(url)
        } else {
            Err(format!(
                "`{}` is not among the allowed origins",
                origin.shown()
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_028_absolute_https_only() {
        let demodb = Instance::parse("demodb").unwrap();
        let check = |text: &str| OriginRules::default().check(text, &demodb);
        assert!(check("https://erpapi.example.com/x").is_ok());
        for bad in [
            "http://evil",
            "/api",
            "api",
            "",
            "ftp://x/",
            "http://127.0.0.1/",
            "https://u:p@x/",
            "javascript:1",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
        assert!(!check("https://u:pw@x/").unwrap_err().contains("pw"));
        let here = Instance::loopback("http://127.0.0.1:8").unwrap();
        assert!(
            OriginRules::default()
                .check("http://127.0.0.1:9/api", &here)
                .is_ok()
        );
        assert!(
            OriginRules::default()
                .check("http://example.com/api", &here)
                .is_err()
        );
    }

    #[test]
    fn auth_339_refusals_repeat_little() {
        let demodb = Instance::parse("demodb").unwrap();
        let long = format!("https://{}.example/", "x".repeat(5000));
        let refused = OriginRules::only(Vec::new()).check(&long, &demodb);
        assert!(refused.unwrap_err().len() < 200);
        let token = format!("https://eyj{}.example/", "x".repeat(40));
        let shown = Origin::of(&Url::parse(&token).unwrap()).shown();
        assert!(shown.len() < 130, "{shown}");
    }

    #[test]
    fn an_allow_list_narrows() {
        let demodb = Instance::parse("demodb").unwrap();
        let listed = Origin::of(&Url::parse("https://api.example.com").unwrap());
        let rules = OriginRules::only(vec![listed]);
        assert!(rules.check("https://api.example.com/x", &demodb).is_ok());
        assert!(rules.check("https://demodb.my.erp.net/x", &demodb).is_ok());
        assert!(
            rules
                .check("https://api.example.com:8443/x", &demodb)
                .is_err()
        );
    }
}
