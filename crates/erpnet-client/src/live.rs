//! The sessions that clients of this process use: one state each, however many clients.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use erpnet_core::Error;
use erpnet_core::flow::SessionKey;

use crate::shared::{Shared, fresh_entropy};

/// How many sessions are kept that no client uses at the moment: a web application makes a client for each request, and
/// what the last one learnt - a token, a pause after a failure, an open licence - is the next one's, too.
pub const MAX_IDLE_SESSIONS: usize = 1024;

/// Finds the state of a session. Those in use are all kept; of the others, the ones used last.
pub(crate) struct LiveSessions {
    live: Mutex<Live>,
    idle: usize,
}

#[derive(Default)]
struct Live {
    sessions: HashMap<SessionKey, Known>,
    /// Counts the uses.
    uses: u64,
}

struct Known {
    shared: Arc<Shared>,
    used: u64,
}

impl Default for LiveSessions {
    fn default() -> Self {
        Self::keeping(MAX_IDLE_SESSIONS)
    }
}

impl LiveSessions {
    fn keeping(idle: usize) -> Self {
        Self {
            live: Mutex::default(),
            idle,
        }
    }

    /// The state of this session, made from what `parent` knows when nobody has it.
    pub(crate) fn find(
        &self,
        session: &SessionKey,
        parent: &Arc<Shared>,
    ) -> Result<Arc<Shared>, Error> {
        let mut live = self.lock();
        live.uses += 1;
        let used = live.uses;
        if let Some(known) = live.sessions.get_mut(session) {
            known.used = used;
            return Ok(Arc::clone(&known.shared));
        }
        let connection = parent.lock().for_user(session.clone(), fresh_entropy()?)?;
        let shared = Arc::new(Shared::of_user(connection, Arc::clone(parent)));
        live.make_room(self.idle);
        let known = Known {
            shared: Arc::clone(&shared),
            used,
        };
        live.sessions.insert(session.clone(), known);
        Ok(shared)
    }

    /// Somebody signed in under this name: its clients take the token from the store again, for the one that they hold may
    /// be another person's, or have other scopes.
    pub(crate) fn replaced(&self, session: &SessionKey) {
        let known = self
            .lock()
            .sessions
            .get(session)
            .map(|known| Arc::clone(&known.shared));
        if let Some(shared) = known {
            shared.lock().forget_token();
        }
    }

    /// The session is over: its clients hold no token any more, and find none.
    pub(crate) fn end(&self, session: &SessionKey) {
        let known = self.lock().sessions.remove(session);
        if let Some(known) = known {
            known.shared.lock().forget_token();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Live {
    /// Gives up what nobody uses and was used longest ago, until one more fits.
    fn make_room(&mut self, idle: usize) {
        let unused = |known: &Known| Arc::strong_count(&known.shared) == 1;
        let mut ages: Vec<u64> = self
            .sessions
            .values()
            .filter(|known| unused(known))
            .map(|known| known.used)
            .collect();
        let Some(surplus) = (ages.len() + 1)
            .checked_sub(idle)
            .filter(|surplus| *surplus > 0)
        else {
            return;
        };
        ages.sort_unstable();
        // A few more than needed, so that this is not done each time.
        let given_up = ages.get((surplus + idle / 8).min(ages.len()) - 1).copied();
        self.sessions.retain(|_, known| {
            !(unused(known) && given_up.is_some_and(|oldest| known.used <= oldest))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use erpnet_core::{Connection, Entropy, InteractiveApp};
    use erpnet_types::Instance;

    fn parent() -> Arc<Shared> {
        let demodb = Instance::parse("demodb").unwrap();
        let app = InteractiveApp::public(demodb, "PK", "http://127.0.0.1:8400/cb").unwrap();
        let connection = Connection::interactive(app, Entropy::from_bytes([1; 32])).unwrap();
        Arc::new(Shared::new(connection))
    }

    #[test]
    fn what_is_used_stays_and_of_the_rest_what_was_used_last() {
        let (parent, sessions) = (parent(), LiveSessions::keeping(8));
        let key = |number: usize| parent.lock().session(format!("s{number}")).unwrap();
        let find = |number: usize| sessions.find(&key(number), &parent).unwrap();
        let in_use = find(0);
        for number in 1..100 {
            drop(find(number));
            let kept = sessions.lock().sessions.len();
            assert!(kept <= 8 + 1, "{kept} after {number}");
        }
        assert!(Arc::ptr_eq(&in_use, &find(0)), "a client has it");
        let last = find(99);
        assert!(Arc::ptr_eq(&last, &find(99)), "used a moment ago");
        assert!(
            !sessions.lock().sessions.contains_key(&key(1)),
            "used long ago"
        );
        sessions.end(&key(99));
        assert!(!Arc::ptr_eq(&last, &find(99)), "over");
    }

    #[test]
    fn the_limit_at_below_and_above() {
        for (count, all) in [(7, true), (8, true), (9, false)] {
            let (parent, sessions) = (parent(), LiveSessions::keeping(8));
            for number in 0..count {
                let key = parent.lock().session(format!("s{number}")).unwrap();
                drop(sessions.find(&key, &parent).unwrap());
            }
            assert_eq!(sessions.lock().sessions.len() == count, all, "{count}");
        }
    }
}
