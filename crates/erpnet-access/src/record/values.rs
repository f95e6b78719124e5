//! The values of attributes that are more than a text or a flag.

use std::collections::BTreeMap;
use std::fmt;

use erpnet_types::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::time::parse_rfc3339;

macro_rules! wire_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $wire:literal),* $(,)? } default $default:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$vdoc])* $variant),* }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $wire),* }
            }

            /// Reads a name in any case: records capitalise, install links and lifecycle events do not (AUTH-373).
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str().eq_ignore_ascii_case(name))
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::$default
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

wire_enum!(
    /// `ClientType`: whether the application can keep a secret.
    ClientType {
        /// It can: it has a backend.
        Confidential = "Confidential",
        /// It cannot: a browser, a phone, a desktop.
        Public = "Public",
        /// A note about an application that needs no authentication; no flow works (AUTH-129).
        None = "None",
    } default Confidential
);

wire_enum!(
    /// `ReferenceTokens`: who may issue reference tokens (AUTH-126).
    ReferenceTokenPolicy {
        /// Nobody.
        None = "None",
        /// Every signed-in user may issue PATs; SATs still need an administrator.
        AuthenticatedUsers = "AuthenticatedUsers",
        /// Administrators only, PATs (for themselves) and SATs.
        AdministratorsOnly = "AdministratorsOnly",
    } default None
);

/// A comma-separated list of exact URIs (AUTH-118), kept as it is written.
///
/// ```
/// use erpnet_access::record::RedirectList;
///
/// let list = RedirectList::new("https://a.example/cb,https://b.example/cb");
/// assert!(list.contains("https://a.example/cb"));
/// assert!(!list.contains("https://a.example/cb/")); // matching is exact, AUTH-120
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct RedirectList(String);

impl RedirectList {
    /// Takes a list as written.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The list as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing is registered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.trim().is_empty()
    }

    /// The items between the commas, as written: blanks and empty items included. An empty text has none.
    pub fn items(&self) -> impl Iterator<Item = &str> {
        let text = if self.0.is_empty() {
            None
        } else {
            Some(self.0.as_str())
        };
        text.into_iter().flat_map(|text| text.split(','))
    }

    /// Whether a URI is an item, byte by byte (AUTH-120).
    #[must_use]
    pub fn contains(&self, uri: &str) -> bool {
        self.items().any(|item| item == uri)
    }

    /// Adds an item.
    pub fn push(&mut self, uri: &str) {
        if !self.0.is_empty() {
            self.0.push(',');
        }
        self.0.push_str(uri);
    }
}

impl fmt::Display for RedirectList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text in one or several languages: the model's "multilanguage string".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MultiText {
    /// One text.
    Plain(String),
    /// A text per language code.
    ByLanguage(BTreeMap<String, String>),
}

impl MultiText {
    /// The text to show: the English one if there are several, else any.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::ByLanguage(texts) => {
                let english = texts
                    .iter()
                    .find(|(language, _)| language.to_ascii_lowercase().starts_with("en"));
                english
                    .or_else(|| texts.iter().next())
                    .map_or("", |(_, text)| text)
            }
        }
    }
}

impl Default for MultiText {
    fn default() -> Self {
        Self::Plain(String::new())
    }
}

impl From<&str> for MultiText {
    fn from(text: &str) -> Self {
        Self::Plain(text.to_owned())
    }
}

/// The reference to the system user, as written: usually `{"@odata.id": "Systems_Security_Users(..)"}` (AUTH-131).
#[derive(Clone, Debug, PartialEq)]
pub struct SystemUser(pub(super) Value);

impl SystemUser {
    /// A reference by the user's GUID.
    #[must_use]
    pub fn by_id(id: &str) -> Self {
        Self(serde_json::json!({ "@odata.id": format!("Systems_Security_Users({id})") }))
    }

    /// The user's GUID, when the reference names it.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        let id = |text: &'_ str| -> Option<(usize, usize)> {
            let open = text.find('(')?;
            let close = text.rfind(')')?;
            (open + 1 < close).then_some((open + 1, close))
        };
        match &self.0 {
            Value::String(text) => {
                id(text).map_or(Some(text.as_str()), |(from, to)| text.get(from..to))
            }
            Value::Object(members) => match (members.get("Id"), members.get("@odata.id")) {
                (Some(Value::String(text)), _) => Some(text),
                (_, Some(Value::String(text))) => {
                    id(text).and_then(|(from, to)| text.get(from..to))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// The reference as it is written.
    #[must_use]
    pub const fn as_json(&self) -> &Value {
        &self.0
    }
}

/// A point in time as written, with what it means when it can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateText {
    text: String,
    at: Option<Timestamp>,
}

impl DateText {
    /// Takes a date as written.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            at: parse_rfc3339(&text),
            text,
        }
    }

    /// The date as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The instant, if the text is RFC 3339 within the years 1 to 9999.
    #[must_use]
    pub const fn at(&self) -> Option<Timestamp> {
        self.at
    }
}

/// One item of `Authorizations`: a user's authorisation. Kept and shown; no rule says how it is enforced (G58).
#[derive(Clone, Debug, PartialEq)]
pub struct Authorization(pub(super) Value);

impl Authorization {
    /// The item as it is written.
    #[must_use]
    pub const fn as_json(&self) -> &Value {
        &self.0
    }

    /// `IsRevoked`; `false` when absent, as in the data model.
    #[must_use]
    pub fn is_revoked(&self) -> bool {
        self.0
            .get("IsRevoked")
            .and_then(Value::as_bool)
            .unwrap_or(false)
    }

    /// `ValidFromUtc`.
    #[must_use]
    pub fn valid_from(&self) -> Option<Timestamp> {
        self.0
            .get("ValidFromUtc")
            .and_then(Value::as_str)
            .and_then(parse_rfc3339)
    }

    /// `ValidUntilUtc`.
    #[must_use]
    pub fn valid_until(&self) -> Option<Timestamp> {
        self.0
            .get("ValidUntilUtc")
            .and_then(Value::as_str)
            .and_then(parse_rfc3339)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_118_lists_split_at_commas_only() {
        let items = |text: &str| {
            RedirectList::new(text)
                .items()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(items(""), [""; 0]);
        assert_eq!(items("https://a"), ["https://a"]);
        assert_eq!(
            items("https://a, https://b,"),
            ["https://a", " https://b", ""]
        );
    }

    #[test]
    fn auth_373_names_in_any_case() {
        assert_eq!(
            ClientType::from_name("confidential"),
            Some(ClientType::Confidential)
        );
        assert_eq!(
            ReferenceTokenPolicy::from_name("administratorsOnly"),
            Some(ReferenceTokenPolicy::AdministratorsOnly)
        );
        assert_eq!(ClientType::from_name("C"), None);
    }

    #[test]
    fn auth_131_system_user_forms() {
        let guid = "cc314327-3d04-477f-ac53-cde19d8350e9";
        assert_eq!(SystemUser::by_id(guid).id(), Some(guid));
        assert_eq!(
            SystemUser(serde_json::json!({ "Id": guid, "Login": "x" })).id(),
            Some(guid)
        );
        assert_eq!(
            SystemUser(serde_json::json!(format!("Systems_Security_Users({guid})"))).id(),
            Some(guid)
        );
        assert_eq!(SystemUser(serde_json::json!({})).id(), None);
        assert_eq!(SystemUser(serde_json::json!(")(")).id(), Some(")("));
    }

    #[test]
    fn multilanguage_names_prefer_english() {
        let both =
            MultiText::ByLanguage([("BG".into(), "Б".into()), ("EN".into(), "E".into())].into());
        assert_eq!(both.text(), "E");
        assert_eq!(MultiText::ByLanguage(BTreeMap::new()).text(), "");
    }
}
