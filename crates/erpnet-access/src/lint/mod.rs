//! The auditor: 34 lints over a record, or over several.
//!
//! Some lints need to know more than a record says - who the system user is, which tokens exist. What is not told in
//! the [`LintContext`] is not guessed: its lint stays silent.

mod context;
mod links;
mod record;
mod scopes;
mod set;
mod table;
mod uri;

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;

pub use context::{
    CallbackHandler, Environment, InstallLink, IssuedToken, LintContext, Purpose, SystemUserFacts,
    UNUSED_AFTER,
};
pub use set::{RegisteredApplication, lint_set};
pub use table::{LINTS, LintInfo};

use crate::record::{Field, TrustedApplication};
use crate::rule::RuleId;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Should be changed.
    Warning,
    /// Does not work, or is unsafe.
    Error,
}

impl Severity {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a lint found (AUTH-133). Never holds secret material.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lint {
    /// Which lint, `TA-Lnn`.
    pub id: RuleId,
    /// How bad it is.
    pub severity: Severity,
    /// The field of the record; `None` when it is about a link or a token.
    pub field: Option<Field>,
    /// What is wrong, and why that matters.
    pub reason: Cow<'static, str>,
    /// What to do.
    pub fix: Cow<'static, str>,
}

impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<7} {}", self.severity, self.id)?;
        if let Some(field) = self.field {
            write!(f, " {field}")?;
        }
        write!(f, ": {}\n                fix: {}", self.reason, self.fix)
    }
}

/// Collects findings; severity and field come from the table.
pub(crate) struct Report {
    found: Vec<Lint>,
}

impl Report {
    pub(crate) const fn new() -> Self {
        Self { found: Vec::new() }
    }

    fn add(
        &mut self,
        number: u16,
        reason: impl Into<Cow<'static, str>>,
        fix: impl Into<Cow<'static, str>>,
    ) {
        let info = table::info(number);
        self.add_at(number, info.field, reason, fix);
    }

    fn add_at(
        &mut self,
        number: u16,
        field: Option<Field>,
        reason: impl Into<Cow<'static, str>>,
        fix: impl Into<Cow<'static, str>>,
    ) {
        let info = table::info(number);
        let lint = Lint {
            id: RuleId::Lint(number),
            severity: info.severity,
            field,
            reason: reason.into(),
            fix: fix.into(),
        };
        self.found.push(lint);
    }

    fn finish(mut self) -> Vec<Lint> {
        self.found
            .sort_by_key(|lint| (std::cmp::Reverse(lint.severity), lint.id));
        self.found
    }
}

/// Lints one record: the worst first, then by id.
///
/// ```
/// use erpnet_access::{LintContext, RuleId, TrustedApplication, lint};
///
/// let mut record = TrustedApplication::new("com.example/job");
/// record.system_user_allowed = true;
/// let found = lint(&record, &LintContext::default());
/// let ids: Vec<_> = found.iter().map(|lint| lint.id.to_string()).collect();
/// assert_eq!(ids, ["TA-L02", "TA-L05", "TA-L20"]);
/// assert!(found[1].fix.contains("SystemUser"));
/// ```
#[must_use]
pub fn lint(record: &TrustedApplication, context: &LintContext<'_>) -> Vec<Lint> {
    let mut report = Report::new();
    record::lint_client(record, context, &mut report);
    record::lint_service(record, context, &mut report);
    record::lint_sign_in(record, context, &mut report);
    uri::lint_redirects(record, &mut report);
    scopes::lint_scopes(record, context, &mut report);
    links::lint_tokens(record, context, &mut report);
    links::lint_links(record, context, &mut report);
    report.finish()
}
