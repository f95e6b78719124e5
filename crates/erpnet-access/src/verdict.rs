//! The three answers, and one finding of a check.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::rule::RuleId;

/// What a decision says. Ordered: `Deny < Unknown < Allow`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// It would be refused.
    Deny,
    /// The rules leave it open; the cited rule or gap says what. The server decides.
    Unknown,
    /// It would be accepted, as far as the record and the token go.
    Allow,
}

impl Verdict {
    /// The word for it: `deny`, `unknown` or `allow`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Unknown => "unknown",
            Self::Allow => "allow",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// What one check found, and the rule by which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Finding {
    /// The answer of this check alone.
    pub verdict: Verdict,
    /// The rule behind it.
    pub rule: RuleId,
}

impl Finding {
    pub(crate) const fn allow(rule: RuleId) -> Self {
        Self {
            verdict: Verdict::Allow,
            rule,
        }
    }

    pub(crate) const fn unknown(rule: RuleId) -> Self {
        Self {
            verdict: Verdict::Unknown,
            rule,
        }
    }

    pub(crate) const fn deny(rule: RuleId) -> Self {
        Self {
            verdict: Verdict::Deny,
            rule,
        }
    }

    pub(crate) const fn of(verdict: Verdict, rule: RuleId) -> Self {
        Self { verdict, rule }
    }
}
