//! The auto-discovery document as it comes: PascalCase, everything but `Type` optional (AUTH-013..015).

use serde::Deserialize;
use serde_json::Value;

/// The most sites that are read from one document.
pub const MAX_SITES: usize = 256;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Document {
    pub(super) host: Option<Value>,
    pub(super) db_name: Option<Value>,
    pub(super) web_sites: Vec<Value>,
}

/// One entry; a member of the wrong type is as good as absent, so that one odd entry spoils nothing.
pub(super) struct Entry<'a>(pub(super) &'a Value);

impl<'a> Entry<'a> {
    pub(super) fn text(&self, member: &str) -> Option<&'a str> {
        self.0
            .get(member)?
            .as_str()
            .map(str::trim)
            .filter(|text| !text.is_empty())
    }

    pub(super) fn flag(&self, member: &str) -> bool {
        self.0.get(member).and_then(Value::as_bool).unwrap_or(false)
    }

    pub(super) fn property(&self, name: &str) -> Option<&'a str> {
        let property = self.0.get("AdditionalProperties")?.get(name)?;
        property
            .as_str()
            .map(str::trim)
            .filter(|text| !text.is_empty())
    }
}
