//! Sessions and licences: the deterministic model of section 12.
//!
//! Tokens prove authorisation; sessions take licences (AUTH-311). The machine is pure: `(state, event, time)` gives
//! `(state, outcome)`, no clock is read.
//!
//! ```text
//!            api call, slot free                   idle 20 min, absolute 1 h (service),
//!   none ------------------------> open <---+      interactive logout, restart
//!                                   |  |    |     +------------------------------------> closed
//!                                   |  +----+     |                                        |
//!                                   |  api call   |         api call with a valid token    |
//!                                   +-------------+    <-----------------------------------+
//! ```
//!
//! ```
//! use erpnet_access::session::{Event, Outcome, SessionState, Token};
//! use erpnet_types::Timestamp;
//!
//! let at = |minutes: i64| Timestamp::from_unix_seconds(minutes * 60);
//! let alice = Token::user("alice", "sid-1", "token-1", at(60));
//!
//! let state = SessionState::new(1);
//! let (state, outcome) = state.step(&Event::Call(alice.clone()), at(0));
//! assert_eq!(outcome, Outcome::Opened { reserved: false });
//! assert_eq!(state.used(), 1);
//! let (state, _) = state.step(&Event::Tick, at(20)); // 20 minutes without a request
//! assert_eq!(state.used(), 0);
//! ```

mod compliance;
mod machine;
mod plan;
mod state;

pub use compliance::{ComplianceFinding, Practice, Ruling, check_practice};
pub use machine::{Event, Outcome};
pub use plan::{
    Job, JobKind, LicencePlan, MAX_PLAN_EVENTS, PlannedPeak, Renewal, Workload, plan_licences,
};
pub use state::{Session, SessionKey, SessionKind, SessionState, Token};

/// How long a session lives without a request, in seconds (AUTH-313).
pub const IDLE_SECONDS: u64 = 1200;

/// How long a service session lives at most, in seconds (AUTH-314).
pub const SERVICE_ABSOLUTE_SECONDS: u64 = 3600;
