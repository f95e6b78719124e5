//! The advice.

use std::fmt;

use erpnet_types::authority::GLOBAL_ISSUER;
use serde::Serialize;

use super::goal::{ApiNeed, Goal};
use super::settings::{Setting, settings_for};
use crate::call::TokenKind;
use crate::preset::ApplicationType;
use crate::rule::RuleId;
use crate::scopes::ScopeFlags;

/// Which identity service to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorityChoice {
    /// The one of the instance: `https://{instance}.my.erp.net/id`, or what auto-discovery says (AUTH-044).
    Instance,
    /// The global one: `https://id.erp.net/id`.
    Global,
}

impl AuthorityChoice {
    /// The Identity URL.
    #[must_use]
    pub const fn url(self) -> &'static str {
        match self {
            Self::Instance => "https://{instance}.my.erp.net/id",
            Self::Global => GLOBAL_ISSUER,
        }
    }
}

/// How a token is obtained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Flow {
    /// `response_type=code` with PKCE.
    AuthorizationCode,
    /// `response_type=code id_token` with `form_post` and PKCE (G07: `code` may be what the server wants).
    CodeIdToken,
    /// `grant_type=client_credentials`.
    ClientCredentials,
    /// A reference token, issued beforehand by a person.
    ReferenceToken,
}

impl Flow {
    /// A phrase for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization code with PKCE (`response_type=code`)",
            Self::CodeIdToken => {
                "authorization code with PKCE (`response_type=code id_token`, `form_post`)"
            }
            Self::ClientCredentials => "client credentials",
            Self::ReferenceToken => "none: a reference token issued beforehand",
        }
    }
}

/// Why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PlanReason {
    /// By which rule.
    pub rule: RuleId,
    /// In words.
    pub text: &'static str,
}

/// What to register and how to get tokens. Prints as advice for a terminal; serialises to the same as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The type of application.
    pub application: ApplicationType,
    /// Which identity service.
    pub authority: AuthorityChoice,
    /// The flows; one, or two with separate stores (AUTH-099).
    pub flows: Vec<Flow>,
    /// The tokens that call the APIs.
    pub api_tokens: Vec<TokenKind>,
    /// What to request when users sign in.
    pub sign_in_scopes: ScopeFlags,
    /// What to request for the application itself, or to choose for a reference token.
    pub service_scopes: ScopeFlags,
    /// How to set the record.
    pub settings: Vec<Setting>,
    /// What of the goal cannot be had, and what the plan does about it.
    pub conflicts: Vec<PlanReason>,
    /// Why it is so.
    pub reasons: Vec<PlanReason>,
}

impl Plan {
    pub(super) fn new(application: ApplicationType, goal: &Goal) -> Self {
        use ApplicationType as T;
        let identity = ScopeFlags::OPENID | ScopeFlags::PROFILE;
        // AUTH-151: `read` and `update` together.
        let resource = match goal.api {
            ApiNeed::None => ScopeFlags::EMPTY,
            ApiNeed::Read => ScopeFlags::READ,
            ApiNeed::ReadWrite if goal.bulk => ScopeFlags::READ,
            ApiNeed::ReadWrite => ScopeFlags::RESOURCE,
        };
        let offline = if goal.stays_signed_in {
            ScopeFlags::OFFLINE_ACCESS
        } else {
            ScopeFlags::EMPTY
        };
        let (flows, api_tokens, sign_in, service) = match application {
            T::Spa => (
                vec![Flow::AuthorizationCode],
                vec![TokenKind::User],
                identity | resource,
                ScopeFlags::EMPTY,
            ),
            T::Web => (
                vec![Flow::CodeIdToken],
                vec![TokenKind::User],
                identity | resource | offline,
                ScopeFlags::EMPTY,
            ),
            T::Portal => (
                vec![Flow::CodeIdToken, Flow::ClientCredentials],
                vec![TokenKind::Service],
                identity,
                resource,
            ),
            T::Hybrid => (
                vec![Flow::CodeIdToken, Flow::ClientCredentials],
                vec![TokenKind::User, TokenKind::Service],
                identity | resource | offline,
                resource,
            ),
            T::Service => (
                vec![Flow::ClientCredentials],
                vec![TokenKind::Service],
                ScopeFlags::EMPTY,
                resource,
            ),
            T::AutomationPersonal => (
                vec![Flow::ReferenceToken],
                vec![TokenKind::Personal],
                ScopeFlags::EMPTY,
                resource,
            ),
            T::AutomationService => (
                vec![Flow::ReferenceToken],
                vec![TokenKind::ServiceReference],
                ScopeFlags::EMPTY,
                resource,
            ),
            T::GlobalSignIn => (
                vec![Flow::CodeIdToken],
                Vec::new(),
                identity,
                ScopeFlags::EMPTY,
            ),
        };
        let global = application == T::GlobalSignIn;
        Self {
            application,
            authority: if global {
                AuthorityChoice::Global
            } else {
                AuthorityChoice::Instance
            },
            flows,
            api_tokens,
            sign_in_scopes: sign_in,
            service_scopes: service,
            settings: settings_for(application, resource, goal.external_users),
            conflicts: Vec::new(),
            reasons: Vec::new(),
        }
    }

    pub(super) fn conflict(&mut self, rule: RuleId, text: &'static str) {
        self.conflicts.push(PlanReason { rule, text });
    }

    pub(super) fn because(&mut self, rule: RuleId, text: &'static str) {
        self.reasons.push(PlanReason { rule, text });
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.application.as_str())?;
        writeln!(f, "  identity URL     {}", self.authority.url())?;
        for (index, flow) in self.flows.iter().enumerate() {
            writeln!(
                f,
                "  {:<15}  {}",
                if index == 0 { "flow" } else { "and" },
                flow.as_str()
            )?;
        }
        if !self.sign_in_scopes.is_empty() {
            writeln!(f, "  sign-in scopes   {}", self.sign_in_scopes)?;
        }
        if !self.service_scopes.is_empty() {
            writeln!(f, "  service scopes   {}", self.service_scopes)?;
        }
        for (index, kind) in self.api_tokens.iter().enumerate() {
            writeln!(
                f,
                "  {:<15}  {}",
                if index == 0 { "calls with" } else { "and" },
                kind.as_str()
            )?;
        }
        if self.api_tokens.is_empty() {
            writeln!(
                f,
                "  calls with       nothing: no instance API takes these tokens"
            )?;
        }
        writeln!(f, "  record")?;
        for setting in &self.settings {
            writeln!(f, "    {:<34} {}", setting.field.name(), setting.value)?;
        }
        for conflict in &self.conflicts {
            writeln!(f, "  ! {} [{}]", conflict.text, conflict.rule)?;
        }
        writeln!(f, "  why")?;
        self.reasons
            .iter()
            .try_for_each(|reason| writeln!(f, "    - {} [{}]", reason.text, reason.rule))
    }
}
