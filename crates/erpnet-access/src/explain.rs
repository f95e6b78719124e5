//! Reasons: the path a decision took, and the smallest change that would allow it.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;

use crate::change::Change;
use crate::rule::RuleId;
use crate::verdict::Verdict;

/// A station of the path: requested -> needed -> granted -> configured -> user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// What was asked for.
    Requested,
    /// What the rules want for it.
    Needed,
    /// What the token (or the request) brings.
    Granted,
    /// What the Trusted Application record allows.
    Configured,
    /// Who acts.
    User,
}

impl Stage {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Needed => "needed",
            Self::Granted => "granted",
            Self::Configured => "configured",
            Self::User => "user",
        }
    }
}

/// One step of the path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// Where on the path.
    pub stage: Stage,
    /// What this step says by itself.
    pub verdict: Verdict,
    /// By which rule.
    pub rule: RuleId,
    /// In words.
    pub text: Cow<'static, str>,
}

/// What would raise the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Remedy {
    /// Nothing to do: it is allowed.
    NotNeeded,
    /// Do all of these, and the answer becomes `reaches`.
    Changes {
        /// The smallest set of changes, in the order in which to make them.
        changes: Vec<Change>,
        /// What the answer is afterwards.
        reaches: Verdict,
    },
    /// No change of record, token or request raises the answer.
    NoneExists {
        /// Why not.
        because: Cow<'static, str>,
    },
}

/// A decision with its reasons. Prints as a few lines for a terminal; serialises to the same as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The answer.
    pub verdict: Verdict,
    /// The rule or gap that decided.
    pub rule: RuleId,
    /// What was asked, in a few words.
    pub subject: Cow<'static, str>,
    /// The path, in order.
    pub path: Vec<Reason>,
    /// The smallest change that would allow it.
    pub remedy: Remedy,
}

impl Explanation {
    /// The step that decided: the first one with the verdict of the whole.
    #[must_use]
    pub fn decisive(&self) -> Option<&Reason> {
        let decided = |reason: &&Reason| reason.verdict == self.verdict && reason.rule == self.rule;
        self.path.iter().find(decided).or_else(|| {
            self.path
                .iter()
                .find(|reason| reason.verdict == self.verdict)
        })
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {} ({})", self.verdict, self.subject, self.rule)?;
        for reason in &self.path {
            let mark = match reason.verdict {
                Verdict::Allow => '+',
                Verdict::Unknown => '?',
                Verdict::Deny => 'x',
            };
            writeln!(
                f,
                "  {mark} {:<10}  {} [{}]",
                reason.stage.as_str(),
                reason.text,
                reason.rule
            )?;
        }
        match &self.remedy {
            Remedy::NotNeeded => Ok(()),
            Remedy::NoneExists { because } => writeln!(f, "  no change helps: {because}"),
            Remedy::Changes { changes, reaches } => {
                let outcome = match reaches {
                    Verdict::Allow => "to be allowed",
                    Verdict::Unknown => "to get as far as the rules are documented",
                    Verdict::Deny => "to get further",
                };
                match changes.as_slice() {
                    [only] => writeln!(f, "  {outcome}: {only}"),
                    several => {
                        writeln!(f, "  {outcome}, all of these:")?;
                        several
                            .iter()
                            .try_for_each(|change| writeln!(f, "    - {change}"))
                    }
                }
            }
        }
    }
}
