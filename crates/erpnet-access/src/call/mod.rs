//! Would the API accept it?
//!
//! ```text
//! CallFacts (what is known of the token)  --+
//! Operation (what the request does)       --+--> evaluate_call --> CallDecision --> explain_call --> Explanation
//! now, Readings                           --+     (no allocation)                    (on demand)
//! ```
//!
//! Who makes many calls with one token prepares them: [`PreparedCalls`] holds the same decisions, made once.

mod evaluate;
mod explain;
mod facts;
mod operation;
mod prepared;

pub use evaluate::{CallCheck, CallDecision, check_call, evaluate_call};
pub use explain::explain_call;
pub use facts::{ApplicationState, Audiences, CallFacts, Carrier, Claims, Issuer, TokenKind};
pub use operation::Operation;
pub use prepared::PreparedCalls;
