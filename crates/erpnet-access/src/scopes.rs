//! Scopes as bits: what the hot paths compare.

use std::fmt;

use erpnet_types::{Scope, ScopeSet};
use serde::{Serialize, Serializer};

/// A set of scopes as one byte. Names that ERP.net does not define share [`ScopeFlags::OTHER`].
///
/// ```
/// use erpnet_access::ScopeFlags;
///
/// let flags = ScopeFlags::from_text("update read");
/// assert!(flags.contains(ScopeFlags::READ | ScopeFlags::UPDATE));
/// assert_eq!(flags.to_string(), "read update");
/// assert_eq!(ScopeFlags::from_text("Read"), ScopeFlags::OTHER); // case-sensitive, AUTH-135
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ScopeFlags(u8);

static NAMES: [(ScopeFlags, &str); 7] = [
    (ScopeFlags::OPENID, "openid"),
    (ScopeFlags::PROFILE, "profile"),
    (ScopeFlags::READ, "read"),
    (ScopeFlags::UPDATE, "update"),
    (ScopeFlags::OFFLINE_ACCESS, "offline_access"),
    (ScopeFlags::SEC, "sec"),
    (ScopeFlags::DOMAIN_API, "DomainApi"),
];

impl ScopeFlags {
    /// No scope.
    pub const EMPTY: Self = Self(0);
    /// `read` (AUTH-134).
    pub const READ: Self = Self(1);
    /// `update` (AUTH-134).
    pub const UPDATE: Self = Self(2);
    /// `openid` (AUTH-136).
    pub const OPENID: Self = Self(4);
    /// `profile` (AUTH-136).
    pub const PROFILE: Self = Self(8);
    /// `offline_access` (AUTH-136).
    pub const OFFLINE_ACCESS: Self = Self(16);
    /// `sec`: reserved for the platform (AUTH-146).
    pub const SEC: Self = Self(32);
    /// `DomainApi`: obsolete (AUTH-146).
    pub const DOMAIN_API: Self = Self(64);
    /// At least one name that ERP.net does not define.
    pub const OTHER: Self = Self(128);
    /// `read` and `update`.
    pub const RESOURCE: Self = Self(1 | 2);
    /// `openid`, `profile` and `offline_access`.
    pub const PROTOCOL: Self = Self(4 | 8 | 16);

    /// The set with these bits: for tables over all sets.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// The bits.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// The flag of one name, compared case-sensitively (AUTH-135).
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        Self::from_name_bytes(name.as_bytes())
    }

    const fn from_name_bytes(name: &[u8]) -> Self {
        match name {
            b"read" => Self::READ,
            b"update" => Self::UPDATE,
            b"openid" => Self::OPENID,
            b"profile" => Self::PROFILE,
            b"offline_access" => Self::OFFLINE_ACCESS,
            b"sec" => Self::SEC,
            b"DomainApi" => Self::DOMAIN_API,
            b"" => Self::EMPTY,
            _ => Self::OTHER,
        }
    }

    /// Reads a space-delimited list. Any text is accepted.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        // Bytes and not characters: the texts are short, and a search for a character costs more than it finds.
        let names = text.as_bytes().split(|byte| *byte == b' ');
        names.fold(Self::EMPTY, |flags, name| {
            flags.union(Self::from_name_bytes(name))
        })
    }

    /// Whether all of `other` is in this set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether the sets share a scope.
    #[must_use]
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Both sets together.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What both have.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// This set without `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The names, in the order in which ERP.net lists them; unknown ones as `(other)`.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let known = NAMES.iter().filter(move |(flag, _)| self.contains(*flag));
        let other = self.contains(Self::OTHER).then_some("(other)");
        known.map(|(_, name)| *name).chain(other)
    }
}

impl std::ops::BitOr for ScopeFlags {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        self.union(other)
    }
}

impl From<&ScopeSet> for ScopeFlags {
    fn from(set: &ScopeSet) -> Self {
        set.iter()
            .fold(Self::EMPTY, |flags, scope| flags.union(scope.into()))
    }
}

impl From<&Scope> for ScopeFlags {
    fn from(scope: &Scope) -> Self {
        Self::from_name(scope.as_str())
    }
}

impl fmt::Display for ScopeFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.names().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            f.write_str(name)?;
        }
        Ok(())
    }
}

impl fmt::Debug for ScopeFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{self}}}")
    }
}

impl Serialize for ScopeFlags {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.names())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_135_text_order_case_and_duplicates() {
        let flags = ScopeFlags::from_text;
        assert_eq!(flags("update read"), flags("read  update read "));
        assert_eq!(flags("Read"), ScopeFlags::OTHER);
        assert_eq!(flags(""), ScopeFlags::EMPTY);
        assert_eq!(flags("domainapi"), ScopeFlags::OTHER);
    }

    #[test]
    fn flags_agree_with_scope_sets() {
        for bits in 0..128 {
            let flags = ScopeFlags::from_bits(bits);
            let set = ScopeSet::parse(&flags.to_string()).unwrap();
            assert_eq!(ScopeFlags::from(&set), flags);
        }
    }
}
