//! What is asked of the identity service, and by whom.

use std::borrow::Cow;
use std::time::Duration;

use erpnet_types::SecretHash;
use serde::Serialize;

use crate::user::UserType;

/// How access is obtained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    /// `response_type=code` at the authorize endpoint, then the exchange.
    AuthorizationCode,
    /// `response_type=code id_token` at the authorize endpoint, then the exchange.
    Hybrid,
    /// `grant_type=refresh_token`.
    Refresh,
    /// `grant_type=client_credentials`.
    ClientCredentials,
    /// A PAT, issued by a user on the Profile site.
    PersonalToken,
    /// A SAT, issued by an administrator in the Instance Manager.
    ServiceToken,
    /// A SAT, issued by an install link with `serviceAccess=referenceToken` (G43).
    InstalledServiceToken,
}

impl Grant {
    /// Every value: for tables over all of them.
    pub const ALL: [Self; 7] = [
        Self::AuthorizationCode,
        Self::Hybrid,
        Self::Refresh,
        Self::ClientCredentials,
        Self::PersonalToken,
        Self::ServiceToken,
        Self::InstalledServiceToken,
    ];

    /// A phrase for it, for messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization code",
            Self::Hybrid => "authorization code with front-channel ID token",
            Self::Refresh => "refresh token",
            Self::ClientCredentials => "client credentials",
            Self::PersonalToken => "personal access token (PAT)",
            Self::ServiceToken => "service access token (SAT)",
            Self::InstalledServiceToken => "service access token (SAT) by install link",
        }
    }

    /// Whether a user signs in at the authorize endpoint.
    #[must_use]
    pub const fn is_sign_in(self) -> bool {
        matches!(self, Self::AuthorizationCode | Self::Hybrid)
    }

    /// Whether it issues a reference token.
    #[must_use]
    pub const fn is_reference(self) -> bool {
        matches!(
            self,
            Self::PersonalToken | Self::ServiceToken | Self::InstalledServiceToken
        )
    }
}

/// What is sent to prove who the client is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Credential {
    /// No secret.
    #[default]
    Absent,
    /// A secret with this hash: compared with the record. This crate never sees the secret.
    Hash(SecretHash),
    /// A secret, of which nothing is known here.
    Unverified,
}

/// The PKCE part of the authorize request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Pkce {
    /// A challenge with `S256`, as AUTH-159 wants.
    #[default]
    S256,
    /// A challenge with `plain`, or without a method (AUTH-162).
    Plain,
    /// No challenge.
    Absent,
}

/// The `code_verifier` of the exchange, beside the challenge (AUTH-161).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Verifier {
    /// As the challenge wants: the right one, or none when there was no challenge.
    #[default]
    Fits,
    /// Wrong, missing, or sent without a challenge.
    Differs,
}

/// `response_mode` of the authorize request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ResponseMode {
    /// Not sent: `query` for `code`, `fragment` for `code id_token`.
    #[default]
    Absent,
    /// `query`.
    Query,
    /// `fragment`.
    Fragment,
    /// `form_post`.
    FormPost,
}

/// The state of a code or a refresh token that is redeemed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Proof {
    /// Live: unused, in time, of this client.
    #[default]
    Live,
    /// Past its end.
    Expired,
    /// Used before (AUTH-176, AUTH-192).
    Consumed,
    /// Revoked: logout, password change, or by hand (AUTH-197).
    Revoked,
    /// Issued to another client.
    Foreign,
    /// Nothing is known about it.
    Unverified,
}

/// What is asked of the identity service.
///
/// ```
/// use erpnet_access::{GrantRequest, Readings, TrustedApplication, UserFacts, Verdict, evaluate_grant};
///
/// let record = TrustedApplication::new("com.example/job");
/// let request = GrantRequest::client_credentials("com.example/job", "read");
/// let decision = evaluate_grant(&record, &request, &UserFacts::none(), &Readings::default());
/// assert_eq!(decision.to_string(), "deny: `invalid_client` at the token endpoint (TA-L02)");
/// ```
#[derive(Clone, Debug)]
pub struct GrantRequest<'a> {
    /// How access is obtained.
    pub grant: Grant,
    /// `client_id` as sent.
    pub client_id: Cow<'a, str>,
    /// The secret, as far as it is known.
    pub credential: Credential,
    /// `redirect_uri` as sent, for sign-ins.
    pub redirect_uri: Cow<'a, str>,
    /// `scope` as sent; `None` when the parameter is left out. For reference tokens: the scopes chosen.
    pub scope: Option<Cow<'a, str>>,
    /// PKCE, for sign-ins.
    pub pkce: Pkce,
    /// The verifier of the exchange, for sign-ins.
    pub verifier: Verifier,
    /// Whether a `nonce` is sent, for sign-ins.
    pub nonce: bool,
    /// `response_mode`, for sign-ins.
    pub response_mode: ResponseMode,
    /// Whether `prompt=none` forbids any interaction (AUTH-187).
    pub silent: bool,
    /// The code of the exchange, or the refresh token.
    pub proof: Proof,
    /// For a refresh: how long ago the user signed in (AUTH-195).
    pub sign_in_age: Option<Duration>,
    /// For reference tokens: whether an end was chosen (G45).
    pub expiry_chosen: bool,
    /// For install links: whether `requestSecret=true` (AUTH-354).
    pub secret_requested: bool,
}

impl<'a> GrantRequest<'a> {
    fn new(grant: Grant, client_id: &'a str, scope: Option<&'a str>) -> Self {
        Self {
            grant,
            client_id: Cow::Borrowed(client_id),
            credential: Credential::Absent,
            redirect_uri: Cow::Borrowed(""),
            scope: scope.map(Cow::Borrowed),
            pkce: Pkce::S256,
            verifier: Verifier::Fits,
            nonce: true,
            response_mode: ResponseMode::Absent,
            silent: false,
            proof: Proof::Live,
            sign_in_age: None,
            expiry_chosen: true,
            secret_requested: true,
        }
    }

    /// A sign-in with `response_type=code`, with PKCE and nonce.
    #[must_use]
    pub fn authorization_code(client_id: &'a str, redirect_uri: &'a str, scope: &'a str) -> Self {
        let redirect_uri = Cow::Borrowed(redirect_uri);
        Self {
            redirect_uri,
            ..Self::new(Grant::AuthorizationCode, client_id, Some(scope))
        }
    }

    /// A sign-in with `response_type=code id_token` and `form_post`, with PKCE and nonce.
    #[must_use]
    pub fn hybrid(client_id: &'a str, redirect_uri: &'a str, scope: &'a str) -> Self {
        Self {
            grant: Grant::Hybrid,
            response_mode: ResponseMode::FormPost,
            ..Self::authorization_code(client_id, redirect_uri, scope)
        }
    }

    /// A renewal by refresh token.
    #[must_use]
    pub fn refresh(client_id: &'a str) -> Self {
        Self::new(Grant::Refresh, client_id, None)
    }

    /// A token for the application itself.
    #[must_use]
    pub fn client_credentials(client_id: &'a str, scope: &'a str) -> Self {
        Self::new(Grant::ClientCredentials, client_id, Some(scope))
    }

    /// A PAT, as a user issues it on the Profile site.
    #[must_use]
    pub fn personal_token(client_id: &'a str, scope: &'a str) -> Self {
        Self::new(Grant::PersonalToken, client_id, Some(scope))
    }

    /// A SAT, as an administrator issues it in the Instance Manager.
    #[must_use]
    pub fn service_token(client_id: &'a str, scope: &'a str) -> Self {
        Self::new(Grant::ServiceToken, client_id, Some(scope))
    }

    /// The same with a secret.
    #[must_use]
    pub fn with_credential(mut self, credential: Credential) -> Self {
        self.credential = credential;
        self
    }

    /// The same with the `scope` parameter left out (AUTH-139).
    #[must_use]
    pub fn without_scope(mut self) -> Self {
        self.scope = None;
        self
    }
}

/// Who signs in, or who issues a reference token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct UserFacts {
    /// The kind of user.
    pub kind: UserType,
    /// Whether the user is an administrator of the instance.
    pub is_admin: bool,
    /// Whether the account is active.
    pub is_active: bool,
    /// Whether the user agrees, if asked (G60).
    pub consents: bool,
    /// Whether the user has a session at the identity service, which `prompt=none` needs.
    pub signed_in: bool,
}

impl UserFacts {
    /// An internal user, active, not an administrator.
    #[must_use]
    pub const fn internal() -> Self {
        Self::of(UserType::Internal)
    }

    /// An external (community) user.
    #[must_use]
    pub const fn external() -> Self {
        Self::of(UserType::ExternalCommunity)
    }

    /// An administrator.
    #[must_use]
    pub const fn administrator() -> Self {
        Self {
            is_admin: true,
            ..Self::internal()
        }
    }

    /// Nobody: for client credentials.
    #[must_use]
    pub const fn none() -> Self {
        Self::of(UserType::NotStated)
    }

    /// A user of this kind, active, who agrees.
    #[must_use]
    pub const fn of(kind: UserType) -> Self {
        Self {
            kind,
            is_admin: false,
            is_active: true,
            consents: true,
            signed_in: true,
        }
    }
}
