//! Would the identity service grant it?
//!
//! ```text
//! TrustedApplication (the record)      --+
//! GrantRequest (what is asked for)     --+--> evaluate_grant --> GrantDecision --> explain_grant --> Explanation
//! UserFacts (who signs in or issues)   --+
//! ```

mod client;
mod decision;
mod error;
mod evaluate;
mod explain;
mod issue;
mod mend;
mod redirect;
mod request;
mod scope;

pub use decision::{GrantCheck, GrantDecision, GrantOutcome, Place as RefusalPlace};
pub use error::OAuthError;
pub use evaluate::evaluate_grant;
pub use explain::explain_grant;
pub use mend::GrantCase;
pub use request::{
    Credential, Grant, GrantRequest, Pkce, Proof, ResponseMode, UserFacts, Verifier,
};
