//! Links from one page to the next: opaque, followed as given, and never to another place.

use serde::{Deserialize, Serialize};
use url::Url;

use crate::api::resolve;
use crate::error::Error;

/// Where a page is: an `@odata.nextLink`, relative or absolute, not to be taken apart (AUTH-281, AUTH-282, G36).
///
/// It can be stored, as a JSON string, and reading resumed from it with [`Pages::resume`](super::Pages::resume). It holds
/// the query's values, so `Debug` does not show it.
///
/// ```
/// use erpnet_core::odata::NextLink;
/// use url::Url;
///
/// let root = Url::parse("https://testdb.my.erp.net/api/domain/odata/")?;
/// let link = NextLink::from("General_Products_Products?$top=2&$skiptoken=d8372f13");
/// assert_eq!(
///     link.resolve(&root)?.to_string(),
///     "https://testdb.my.erp.net/api/domain/odata/General_Products_Products?$top=2&$skiptoken=d8372f13"
/// );
/// assert!(NextLink::from("https://evil.example/api/domain/odata/X").resolve(&root).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NextLink(String);

impl NextLink {
    /// The link as it was given, for storing.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address that it means below `root`; what it says is kept, byte for byte, where it is a valid URL.
    ///
    /// # Errors
    /// [`Reason::PathRefused`](crate::Reason::PathRefused) when it leads to another origin or out of the root, or is
    /// longer than [`MAX_PATH`](crate::api::MAX_PATH).
    pub fn resolve(&self, root: &Url) -> Result<http::Uri, Error> {
        resolve(root, &self.0)
    }
}

impl From<&str> for NextLink {
    fn from(link: &str) -> Self {
        Self(link.to_owned())
    }
}

impl From<String> for NextLink {
    fn from(link: String) -> Self {
        Self(link)
    }
}

impl std::fmt::Debug for NextLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NextLink({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Reason;

    fn root() -> Url {
        Url::parse("https://testdb.my.erp.net/api/domain/odata/").unwrap()
    }

    #[test]
    fn auth_282_both_forms_are_requested_as_given() {
        let absolute = "https://testdb.my.erp.net/api/domain/odata/General_Products_Products?%24top=2&%24select=PartNumber%2cName&%24skiptoken=d8372f13-a7f5-484f-bc20-00b929a00283";
        assert_eq!(
            NextLink::from(absolute)
                .resolve(&root())
                .unwrap()
                .to_string(),
            absolute
        );
        let relative = "General_Products_Products?$top=1000&$select=Id&$count=true&$skiptoken=3f253c9a-5936-e311-81cb-00155d001f00";
        assert_eq!(
            NextLink::from(relative)
                .resolve(&root())
                .unwrap()
                .to_string(),
            format!("{}{relative}", root())
        );
        let rooted = "/api/domain/odata/X?$skip=2";
        assert!(NextLink::from(rooted).resolve(&root()).is_ok());
    }

    #[test]
    fn auth_266_no_other_place_is_reached() {
        for bad in [
            "https://evil.example/api/domain/odata/X",
            "http://testdb.my.erp.net/api/domain/odata/X",
            "https://testdb.my.erp.net:8443/api/domain/odata/X",
            "https://testdb.my.erp.net@evil.example/api/domain/odata/X",
            "https://testdb.my.erp.net.evil.example/api/domain/odata/X",
            "//evil.example/api/domain/odata/X",
            "https://testdb.my.erp.net/id/connect/token",
            "../../id/connect/token",
            "X\r\nHost: evil.example",
            "X?a#b",
        ] {
            let error = NextLink::from(bad).resolve(&root()).unwrap_err();
            assert!(
                matches!(error.reason(), Reason::PathRefused { .. }),
                "{bad}"
            );
        }
    }

    #[test]
    fn links_are_stored_as_text_and_not_shown() {
        let link = NextLink::from("X?$filter=Name eq 'secret'");
        let json = serde_json::to_string(&link).unwrap();
        assert_eq!(serde_json::from_str::<NextLink>(&json).unwrap(), link);
        assert!(!format!("{link:?}").contains("secret"));
    }
}
