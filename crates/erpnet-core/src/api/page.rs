//! One page of an entity set (AUTH-281).

use serde::Deserialize;

/// A row whose shape is not known at compile time: a JSON object.
pub type Row = serde_json::Map<String, serde_json::Value>;

/// The rows of one answer, and the link to the next.
///
/// ```
/// use erpnet_core::api::Page;
///
/// let json = r#"{"value":[{"Number":"A1"}],"@odata.nextLink":"Crm_Customers?$top=1&$skiptoken=x"}"#;
/// let page: Page<serde_json::Value> = serde_json::from_str(json)?;
/// assert_eq!(page.value.len(), 1);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Deserialize)]
pub struct Page<T> {
    /// The rows.
    pub value: Vec<T>,
    /// Where the next page is: to be requested as given, never taken apart (AUTH-281, AUTH-282).
    #[serde(rename = "@odata.nextLink", alias = "@nextLink")]
    pub next_link: Option<String>,
    /// How many rows there are in all, when `$count=true` was asked.
    #[serde(rename = "@odata.count", alias = "@count")]
    pub count: Option<u64>,
}
