//! A store in this process's memory.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use erpnet_core::flow::{BeginRefresh, Generation, Lease, SessionKey, StoreError, StoredSession};

use super::{BlockingSessionStore, SessionStore};
use crate::clock::system_now;

/// Sessions of one process, gone with it. Serves async and blocking clients alike.
pub struct MemoryStore {
    state: Mutex<State>,
    clock: Box<dyn Fn() -> Duration + Send + Sync>,
}

#[derive(Default)]
struct State {
    entries: HashMap<SessionKey, Entry>,
    leases: u64,
}

struct Entry {
    session: StoredSession,
    lease: Option<(Lease, Duration)>,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::with_clock(|| system_now().mono)
    }
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty store whose leases end by this monotonic clock.
    #[must_use]
    pub fn with_clock(clock: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self {
            state: Mutex::default(),
            clock: Box::new(clock),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BlockingSessionStore for MemoryStore {
    fn load(&self, key: &SessionKey) -> Result<Option<StoredSession>, StoreError> {
        Ok(self
            .lock()
            .entries
            .get(key)
            .map(|entry| entry.session.clone()))
    }

    fn begin_refresh(
        &self,
        key: &SessionKey,
        seen: Generation,
        lease_for: Duration,
    ) -> Result<BeginRefresh, StoreError> {
        let now = (self.clock)();
        let mut state = self.lock();
        let lease = Lease(state.leases + 1);
        let Some(entry) = state.entries.get_mut(key) else {
            return Ok(BeginRefresh::Gone);
        };
        if entry.session.generation > seen {
            return Ok(BeginRefresh::Newer(Box::new(entry.session.clone())));
        }
        match &entry.lease {
            Some((_, until)) if now < *until => Ok(BeginRefresh::Busy(until.saturating_sub(now))),
            held => {
                // A lease that ended by itself: its holder may have used the refresh token before it went.
                entry.session.ambiguous |= held.is_some();
                entry.lease = Some((lease.clone(), now.saturating_add(lease_for)));
                let session = Box::new(entry.session.clone());
                state.leases += 1;
                Ok(BeginRefresh::Own { session, lease })
            }
        }
    }

    fn commit(
        &self,
        key: &SessionKey,
        lease: Option<Lease>,
        mut session: StoredSession,
    ) -> Result<Option<Generation>, StoreError> {
        let mut state = self.lock();
        let current = state.entries.get(key);
        let held = current.and_then(|entry| entry.lease.as_ref().map(|(lease, _)| lease.clone()));
        let allowed = match (&lease, current) {
            // A refresh: the lease still holds, and nobody wrote in between.
            (Some(_), Some(entry)) => {
                held == lease && entry.session.generation == session.generation
            }
            (Some(_), None) => false,
            // A new sign-in replaces whatever was there.
            (None, _) => true,
        };
        if !allowed {
            return Ok(None);
        }
        let before = current.map_or(session.generation, |entry| entry.session.generation);
        session.generation = Generation(before.0.saturating_add(1));
        let generation = session.generation;
        state.entries.insert(
            key.clone(),
            Entry {
                session,
                lease: None,
            },
        );
        Ok(Some(generation))
    }

    fn fail(&self, key: &SessionKey, lease: Lease, ambiguous: bool) -> Result<(), StoreError> {
        let mut state = self.lock();
        if let Some(entry) = state.entries.get_mut(key)
            && entry.lease.as_ref().is_some_and(|(held, _)| *held == lease)
        {
            entry.lease = None;
            entry.session.ambiguous |= ambiguous;
        }
        Ok(())
    }

    fn delete(&self, key: &SessionKey) -> Result<(), StoreError> {
        self.lock().entries.remove(key);
        Ok(())
    }
}

/// Nothing in memory is worth awaiting.
#[async_trait]
impl SessionStore for MemoryStore {
    async fn load(&self, key: &SessionKey) -> Result<Option<StoredSession>, StoreError> {
        BlockingSessionStore::load(self, key)
    }
    async fn begin_refresh(
        &self,
        key: &SessionKey,
        seen: Generation,
        lease_for: Duration,
    ) -> Result<BeginRefresh, StoreError> {
        BlockingSessionStore::begin_refresh(self, key, seen, lease_for)
    }
    async fn commit(
        &self,
        key: &SessionKey,
        lease: Option<Lease>,
        session: StoredSession,
    ) -> Result<Option<Generation>, StoreError> {
        BlockingSessionStore::commit(self, key, lease, session)
    }
    async fn fail(
        &self,
        key: &SessionKey,
        lease: Lease,
        ambiguous: bool,
    ) -> Result<(), StoreError> {
        BlockingSessionStore::fail(self, key, lease, ambiguous)
    }
    async fn delete(&self, key: &SessionKey) -> Result<(), StoreError> {
        BlockingSessionStore::delete(self, key)
    }
}

#[cfg(test)]
mod tests {
    use super::{BlockingSessionStore, MemoryStore};
    use erpnet_core::flow::{BeginRefresh, Generation, Lease, SessionKey, StoredSession};
    use erpnet_core::session::SignedInUser;
    use erpnet_types::RawIdToken;
    use erpnet_types::{AccessToken, ClientId, Instance, RefreshToken, ScopeSet, Timestamp};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    struct Bench {
        store: MemoryStore,
        clock: Arc<AtomicU64>,
        key: SessionKey,
    }

    impl Bench {
        fn new() -> Self {
            let clock = Arc::new(AtomicU64::new(0));
            let read = Arc::clone(&clock);
            let store =
                MemoryStore::with_clock(move || Duration::from_secs(read.load(Ordering::SeqCst)));
            let instance = Instance::parse("demodb").unwrap();
            let key = SessionKey {
                instance,
                client_id: ClientId::parse("PK").unwrap(),
                subject: "default".into(),
            };
            Self { store, clock, key }
        }

        fn begin(&self, seen: u64) -> BeginRefresh {
            self.store
                .begin_refresh(&self.key, Generation(seen), Duration::from_secs(30))
                .unwrap()
        }

        fn commit(&self, lease: Option<Lease>, session: StoredSession) -> Option<u64> {
            self.store
                .commit(&self.key, lease, session)
                .unwrap()
                .map(|generation| generation.0)
        }
    }

    fn session(generation: u64, refresh: &str) -> StoredSession {
        StoredSession {
            generation: Generation(generation),
            access_token: AccessToken::new("a").unwrap(),
            expires: Timestamp::EPOCH,
            refresh_token: Some(RefreshToken::new(refresh).unwrap()),
            scopes: ScopeSet::empty(),
            signed_in: Timestamp::EPOCH,
            user: SignedInUser {
                issuer: "https://demodb.my.erp.net/id".to_owned(),
                subject: "anna".to_owned(),
                user_id: None,
                session_id: None,
                auth_time: None,
            },
            id_token: RawIdToken::new("a.b.c").unwrap(),
            ambiguous: false,
        }
    }

    impl Bench {
        fn own(&self, seen: u64) -> (Box<StoredSession>, Lease) {
            match self.begin(seen) {
                BeginRefresh::Own { session, lease } => (session, lease),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn auth_193_one_refreshes_and_the_others_wait_or_take_the_newer() {
        let bench = Bench::new();
        assert!(matches!(bench.begin(0), BeginRefresh::Gone));
        assert_eq!(bench.commit(None, session(0, "r1")), Some(1));
        let (seen, lease) = bench.own(1);
        assert!(
            matches!(bench.begin(1), BeginRefresh::Busy(wait) if wait == Duration::from_secs(30))
        );
        assert_eq!(
            bench.commit(Some(lease.clone()), session(seen.generation.0, "r2")),
            Some(2)
        );
        assert!(
            matches!(bench.begin(1), BeginRefresh::Newer(newer) if newer.refresh_token.as_ref().unwrap().expose() == "r2")
        );
        assert_eq!(
            bench.commit(Some(lease), session(2, "r3")),
            None,
            "a lease is good for one commit"
        );
    }

    #[test]
    fn auth_194_a_lost_answer_or_a_vanished_holder_leaves_it_ambiguous() {
        let bench = Bench::new();
        bench.commit(None, session(0, "r1"));
        let (_, lease) = bench.own(1);
        bench.store.fail(&bench.key, lease, true).unwrap();
        assert!(bench.own(1).0.ambiguous);
        bench.clock.store(31, Ordering::SeqCst);
        let (after_crash, lease) = bench.own(1);
        assert!(after_crash.ambiguous);
        assert_eq!(bench.commit(Some(lease), session(1, "r2")), Some(2));
        assert!(!bench.own(2).0.ambiguous, "a success clears it");
    }

    #[test]
    fn a_sign_out_wins_over_a_late_commit() {
        let bench = Bench::new();
        bench.commit(None, session(0, "r1"));
        let (seen, lease) = bench.own(1);
        bench.store.delete(&bench.key).unwrap();
        assert_eq!(bench.commit(Some(lease), *seen), None);
        assert!(bench.store.load(&bench.key).unwrap().is_none());
    }

    #[test]
    fn auth_001_sessions_are_kept_by_instance_application_and_subject() {
        let bench = Bench::new();
        bench.commit(None, session(0, "r1"));
        for change in [0, 1, 2] {
            let mut other = bench.key.clone();
            match change {
                0 => other.instance = Instance::parse("other").unwrap(),
                1 => other.client_id = ClientId::parse("pk").unwrap(),
                _ => other.subject = "another".into(),
            }
            assert!(bench.store.load(&other).unwrap().is_none());
        }
    }
}
