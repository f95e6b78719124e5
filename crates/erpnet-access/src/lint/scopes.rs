//! Lints over the record's `Scope`.

use super::Report;
use super::context::{LintContext, Purpose};
use crate::record::{ReferenceTokenPolicy, TrustedApplication};
use crate::scopes::ScopeFlags;

/// Names that mean something, for "did you mean".
const KNOWN: [&str; 7] = [
    "read",
    "update",
    "openid",
    "profile",
    "offline_access",
    "sec",
    "DomainApi",
];

/// How many strange scopes a reason names, and how much of each.
const MAX_NAMED: usize = 5;
const MAX_SHOWN: usize = 40;

pub(super) fn lint_scopes(
    record: &TrustedApplication,
    context: &LintContext<'_>,
    report: &mut Report,
) {
    let scopes = record.scope_flags();
    if scopes.contains(ScopeFlags::SEC) && context.purpose != Purpose::Platform {
        report.add(
            17,
            "`sec` is reserved for the platform",
            "remove `sec` from `Scope`",
        );
    }
    if scopes.contains(ScopeFlags::DOMAIN_API) {
        report.add(
            18,
            "`DomainApi` is obsolete",
            "list `read`, and `update` if the application writes",
        );
    }
    if scopes.contains(ScopeFlags::UPDATE) && context.purpose == Purpose::ReadOnly {
        report.add(
            19,
            "an application that only reads may write",
            "remove `update` from `Scope`",
        );
    }
    let service =
        record.system_user_allowed || record.reference_tokens != ReferenceTokenPolicy::None;
    if record.scope.trim().is_empty() && service {
        report.add(
            20,
            "`Scope` is empty: a request without scope fails, and one with a scope is `invalid_scope`",
            "list `read`, and `update` if the application writes",
        );
    }
    lint_strange(record, report);
    if let Some(requested) = context.sign_in_scopes
        && record.impersonate_as_community_user_allowed
        && requested.intersects(ScopeFlags::RESOURCE)
    {
        report.add(
            29,
            "external users get identity tokens only, and this sign-in asks for API scopes",
            "request `openid profile` when users sign in, and call the APIs by client credentials",
        );
    }
}

/// TA-L21: names that are not known, or known in another case. A blank that is no space ends no name.
fn lint_strange(record: &TrustedApplication, report: &mut Report) {
    let strange = |name: &&str| ScopeFlags::from_name(name) == ScopeFlags::OTHER;
    let names = || record.scope.split(' ').filter(strange);
    if names().next().is_none() {
        return;
    }
    let mut reason = String::from("not a scope of ERP.net: ");
    for (index, name) in names().take(MAX_NAMED).enumerate() {
        if index > 0 {
            reason.push_str(", ");
        }
        reason.push('`');
        reason.extend(name.chars().take(MAX_SHOWN).flat_map(char::escape_debug));
        reason.push('`');
        if let Some(meant) = KNOWN
            .into_iter()
            .find(|known| known.eq_ignore_ascii_case(name.trim()))
        {
            reason.push_str(" (did you mean `");
            reason.push_str(meant);
            reason.push_str("`?)");
        }
    }
    if names().nth(MAX_NAMED).is_some() {
        reason.push_str(" and more");
    }
    reason.push_str("; scopes are case-sensitive");
    report.add(
        21,
        reason,
        "list `read` and `update`, separated by one space",
    );
}
