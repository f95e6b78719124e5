//! What the identity service would answer.

use std::fmt;

use serde::Serialize;

use super::error::OAuthError;
use crate::readings::Answer;
use crate::rule::RuleId;
use crate::scopes::ScopeFlags;
use crate::verdict::{Finding, Verdict};

/// One check of a grant, in the order in which they are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantCheck {
    /// Is the client registered under this id, enabled, and of a type that may ask?
    Client,
    /// Is the redirect URI registered?
    Redirect,
    /// Is the flow, with its response type and mode, open to this client?
    Flow,
    /// Are the scopes well-formed, known and configured?
    Scope,
    /// Is PKCE as it must be?
    Pkce,
    /// Is the nonce there?
    Nonce,
    /// Is the client who it says it is?
    Credential,
    /// Is the system user configured?
    SystemUser,
    /// Does the policy permit reference tokens?
    Policy,
    /// May this user do it?
    User,
    /// Is the code or refresh token good?
    Proof,
}

impl GrantCheck {
    /// A word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Redirect => "redirect URI",
            Self::Flow => "flow",
            Self::Scope => "scope",
            Self::Pkce => "PKCE",
            Self::Nonce => "nonce",
            Self::Credential => "client secret",
            Self::SystemUser => "system user",
            Self::Policy => "policy",
            Self::User => "user",
            Self::Proof => "code or refresh token",
        }
    }
}

/// Where a refusal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// On the identity service's own page: the application gets no callback (AUTH-172).
    IdentityPage,
    /// In the callback (AUTH-172).
    Callback,
    /// In the answer of the token endpoint.
    TokenEndpoint,
    /// On the Profile site.
    ProfileSite,
    /// In the Instance Manager.
    InstanceManager,
}

impl Place {
    /// A phrase for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IdentityPage => "on the identity service's own page, without a callback",
            Self::Callback => "in the callback",
            Self::TokenEndpoint => "at the token endpoint",
            Self::ProfileSite => "on the Profile site",
            Self::InstanceManager => "in the Instance Manager",
        }
    }
}

/// What comes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum GrantOutcome {
    /// A token with these scopes.
    Granted {
        /// The granted scopes. The real answer may be narrower or wider: compare (AUTH-143, G20).
        scopes: ScopeFlags,
        /// Whether an ID token comes with it.
        id_token: bool,
        /// Whether a refresh token comes with it.
        refresh_token: Answer,
    },
    /// A refusal.
    Refused {
        /// The OAuth error; `None` where a page says it in words.
        error: Option<OAuthError>,
        /// Where it shows.
        place: Place,
    },
    /// The rules leave it open.
    Open,
}

/// Whether the identity service would grant it, where that was decided, and by which rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct GrantDecision {
    /// The answer.
    pub verdict: Verdict,
    /// The rule or gap that decided.
    pub rule: RuleId,
    /// The check that decided: the first with the lowest answer.
    pub check: GrantCheck,
    /// What comes out.
    pub outcome: GrantOutcome,
}

impl GrantDecision {
    /// The granted scopes, if any are.
    #[must_use]
    pub const fn scopes(&self) -> Option<ScopeFlags> {
        match self.outcome {
            GrantOutcome::Granted { scopes, .. } => Some(scopes),
            _ => None,
        }
    }

    /// The OAuth error that the server would answer.
    #[must_use]
    pub const fn error(&self) -> Option<OAuthError> {
        match self.outcome {
            GrantOutcome::Refused { error, .. } => error,
            _ => None,
        }
    }
}

impl fmt::Display for GrantDecision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.outcome {
            GrantOutcome::Granted { scopes, .. } if scopes.is_empty() => {
                write!(f, "allow ({})", self.rule)
            }
            GrantOutcome::Granted { scopes, .. } => write!(f, "allow: `{scopes}` ({})", self.rule),
            GrantOutcome::Refused {
                error: Some(error),
                place,
            } => {
                write!(f, "deny: `{error}` {} ({})", place.as_str(), self.rule)
            }
            GrantOutcome::Refused { error: None, place } => {
                write!(f, "deny: {} ({})", place.as_str(), self.rule)
            }
            GrantOutcome::Open => {
                write!(f, "unknown at the {} ({})", self.check.as_str(), self.rule)
            }
        }
    }
}

/// What one check found, with the refusal it would lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Checked {
    pub(super) check: GrantCheck,
    pub(super) finding: Finding,
    pub(super) error: Option<OAuthError>,
    pub(super) place: Place,
}
