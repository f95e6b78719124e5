//! The session of a user who signed in: kept in a store, renewed by its refresh token, ended by signing out (AUTH-189..203).
//!
//! ```text
//!            ┌───────── still good ───────────────────────────────────────────┐
//! Load ──────┤                                                                ▼
//!   ▲        └─ over ─▶ BeginRefresh ─┬─ Newer: somebody did it ────────────▶ Done
//!   │                                 ├─ Busy: wait, look again               ▲
//!   └─────────────────────────────────┘                                       │
//!                                     └─ Own ─▶ refresh ─▶ ID token ─▶ Commit ┘
//!                                                  ├─ invalid_grant ─▶ Load: newer? else Delete
//!                                                  └─ answer lost ─▶ Fail(ambiguous)
//! ```
//!
//! A sign-out wins over a renewal that is under way: what that brings is revoked. The new refresh token is in the store before the new access token is given to anyone (AUTH-192).

mod end;
#[cfg(test)]
mod end_tests;
mod renew;
#[cfg(test)]
mod tests;
mod user;

pub use end::{EndSession, SignedOut};
pub(crate) use end::{EndingParty, farewell};
pub use renew::{MAX_COMMITS, MAX_LOOKS, MAX_REFRESHES};
pub(crate) use renew::{RenewSession, Renewed, SessionParty};
pub use user::SignedInUser;
