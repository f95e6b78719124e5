//! Signing out: at the authority in the browser, and of the refresh token (AUTH-200..203, AUTH-088).
//!
//! | Step | Where |
//! |---|---|
//! | drop the tokens that are kept here, first | the application: nothing below is certain to come to its end (AUTH-202) |
//! | send the browser to the authority | [`SignOut`] |
//! | the browser comes back, or not | [`SignOutReturn`] |
//! | make the refresh token worthless | [`RevokeRefreshToken`] |
//!
//! The access token outlives all of that until it expires: do not use it, for a call opens a session again (AUTH-203).

mod request;
mod revoke;

pub use request::{MAX_SIGN_OUT_URL, SignOut, SignOutReturn, SignOutUrl};
pub use revoke::RevokeRefreshToken;
