//! The 34 lints, as the rules list them.

use serde::Serialize;

use super::Severity;
use super::Severity::{Error, Info, Warning};
use crate::record::Field;
use crate::rule::RuleId;

/// One lint: what it looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LintInfo {
    /// Which lint.
    pub id: RuleId,
    /// How bad it is.
    pub severity: Severity,
    /// The field it is about, if it is about one.
    pub field: Option<Field>,
    /// When it speaks.
    pub condition: &'static str,
}

const fn row(
    number: u16,
    severity: Severity,
    field: Option<Field>,
    condition: &'static str,
) -> LintInfo {
    LintInfo {
        id: RuleId::Lint(number),
        severity,
        field,
        condition,
    }
}

/// Every lint, TA-L01 to TA-L34, in order.
pub static LINTS: [LintInfo; 34] = [
    row(
        1,
        Error,
        Some(Field::ApplicationSecretHash),
        "a public client has a secret hash",
    ),
    row(
        2,
        Error,
        Some(Field::ApplicationSecretHash),
        "a confidential client with a flow has no secret hash",
    ),
    row(
        3,
        Error,
        Some(Field::ApplicationSecretHash),
        "the hash is not base64 of 32 (or 64) bytes",
    ),
    row(
        4,
        Error,
        Some(Field::ApplicationSecretHash),
        "the hash is that of a sample secret",
    ),
    row(
        5,
        Error,
        Some(Field::SystemUser),
        "the system user is allowed and not set",
    ),
    row(
        6,
        Warning,
        Some(Field::SystemUserAllowed),
        "the system user is set and not allowed",
    ),
    row(
        7,
        Error,
        Some(Field::ClientType),
        "the system user is allowed and the client is not confidential",
    ),
    row(
        8,
        Warning,
        Some(Field::SystemUser),
        "the system user is an administrator or a person",
    ),
    row(
        9,
        Error,
        Some(Field::ImpersonateLoginUrl),
        "users may sign in and no redirect URI is registered",
    ),
    row(
        10,
        Warning,
        Some(Field::ImpersonateLoginUrl),
        "redirect URIs are registered and nobody may sign in",
    ),
    row(
        11,
        Warning,
        Some(Field::ImpersonateAsCommunityUserAllowed),
        "external users may sign in, internal ones not",
    ),
    row(
        12,
        Error,
        Some(Field::ImpersonateLoginUrl),
        "a redirect URI has a wildcard, fragment or user, or is relative",
    ),
    row(
        13,
        Error,
        Some(Field::ImpersonateLoginUrl),
        "a redirect URI is plain http to another host",
    ),
    row(
        14,
        Warning,
        Some(Field::ImpersonateLoginUrl),
        "a redirect URI says `localhost`",
    ),
    row(
        15,
        Warning,
        Some(Field::ImpersonateLoginUrl),
        "a list has blanks, duplicates or empty items",
    ),
    row(
        16,
        Error,
        Some(Field::ImpersonateLoginUrl),
        "a list is longer than 500 or a URI longer than 400 characters",
    ),
    row(
        17,
        Error,
        Some(Field::Scope),
        "an external application lists `sec`",
    ),
    row(18, Warning, Some(Field::Scope), "`DomainApi` is listed"),
    row(
        19,
        Warning,
        Some(Field::Scope),
        "a reading application lists `update`",
    ),
    row(
        20,
        Warning,
        Some(Field::Scope),
        "a service flow is enabled and no scope is listed",
    ),
    row(
        21,
        Warning,
        Some(Field::Scope),
        "an unknown scope, or one in the wrong case, is listed",
    ),
    row(
        22,
        Warning,
        Some(Field::ReferenceTokens),
        "any signed-in user may issue reference tokens",
    ),
    row(
        23,
        Info,
        Some(Field::ReferenceTokens),
        "reference tokens may be issued and none is",
    ),
    row(
        24,
        Error,
        Some(Field::BasicAuthenticationAllowed),
        "Basic authentication is allowed",
    ),
    row(
        25,
        Info,
        Some(Field::IsEnabled),
        "the application is disabled",
    ),
    row(
        26,
        Warning,
        Some(Field::ApplicationUri),
        "the client id is long or has characters that get mangled",
    ),
    row(
        27,
        Warning,
        Some(Field::ImpersonateAsInternalUserAllowed),
        "a service lets users sign in",
    ),
    row(
        28,
        Warning,
        Some(Field::ApplicationUri),
        "test and production share a client id",
    ),
    row(
        29,
        Warning,
        Some(Field::ImpersonateAsCommunityUserAllowed),
        "API scopes are requested in a flow for external users",
    ),
    row(
        30,
        Error,
        Some(Field::ImpersonateLoginUrl),
        "callback and lifecycle webhook share a path, the handler takes one kind",
    ),
    row(
        31,
        Info,
        Some(Field::IsEnabled),
        "no token was used recently",
    ),
    row(
        32,
        Error,
        None,
        "an install link asks for what the Instance Manager refuses",
    ),
    row(
        33,
        Warning,
        None,
        "a reference token has no end, or one more than a year ahead",
    ),
    row(
        34,
        Warning,
        Some(Field::ImpersonateLogoutUrl),
        "logout redirects and no URI is registered for it",
    ),
];

/// A lint's row. Numbers come from this crate only; an unknown one reads as the first.
pub(super) fn info(number: u16) -> &'static LintInfo {
    let [first, ..] = &LINTS;
    LINTS
        .iter()
        .find(|row| row.id == RuleId::Lint(number))
        .unwrap_or(first)
}
