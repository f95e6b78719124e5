//! One sign-in, as the application remembers it.

use std::fmt;
use std::time::Duration;

use erpnet_types::Timestamp;

/// What the authorization request held and its ID tokens have to be bound to. Kept with the pending sign-in; never taken
/// from the callback.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    pub(super) nonce: &'a str,
    pub(super) state: Option<&'a str>,
    pub(super) signed_in_from: Option<Timestamp>,
}

impl<'a> Attempt<'a> {
    /// A sign-in with this `nonce`. There is none without: a token with another nonce, or without, is refused, and the
    /// empty nonce fits no token.
    #[must_use]
    pub fn new(nonce: &'a str) -> Self {
        Self {
            nonce,
            state: None,
            signed_in_from: None,
        }
    }

    /// The `state`, for `s_hash` (AUTH-181).
    #[must_use]
    pub fn state(mut self, state: &'a str) -> Self {
        self.state = Some(state);
        self
    }

    /// The `max_age` of the request and when it was sent, by this machine's wall clock. `auth_time` becomes required and
    /// must not be more than `max_age` before that (OpenID Connect Core section 3.1.2.1). For a step-up (`prompt=login`)
    /// the age is zero (AUTH-186).
    #[must_use]
    pub fn max_age(mut self, max_age: Duration, sent: Timestamp) -> Self {
        self.signed_in_from = Some(sent.before(max_age));
        self
    }
}

/// Shows what is asked for, not the values that bind it.
impl fmt::Debug for Attempt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt")
            .field("signed_in_from", &self.signed_in_from)
            .finish_non_exhaustive()
    }
}
