//! What the two APIs understand in a filter, and what a filter uses.

use super::fault::QueryFault;

/// Which parts of the language a condition uses, one bit each.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Uses(u16);

impl Uses {
    pub(super) const NONE: Self = Self(0);
    pub(super) const OR: Self = Self(1);
    pub(super) const NOT: Self = Self(1 << 1);
    pub(super) const NE: Self = Self(1 << 2);
    pub(super) const GT: Self = Self(1 << 3);
    pub(super) const LT: Self = Self(1 << 4);
    pub(super) const LIKE: Self = Self(1 << 5);
    pub(super) const TEXT: Self = Self(1 << 6);
    pub(super) const NULL_AWARE: Self = Self(1 << 7);
    pub(super) const FUNCTION: Self = Self(1 << 8);

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// What the receiving API understands in a `$filter`, by its documentation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// Whatever the builder can write. The instance has the last word.
    #[default]
    Any,
    /// What the Domain API documents: `and`, `eq`, `ge`, `le`, `in`, `contains`, `startswith`, `endswith`, and the
    /// null-aware functions.
    DomainApi,
    /// What the Table API documents: `and`, `eq`, `ge`, `le`, `in`, `like` (AUTH-298).
    TableApi,
}

impl Dialect {
    pub(super) fn check(self, uses: Uses) -> Result<(), QueryFault> {
        let standard = [
            (Uses::OR, "or"),
            (Uses::NOT, "not"),
            (Uses::NE, "ne"),
            (Uses::GT, "gt"),
            (Uses::LT, "lt"),
            (Uses::FUNCTION, "functions of attributes"),
        ];
        let (dialect, beyond): (_, &[_]) = match self {
            Self::Any => return Ok(()),
            Self::DomainApi => ("the Domain API", &[(Uses::LIKE, "like")]),
            Self::TableApi => (
                "the Table API",
                &[
                    (Uses::TEXT, "contains, startswith or endswith"),
                    (Uses::NULL_AWARE, "null-aware functions"),
                ],
            ),
        };
        match standard
            .iter()
            .chain(beyond)
            .find(|(bit, _)| uses.0 & bit.0 != 0)
        {
            None => Ok(()),
            Some((_, operator)) => Err(QueryFault::Dialect { dialect, operator }),
        }
    }
}
