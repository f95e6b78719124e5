//! The sites of an instance, as auto-discovery lists them (AUTH-010, AUTH-013).

use std::collections::BTreeMap;

use erpnet_types::{SiteKind, SiteStatus};
use serde_json::{Value, json};

/// One entry of auto-discovery.
///
/// ```
/// use erpnet_sandbox::Sandbox;
/// use erpnet_types::{SiteKind, SiteStatus};
///
/// let sandbox = Sandbox::start()?;
/// let mut api = sandbox.site(&SiteKind::DomainApi).ok_or("no such site")?;
/// api.status = SiteStatus::NotWorking;
/// sandbox.set_site(api);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// `Type`.
    pub kind: SiteKind,
    /// `Status`.
    pub status: SiteStatus,
    /// `StatusDescription`.
    pub status_description: Option<String>,
    /// `Url`.
    pub url: Option<String>,
    /// `System`: whether it is part of the platform.
    pub system: bool,
    /// `AdditionalProperties`; `None` is sent as `null` (AUTH-014).
    pub additional_properties: Option<BTreeMap<String, String>>,
}

impl Site {
    /// A working site without additional properties.
    #[must_use]
    pub fn new(kind: SiteKind, url: impl Into<String>) -> Self {
        Self {
            kind,
            status: SiteStatus::Working,
            status_description: Some("OK".to_owned()),
            url: Some(url.into()),
            system: false,
            additional_properties: None,
        }
    }

    fn to_json(&self) -> Value {
        json!({
            "Type": self.kind.name(),
            "Status": self.status.name(),
            "StatusDescription": self.status_description,
            "Url": self.url,
            "System": self.system,
            "AdditionalProperties": self.additional_properties,
        })
    }
}

/// The sites of a new instance, at their default places.
pub(crate) fn default_sites(root: &str) -> Vec<Site> {
    let system = |kind, path: &str| Site {
        system: true,
        ..Site::new(kind, format!("{root}{path}"))
    };
    let odata = (
        "ODataServiceRoot".to_owned(),
        format!("{root}{}", crate::odata::ROOT),
    );
    vec![
        system(SiteKind::Identity, "/id"),
        system(SiteKind::UserProfile, "/profile"),
        system(SiteKind::InstanceManager, "/manage"),
        Site {
            additional_properties: Some(BTreeMap::from([odata])),
            ..Site::new(SiteKind::DomainApi, format!("{root}/api"))
        },
        Site::new(SiteKind::TableApi, format!("{root}/table")),
    ]
}

/// The document of auto-discovery: PascalCase (AUTH-013).
pub(crate) fn document(host: &str, database: &str, sites: &[Site]) -> Value {
    let sites: Vec<_> = sites.iter().map(Site::to_json).collect();
    json!({ "Host": host, "DbName": database, "WebSites": sites })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_013_014_members_are_pascal_case_and_may_be_null() {
        let sites = default_sites("http://127.0.0.1:1");
        let doc = document("127.0.0.1:1", "Sandbox", &sites);
        assert_eq!(doc["WebSites"][0]["Type"], "ID");
        assert_eq!(doc["WebSites"][0]["AdditionalProperties"], Value::Null);
        let odata = &doc["WebSites"][3]["AdditionalProperties"]["ODataServiceRoot"];
        assert_eq!(odata, "http://127.0.0.1:1/api/domain/odata/");
    }
}
