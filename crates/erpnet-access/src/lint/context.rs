//! What lints may know beyond the record.

use std::time::Duration;

use erpnet_types::Timestamp;

use crate::call::TokenKind;
use crate::record::{ClientType, ReferenceTokenPolicy};
use crate::scopes::ScopeFlags;

/// How long without use makes an application a candidate for disabling (TA-L31). The rules say "recent"; this is ours.
pub const UNUSED_AFTER: Duration = Duration::from_secs(90 * 24 * 3600);

/// What an application is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Not told.
    #[default]
    NotStated,
    /// Runs unattended, nobody signs in (TA-L27).
    Service,
    /// Reads only: BI, reporting, backup (TA-L19).
    ReadOnly,
    /// Part of the platform: may hold `sec` (TA-L17).
    Platform,
}

/// What is known about the system user (TA-L08).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SystemUserFacts {
    /// An administrator of the instance.
    pub is_administrator: bool,
    /// A person's account, with interactive login.
    pub is_interactive: bool,
}

/// A grant of the identity service, as `Systems_Security_AccessTokens` lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IssuedToken {
    /// Its kind.
    pub kind: TokenKind,
    /// When it was last used.
    pub last_used: Option<Timestamp>,
    /// When it ends.
    pub expires: Option<Timestamp>,
}

/// The handler behind the redirect URI, when it is the lifecycle webhook as well (AUTH-352).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CallbackHandler<'a> {
    /// The path of the webhook, for example `/erp/callback`.
    pub webhook_path: &'a str,
    /// Whether it takes form or query callbacks of sign-ins.
    pub takes_sign_ins: bool,
    /// Whether it takes JSON lifecycle events.
    pub takes_events: bool,
}

/// The parameters of an install link that decide whether the Instance Manager takes it (AUTH-350).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct InstallLink<'a> {
    /// `clientType`; `None` when left out. Never guessed: its default changed (G47).
    pub client_type: Option<ClientType>,
    /// `redirectUri`.
    pub redirect_uri: Option<&'a str>,
    /// Whether `impersonate` is `internal` or `all`.
    pub impersonates: bool,
    /// `requestSecret`.
    pub requests_secret: bool,
    /// `referenceTokens`.
    pub reference_tokens: ReferenceTokenPolicy,
}

/// Where an application runs (TA-L28).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Environment {
    /// Production.
    Production,
    /// Anything else.
    Test,
}

/// What is known beyond the record. What is not told is not guessed.
///
/// ```
/// use erpnet_access::lint::{LintContext, Purpose};
///
/// let context = LintContext { purpose: Purpose::ReadOnly, ..LintContext::default() };
/// assert!(context.tokens.is_none());
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct LintContext<'a> {
    /// What the application is for.
    pub purpose: Purpose,
    /// Who the system user is.
    pub system_user: Option<SystemUserFacts>,
    /// The scopes that the application requests when users sign in.
    pub sign_in_scopes: Option<ScopeFlags>,
    /// What stands behind the redirect URI.
    pub handler: Option<CallbackHandler<'a>>,
    /// Its tokens; an empty list says that there are none.
    pub tokens: Option<&'a [IssuedToken]>,
    /// The time of the audit, for the ends of tokens.
    pub now: Option<Timestamp>,
    /// The link by which it is installed.
    pub install_link: Option<InstallLink<'a>>,
    /// Whether it sends users to `endsession` with a redirect (TA-L34).
    pub redirects_after_logout: bool,
}
