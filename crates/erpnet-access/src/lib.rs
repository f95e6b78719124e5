//! What an ERP.net instance would decide, and why.
//!
//! | Question | Ask |
//! |---|---|
//! | Which identity service, which flow, which record? | [`advise()`], [`Preset`] |
//! | What is wrong with this Trusted Application? | [`TrustedApplication::from_json`], [`lint()`], [`lint_set`] |
//! | Would the identity service grant it? | [`evaluate_grant`], [`explain_grant`] |
//! | Would the API accept it? | [`Operation::parse`], [`evaluate_call`], [`explain_call`] |
//! | What is behind this error? | [`diagnose()`] |
//! | What was requested, granted, configured, needed? | [`ScopeDelta`] |
//! | Who takes a licence, when, for how long? | [`session`] |
//! | How do we get away from passwords? | [`migrate()`] |
//!
//! Everything here is a pure function of its arguments: no I/O, no clock, no panics, no secrets. Decisions are total
//! and have three values, [`Verdict`]: where the documentation is silent or contradicts itself, the answer is
//! [`Verdict::Unknown`] with the rule or gap that leaves it open, never a guess. Whoever tried it on an instance says so
//! in [`Readings`] or [`SessionReadings`].
//!
//! The hot path, [`evaluate_call`] or, with one token for many calls, [`PreparedCalls`], allocates nothing. Reasons are built on demand:
//!
//! ```
//! use erpnet_access::{CallFacts, Operation, Readings, ScopeFlags, evaluate_call, explain_call};
//! use erpnet_types::Timestamp;
//!
//! let (now, readings) = (Timestamp::from_unix_seconds(1_766_505_200), Readings::default());
//! let token = CallFacts::service(ScopeFlags::READ, now);
//! let operation = Operation::parse("POST", "/api/domain/odata/Crm_Customers");
//!
//! let decision = evaluate_call(&token, operation, now, &readings);
//! assert_eq!(decision.to_string(), "deny at the scope (AUTH-149)");
//!
//! let why = explain_call(&token, operation, now, &readings, None);
//! assert_eq!(why.to_string(), "\
//! deny: change of entities with a service access token (AUTH-149)
//!   + requested   change of entities [AUTH-148]
//!   + needed      a token of this instance for the Domain API with scope `update` [AUTH-149]
//!   x granted     service access token with `read`; `update` is missing [AUTH-149]
//!   + configured  nothing is known against the application [AUTH-124]
//!   + user        acts as the system user, within that user's rights [AUTH-219]
//!   to be allowed: request a new token with scope `update`
//! ");
//! ```
//!
//! Rule ids (`AUTH-nnn`, `TA-Lnn`, `Gnn`) name the rules of ERP.net that a check enforces.

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
pub mod diagnose;
pub mod explain;
pub mod grant;
pub mod lint;
pub mod migrate;
pub mod preset;
pub mod readings;
pub mod record;
pub mod rule;
pub mod scopes;
pub mod session;
pub mod user;
pub mod verdict;
mod version;

pub use advise::{ActsAs, ApiNeed, AuthorityChoice, Flow, Goal, Plan, PlanReason, Setting, advise};
pub use call::{
    ApplicationState, Audiences, CallCheck, CallDecision, CallFacts, Carrier, Claims, Issuer,
    Operation, PreparedCalls, TokenKind, check_call, evaluate_call, explain_call,
};
pub use change::{Change, Place};
pub use delta::{DeltaRow, ScopeDelta, Trap};
pub use diagnose::{
    Cause, CauseId, Diagnosis, DiagnosisContext, Endpoint, ErrorKind, ReceivedError, Retry,
    Standing, diagnose,
};
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
pub use version::{Feature, ServerVersion, Support};
