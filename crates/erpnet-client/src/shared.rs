//! The state that all clones of a client share, and the bell that rings when a job ends.

use std::sync::{Mutex, MutexGuard, PoisonError};

use erpnet_core::connection::{Finished, Job};
use erpnet_core::{App, Connection, Entropy, Error, Now};
use event_listener::{Event, EventListener};
use ring::rand::{SecureRandom, SystemRandom};

pub(crate) struct Shared {
    connection: Mutex<Connection>,
    ended: Event,
}

impl Shared {
    pub(crate) fn new(app: App) -> Result<Self, Error> {
        let mut bytes = [0; 32];
        SystemRandom::new()
            .fill(&mut bytes)
            .map_err(|_| Error::config("the operating system gave no random numbers"))?;
        let connection = Connection::new(app, Entropy::from_bytes(bytes))?;
        Ok(Self {
            connection: Mutex::new(connection),
            ended: Event::new(),
        })
    }

    /// The connection, for one decision: nothing is awaited and nothing is sent while it is held. A poisoned lock is
    /// taken all the same, for every decision leaves the connection whole.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Rings at the end of the next job. To be taken before the question that it may have to wait for.
    pub(crate) fn listen(&self) -> EventListener {
        self.ended.listen()
    }

    pub(crate) fn finish(&self, job: &Job, outcome: Result<Finished, Error>, now: Now) {
        self.lock().finish(job.id(), outcome, now);
    }

    /// Rings when it goes out of scope, whatever the cause: a job whose thread panicked or whose task was dropped frees
    /// its place, and the next in line has to be told.
    pub(crate) fn bell(&self) -> Bell<'_> {
        Bell(&self.ended)
    }
}

pub(crate) struct Bell<'a>(&'a Event);

impl Drop for Bell<'_> {
    fn drop(&mut self) {
        self.0.notify(usize::MAX);
    }
}
