//! What exactly went wrong: one variant a cause, with what was expected and what came.

use std::time::Duration;

use erpnet_access::Explanation;
use erpnet_types::{ScopeSet, SiteKind};

use super::kind::ErrorKind;
use super::oauth::OAuthError;
use crate::api::ApiFault;
use crate::flow::StoreError;
use crate::jose::TokenFault;
use crate::odata::batch::BatchFault;
use crate::odata::{PageFault, QueryFault};
use crate::sign_in::{CallbackFault, LoopbackFault, SignInRefused};
use crate::transport_error::TransportError;
use crate::userinfo::UserInfoFault;

/// The precise cause of an [`Error`](super::Error): match on it where [`ErrorKind`] is too coarse.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// A setting of the application is missing or wrong.
    #[error("{0}")]
    Config(String),
    /// A scope that must not be requested here (AUTH-138, AUTH-146).
    #[error("the scope `{scope}` cannot be requested {flow}: {why}")]
    ScopeRefused {
        /// The scope.
        scope: String,
        /// In which flow.
        flow: &'static str,
        /// Why.
        why: &'static str,
    },
    /// A value longer than the authority accepts by default (AUTH-086).
    #[error(
        "expected a {what} of at most {limit} bytes, found {found}: the authority would answer `invalid_client` or `invalid_request`"
    )]
    InputTooLong {
        /// Which value.
        what: &'static str,
        /// The limit.
        limit: usize,
        /// The length found.
        found: usize,
    },
    /// A path or link that leads away from the site (AUTH-266, AUTH-282).
    #[error("the path leads outside `{site}`: {why}")]
    PathRefused {
        /// The root that it must stay below.
        site: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A query that cannot be written; nothing was sent.
    #[error("the query cannot be sent: {0}")]
    Query(QueryFault),
    /// Pages that cannot be read on (AUTH-281).
    #[error("{0}")]
    Paging(PageFault),
    /// A batch that cannot be written, or whose answer cannot be read (AUTH-288).
    #[error("{0}")]
    Batch(BatchFault),
    /// No auto-discovery document at either path: probably not an instance.
    #[error("expected the site list of an ERP.net instance, found {found}")]
    NotAnInstance {
        /// What came instead.
        found: String,
    },
    /// The instance does not list this site (AUTH-009, AUTH-025).
    #[error("the instance lists no site of type `{0}`")]
    SiteNotConfigured(SiteKind),
    /// Every site of this type is down (AUTH-020).
    #[error("the `{kind}` site is not working: {description}")]
    SiteNotWorking {
        /// Which site.
        kind: SiteKind,
        /// What the instance says about it.
        description: String,
    },
    /// The instance lists a URL that tokens must not go to (AUTH-028).
    #[error("the instance lists a `{kind}` site at an unusable URL: {why}")]
    SiteUrlRefused {
        /// Which site.
        kind: SiteKind,
        /// What is wrong with it.
        why: String,
    },
    /// The identity site moved to another origin since it was first used.
    #[error("the identity service moved from `{pinned}` to `{found}`")]
    IdentityMoved {
        /// The origin used so far.
        pinned: String,
        /// The origin named now.
        found: String,
    },
    /// A page instead of metadata (AUTH-063).
    #[error("expected an OpenID Connect discovery document, found {found}")]
    NotAnIdentityServer {
        /// What came instead.
        found: String,
    },
    /// Metadata without a required member, or with an unusable one (AUTH-064).
    #[error("the discovery document is not usable: `{member}` {why}")]
    MetadataInvalid {
        /// The member.
        member: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The issuer is not the expected one, by exact comparison (AUTH-057).
    #[error("expected the issuer `{expected}`, found `{found}`{hint}")]
    IssuerMismatch {
        /// The issuer of the configured authority.
        expected: String,
        /// What the document says, bounded.
        found: String,
        /// Which difference it is, when it is a small one.
        hint: &'static str,
    },
    /// The authority publishes no usable key set.
    #[error("the key set is not usable: {0}")]
    KeysInvalid(String),
    /// A token failed verification.
    #[error("the token was refused: {0}")]
    Token(TokenFault),
    /// A token of the global authority for an instance API (AUTH-040).
    #[error("the token was issued by the global authority, which issues none for instance APIs")]
    GlobalTokenForInstanceApi,
    /// A token of another instance (AUTH-041, AUTH-043).
    #[error("the token belongs to `{found}`, the call goes to `{expected}`")]
    ForeignToken {
        /// The authority or instance of the call.
        expected: String,
        /// The authority or instance of the token.
        found: String,
    },
    /// The token endpoint refused, in the form of RFC 6749 section 5.2.
    #[error("{0}")]
    OAuth(OAuthError),
    /// A token response that cannot be used (RFC 6749 section 5.1).
    #[error("the token response is not usable: `{member}` {why}")]
    TokenResponseInvalid {
        /// The member.
        member: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// An answer of the authorize endpoint that cannot be read.
    #[error("the callback was refused: {0}")]
    Callback(CallbackFault),
    /// The authority ended the sign-in with an error (AUTH-172..174, AUTH-187).
    #[error("{0}")]
    SignInRefused(SignInRefused),
    /// A sign-in over the loopback interface that did not come to an answer.
    #[error("{0}")]
    Loopback(LoopbackFault),
    /// No response.
    #[error("{0}")]
    Transport(TransportError),
    /// A status that the exchange has no use for.
    #[error("expected {expected}, found status {status}{page}")]
    Status {
        /// What would have been usable.
        expected: &'static str,
        /// The status that came.
        status: u16,
        /// What the body was, when that helps.
        page: &'static str,
    },
    /// A success whose body is not the JSON it should be (AUTH-338).
    #[error("expected {expected}, found {found}")]
    NotJson {
        /// What should have come.
        expected: &'static str,
        /// What came.
        found: String,
    },
    /// A redirect where none belongs (AUTH-265).
    #[error("expected an answer, found a redirect (status {status}) to {to}")]
    Redirected {
        /// The status.
        status: u16,
        /// The origin it leads to, without path and query.
        to: String,
    },
    /// 401 from an API, after a fresh token was tried (AUTH-267, AUTH-268).
    #[error("the API does not accept the token (status 401)")]
    Unauthorized,
    /// 401 for a reference token, which only the operator can replace (AUTH-240).
    #[error("the API does not accept the reference token (status 401)")]
    ReferenceTokenRejected,
    /// 403 from an API (AUTH-269).
    #[error("the API refuses {operation} (status 403); the token {}", shown(.granted.as_ref()))]
    Forbidden {
        /// What was asked, for example `POST`.
        operation: String,
        /// The scopes that the token was granted, if they are known.
        granted: Option<ScopeSet>,
        /// What the access model says about the call.
        explanation: Box<Explanation>,
    },
    /// The access model says that the call would be refused, and the settings are strict: it was not made.
    #[error("not sent: {}", decisive(.0))]
    Denied(Box<Explanation>),
    /// 429, and the budget for waiting is spent.
    #[error("the server wants fewer requests (status 429)")]
    RateLimited,
    /// `MaximumLicenseCountExceeded` (AUTH-278).
    #[error("no licence slot is free (`MaximumLicenseCountExceeded`); the token is still valid")]
    LicenceExhausted,
    /// The Domain API's own error (AUTH-273, AUTH-274).
    #[error("{0}")]
    Api(ApiFault),
    /// A write whose answer was lost (AUTH-280).
    #[error(
        "the request was sent and its answer was lost ({0}): it may or may not have taken effect"
    )]
    OutcomeUnknown(TransportError),
    /// The answer came after the limit for one sign-in (AUTH-166).
    #[error("the sign-in took {} s, at most {} s are allowed", .age.as_secs(), .limit.as_secs())]
    SignInExpired {
        /// How long it took.
        age: Duration,
        /// The limit.
        limit: Duration,
    },
    /// The browser that brings the answer is not the one that began the sign-in, or its cookie is gone: taken away when the
    /// answer came the first time, or blocked.
    #[error(
        "the browser that brings the answer lacks the cookie of this sign-in: it began elsewhere, or was answered before"
    )]
    BrowserNotBound,
    /// No sign-in waits for this answer.
    #[error("no sign-in waits for this answer")]
    AttemptUnknown,
    /// More sign-ins under way than this process holds.
    #[error("{limit} sign-ins are under way, and no more are held")]
    TooManyAttempts {
        /// The limit.
        limit: usize,
    },
    /// A sealed text that cannot be opened.
    #[error("the sealed sign-in cannot be opened: {why}")]
    SealBroken {
        /// What is wrong with it.
        why: &'static str,
    },
    /// The session is over: nobody is signed in under this name, or no longer (AUTH-197, AUTH-203).
    #[error("nobody is signed in: {why}")]
    NotSignedIn {
        /// Why not.
        why: &'static str,
    },
    /// The exchange of the code was sent and its answer lost: the code is used up (AUTH-176).
    #[error("the code exchange was sent and its answer was lost ({0}); a code is good once")]
    SignInLost(TransportError),
    /// A refresh was sent and its answer lost, so the refresh token may be used up (AUTH-194).
    #[error("the refresh was sent and its answer was lost ({0}); the refresh token may be used up")]
    RefreshLost(TransportError),
    /// The session store reports a failure.
    #[error("{0}")]
    Store(StoreError),
    /// Whoever ran the request for all is gone without an outcome: a transport panicked, a runtime shut down.
    #[error("the request was given up by whoever ran it")]
    Abandoned,
    /// A flow was driven against its contract.
    #[error("the flow was not driven to its end: {0}")]
    Driver(&'static str),
    /// An ID token failed verification: nobody is signed in by it (AUTH-180).
    #[error("the ID token was refused: {0}")]
    IdToken(TokenFault),
    /// The authority's metadata names no such endpoint.
    #[error("the authority offers no {what}")]
    Unsupported {
        /// What was wanted.
        what: &'static str,
    },
    /// The userinfo endpoint gave no usable answer.
    #[error("{0}")]
    UserInfo(UserInfoFault),
    /// The Profile site, with a token that acts as no person (AUTH-221, AUTH-244).
    #[error("not sent: the Profile site is about a user, and the token acts as the application")]
    NeedsUser,
}

impl Reason {
    /// The kind that this cause belongs to.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Config(_)
            | Self::ScopeRefused { .. }
            | Self::InputTooLong { .. }
            | Self::Query(_)
            | Self::NeedsUser => ErrorKind::Config,
            Self::Batch(fault) if fault.is_own() => ErrorKind::Config,
            Self::Batch(fault) if fault.leaves_unknown() => ErrorKind::OutcomeUnknown,
            Self::Driver(_) => ErrorKind::Defect,
            Self::UserInfo(fault) => match fault {
                UserInfoFault::TokenRejected => ErrorKind::TokenRejected,
                UserInfoFault::Forbidden => ErrorKind::Forbidden,
                UserInfoFault::OtherSubject => ErrorKind::Security,
                UserInfoFault::Signed | UserInfoFault::Claims(_) => ErrorKind::Protocol,
            },
            Self::IdToken(TokenFault::StepUpNotPerformed { .. }) => ErrorKind::ReauthRequired,
            Self::PathRefused { .. }
            | Self::SiteUrlRefused { .. }
            | Self::IdentityMoved { .. }
            | Self::IssuerMismatch { .. }
            | Self::Token(_)
            | Self::IdToken(_)
            | Self::GlobalTokenForInstanceApi
            | Self::ForeignToken { .. }
            | Self::BrowserNotBound
            | Self::SealBroken { .. } => ErrorKind::Security,
            Self::NotAnInstance { .. }
            | Self::NotAnIdentityServer { .. }
            | Self::MetadataInvalid { .. }
            | Self::KeysInvalid(_)
            | Self::TokenResponseInvalid { .. }
            | Self::NotJson { .. }
            | Self::Redirected { .. }
            | Self::Paging(_)
            | Self::Batch(_) => ErrorKind::Protocol,
            Self::SiteNotConfigured(_) | Self::SiteNotWorking { .. } | Self::Unsupported { .. } => {
                ErrorKind::Unavailable
            }
            Self::OAuth(error) => error.kind(),
            Self::Callback(fault) => fault.kind(),
            Self::Loopback(fault) => fault.kind(),
            Self::SignInRefused(refused) => refused.kind(),
            Self::Transport(_) | Self::Abandoned => ErrorKind::Transport,
            Self::Status { status, .. } => match status {
                403 => ErrorKind::Forbidden,
                404 => ErrorKind::NotFound,
                429 => ErrorKind::RateLimited,
                500.. => ErrorKind::Unavailable,
                _ => ErrorKind::Protocol,
            },
            Self::Unauthorized | Self::ReferenceTokenRejected => ErrorKind::TokenRejected,
            Self::Forbidden { .. } | Self::Denied(_) => ErrorKind::Forbidden,
            Self::RateLimited => ErrorKind::RateLimited,
            Self::LicenceExhausted => ErrorKind::LicenceExhausted,
            Self::Api(fault) if fault.status() == 404 => ErrorKind::NotFound,
            Self::Api(_) => ErrorKind::Business,
            Self::OutcomeUnknown(_) => ErrorKind::OutcomeUnknown,
            Self::Store(_) => ErrorKind::Store,
            Self::SignInExpired { .. }
            | Self::AttemptUnknown
            | Self::SignInLost(_)
            | Self::NotSignedIn { .. } => ErrorKind::ReauthRequired,
            Self::TooManyAttempts { .. } => ErrorKind::RateLimited,
            Self::RefreshLost(_) => ErrorKind::Transport,
        }
    }

    /// Whether the same call can succeed later without anyone changing anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Transport(error) => error.is_transient(),
            Self::Status { status, .. } => matches!(status, 429 | 500 | 502 | 503 | 504),
            Self::SiteNotWorking { .. }
            | Self::RateLimited
            | Self::LicenceExhausted
            | Self::TooManyAttempts { .. }
            | Self::RefreshLost(_)
            | Self::Abandoned => true,
            Self::OAuth(error) => error.is_transient(),
            Self::SignInRefused(refused) => refused.is_transient(),
            Self::Store(error) => error.is_transient(),
            _ => false,
        }
    }
}

fn shown(granted: Option<&ScopeSet>) -> String {
    match granted {
        Some(scopes) => format!("has the scopes `{scopes}`"),
        None => "has scopes that cannot be read from it".to_owned(),
    }
}

fn decisive(explanation: &Explanation) -> String {
    let why = explanation
        .decisive()
        .map_or("", |reason| reason.text.as_ref());
    format!("{} would be refused: {why}", explanation.subject)
}
