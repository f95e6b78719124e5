//! How the gaps of the documentation are read: one field for each, with the safe reading as its default.
//!
//! Where the documentation is silent or contradicts itself, a decision says [`Verdict::Unknown`] and names the gap.
//! Whoever knows better - because their instance was tried - says so here.
//!
//! Gaps that need no switch because one decision point serves both sides:
//!
//! | Gap | Decision point |
//! |---|---|
//! | G03 | [`crate::TrustedApplication`] reads `ReferenceTokens` and `AccessTokens` as one field |
//! | G06 | [`Readings::refresh_slides`] |
//! | G17, G54 | external users get no API tokens; a token without API audience is refused ([`crate::evaluate_call`]) |
//! | G20, G21 | [`crate::ScopeDelta`] compares requested and granted scopes; an omitted scope is a trap |
//! | G23 | audiences are a set ([`crate::Audiences`]) |
//! | G34, G35, G37, G55 | [`crate::diagnose()`] searches every text, needs no status and no body, and maps by cause |
//! | G40, G41 | [`crate::migrate()`] detects both legacy schemes and produces neither |
//! | G44, G46 | issuing follows the matrix of policy, caller and kind; a PAT belongs to its issuer ([`crate::evaluate_grant`]) |
//! | G45 | a reference token without known expiry is used; TA-L33 warns |
//! | G47 | TA-L32 judges `clientType` as it stands in the link, with no default |
//! | G52 | all three spellings of the Table API path are recognised ([`crate::Operation::parse`]) |
//! | G53, G56 | [`crate::advise()`] names the instance authority for APIs and promises the sign-in alone for the global one |
//! | G58 | `Authorizations` are kept and shown, never consulted ([`crate::record::Authorization`]) |
//! | G60 | consent is a fact about the user ([`crate::UserFacts::consents`]); refusal is `access_denied` |
//! | G61 | client ids are compared byte by byte |

use serde::{Deserialize, Serialize};

use crate::verdict::Verdict;

/// An answer to a question that the documentation leaves open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Not settled: decisions that hang on it are [`Verdict::Unknown`].
    #[default]
    Open,
    /// Tried on the instance: yes.
    Yes,
    /// Tried on the instance: no.
    No,
}

impl Answer {
    /// The verdict if a "yes" allows.
    #[must_use]
    pub const fn verdict(self) -> Verdict {
        match self {
            Self::Open => Verdict::Unknown,
            Self::Yes => Verdict::Allow,
            Self::No => Verdict::Deny,
        }
    }
}

/// Which response types the identity service accepts from a confidential client (G07).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfidentialResponse {
    /// Both, as the documentation shows both working.
    #[default]
    Either,
    /// `code` only.
    Code,
    /// `code id_token` only.
    CodeIdToken,
}

/// The readings that decisions about grants and calls depend on.
///
/// ```
/// use erpnet_access::{Answer, Readings};
///
/// // Somebody tried it: on this server `update` alone reads as well.
/// let readings = Readings { update_implies_read: Answer::Yes, ..Readings::default() };
/// assert_eq!(readings.redirect_case_sensitive, true);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Readings {
    /// G04: may a public client get a refresh token? "Confidential only" and "24 h for public" are both documented.
    pub public_refresh: Answer,
    /// G06: does refreshing extend the life of a refresh token beyond 30 days? Stock IdentityServer4: no.
    pub refresh_slides: Answer,
    /// G07: `code` or `code id_token` for confidential clients. A stock IdentityServer4 client cannot have both.
    pub confidential_response: ConfidentialResponse,
    /// G10: may a public client use `code id_token`? Some samples do.
    pub public_hybrid: Answer,
    /// G14: does `http://127.0.0.1` in the record match any port? The documentation asks for exact matches: `false`.
    pub loopback_any_port: bool,
    /// G15: are redirect URIs compared case-sensitively? The documentation says so: `true`.
    pub redirect_case_sensitive: bool,
    /// G16: do client credentials need `ImpersonateAsInternalUserAllowed`? Two pages show `true`, the table `false`.
    pub service_needs_internal_flag: bool,
    /// G18: does a dual-flow application need `-service` after its `client_id` (documentation of 2022 to 2025)?
    pub service_suffix: bool,
    /// G19: does `update` alone permit reading?
    pub update_implies_read: Answer,
    /// G22: must `openid`, `profile` and `offline_access` stand in the record's `Scope`? AUTH-125 says no.
    pub protocol_scopes_listed: bool,
    /// G42: may an administrator issue a SAT under the policy `AuthenticatedUsers`?
    pub sat_under_authenticated_users: Answer,
    /// G43: does an install link issue a SAT in spite of the policy `None`? The documented event shows one: `true`.
    pub install_bypasses_policy: bool,
    /// G57: do issued JWTs keep working after the application was disabled, until they expire?
    pub jwt_survives_disabling: Answer,
    /// AUTH-077: does the API accept the one audience `DomainApi` of servers before 2023?
    pub legacy_audience: Answer,
    /// AUTH-147: does the legacy scope `DomainApi` permit reading and writing?
    pub legacy_scope: Answer,
    /// AUTH-302: does `/me` accept a user's token without `openid` and `profile`? Its scopes are not documented.
    pub me_without_profile: Answer,
    /// AUTH-341: is a public client that sends a secret accepted? Documented as `invalid_client`; stock
    /// IdentityServer4 accepts it.
    pub public_secret_accepted: Answer,
    /// How many seconds the clocks of token and API may disagree before a token counts as not yet valid (AUTH-082).
    pub clock_skew_seconds: u32,
}

/// The skew that decisions tolerate by default, in seconds (AUTH-082).
pub const DEFAULT_CLOCK_SKEW_SECONDS: u32 = 60;

impl Default for Readings {
    fn default() -> Self {
        Self {
            public_refresh: Answer::Open,
            refresh_slides: Answer::Open,
            confidential_response: ConfidentialResponse::Either,
            public_hybrid: Answer::Open,
            loopback_any_port: false,
            redirect_case_sensitive: true,
            service_needs_internal_flag: false,
            service_suffix: false,
            update_implies_read: Answer::Open,
            protocol_scopes_listed: false,
            sat_under_authenticated_users: Answer::Open,
            install_bypasses_policy: true,
            jwt_survives_disabling: Answer::Open,
            legacy_audience: Answer::Open,
            legacy_scope: Answer::Open,
            me_without_profile: Answer::Open,
            public_secret_accepted: Answer::Open,
            clock_skew_seconds: DEFAULT_CLOCK_SKEW_SECONDS,
        }
    }
}

/// What identifies the session of a service token (G29, AUTH-325).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceSessionKey {
    /// Each token opens its own session: the pessimistic reading, and what the vendor's samples say.
    #[default]
    PerToken,
    /// All tokens of one application and system user share a session.
    PerClientAndUser,
}

/// The readings that sessions and licences depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionReadings {
    /// G29: the key of a service session.
    pub service_key: ServiceSessionKey,
    /// G30: does the absolute limit of one hour apply to the sessions of PAT and SAT, too? Documented for client
    /// credentials only: `false`.
    pub reference_hour_limit: bool,
    /// G32: is a session closed at exactly 20:00 idle or 60:00 open? `true`: closed at the limit.
    pub closed_at_limit: bool,
    /// G33: do further sessions of a reserved account compete in the shared pool? `true`. With `false` they take
    /// nothing from the others and are refused.
    pub reserved_extra_in_pool: bool,
    /// AUTH-386: does ErpLogin's logout keep the session until it idles out (27.1 and later)? `true`.
    pub erp_logout_keeps_session: bool,
    /// AUTH-331, AUTH-193: may replicas of one application share one sign-in of one user, one `sid`? Never two
    /// identities or two applications.
    pub replicas_share_sign_in: bool,
}

impl Default for SessionReadings {
    fn default() -> Self {
        Self {
            service_key: ServiceSessionKey::PerToken,
            reference_hour_limit: false,
            closed_at_limit: true,
            reserved_extra_in_pool: true,
            erp_logout_keeps_session: true,
            replicas_share_sign_in: true,
        }
    }
}
