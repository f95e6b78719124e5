//! The sessions that clients of this process use at the moment: one state each, however many clients.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use erpnet_core::Error;
use erpnet_core::flow::SessionKey;

use crate::shared::{Shared, fresh_entropy};

/// Finds the state of a session that somebody uses. It goes with its last client.
#[derive(Default)]
pub(crate) struct LiveSessions(Mutex<HashMap<SessionKey, Weak<Shared>>>);

impl LiveSessions {
    /// The state of this session, made from what `parent` knows when nobody has it.
    pub(crate) fn find(
        &self,
        session: &SessionKey,
        parent: &Arc<Shared>,
    ) -> Result<Arc<Shared>, Error> {
        let mut live = self.lock();
        if let Some(shared) = live.get(session).and_then(Weak::upgrade) {
            return Ok(shared);
        }
        let connection = parent.lock().for_user(session.clone(), fresh_entropy()?)?;
        let shared = Arc::new(Shared::of_user(connection, Arc::clone(parent)));
        // As many dead entries as live ones at most: what is kept is bounded by what is used.
        if live.len() == live.capacity() {
            live.retain(|_, known| known.strong_count() > 0);
        }
        live.insert(session.clone(), Arc::downgrade(&shared));
        Ok(shared)
    }

    /// Somebody signed in under this name: its clients take the token from the store again, for the one that they hold may
    /// be another person's, or have other scopes.
    pub(crate) fn replaced(&self, session: &SessionKey) {
        let shared = self.lock().get(session).and_then(Weak::upgrade);
        if let Some(shared) = shared {
            shared.lock().forget_token();
        }
    }

    /// The session is over: its clients hold no token any more, and find none.
    pub(crate) fn end(&self, session: &SessionKey) {
        let shared = self
            .lock()
            .remove(session)
            .and_then(|known| known.upgrade());
        if let Some(shared) = shared {
            shared.lock().forget_token();
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SessionKey, Weak<Shared>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
