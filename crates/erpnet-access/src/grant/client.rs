//! Is the client who it says it is, and may it ask at all?

use super::error::OAuthError;
use super::request::{Credential, Grant, GrantRequest};
use crate::readings::Readings;
use crate::record::{ClientType, TrustedApplication};
use crate::rule::RuleId::{Auth, Gap, Lint};
use crate::verdict::Finding;

/// The `client_id` that a request must send: `ApplicationUri`, verbatim (AUTH-110, G61); on servers of the suffix era
/// a dual-flow application adds `-service` for client credentials (AUTH-211, G18).
pub(super) fn expected_id<'a>(
    record: &'a TrustedApplication,
    grant: Grant,
    readings: &Readings,
) -> (&'a str, &'static str) {
    let dual = record.allows_sign_in() && record.system_user_allowed;
    let suffix = if readings.service_suffix && dual && grant == Grant::ClientCredentials {
        "-service"
    } else {
        ""
    };
    (record.application_uri.as_str(), suffix)
}

/// AUTH-104 (registered), AUTH-110 (under this id), AUTH-124 (enabled), AUTH-129 (`None` is no client).
pub(super) fn check_client(
    record: &TrustedApplication,
    request: &GrantRequest<'_>,
    readings: &Readings,
) -> Finding {
    let (id, suffix) = expected_id(record, request.grant, readings);
    let same = !id.is_empty() && request.client_id.strip_prefix(id) == Some(suffix);
    if !same {
        return Finding::deny(if suffix.is_empty() {
            Auth(110)
        } else {
            Gap(18)
        });
    }
    if !record.is_enabled {
        return Finding::deny(Auth(124));
    }
    if record.client_type == ClientType::None && !request.grant.is_reference() {
        return Finding::deny(Auth(129));
    }
    Finding::allow(Auth(110))
}

/// AUTH-113 (the hash matches), AUTH-114 (the hash can match), AUTH-340, AUTH-341 (a public client has no secret).
pub(super) fn check_credential(
    record: &TrustedApplication,
    request: &GrantRequest<'_>,
    readings: &Readings,
) -> Finding {
    if record.client_type != ClientType::Confidential {
        return match request.credential {
            Credential::Absent => Finding::allow(Auth(93)),
            Credential::Hash(_) | Credential::Unverified => {
                Finding::of(readings.public_secret_accepted.verdict(), Auth(341))
            }
        };
    }
    let Some(hash) = &record.application_secret_hash else {
        return Finding::deny(Lint(2));
    };
    match request.credential {
        _ if !hash.can_match() => Finding::deny(Auth(114)),
        Credential::Absent => Finding::deny(Auth(340)),
        Credential::Unverified => Finding::unknown(Auth(113)),
        Credential::Hash(sent) => match hash.sha256() {
            Some(stored) if stored.ct_eq(&sent) => Finding::allow(Auth(113)),
            Some(_) => Finding::deny(Auth(113)),
            // A SHA-512 in the record: only the holder of the secret could compare.
            None => Finding::unknown(Auth(114)),
        },
    }
}

/// AUTH-210: client credentials are for confidential clients with an allowed system user. G16: and perhaps with the
/// flag for internal users.
pub(super) fn check_system_user(record: &TrustedApplication, readings: &Readings) -> Finding {
    if !record.system_user_allowed {
        Finding::deny(Auth(210))
    } else if record.system_user.is_none() {
        Finding::deny(Lint(5))
    } else if readings.service_needs_internal_flag && !record.impersonate_as_internal_user_allowed {
        Finding::deny(Gap(16))
    } else {
        Finding::allow(Auth(210))
    }
}

/// What a refused client is told: the authorize endpoint says `unauthorized_client`, the token endpoint
/// `invalid_client` (AUTH-226). A `None` record is a client whose flows are all off.
pub(super) const fn client_error(
    record: &TrustedApplication,
    grant: Grant,
    at_token_endpoint: bool,
) -> OAuthError {
    match (grant, record.client_type) {
        (_, ClientType::None) if at_token_endpoint && record.is_enabled => {
            OAuthError::UnauthorizedClient
        }
        _ if at_token_endpoint => OAuthError::InvalidClient,
        _ => OAuthError::UnauthorizedClient,
    }
}
