//! What an ERP.net instance would decide, and why.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

pub mod advise;
pub mod call;
pub mod change;
pub mod delta;
pub mod explain;
pub mod grant;
pub mod lint;
pub mod migrate;
pub mod preset;
pub mod readings;
pub mod record;
pub mod rule;
pub mod scopes;
pub mod user;
pub mod verdict;

pub use advise::{ActsAs, ApiNeed, AuthorityChoice, Flow, Goal, Plan, PlanReason, Setting, advise};
pub use call::{
    ApplicationState, Audiences, CallCheck, CallDecision, CallFacts, Carrier, Claims, Issuer,
    Operation, TokenKind, check_call, evaluate_call, explain_call,
};
pub use change::{Change, Place};
pub use delta::{DeltaRow, ScopeDelta, Trap};
pub use explain::{Explanation, Reason, Remedy, Stage};
pub use grant::{
    Credential, Grant, GrantCase, GrantCheck, GrantDecision, GrantOutcome, GrantRequest,
    OAuthError, Pkce, Proof, RefusalPlace, ResponseMode, UserFacts, Verifier, evaluate_grant,
    explain_grant,
};
pub use lint::{Lint, LintContext, Severity, lint, lint_set};
pub use migrate::{LegacyActor, LegacyScheme, LegacySetup, Mapping, Migration, migrate};
pub use preset::{ApplicationType, Preset};
pub use readings::{Answer, ConfidentialResponse, Readings, ServiceSessionKey, SessionReadings};
pub use record::{ClientType, Field, ReferenceTokenPolicy, TrustedApplication};
pub use rule::RuleId;
pub use scopes::ScopeFlags;
pub use user::UserType;
pub use verdict::{Finding, Verdict};
