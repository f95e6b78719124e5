//! Where sign-ins are kept between calls, processes and restarts: the contract, and a store in memory.
//!
//! A service's tokens are not kept in a store that live processes share: each process obtains its own (AUTH-222).

mod memory;

use std::time::Duration;

use async_trait::async_trait;
use erpnet_core::flow::{
    BeginRefresh, Generation, Lease, SessionKey, StoreCommand, StoreError, StoreReply,
    StoredSession,
};

pub use memory::MemoryStore;

/// A store of sessions with compare-and-set; see [`erpnet_core::flow::StoreCommand`] for the meaning of each call.
#[async_trait]
pub trait SessionStore: Send + Sync + 'static {
    /// Reads a session.
    ///
    /// # Errors
    /// A [`StoreError`] when the store cannot say.
    async fn load(&self, key: &SessionKey) -> Result<Option<StoredSession>, StoreError>;

    /// Asks for the right to refresh what was seen at this generation.
    ///
    /// # Errors
    /// A [`StoreError`] when the store cannot say: then nobody refreshes.
    async fn begin_refresh(
        &self,
        key: &SessionKey,
        seen: Generation,
        lease_for: Duration,
    ) -> Result<BeginRefresh, StoreError>;

    /// Writes a session: a new sign-in without a lease, the result of a refresh with one. `None` when it was deleted or
    /// overtaken meanwhile.
    ///
    /// # Errors
    /// A [`StoreError`] when it was not written.
    async fn commit(
        &self,
        key: &SessionKey,
        lease: Option<Lease>,
        session: StoredSession,
    ) -> Result<Option<Generation>, StoreError>;

    /// Gives a lease back without a result.
    ///
    /// # Errors
    /// A [`StoreError`]; the lease then ends by itself.
    async fn fail(&self, key: &SessionKey, lease: Lease, ambiguous: bool)
    -> Result<(), StoreError>;

    /// Forgets a session.
    ///
    /// # Errors
    /// A [`StoreError`] when it may still be there.
    async fn delete(&self, key: &SessionKey) -> Result<(), StoreError>;
}

/// As [`SessionStore`], blocking.
#[expect(clippy::missing_errors_doc, reason = "the same as in the async form")]
pub trait BlockingSessionStore: Send + Sync + 'static {
    /// See [`SessionStore::load`].
    fn load(&self, key: &SessionKey) -> Result<Option<StoredSession>, StoreError>;
    /// See [`SessionStore::begin_refresh`].
    fn begin_refresh(
        &self,
        key: &SessionKey,
        seen: Generation,
        lease_for: Duration,
    ) -> Result<BeginRefresh, StoreError>;
    /// See [`SessionStore::commit`].
    fn commit(
        &self,
        key: &SessionKey,
        lease: Option<Lease>,
        session: StoredSession,
    ) -> Result<Option<Generation>, StoreError>;
    /// See [`SessionStore::fail`].
    fn fail(&self, key: &SessionKey, lease: Lease, ambiguous: bool) -> Result<(), StoreError>;
    /// See [`SessionStore::delete`].
    fn delete(&self, key: &SessionKey) -> Result<(), StoreError>;
}

pub(crate) async fn carry_out(store: &dyn SessionStore, command: StoreCommand) -> StoreReply {
    let reply = match command {
        StoreCommand::Load(key) => store
            .load(&key)
            .await
            .map(|found| StoreReply::Loaded(found.map(Box::new))),
        StoreCommand::BeginRefresh {
            key,
            seen,
            lease_for,
        } => store
            .begin_refresh(&key, seen, lease_for)
            .await
            .map(StoreReply::Begun),
        StoreCommand::Commit {
            key,
            lease,
            session,
        } => store
            .commit(&key, lease, *session)
            .await
            .map(StoreReply::Committed),
        StoreCommand::Fail {
            key,
            lease,
            ambiguous,
        } => store
            .fail(&key, lease, ambiguous)
            .await
            .map(|()| StoreReply::Done),
        StoreCommand::Delete(key) => store.delete(&key).await.map(|()| StoreReply::Done),
        _ => Err(StoreError::unavailable("it does not know this command")),
    };
    reply.unwrap_or_else(StoreReply::Failed)
}

pub(crate) fn carry_out_blocking(
    store: &dyn BlockingSessionStore,
    command: StoreCommand,
) -> StoreReply {
    let reply = match command {
        StoreCommand::Load(key) => store
            .load(&key)
            .map(|found| StoreReply::Loaded(found.map(Box::new))),
        StoreCommand::BeginRefresh {
            key,
            seen,
            lease_for,
        } => store
            .begin_refresh(&key, seen, lease_for)
            .map(StoreReply::Begun),
        StoreCommand::Commit {
            key,
            lease,
            session,
        } => store
            .commit(&key, lease, *session)
            .map(StoreReply::Committed),
        StoreCommand::Fail {
            key,
            lease,
            ambiguous,
        } => store
            .fail(&key, lease, ambiguous)
            .map(|()| StoreReply::Done),
        StoreCommand::Delete(key) => store.delete(&key).map(|()| StoreReply::Done),
        _ => Err(StoreError::unavailable("it does not know this command")),
    };
    reply.unwrap_or_else(StoreReply::Failed)
}
