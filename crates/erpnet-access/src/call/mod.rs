//! Would the API accept it?
//!
//! ```text
//! CallFacts (what is known of the token)  --+
//! Operation (what the request does)       --+--> evaluate_call --> CallDecision --> explain_call --> Explanation
//! now, Readings                           --+     (no allocation)                    (on demand)
//! ```

mod evaluate;
mod explain;
mod facts;
mod operation;

pub use evaluate::{CallCheck, CallDecision, check_call, evaluate_call};
pub use explain::explain_call;
pub use facts::{ApplicationState, Audiences, CallFacts, Carrier, Claims, Issuer, TokenKind};
pub use operation::Operation;
