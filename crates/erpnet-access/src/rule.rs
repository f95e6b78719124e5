//! Ids of the rules that decisions cite.

use std::fmt;

use serde::{Serialize, Serializer};

/// A rule of ERP.net, by its id: what a decision cites as its ground.
///
/// ```
/// use erpnet_access::RuleId;
///
/// assert_eq!(RuleId::Auth(139).to_string(), "AUTH-139");
/// assert_eq!(RuleId::Gap(19).to_string(), "G19");
/// assert_eq!(RuleId::Lint(5).to_string(), "TA-L05");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RuleId {
    /// A rule, `AUTH-nnn`.
    Auth(u16),
    /// A contradiction or a gap in the documentation, `Gnn`. Each has a switch in [`crate::Readings`] or
    /// [`crate::SessionReadings`], or one decision point in code.
    Gap(u16),
    /// A lint over the Trusted Application record, `TA-Lnn`.
    Lint(u16),
}

impl RuleId {
    /// Whether the documentation leaves this open.
    #[must_use]
    pub const fn is_gap(self) -> bool {
        matches!(self, Self::Gap(_))
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auth(n) => write!(f, "AUTH-{n:03}"),
            Self::Gap(n) => write!(f, "G{n:02}"),
            Self::Lint(n) => write!(f, "TA-L{n:02}"),
        }
    }
}

impl Serialize for RuleId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
