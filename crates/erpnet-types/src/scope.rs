//! Scopes: what a token may do (AUTH-134..136, RFC 6749 section 3.3).

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use crate::instance::printable;

/// The longest single scope name, in bytes.
pub const MAX_SCOPE_LEN: usize = 128;

/// The most scopes in one set.
pub const MAX_SCOPES: usize = 64;

/// One scope: case-sensitive, without spaces (RFC 6749 section 3.3).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope(Cow<'static, str>);

/// A set of scopes in a stable order, without duplicates (AUTH-135).
///
/// ```
/// use erpnet_types::ScopeSet;
///
/// let set = ScopeSet::parse("update read read")?;
/// assert_eq!(set.to_string(), "read update");
/// assert_eq!(set, ScopeSet::parse("read update")?);
/// # Ok::<(), erpnet_types::ScopeError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct ScopeSet(Vec<Scope>);

/// Why a text is not a scope or a set of scopes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScopeError {
    /// A scope without a name.
    #[error("expected a scope name such as `read`, found nothing")]
    Empty,
    /// A character outside RFC 6749's set.
    #[error(
        "expected a scope of printable ASCII without spaces, quotes and backslashes, found `{found}`"
    )]
    BadCharacter {
        /// The scope, control characters escaped.
        found: String,
    },
    /// Longer than [`MAX_SCOPE_LEN`].
    #[error("expected a scope of at most {MAX_SCOPE_LEN} bytes, found {found}")]
    TooLong {
        /// The length found.
        found: usize,
    },
    /// More than [`MAX_SCOPES`].
    #[error("expected at most {MAX_SCOPES} scopes")]
    TooMany,
}

impl Scope {
    /// Read-only access to the APIs (AUTH-134).
    pub const READ: Self = Self(Cow::Borrowed("read"));
    /// Create, modify and delete through the APIs (AUTH-134). Request it together with `read` (AUTH-151).
    pub const UPDATE: Self = Self(Cow::Borrowed("update"));
    /// Asks for an ID token (AUTH-136).
    pub const OPENID: Self = Self(Cow::Borrowed("openid"));
    /// Adds basic claims about the user; needs `openid` (AUTH-137).
    pub const PROFILE: Self = Self(Cow::Borrowed("profile"));
    /// Asks for a refresh token (AUTH-189).
    pub const OFFLINE_ACCESS: Self = Self(Cow::Borrowed("offline_access"));
    /// Reserved for the platform: never requested (AUTH-146).
    pub const SEC: Self = Self(Cow::Borrowed("sec"));
    /// Obsolete: requested only in legacy mode (AUTH-146, AUTH-147).
    pub const DOMAIN_API: Self = Self(Cow::Borrowed("DomainApi"));

    /// Reads one scope.
    ///
    /// # Errors
    /// [`ScopeError`] when it is empty, too long or has characters outside `%x21 / %x23-5B / %x5D-7E`.
    pub fn parse(name: &str) -> Result<Self, ScopeError> {
        Self::check(name)?;
        Ok(match name {
            "read" => Self::READ,
            "update" => Self::UPDATE,
            "openid" => Self::OPENID,
            "profile" => Self::PROFILE,
            "offline_access" => Self::OFFLINE_ACCESS,
            "sec" => Self::SEC,
            "DomainApi" => Self::DOMAIN_API,
            _ => Self(Cow::Owned(name.to_owned())),
        })
    }

    /// Whether [`Scope::parse`] would take it, without allocating.
    ///
    /// # Errors
    /// As [`Scope::parse`].
    pub fn check(name: &str) -> Result<(), ScopeError> {
        if name.is_empty() {
            return Err(ScopeError::Empty);
        }
        if name.len() > MAX_SCOPE_LEN {
            return Err(ScopeError::TooLong { found: name.len() });
        }
        if !name
            .bytes()
            .all(|b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
        {
            return Err(ScopeError::BadCharacter {
                found: printable(name),
            });
        }
        Ok(())
    }

    /// The name on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it speaks to the identity service (`openid`, `profile`, `offline_access`) and not to an API.
    #[must_use]
    pub fn is_protocol(&self) -> bool {
        [Self::OPENID, Self::PROFILE, Self::OFFLINE_ACCESS].contains(self)
    }

    /// Whether an application may ask for it to call APIs: `read` and `update`, exactly (AUTH-134).
    #[must_use]
    pub fn is_resource(&self) -> bool {
        [Self::READ, Self::UPDATE].contains(self)
    }
}

impl ScopeSet {
    /// The set without scopes.
    #[must_use]
    pub const fn empty() -> Self {
        Self(Vec::new())
    }

    /// Reads a space-delimited list, in any order, with duplicates dropped.
    ///
    /// # Errors
    /// [`ScopeError`] for the first scope that is not valid. An empty text is the empty set.
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        Self::from_names(text.split(' ').filter(|name| !name.is_empty()))
    }

    /// Builds a set from names.
    ///
    /// # Errors
    /// [`ScopeError`] for the first name that is not valid.
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, ScopeError> {
        let mut set = Self::empty();
        for name in names {
            set.insert(Scope::parse(name)?);
            if set.len() > MAX_SCOPES {
                return Err(ScopeError::TooMany);
            }
        }
        Ok(set)
    }

    /// Adds a scope; whether it was new.
    pub fn insert(&mut self, scope: Scope) -> bool {
        match self.0.binary_search(&scope) {
            Ok(_) => false,
            Err(place) => {
                self.0.insert(place, scope);
                true
            }
        }
    }

    /// Whether the set has this scope, compared case-sensitively.
    #[must_use]
    pub fn contains(&self, scope: &Scope) -> bool {
        self.0.binary_search(scope).is_ok()
    }

    /// Whether every scope of this set is in `other`.
    #[must_use]
    pub fn is_subset(&self, other: &Self) -> bool {
        self.iter().all(|scope| other.contains(scope))
    }

    /// The scopes of this set that `other` lacks.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        self.iter()
            .filter(|scope| !other.contains(scope))
            .cloned()
            .collect()
    }

    /// How many scopes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The scopes, in the order in which they are sent.
    pub fn iter(&self) -> std::slice::Iter<'_, Scope> {
        self.0.iter()
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        let mut set = Self::empty();
        for scope in scopes {
            set.insert(scope);
        }
        set
    }
}

impl<const N: usize> From<[Scope; N]> for ScopeSet {
    fn from(scopes: [Scope; N]) -> Self {
        scopes.into_iter().collect()
    }
}

impl From<Scope> for ScopeSet {
    fn from(scope: Scope) -> Self {
        Self(vec![scope])
    }
}

impl<'a> IntoIterator for &'a ScopeSet {
    type Item = &'a Scope;
    type IntoIter = std::slice::Iter<'a, Scope>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl FromStr for Scope {
    type Err = ScopeError;
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::parse(name)
    }
}

impl FromStr for ScopeSet {
    type Err = ScopeError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scope) in self.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope.as_str())?;
        }
        Ok(())
    }
}

impl fmt::Debug for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn auth_134_two_resource_scopes_exactly() {
        let names = [
            "read",
            "update",
            "openid",
            "profile",
            "offline_access",
            "sec",
            "DomainApi",
            "Read",
        ];
        let resource: Vec<_> = names
            .iter()
            .filter(|name| Scope::parse(name).unwrap().is_resource())
            .collect();
        assert_eq!(resource, [&"read", &"update"]);
    }

    #[test]
    fn auth_135_case_order_and_duplicates() {
        assert_ne!(Scope::parse("Read").unwrap(), Scope::READ);
        assert_eq!(
            ScopeSet::parse("update  read update ").unwrap().to_string(),
            "read update"
        );
        assert_eq!(
            ScopeSet::parse("read DomainApi").unwrap().to_string(),
            "DomainApi read"
        );
        assert!(ScopeSet::parse("").unwrap().is_empty());
    }

    #[test]
    fn rfc_6749_characters_and_limits() {
        for bad in ["", "a\"b", "a\\b", "a b", "ä", "a\tb", "a\u{7f}"] {
            assert!(Scope::parse(bad).is_err(), "{bad:?}");
        }
        assert!(Scope::parse("!#[]~").is_ok());
        assert!(Scope::parse(&"x".repeat(MAX_SCOPE_LEN)).is_ok());
        assert_eq!(
            Scope::parse(&"x".repeat(MAX_SCOPE_LEN + 1)),
            Err(ScopeError::TooLong {
                found: MAX_SCOPE_LEN + 1
            })
        );
        let many =
            |n: usize| ScopeSet::parse(&(0..n).map(|i| format!("s{i} ")).collect::<String>());
        assert_eq!(many(MAX_SCOPES - 1).unwrap().len(), MAX_SCOPES - 1);
        assert_eq!(many(MAX_SCOPES).unwrap().len(), MAX_SCOPES);
        assert_eq!(many(MAX_SCOPES + 1), Err(ScopeError::TooMany));
    }

    proptest! {
        #[test]
        fn a_set_survives_its_text(names in proptest::collection::vec("[a-z_]{1,8}", 0..20)) {
            let set = ScopeSet::from_names(names.iter().map(String::as_str)).unwrap();
            prop_assert_eq!(ScopeSet::parse(&set.to_string()).unwrap(), set.clone());
            prop_assert!(set.difference(&set).is_empty() && set.is_subset(&set));
        }
    }
}
