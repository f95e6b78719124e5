//! Addresses below a site's root: no call, link or typo takes a token elsewhere (AUTH-266, AUTH-282).

use url::Url;

use crate::error::{Error, Reason};

/// The longest path with query that is accepted, in bytes.
pub const MAX_PATH: usize = 32 * 1024;

/// Puts a relative path, or an absolute link of the same service, below `root`.
///
/// ```
/// use erpnet_core::api::resolve;
/// use url::Url;
///
/// let root = Url::parse("https://demodb.my.erp.net/api/domain/odata/")?;
/// let uri = resolve(&root, "Crm_Customers?$top=10&$filter=Number eq 'A'")?;
/// assert_eq!(uri.path(), "/api/domain/odata/Crm_Customers");
/// assert!(resolve(&root, "../../../id/connect/token").is_err());
/// assert!(resolve(&root, "https://evil.example/api/domain/odata/").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Reason::PathRefused`] when it leads outside, or is no path at all.
pub fn resolve(root: &Url, path: &str) -> Result<http::Uri, Error> {
    let refuse = |why| {
        Error::from(Reason::PathRefused {
            site: root.to_string(),
            why,
        })
    };
    if path.len() > MAX_PATH {
        return Err(refuse("it is longer than 32 KiB"));
    }
    if path.contains(|c: char| c.is_control() || c == '\\') {
        return Err(refuse("it has a control character or a backslash"));
    }
    if path.contains('#') {
        return Err(refuse(
            "it has a fragment (`#`); write `%23` for the character itself",
        ));
    }
    let url = root.join(path).map_err(|_| refuse("it is no path"))?;
    if url.origin() != root.origin() || !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("it names another origin"));
    }
    if !url.path().starts_with(root.path()) {
        return Err(refuse(
            "it leaves the root; give it relative, without `/` at the start",
        ));
    }
    url.as_str()
        .parse()
        .map_err(|_| refuse("it cannot be written as a request"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn root() -> Url {
        Url::parse("https://demodb.my.erp.net/api/domain/odata/").unwrap()
    }

    #[test]
    fn auth_266_nothing_leads_outside() {
        for bad in [
            "/Crm_Customers",
            "//evil.example/x",
            "https://evil.example/",
            "http://demodb.my.erp.net/api/domain/odata/x",
            "../x",
            "a/../../x",
            "%2e%2e/x",
            ".%2E/x",
            "https://demodb.my.erp.net:8443/api/domain/odata/x",
            "https://demodb.my.erp.net/api/domain/odata",
            "https://u:p@demodb.my.erp.net/api/domain/odata/x",
            "javascript:alert(1)",
            "\\\\evil.example\\x",
            "a\r\nb",
            "x#y",
            "mailto:x",
        ] {
            let error = resolve(&root(), bad).unwrap_err();
            assert!(
                matches!(error.reason(), Reason::PathRefused { .. }),
                "{bad}"
            );
        }
    }

    #[test]
    fn auth_282_links_of_the_service_itself_pass() {
        let absolute =
            "https://demodb.my.erp.net/api/domain/odata/Crm_Customers?%24top=2&%24skiptoken=abc";
        assert_eq!(resolve(&root(), absolute).unwrap().to_string(), absolute);
        let relative = "Crm_Customers?$top=2&$skip=2";
        assert!(
            resolve(&root(), relative)
                .unwrap()
                .to_string()
                .ends_with(relative)
        );
        assert!(
            resolve(
                &root(),
                "Crm_Customers(3f2504e0-4f89-11d3-9a0c-0305e82c3301)"
            )
            .is_ok()
        );
        let encoded = resolve(&root(), "X?$filter=Name eq 'Ä & b'")
            .unwrap()
            .to_string();
        assert!(
            encoded.ends_with("$filter=Name%20eq%20%27%C3%84%20&%20b%27"),
            "{encoded}"
        );
    }

    #[test]
    fn the_length_is_bounded() {
        let of = |n: usize| resolve(&root(), &"x".repeat(n)).is_ok();
        assert!(of(MAX_PATH - 1) && of(MAX_PATH) && !of(MAX_PATH + 1));
    }

    proptest! {
        #[test]
        fn whatever_passes_stays_below_the_root(path in "[a-zA-Z0-9./%:@?&=\\\\#$' -]{0,60}") {
            if let Ok(uri) = resolve(&root(), &path) {
                prop_assert_eq!(uri.host(), Some("demodb.my.erp.net"));
                prop_assert_eq!(uri.scheme_str(), Some("https"));
                prop_assert!(uri.path().starts_with("/api/domain/odata/"));
            }
        }
    }
}
