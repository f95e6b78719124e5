//! The causes, each with the fields to check and what to do.

use serde::Serialize;

use crate::record::Field;
use crate::rule::RuleId;
use crate::rule::RuleId::{Auth, Gap};

/// How sure a cause is. Ordered: the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Local evidence shows it.
    Confirmed,
    /// Nothing speaks against it.
    Possible,
    /// Local evidence rules it out.
    RuledOut,
}

/// A cause of an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// Which cause.
    pub id: CauseId,
    /// How sure it is.
    pub standing: Standing,
    /// By which rule.
    pub rule: RuleId,
    /// The fields of the record to check.
    pub fields: &'static [Field],
    /// What it is.
    pub what: &'static str,
    /// What to do.
    pub fix: &'static str,
    /// What was seen locally that confirms it or rules it out.
    pub evidence: Option<String>,
}

/// What a cause always has.
pub(super) struct Known {
    pub(super) rule: RuleId,
    pub(super) fields: &'static [Field],
    pub(super) what: &'static str,
    pub(super) fix: &'static str,
}

macro_rules! causes {
    ($($id:ident $rule:expr, [$($field:ident),*], $what:literal, $fix:literal;)*) => {
        /// The causes that errors are traced to.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum CauseId { $(#[doc = $what] $id),* }

        impl CauseId {
            /// Every cause.
            pub const ALL: &'static [Self] = &[$(Self::$id),*];
        }

        pub(super) const fn known(id: CauseId) -> Known {
            match id {
                $(CauseId::$id => Known { rule: $rule, fields: &[$(Field::$field),*], what: $what, fix: $fix }),*
            }
        }
    };
}

causes! {
    WrongClientId Auth(340), [ApplicationUri],
        "the `client_id` is not the application's", "send `ApplicationUri` letter by letter";
    WrongInstance Auth(42), [ApplicationUri],
        "the application is registered at another instance", "register it at this instance, or ask the other one";
    Disabled Auth(124), [IsEnabled],
        "the application is disabled", "set `IsEnabled=true`";
    PublicSendsSecret Auth(340), [ClientType],
        "a public client sends a secret", "send no secret, or make the application confidential";
    ConfidentialSendsNone Auth(340), [ClientType],
        "a confidential client sends no secret", "send `client_secret` in the form";
    SecretHashMissing Auth(210), [ApplicationSecretHash],
        "the record has no secret hash", "set `ApplicationSecretHash`";
    SecretHashMalformed Auth(114), [ApplicationSecretHash],
        "the record's hash is in the wrong form", "write it as padded base64 of the SHA-256";
    SecretMismatch Auth(340), [ApplicationSecretHash],
        "the secret was rotated, deleted or mistyped", "compare the hash of the secret in use with the record";
    ServiceSuffix Gap(18), [ApplicationUri],
        "the instance is from the years when services added `-service` to the `client_id`",
        "try the suffix, by the switch for it";
    FlowNotEnabled Auth(210), [SystemUserAllowed, SystemUser],
        "client credentials are not enabled", "set `SystemUserAllowed=true` and `SystemUser`";
    SystemUserMissing Auth(122), [SystemUser],
        "`SystemUser` is empty", "set it to a dedicated user with few rights";
    NotConfidential Auth(210), [ClientType],
        "the client is not confidential, and services must be", "set `ClientType=Confidential` and a secret hash";
    InternalFlagForServices Gap(16), [ImpersonateAsInternalUserAllowed],
        "some instances may want the flag for internal users even for services",
        "if all else is right, try `ImpersonateAsInternalUserAllowed=true`";
    SignInNotEnabled Auth(172), [ImpersonateAsInternalUserAllowed, ImpersonateAsCommunityUserAllowed],
        "this kind of user may not sign in", "set the impersonation flag for the kind of user";
    ResponseType Gap(7), [ClientType],
        "this client uses the other response type", "switch between `code` and `code id_token`";
    RequestMalformed Auth(85), [],
        "the request is not a POST with a form, or a parameter is missing or unknown",
        "send `application/x-www-form-urlencoded` with the documented parameters";
    PkceOrNonceMissing Auth(162), [ClientType],
        "PKCE, `nonce`, `scope` or `response_mode` is missing or not accepted",
        "send `S256`, a nonce with `openid`, and `form_post` with `code id_token`";
    RedirectNotRegistered Auth(337), [ImpersonateLoginUrl],
        "the redirect URI is not registered letter by letter", "register the exact URI: case, port and slash count";
    ScopeNotConfigured Auth(342), [Scope],
        "a requested scope is not in the record", "drop the scope, or add it to `Scope`";
    ScopeWrongCase Auth(135), [Scope],
        "a scope is unknown or in the wrong case", "scopes are lower-case: `read`, `update`";
    ProtocolScopeForService Auth(138), [],
        "`openid`, `profile` or `offline_access` with client credentials", "request `read`, `update` or both";
    NoScopeAtAll Auth(140), [Scope],
        "no scope is requested, and the record has none", "name the scopes, and list them in `Scope`";
    OpenidMissing Auth(137), [],
        "`profile` or `code id_token` without `openid`", "request `openid` as well";
    ProtocolScopesListed Gap(22), [Scope],
        "the instance may want protocol scopes listed", "if the rest is right, add `openid profile offline_access` to `Scope`";
    LegacyScope Auth(147), [Scope],
        "the obsolete `DomainApi` is requested", "request `read`, and `update` if the application writes";
    VerifierMismatch Auth(161), [],
        "the `code_verifier` does not belong to the `code_challenge`", "keep one verifier per attempt, and send it once";
    CodeUsedOrExpired Auth(176), [],
        "the code expired, or was tried before, even in vain", "start the sign-in again; never retry an exchange";
    ExchangeRedirectDiffers Auth(175), [ImpersonateLoginUrl],
        "the `redirect_uri` of the exchange is not that of the sign-in", "send the identical text";
    RefreshConsumed Auth(193), [],
        "the refresh token was used before: each works once", "one refresh at a time, and store the new token first";
    RefreshExpired Auth(195), [],
        "the refresh token expired", "sign in again";
    RefreshRevoked Auth(197), [],
        "logout, a password change or a revocation ended the refresh token", "sign in again";
    ReconfiguredOrInactive Auth(197), [IsEnabled, ImpersonateAsInternalUserAllowed, ImpersonateAsCommunityUserAllowed],
        "the user was deactivated, or the application reconfigured", "check the user and the record, then sign in again";
    UserCancelled Auth(174), [],
        "the user cancelled, or refused consent (G60)", "offer to try again";
    InteractionNeeded Auth(187), [],
        "`prompt=none`, and the user must be asked", "sign in interactively";
    BrowserClosed Auth(344), [],
        "the user closed the browser or left the page", "offer to try again";
    GlobalToken Auth(53), [],
        "the token is from the global authority, or of another instance",
        "get the token from the identity service of the instance that is called";
    NoToken Auth(268), [],
        "there was no token, or not where the API looks", "send `Authorization: Bearer <token>`";
    IdTokenSent Auth(75), [],
        "an ID token was sent instead of an access token", "send the `access_token`";
    TokenExpired Auth(268), [],
        "the token has expired", "renew it";
    TokenRevoked Auth(241), [ReferenceTokens],
        "the reference token was revoked, or ended", "issue a new one: there is no renewal";
    VersionTooOld Auth(247), [],
        "the instance is of a version before 26.2, which knows no reference tokens",
        "use client credentials, or have the instance updated";
    ApplicationChanged Auth(242), [IsEnabled, Scope, ReferenceTokens],
        "the application was disabled or its policy changed", "compare the record with what it was";
    NoApiAudience Auth(78), [],
        "the token was requested without `read` and `update`, so it has no API audience", "request API scopes";
    ScopeMissing Auth(269), [Scope],
        "the token lacks the scope", "request `read` to read and `update` to write";
    UserRights Auth(153), [SystemUser],
        "the user, or the system user, lacks the right", "grant it in the instance: scopes do not replace rights";
    UserKind Auth(152), [],
        "external users have no API access", "call as the application";
    ServiceAtProfile Auth(221), [],
        "`/me` needs a token with a user", "use the user's token or a PAT";
    ReservedNamespace Auth(130), [Scope],
        "the security namespace wants the reserved scope `sec`", "let an administrator do it in the instance";
    TooManyRequests Auth(270), [],
        "more than one request at a time, or 600 a minute, in one session (G39)",
        "one request at a time per session, and wait (`Retry-After` if there is one, G38)";
    NoLicence Auth(278), [SystemUser],
        "all licence slots are taken; the token is still good",
        "wait until idle sessions end (20 minutes), plan capacity, or reserve a seat";
    BusinessRule Auth(273), [],
        "the instance refused the data, or failed", "read `code` and the rule id in the body; do not retry";
    TransactionLost Auth(292), [],
        "the transaction ended, or is older than 25 minutes", "begin a new transaction and repeat its steps";
    SetRenamed Auth(306), [],
        "the entity set was renamed", "use the new name that the message tells, or ask `GetRenamedEntityTypes`";
    BasicNotFound Auth(381), [ApplicationUri],
        "Basic: no trusted application matches", "migrate to OAuth or a reference token";
    BasicNotEnabled Auth(381), [IsEnabled],
        "Basic: the application is not enabled", "migrate to OAuth or a reference token";
    BasicNotConfigured Auth(381), [BasicAuthenticationAllowed],
        "Basic: the application does not allow it", "migrate to OAuth or a reference token";
    BasicOtherUser Auth(381), [SystemUser],
        "Basic: the application is bound to another system user", "migrate to OAuth or a reference token";
    LoginPage Auth(265), [],
        "a login page instead of an answer: the call is not authenticated", "send the token, and follow no redirects";
    WrongUrl Auth(338), [],
        "the URL is not the service's: a proxy, a portal or another site answered", "take the URL from auto-discovery";
    ServerTrouble Auth(280), [],
        "the server or something before it is down", "try reads again later; do not repeat writes";
    Undocumented Auth(343), [],
        "an error that the rules do not list", "read the answer's body and the instance's log";
}
