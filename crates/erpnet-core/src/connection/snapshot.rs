//! The state of a connection, for people and monitors.

use erpnet_types::{ScopeSet, Timestamp};

use super::licence::LicenceView;

/// What a health endpoint may show: no secrets, no tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The authority's issuer, once known.
    pub issuer: Option<String>,
    /// How many signing keys are known.
    pub keys: usize,
    /// The scopes of the current token, if there is one.
    pub granted: Option<ScopeSet>,
    /// When the current token ends, by the wall clock.
    pub expires: Option<Timestamp>,
    /// When a person is expected to have to sign in again, for a session that is renewed: counted from the sign-in, for
    /// whether refreshing prolongs it is not documented (AUTH-195).
    pub sign_in_ends: Option<Timestamp>,
    /// By how much the authority's clock is ahead of ours, in milliseconds, once it told.
    pub clock_offset_ms: Option<i64>,
    /// Why there is no token at this moment, if there is a reason.
    pub failing: Option<String>,
    /// What the next call is expected to do to the instance's licences, if there is a token.
    pub licence: Option<LicenceView>,
}
