//! Are the requested scopes grantable?

use super::error::OAuthError;
use super::request::{Grant, GrantRequest};
use crate::readings::Readings;
use crate::record::{ClientType, TrustedApplication};
use crate::rule::RuleId::{Auth, Gap};
use crate::scopes::ScopeFlags;
use crate::user::UserType;
use crate::verdict::Finding;

/// Every name of the request is in the record. All or nothing (AUTH-142): one stranger fails the request.
fn all_listed(
    requested: &str,
    scopes: ScopeFlags,
    record: &TrustedApplication,
    exempt: ScopeFlags,
) -> bool {
    // Known names between blanks, as nearly always: bits decide. What they do not settle is compared by name.
    let by_flags = exempt | record.scope_flags();
    if !scopes.contains(ScopeFlags::OTHER) && by_flags.contains(scopes) {
        return true;
    }
    let listed = |name: &str| {
        exempt.contains(ScopeFlags::from_name(name))
            || record.scope_names().any(|configured| configured == name)
    };
    requested
        .split(' ')
        .filter(|name| !name.is_empty())
        .all(listed)
}

/// Scopes of a sign-in: AUTH-137 (`openid` comes first), AUTH-141 (never omitted), AUTH-142 (within the record), G22
/// (protocol scopes), G04 (`offline_access` of public clients), AUTH-146, AUTH-147, AUTH-152 (external users).
pub(super) fn check_sign_in(
    record: &TrustedApplication,
    request: &GrantRequest<'_>,
    scopes: ScopeFlags,
    user: UserType,
    readings: &Readings,
) -> (Finding, OAuthError) {
    let text = request.scope.as_deref().unwrap_or_default();
    if scopes.is_empty() {
        return (Finding::deny(Auth(141)), OAuthError::InvalidRequest);
    }
    if request.grant == Grant::Hybrid && !scopes.contains(ScopeFlags::OPENID) {
        return (Finding::deny(Auth(137)), OAuthError::InvalidRequest);
    }
    let error = OAuthError::InvalidScope;
    if scopes.contains(ScopeFlags::PROFILE) && !scopes.contains(ScopeFlags::OPENID) {
        return (Finding::deny(Auth(137)), error);
    }
    let exempt = if readings.protocol_scopes_listed {
        ScopeFlags::EMPTY
    } else {
        ScopeFlags::PROTOCOL
    };
    if !all_listed(text, scopes, record, exempt) {
        let only_protocol = all_listed(text, scopes, record, ScopeFlags::PROTOCOL);
        return (
            Finding::deny(if only_protocol { Gap(22) } else { Auth(142) }),
            error,
        );
    }
    let public_offline =
        record.client_type == ClientType::Public && scopes.contains(ScopeFlags::OFFLINE_ACCESS);
    if public_offline && readings.public_refresh == crate::readings::Answer::No {
        return (Finding::deny(Gap(4)), error);
    }
    let external = user == UserType::ExternalCommunity;
    let beyond = scopes.without(ScopeFlags::OPENID | ScopeFlags::PROFILE);
    let finding = if external && !beyond.is_empty() {
        // No API token comes out, but whether the sign-in fails or the scopes are dropped is not documented.
        Finding::unknown(Auth(152))
    } else if let Some(open) = reserved(scopes) {
        open
    } else if public_offline {
        Finding::of(readings.public_refresh.verdict(), Gap(4))
    } else {
        Finding::allow(Auth(142))
    };
    (finding, error)
}

/// Listed, and yet not to be relied on: `sec` is the platform's (AUTH-146), `DomainApi` is obsolete (AUTH-147), and
/// what other names mean is not documented (AUTH-134).
fn reserved(scopes: ScopeFlags) -> Option<Finding> {
    [
        (ScopeFlags::SEC, Auth(146)),
        (ScopeFlags::DOMAIN_API, Auth(147)),
        (ScopeFlags::OTHER, Auth(134)),
    ]
    .into_iter()
    .find(|(flag, _)| scopes.contains(*flag))
    .map(|(_, rule)| Finding::unknown(rule))
}

/// Scopes of client credentials: AUTH-138 (no protocol scopes), AUTH-139, AUTH-140 (none means all configured ones),
/// AUTH-142.
pub(super) fn check_service(
    record: &TrustedApplication,
    request: &GrantRequest<'_>,
    scopes: ScopeFlags,
) -> Finding {
    let text = request.scope.as_deref().unwrap_or_default();
    if scopes.is_empty() {
        // AUTH-140: the default covers API scopes only.
        let default = record.scope_flags().without(ScopeFlags::PROTOCOL);
        return if default.is_empty() {
            Finding::deny(Auth(140))
        } else if default.intersects(ScopeFlags::RESOURCE) {
            Finding::allow(Auth(139))
        } else {
            reserved(default).unwrap_or(Finding::allow(Auth(139)))
        };
    }
    if scopes.intersects(ScopeFlags::PROTOCOL) {
        return Finding::deny(Auth(138));
    }
    if !all_listed(text, scopes, record, ScopeFlags::EMPTY) {
        return Finding::deny(Auth(142));
    }
    reserved(scopes).unwrap_or(Finding::allow(Auth(142)))
}

/// Scopes of a reference token: at least one of `read` and `update`, within the record (AUTH-155).
pub(super) fn check_reference(
    record: &TrustedApplication,
    request: &GrantRequest<'_>,
    scopes: ScopeFlags,
) -> Finding {
    let text = request.scope.as_deref().unwrap_or_default();
    let offered = !scopes.is_empty() && ScopeFlags::RESOURCE.contains(scopes);
    if offered && all_listed(text, scopes, record, ScopeFlags::EMPTY) {
        Finding::allow(Auth(155))
    } else {
        Finding::deny(Auth(155))
    }
}

/// What a request that is allowed gets.
pub(super) fn granted(
    record: &TrustedApplication,
    request: &GrantRequest<'_>,
    scopes: ScopeFlags,
) -> ScopeFlags {
    if !scopes.is_empty() {
        scopes
    } else if request.grant == Grant::ClientCredentials {
        record.scope_flags().without(ScopeFlags::PROTOCOL)
    } else {
        ScopeFlags::EMPTY
    }
}

/// What is asked for and the record does not list, as flags: what to add or to drop.
pub(super) fn unlisted(
    record: &TrustedApplication,
    request: &GrantRequest<'_>,
    readings: &Readings,
) -> ScopeFlags {
    let scopes = ScopeFlags::from_text(request.scope.as_deref().unwrap_or_default());
    let exempt = match request.grant {
        grant if grant.is_sign_in() && !readings.protocol_scopes_listed => ScopeFlags::PROTOCOL,
        _ => ScopeFlags::EMPTY,
    };
    let mut missing = scopes.without(record.scope_flags()).without(exempt);
    let text = request.scope.as_deref().unwrap_or_default();
    if !all_listed(
        text,
        scopes,
        record,
        exempt | scopes.without(ScopeFlags::OTHER),
    ) {
        missing = missing | ScopeFlags::OTHER;
    }
    missing
}
