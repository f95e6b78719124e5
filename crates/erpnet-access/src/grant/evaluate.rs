//! The decision about a grant: the checks of each grant, in the order of IdentityServer4.

use std::time::Duration;

use super::client::{check_client, check_credential, check_system_user, client_error};
use super::decision::{Checked, GrantCheck, GrantDecision, GrantOutcome, Place};
use super::error::OAuthError;
use super::issue::{check_expiry, check_issuer, check_policy};
use super::redirect::check_redirect;
use super::request::{
    Credential, Grant, GrantRequest, Pkce, Proof, ResponseMode, UserFacts, Verifier,
};
use super::scope;
use crate::readings::{Answer, ConfidentialResponse, Readings};
use crate::record::{ClientType, TrustedApplication};
use crate::rule::RuleId::{Auth, Gap, Lint};
use crate::scopes::ScopeFlags;
use crate::user::UserType;
use crate::verdict::{Finding, Verdict};

/// How long a refresh token of a public client lives (AUTH-190, G04).
pub(super) const PUBLIC_REFRESH: Duration = Duration::from_secs(24 * 3600);

/// How long a refresh token of a confidential client lives (AUTH-195, G06).
pub(super) const CONFIDENTIAL_REFRESH: Duration = Duration::from_secs(30 * 24 * 3600);

/// The most checks that a grant has.
const MAX_CHECKS: usize = 12;

/// The checks of one grant, in order. A plain list on the stack: decisions allocate nothing.
pub(super) struct Checks {
    all: [Checked; MAX_CHECKS],
    used: usize,
    /// The scopes of the request, read once.
    requested: ScopeFlags,
}

impl Checks {
    const fn new(requested: ScopeFlags) -> Self {
        let blank = Checked {
            check: GrantCheck::Client,
            finding: Finding::allow(Auth(110)),
            error: None,
            place: Place::TokenEndpoint,
        };
        Self {
            all: [blank; MAX_CHECKS],
            used: 0,
            requested,
        }
    }

    // Not inlined, as the checks themselves: what a list of known length holds sends the optimiser on long journeys.
    #[inline(never)]
    fn push(
        &mut self,
        check: GrantCheck,
        finding: Finding,
        error: impl Into<Option<OAuthError>>,
        place: Place,
    ) {
        if let Some(slot) = self.all.get_mut(self.used) {
            *slot = Checked {
                check,
                finding,
                error: error.into(),
                place,
            };
            self.used += 1;
        }
    }

    pub(super) fn iter(&self) -> std::slice::Iter<'_, Checked> {
        self.all.get(..self.used).unwrap_or_default().iter()
    }
}

/// Decides whether the identity service would grant a request: the granted scopes, or the OAuth error it would
/// answer. Total.
///
/// ```
/// use erpnet_access::record::{HashText, SystemUser};
/// use erpnet_access::{Credential, GrantRequest, Readings, ScopeFlags, TrustedApplication, UserFacts, evaluate_grant};
/// use erpnet_types::SecretHash;
///
/// let hash = SecretHash::from_bytes([7; 32]);
/// let mut record = TrustedApplication::new("com.example/job");
/// record.application_secret_hash = Some(HashText::from(hash));
/// record.system_user_allowed = true;
/// record.system_user = Some(SystemUser::by_id("cc314327-3d04-477f-ac53-cde19d8350e9"));
/// record.scope = "read".to_owned();
///
/// let ask = |scope| GrantRequest::client_credentials("com.example/job", scope).with_credential(Credential::Hash(hash));
/// let decide = |scope| evaluate_grant(&record, &ask(scope), &UserFacts::none(), &Readings::default());
/// assert_eq!(decide("read").scopes(), Some(ScopeFlags::READ));
/// assert_eq!(decide("read update").to_string(), "deny: `invalid_scope` at the token endpoint (AUTH-142)");
/// ```
#[must_use]
pub fn evaluate_grant(
    record: &TrustedApplication,
    request: &GrantRequest<'_>,
    user: &UserFacts,
    readings: &Readings,
) -> GrantDecision {
    let checks = checks_of(record, request, user, readings);
    let mut lowest: Option<&Checked> = None;
    for checked in checks.iter() {
        if lowest.is_none_or(|lowest| checked.finding.verdict < lowest.finding.verdict) {
            lowest = Some(checked);
        }
        if checked.finding.verdict == Verdict::Deny {
            break;
        }
    }
    match lowest {
        Some(checked) if checked.finding.verdict != Verdict::Allow => GrantDecision {
            verdict: checked.finding.verdict,
            rule: checked.finding.rule,
            check: checked.check,
            outcome: match checked.finding.verdict {
                Verdict::Deny => GrantOutcome::Refused {
                    error: checked.error,
                    place: checked.place,
                },
                Verdict::Unknown | Verdict::Allow => GrantOutcome::Open,
            },
        },
        _ => allowed(&checks, record, request, readings),
    }
}

fn allowed(
    checks: &Checks,
    record: &TrustedApplication,
    request: &GrantRequest<'_>,
    readings: &Readings,
) -> GrantDecision {
    let scopes = scope::granted(record, request, checks.requested);
    let refresh_token = match (request.grant, record.client_type) {
        (Grant::Refresh, _) => Answer::Yes,
        (grant, _) if !grant.is_sign_in() || !scopes.contains(ScopeFlags::OFFLINE_ACCESS) => {
            Answer::No
        }
        (_, ClientType::Public) => readings.public_refresh,
        _ => Answer::Yes,
    };
    let id_token = request.grant.is_sign_in() && scopes.contains(ScopeFlags::OPENID);
    let by_scope = checks
        .iter()
        .find(|checked| checked.check == GrantCheck::Scope);
    let deciding = by_scope.or_else(|| checks.iter().last());
    GrantDecision {
        verdict: Verdict::Allow,
        rule: deciding.map_or(Auth(148), |checked| checked.finding.rule),
        check: deciding.map_or(GrantCheck::Scope, |checked| checked.check),
        outcome: GrantOutcome::Granted {
            scopes,
            id_token,
            refresh_token,
        },
    }
}

/// All checks of a grant, in order: the decision stops at the first denial, the explanation shows them all.
#[inline(never)]
pub(super) fn checks_of(
    record: &TrustedApplication,
    request: &GrantRequest<'_>,
    user: &UserFacts,
    readings: &Readings,
) -> Checks {
    let requested = ScopeFlags::from_text(request.scope.as_deref().unwrap_or_default());
    let mut checks = Checks::new(requested);
    match request.grant {
        Grant::AuthorizationCode | Grant::Hybrid => {
            sign_in(&mut checks, record, request, user, readings);
        }
        Grant::Refresh => refresh(&mut checks, record, request, user, readings),
        Grant::ClientCredentials => client_credentials(&mut checks, record, request, readings),
        Grant::PersonalToken | Grant::ServiceToken | Grant::InstalledServiceToken => {
            reference(&mut checks, record, request, user, readings);
        }
    }
    checks
}

#[inline(never)]
fn sign_in(
    checks: &mut Checks,
    record: &TrustedApplication,
    request: &GrantRequest<'_>,
    user: &UserFacts,
    readings: &Readings,
) {
    let page = Place::IdentityPage;
    let client = check_client(record, request, readings);
    checks.push(
        GrantCheck::Client,
        client,
        client_error(record, request.grant, false),
        page,
    );
    let redirect = check_redirect(
        &record.impersonate_login_url,
        &request.redirect_uri,
        readings,
    );
    checks.push(
        GrantCheck::Redirect,
        redirect,
        OAuthError::InvalidRequest,
        page,
    );
    checks.push(
        GrantCheck::Flow,
        check_flow(record, request, readings),
        OAuthError::UnauthorizedClient,
        page,
    );
    let mode = check_mode(request);
    checks.push(GrantCheck::Flow, mode, OAuthError::InvalidRequest, page);
    let (scopes, error) =
        scope::check_sign_in(record, request, checks.requested, user.kind, readings);
    checks.push(GrantCheck::Scope, scopes, error, page);
    checks.push(
        GrantCheck::Pkce,
        check_pkce(record, request),
        OAuthError::InvalidRequest,
        page,
    );
    checks.push(
        GrantCheck::Nonce,
        check_nonce(request),
        OAuthError::InvalidRequest,
        page,
    );
    let (who, error, place) = check_user(record, request, user);
    checks.push(GrantCheck::User, who, error, place);
    let token = Place::TokenEndpoint;
    let secret = check_credential(record, request, readings);
    checks.push(
        GrantCheck::Credential,
        secret,
        OAuthError::InvalidClient,
        token,
    );
    checks.push(
        GrantCheck::Proof,
        check_proof(request),
        OAuthError::InvalidGrant,
        token,
    );
    let verifier = match request.verifier {
        Verifier::Fits => Finding::allow(Auth(161)),
        Verifier::Differs => Finding::deny(Auth(161)),
    };
    checks.push(GrantCheck::Pkce, verifier, OAuthError::InvalidGrant, token);
}

/// G07, G10: which response type this client may use.
fn check_flow(
    record: &TrustedApplication,
    request: &GrantRequest<'_>,
    readings: &Readings,
) -> Finding {
    let hybrid = request.grant == Grant::Hybrid;
    match (record.client_type, readings.confidential_response) {
        (ClientType::Public | ClientType::None, _) if hybrid => {
            Finding::of(readings.public_hybrid.verdict(), Gap(10))
        }
        (ClientType::Public | ClientType::None, _) => Finding::allow(Auth(163)),
        (ClientType::Confidential, ConfidentialResponse::Code) if hybrid => Finding::deny(Gap(7)),
        (ClientType::Confidential, ConfidentialResponse::CodeIdToken) if !hybrid => {
            Finding::deny(Gap(7))
        }
        (ClientType::Confidential, _) => Finding::allow(Auth(163)),
    }
}

/// AUTH-164: `code id_token` comes back as a fragment or a form, never as a query.
fn check_mode(request: &GrantRequest<'_>) -> Finding {
    match (request.grant, request.response_mode) {
        (Grant::Hybrid, ResponseMode::Query) => Finding::deny(Auth(164)),
        _ => Finding::allow(Auth(164)),
    }
}

/// AUTH-159: PKCE for public clients. AUTH-162: never `plain`.
fn check_pkce(record: &TrustedApplication, request: &GrantRequest<'_>) -> Finding {
    match request.pkce {
        Pkce::S256 => Finding::allow(Auth(159)),
        Pkce::Plain => Finding::deny(Auth(162)),
        Pkce::Absent if record.client_type == ClientType::Confidential => Finding::allow(Auth(177)),
        Pkce::Absent => Finding::deny(Auth(159)),
    }
}

/// AUTH-165: `code id_token` needs a nonce.
fn check_nonce(request: &GrantRequest<'_>) -> Finding {
    if request.grant == Grant::Hybrid && !request.nonce {
        Finding::deny(Auth(165))
    } else {
        Finding::allow(Auth(165))
    }
}

/// Who signs in: by the flag of the kind of user (table "required settings"), if it can sign in at all (AUTH-254),
/// is active (AUTH-197), agrees (AUTH-174, G60), and need not be asked when it must not be (AUTH-187).
#[inline(never)]
fn check_user(
    record: &TrustedApplication,
    request: &GrantRequest<'_>,
    user: &UserFacts,
) -> (Finding, Option<OAuthError>, Place) {
    let page = |finding| (finding, None, Place::IdentityPage);
    let flag = match user.kind {
        UserType::Internal => Some((record.impersonate_as_internal_user_allowed, Auth(172))),
        UserType::ExternalCommunity => {
            Some((record.impersonate_as_community_user_allowed, Auth(172)))
        }
        _ => None,
    };
    match flag {
        _ if user.kind.cannot_sign_in() => page(Finding::deny(Auth(254))),
        _ if !user.is_active => page(Finding::deny(Auth(197))),
        _ if !record.allows_sign_in() => page(Finding::deny(Lint(10))),
        Some((false, rule)) => page(Finding::deny(rule)),
        _ if request.silent && !user.signed_in => (
            Finding::deny(Auth(187)),
            Some(OAuthError::LoginRequired),
            Place::Callback,
        ),
        _ if !user.consents => {
            let error = if request.silent {
                OAuthError::ConsentRequired
            } else {
                OAuthError::AccessDenied
            };
            (Finding::deny(Gap(60)), Some(error), Place::Callback)
        }
        Some((true, rule)) => page(Finding::allow(rule)),
        None => page(Finding::unknown(Auth(254))),
    }
}

/// AUTH-176, AUTH-192, AUTH-197: a code or a refresh token is used once, in time, by its client.
fn check_proof(request: &GrantRequest<'_>) -> Finding {
    let rule = if request.grant == Grant::Refresh {
        Auth(197)
    } else {
        Auth(176)
    };
    match request.proof {
        Proof::Live => Finding::allow(rule),
        Proof::Unverified => Finding::unknown(rule),
        Proof::Expired | Proof::Consumed | Proof::Revoked | Proof::Foreign => Finding::deny(rule),
    }
}

#[inline(never)]
fn refresh(
    checks: &mut Checks,
    record: &TrustedApplication,
    request: &GrantRequest<'_>,
    user: &UserFacts,
    readings: &Readings,
) {
    let token = Place::TokenEndpoint;
    let client = check_client(record, request, readings);
    checks.push(
        GrantCheck::Client,
        client,
        client_error(record, request.grant, true),
        token,
    );
    let secret = check_credential(record, request, readings);
    checks.push(
        GrantCheck::Credential,
        secret,
        OAuthError::InvalidClient,
        token,
    );
    checks.push(
        GrantCheck::Proof,
        check_proof(request),
        OAuthError::InvalidGrant,
        token,
    );
    let age = check_age(record, request, readings);
    checks.push(GrantCheck::Proof, age, OAuthError::InvalidGrant, token);
    // AUTH-197: reconfiguration and deactivation end a refresh token.
    let allowed = match user.kind {
        UserType::Internal => Some(record.impersonate_as_internal_user_allowed),
        UserType::ExternalCommunity => Some(record.impersonate_as_community_user_allowed),
        _ => None,
    };
    let who = match allowed {
        _ if !user.is_active || user.kind.cannot_sign_in() => Finding::deny(Auth(197)),
        Some(false) => Finding::deny(Auth(197)),
        Some(true) => Finding::allow(Auth(197)),
        None if !record.allows_sign_in() => Finding::deny(Auth(197)),
        None => Finding::unknown(Auth(197)),
    };
    checks.push(GrantCheck::User, who, OAuthError::InvalidGrant, token);
}

/// AUTH-190 (24 h for public clients), AUTH-195 with G06 (30 days for confidential ones, if not sliding).
fn check_age(
    record: &TrustedApplication,
    request: &GrantRequest<'_>,
    readings: &Readings,
) -> Finding {
    let Some(age) = request.sign_in_age else {
        return Finding::allow(Auth(195));
    };
    match record.client_type {
        ClientType::Confidential if age >= CONFIDENTIAL_REFRESH => {
            Finding::of(readings.refresh_slides.verdict(), Gap(6))
        }
        ClientType::Confidential => Finding::allow(Auth(195)),
        _ if age >= PUBLIC_REFRESH => Finding::deny(Auth(190)),
        _ => Finding::allow(Auth(190)),
    }
}

#[inline(never)]
fn client_credentials(
    checks: &mut Checks,
    record: &TrustedApplication,
    request: &GrantRequest<'_>,
    readings: &Readings,
) {
    let token = Place::TokenEndpoint;
    let client = check_client(record, request, readings);
    checks.push(
        GrantCheck::Client,
        client,
        client_error(record, request.grant, true),
        token,
    );
    // TA-L07: service access needs a secret.
    let flow = match (record.client_type, request.credential) {
        (ClientType::Confidential, _) => Finding::allow(Auth(210)),
        (
            ClientType::Public | ClientType::None,
            Credential::Absent | Credential::Hash(_) | Credential::Unverified,
        ) => Finding::deny(Lint(7)),
    };
    checks.push(
        GrantCheck::Flow,
        flow,
        OAuthError::UnauthorizedClient,
        token,
    );
    let secret = check_credential(record, request, readings);
    checks.push(
        GrantCheck::Credential,
        secret,
        OAuthError::InvalidClient,
        token,
    );
    checks.push(
        GrantCheck::SystemUser,
        check_system_user(record, readings),
        OAuthError::UnauthorizedClient,
        token,
    );
    checks.push(
        GrantCheck::Scope,
        scope::check_service(record, request, checks.requested),
        OAuthError::InvalidScope,
        token,
    );
}

#[inline(never)]
fn reference(
    checks: &mut Checks,
    record: &TrustedApplication,
    request: &GrantRequest<'_>,
    user: &UserFacts,
    readings: &Readings,
) {
    let personal = request.grant == Grant::PersonalToken;
    let place = if personal {
        Place::ProfileSite
    } else {
        Place::InstanceManager
    };
    checks.push(
        GrantCheck::Client,
        check_client(record, request, readings),
        None,
        place,
    );
    checks.push(
        GrantCheck::Policy,
        check_policy(record, request, user, readings),
        None,
        place,
    );
    if !personal {
        // G16 is about client credentials: no reading of it applies here.
        let plain = Readings {
            service_needs_internal_flag: false,
            ..*readings
        };
        checks.push(
            GrantCheck::SystemUser,
            check_system_user(record, &plain),
            None,
            place,
        );
    }
    checks.push(
        GrantCheck::Scope,
        scope::check_reference(record, request, checks.requested),
        None,
        place,
    );
    checks.push(GrantCheck::User, check_issuer(request, user), None, place);
    checks.push(GrantCheck::Proof, check_expiry(request), None, place);
}
