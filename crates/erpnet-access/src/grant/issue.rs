//! Who may issue reference tokens: policy x caller x kind (section 9).

use super::request::{Grant, GrantRequest, UserFacts};
use crate::readings::Readings;
use crate::record::{ReferenceTokenPolicy, TrustedApplication};
use crate::rule::RuleId::{Auth, Gap};
use crate::user::UserType;
use crate::verdict::Finding;

/// The matrix of section 9 (AUTH-126, G42, G43, G44, G46). A PAT belongs to its issuer, whatever the policy.
pub(super) fn check_policy(
    record: &TrustedApplication,
    request: &GrantRequest<'_>,
    user: &UserFacts,
    readings: &Readings,
) -> Finding {
    use Grant::{InstalledServiceToken, PersonalToken};
    use ReferenceTokenPolicy::{AdministratorsOnly, AuthenticatedUsers, None};
    match (record.reference_tokens, request.grant) {
        (policy, InstalledServiceToken) => match policy {
            None if !readings.install_bypasses_policy => Finding::deny(Gap(43)),
            // AUTH-354: without `requestSecret` nothing was ever delivered.
            _ if !request.secret_requested => Finding::deny(Auth(354)),
            None => Finding::allow(Gap(43)),
            AuthenticatedUsers | AdministratorsOnly => Finding::allow(Auth(126)),
        },
        (None, _) => Finding::deny(Auth(126)),
        (AuthenticatedUsers, PersonalToken) => Finding::allow(Auth(126)),
        (AuthenticatedUsers, _) if user.is_admin => {
            Finding::of(readings.sat_under_authenticated_users.verdict(), Gap(42))
        }
        (AdministratorsOnly, _) if user.is_admin => Finding::allow(Auth(126)),
        (AuthenticatedUsers | AdministratorsOnly, _) => Finding::deny(Auth(126)),
    }
}

/// Who issues: somebody who can sign in. What a PAT of an external user would open is not documented (AUTH-152).
pub(super) fn check_issuer(request: &GrantRequest<'_>, user: &UserFacts) -> Finding {
    if !user.is_active {
        return Finding::deny(Auth(234));
    }
    match (request.grant, user.kind) {
        (_, kind) if kind.cannot_sign_in() => Finding::deny(Auth(254)),
        // An install link is confirmed by an administrator (AUTH-345).
        (Grant::InstalledServiceToken, _) if !user.is_admin => Finding::deny(Auth(345)),
        (Grant::PersonalToken, UserType::ExternalCommunity) => Finding::unknown(Auth(152)),
        (Grant::PersonalToken, UserType::NotStated | UserType::Other) => {
            Finding::unknown(Auth(234))
        }
        _ => Finding::allow(Auth(234)),
    }
}

/// An end must be chosen; "indefinite" is mentioned on one page (G45).
pub(super) const fn check_expiry(request: &GrantRequest<'_>) -> Finding {
    if request.expiry_chosen || matches!(request.grant, Grant::InstalledServiceToken) {
        Finding::allow(Auth(239))
    } else {
        Finding::unknown(Gap(45))
    }
}
