//! Lints over the client, its secret, its system user and its flags.

use super::Report;
use super::context::{LintContext, Purpose};
use crate::record::{
    ClientType, Field, MAX_SAFE_CLIENT_ID, ReferenceTokenPolicy, TrustedApplication,
};

/// The SHA-256 of secrets that stand in samples: `DEMO`, `mysecret`, `secret` and the empty text (TA-L04). The secrets
/// themselves are in no program; `tests/lints.rs` checks the hashes as base64.
const SAMPLE_HASHES: [[u8; 32]; 4] = [
    [
        79, 240, 6, 202, 107, 136, 231, 82, 240, 140, 183, 136, 23, 20, 80, 92, 235, 61, 32, 121,
        238, 164, 50, 172, 253, 168, 225, 88, 224, 209, 216, 46,
    ],
    [
        101, 44, 125, 198, 135, 217, 140, 152, 137, 48, 78, 210, 228, 8, 199, 75, 97, 30, 134, 164,
        12, 170, 81, 196, 180, 63, 29, 213, 145, 60, 92, 208,
    ],
    [
        43, 184, 13, 83, 123, 29, 163, 227, 139, 211, 3, 97, 170, 133, 86, 134, 189, 224, 234, 205,
        113, 98, 254, 246, 162, 95, 233, 123, 245, 39, 162, 91,
    ],
    [
        227, 176, 196, 66, 152, 252, 28, 20, 154, 251, 244, 200, 153, 111, 185, 36, 39, 174, 65,
        228, 100, 155, 147, 76, 164, 149, 153, 27, 120, 82, 184, 85,
    ],
];

/// Whether any OAuth flow or reference token can be used.
const fn has_flow(record: &TrustedApplication) -> bool {
    record.allows_sign_in() || record.system_user_allowed
}

pub(super) fn lint_client(record: &TrustedApplication, _: &LintContext<'_>, report: &mut Report) {
    let kind = record.client_type;
    match &record.application_secret_hash {
        Some(_) if kind == ClientType::Public => report.add(
            1,
            "a public client has no secret; sending one is documented to end in `invalid_client`",
            "clear `ApplicationSecretHash`, or set `ClientType=Confidential` if the application has a backend",
        ),
        None if kind == ClientType::Confidential && has_flow(record) => report.add(
            2,
            "`ApplicationSecretHash` is empty: the token endpoint will answer `invalid_client`",
            "set it to the base64 of the SHA-256 of the client secret, computed on your own machine",
        ),
        _ => {}
    }
    if let Some(hash) = &record.application_secret_hash {
        if !hash.can_match() {
            let why = hash.error().map(ToString::to_string).unwrap_or_default();
            report.add(
                3,
                format!("no secret can ever match: {why}"),
                "write the 32 bytes of the SHA-256 as padded standard base64, 44 characters",
            );
        } else if hash
            .sha256()
            .is_some_and(|hash| SAMPLE_HASHES.contains(hash.as_bytes()))
        {
            report.add(
                4,
                "the hash is that of a secret from a sample: anybody can guess it",
                "generate a new secret",
            );
        }
    }
    if record.basic_authentication_allowed {
        report.add(
            24,
            "Basic sends a user's password with every call, without scopes and without revocation",
            "set `BasicAuthenticationAllowed=false` and use client credentials or a reference token",
        );
    }
    if !record.is_enabled {
        report.add(
            25,
            "the application is switched off; that explains failures",
            "set `IsEnabled=true` to use it",
        );
    }
    lint_id(record, report);
}

/// AUTH-111, AUTH-112.
fn lint_id(record: &TrustedApplication, report: &mut Report) {
    let id = record.application_uri.as_str();
    let length = id.chars().count();
    let mangled = |c: char| !c.is_ascii_graphic() || "&%?#+=".contains(c);
    let reason = if id.is_empty() {
        Some("`ApplicationUri` is empty: there is no `client_id`".to_owned())
    } else if length > MAX_SAFE_CLIENT_ID {
        Some(format!(
            "{length} characters; identity services take {MAX_SAFE_CLIENT_ID} by default"
        ))
    } else {
        let found = id.chars().find(|c| mangled(*c));
        found.map(|found| {
            format!(
                "`{}` gets rejected or mangled on its way",
                found.escape_debug()
            )
        })
    };
    if let Some(reason) = reason {
        report.add(
            26,
            reason,
            "choose a short unique id of printable ASCII, such as `com.example/app`",
        );
    }
}

pub(super) fn lint_service(
    record: &TrustedApplication,
    context: &LintContext<'_>,
    report: &mut Report,
) {
    match (record.system_user_allowed, &record.system_user) {
        (true, None) => report.add(
            5,
            "`SystemUserAllowed=true` without `SystemUser`: client credentials fail with `unauthorized_client`",
            "set `SystemUser` to a dedicated user with few rights",
        ),
        (false, Some(_)) => report.add(
            6,
            "`SystemUser` is set but not allowed: dead configuration, and it narrows Basic to that user",
            "set `SystemUserAllowed=true` if the application calls as itself, else clear `SystemUser`",
        ),
        _ => {}
    }
    if record.system_user_allowed && record.client_type != ClientType::Confidential {
        report.add(
            7,
            "service access needs a secret",
            "set `ClientType=Confidential` and `ApplicationSecretHash`",
        );
    }
    if let (Some(_), Some(facts)) = (&record.system_user, context.system_user) {
        let what = match (facts.is_administrator, facts.is_interactive) {
            (true, true) => Some("an administrator and a person's account"),
            (true, false) => Some("an administrator"),
            (false, true) => Some("a person's account"),
            (false, false) => None,
        };
        if let Some(what) = what {
            report.add(
                8,
                format!("the system user is {what}: too many rights, and an audit trail that names the wrong one"),
                "create a dedicated user with the rights the service needs, without interactive login",
            );
        }
    }
    match record.reference_tokens {
        ReferenceTokenPolicy::AuthenticatedUsers => report.add(
            22,
            "any signed-in user may issue long-lived keys",
            "set `ReferenceTokens=AdministratorsOnly`, or `None` if no reference tokens are used",
        ),
        ReferenceTokenPolicy::None | ReferenceTokenPolicy::AdministratorsOnly => {}
    }
}

pub(super) fn lint_sign_in(
    record: &TrustedApplication,
    context: &LintContext<'_>,
    report: &mut Report,
) {
    let internal = record.impersonate_as_internal_user_allowed;
    let community = record.impersonate_as_community_user_allowed;
    match (record.allows_sign_in(), record.impersonate_login_url.is_empty()) {
        // The global authority's and the service's flag without a redirect are the same mistake (G16): no sign-in.
        (true, true) => report.add(
            9,
            "users may sign in, but no redirect URI is registered: no sign-in can complete",
            "register the exact callback URIs in `ImpersonateLoginUrl`, or clear the impersonation flags",
        ),
        (false, false) => report.add(
            10,
            "redirect URIs are registered, but both impersonation flags are false: sign-in is refused",
            "set the flag for the users who sign in, or clear `ImpersonateLoginUrl`",
        ),
        _ => {}
    }
    if community && !internal {
        report.add(
            11,
            "external users may sign in and internal ones may not; the documentation advises against it",
            "set `ImpersonateAsInternalUserAllowed=true` as well",
        );
    }
    if context.purpose == Purpose::Service && record.allows_sign_in() {
        let field = if internal {
            Field::ImpersonateAsInternalUserAllowed
        } else {
            Field::ImpersonateAsCommunityUserAllowed
        };
        report.add_at(
            27,
            Some(field),
            "a service needs no sign-in; the flag only widens what can be attacked",
            "set both impersonation flags to false",
        );
    }
    if context.redirects_after_logout && record.impersonate_logout_url.is_empty() {
        report.add(
            34,
            "the application sends users to `endsession` with a redirect that is not registered: they are stranded",
            "register the exact URI in `ImpersonateLogoutUrl`",
        );
    }
}
