//! The auto-discovery document as it comes: PascalCase, everything but `Type` optional (AUTH-013..015).

use serde::Deserialize;

use crate::reading::Lazy;

/// The most sites that are read from one document.
pub const MAX_SITES: usize = 256;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Document<'a> {
    #[serde(borrow, default)]
    pub(super) host: Lazy<'a>,
    #[serde(borrow, default)]
    pub(super) db_name: Lazy<'a>,
    #[serde(borrow)]
    pub(super) web_sites: Vec<Lazy<'a>>,
}

/// One entry; a member of the wrong type is as good as absent, so that one odd entry spoils nothing.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Entry<'a> {
    #[serde(borrow, rename = "Type")]
    pub(super) kind: Lazy<'a>,
    #[serde(borrow)]
    pub(super) status: Lazy<'a>,
    #[serde(borrow)]
    pub(super) status_description: Lazy<'a>,
    #[serde(borrow)]
    pub(super) url: Lazy<'a>,
    #[serde(borrow)]
    pub(super) system: Lazy<'a>,
    #[serde(borrow)]
    additional_properties: Lazy<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Properties<'a> {
    #[serde(borrow, rename = "ODataServiceRoot")]
    odata_service_root: Lazy<'a>,
}

impl<'a> Entry<'a> {
    pub(super) fn odata_root(&self) -> Option<String> {
        let properties: Properties<'a> = self.additional_properties.read_object()?;
        text(properties.odata_service_root)
    }
}

/// A text that is not blank, without the blanks around it.
pub(super) fn text(member: Lazy<'_>) -> Option<String> {
    let text: String = member.read()?;
    let trimmed = text.trim();
    (!trimmed.is_empty()).then(|| trimmed.to_owned())
}
