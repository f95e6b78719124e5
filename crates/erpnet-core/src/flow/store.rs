//! What a session store is asked and may answer: "persisted before released" is decided in this crate.
//!
//! A stored session is renewed under a lease and written by compare-and-set on its generation, so that processes that
//! share a sign-in never lose a rotated refresh token (AUTH-192, AUTH-193):
//!
//! ```text
//! begin_refresh(seen generation) ─┬─ Own(session, lease)  the caller alone refreshes, with *this* refresh token
//!                                 ├─ Newer(session)       somebody already did: use it
//!                                 ├─ Busy(wait)           somebody is at it: ask again after so long
//!                                 └─ Gone                 signed out
//! commit(lease, session)  only if generation and lease still hold; else Gone (a logout wins over a late commit)
//! fail(lease, ambiguous)  gives the lease back; `ambiguous` marks a refresh whose answer was lost
//! ```

use std::fmt;
use std::time::Duration;

use erpnet_types::{
    AccessToken, ClientId, Instance, RawIdToken, RefreshToken, ScopeSet, Timestamp,
};

use crate::session::SignedInUser;

/// Which session: one sign-in of one application at one instance (AUTH-001).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionKey {
    /// The instance.
    pub instance: Instance,
    /// The application.
    pub client_id: ClientId,
    /// The application's own name for the sign-in, such as a user's id or `default`.
    pub subject: String,
}

/// Counts the writes of a session; every commit makes the next one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Generation(pub u64);

/// The right to refresh, handed out by the store and given back with `commit` or `fail`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Lease(pub u64);

/// What is kept of a sign-in.
#[derive(Clone, Debug)]
pub struct StoredSession {
    /// How often it was written.
    pub generation: Generation,
    /// The current access token.
    pub access_token: AccessToken,
    /// When the access token ends, by the wall clock.
    pub expires: Timestamp,
    /// The refresh token that is good now.
    pub refresh_token: Option<RefreshToken>,
    /// What was granted.
    pub scopes: ScopeSet,
    /// When the first refresh token of this sign-in was issued (AUTH-195).
    pub signed_in: Timestamp,
    /// Who signed in.
    pub user: SignedInUser,
    /// The last ID token, which the authority wants to see again at sign-out (AUTH-201).
    pub id_token: RawIdToken,
    /// A refresh was sent and its answer lost: the refresh token may already be used up (AUTH-194).
    pub ambiguous: bool,
}

/// What a store is asked to do.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum StoreCommand {
    /// Read the session.
    Load(SessionKey),
    /// Ask for the right to refresh what was seen at this generation.
    BeginRefresh {
        /// Which session.
        key: SessionKey,
        /// The generation that the caller holds.
        seen: Generation,
        /// How long the lease is to last, so that a crashed holder does not block others for ever.
        lease_for: Duration,
    },
    /// Write a session: a new sign-in without a lease, or the result of a refresh with one.
    Commit {
        /// Which session.
        key: SessionKey,
        /// The lease, for a refresh.
        lease: Option<Lease>,
        /// What to keep. Its generation is the one that it follows; the store counts on from there.
        session: Box<StoredSession>,
    },
    /// Give the lease back without a result.
    Fail {
        /// Which session.
        key: SessionKey,
        /// The lease.
        lease: Lease,
        /// Whether the request may have reached the authority.
        ambiguous: bool,
    },
    /// Forget the session: signed out.
    Delete(SessionKey),
}

/// What a store answers.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum StoreReply {
    /// To `Load`: what is there.
    Loaded(Option<Box<StoredSession>>),
    /// To `BeginRefresh`.
    Begun(BeginRefresh),
    /// To `Commit`: the generation that it has now, or `None` when the session was deleted or overtaken meanwhile.
    Committed(Option<Generation>),
    /// To `Fail` and `Delete`.
    Done,
    /// The store could not answer.
    Failed(StoreError),
}

/// The answer to a request for the right to refresh.
#[derive(Clone, Debug)]
pub enum BeginRefresh {
    /// The caller alone refreshes, with the refresh token in here and no other.
    Own {
        /// The session as it is now.
        session: Box<StoredSession>,
        /// To be given back.
        lease: Lease,
    },
    /// Somebody refreshed since: use this.
    Newer(Box<StoredSession>),
    /// Somebody is refreshing: ask again after so long.
    Busy(Duration),
    /// There is no such session: signed out.
    Gone,
}

/// Why a store could not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the session store {what}")]
pub struct StoreError {
    what: String,
    transient: bool,
}

impl StoreError {
    /// The store is out of reach for now.
    #[must_use]
    pub fn unavailable(what: impl fmt::Display) -> Self {
        Self {
            what: crate::error::clean_text(&format!("is unavailable: {what}"), 200),
            transient: true,
        }
    }

    /// What is stored cannot be read.
    #[must_use]
    pub fn corrupt(what: impl fmt::Display) -> Self {
        Self {
            what: crate::error::clean_text(&format!("holds unreadable data: {what}"), 200),
            transient: false,
        }
    }

    /// Whether it can work again by itself.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.transient
    }
}
