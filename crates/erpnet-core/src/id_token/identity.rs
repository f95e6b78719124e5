//! Who somebody is, as a key.

use std::fmt;

use crate::claims::is_guid;

/// A user of one authority: issuer and stable id when the id is known, else issuer and `sub` (AUTH-052).
///
/// The two never equal each other, for a login name can be reused and an id cannot (AUTH-252): decide once, at sign-in,
/// where the id comes from, and store what [`Display`](fmt::Display) writes. Users of different authorities are different,
/// whatever their names are.
///
/// ```
/// use erpnet_core::id_token::Identity;
///
/// let issuer = "https://demodb.my.erp.net/id";
/// let by_name = Identity::new(issuer, None, "admin");
/// let by_id = Identity::new(issuer, Some("9DA64839-A8D0-491D-AEBB-4D18FA42B014"), "admin");
/// assert_ne!(by_name, by_id);
/// assert_ne!(by_name, Identity::new("https://id.erp.net/id", None, "admin"));
/// assert_eq!(by_name.to_string(), "https://demodb.my.erp.net/id#sub=admin");
/// assert_eq!(by_id.to_string(), "https://demodb.my.erp.net/id#id=9da64839-a8d0-491d-aebb-4d18fa42b014");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity {
    issuer: String,
    key: Key,
}

#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Key {
    Id(String),
    Subject(String),
}

impl Identity {
    /// The identity of a user whose `id` may be known. What is no GUID is no id and is passed over.
    #[must_use]
    pub fn new(issuer: impl Into<String>, id: Option<&str>, subject: impl Into<String>) -> Self {
        let key = match id.filter(|id| is_guid(id)) {
            Some(id) => Key::Id(id.to_ascii_lowercase()),
            None => Key::Subject(subject.into()),
        };
        Self {
            issuer: issuer.into(),
            key,
        }
    }

    /// The authority that knows the user.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The stable id, in lower case.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        match &self.key {
            Key::Id(id) => Some(id),
            Key::Subject(_) => None,
        }
    }

    /// The login name, where that is all that is known.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        match &self.key {
            Key::Id(_) => None,
            Key::Subject(subject) => Some(subject),
        }
    }
}

/// A text that tells the two kinds apart, to be stored.
impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Key::Id(id) => write!(f, "{}#id={id}", self.issuer),
            Key::Subject(subject) => write!(f, "{}#sub={subject}", self.issuer),
        }
    }
}

/// Shows the kind only: the values identify people (AUTH-263).
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.key {
            Key::Id(_) => "by id",
            Key::Subject(_) => "by sub",
        };
        write!(f, "Identity({}, {kind})", self.issuer)
    }
}
