//! The state that all clones of a client share, and the bell that rings when a job ends.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use erpnet_core::connection::{Finished, Job};
use erpnet_core::{App, Connection, Entropy, Error, Flow, Now, Reason, Step};
use event_listener::{Event, EventListener};
use ring::rand::{SecureRandom, SystemRandom};

use crate::observe;

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
}

/// A job in somebody's hands. When it goes out of scope, whatever the cause - done, its thread panicked, its task was
/// dropped before it ever ran - its place becomes free *and then* the next in line is told.
pub(crate) struct Running {
    job: Option<Job>,
    shared: Arc<Shared>,
}

impl Running {
    pub(crate) fn new(job: Job, shared: Arc<Shared>) -> Self {
        Self {
            job: Some(job),
            shared,
        }
    }

    /// Carries the outcome of driving the job to the connection.
    pub(crate) fn finish(self, outcome: Result<Finished, Error>, now: Now) {
        if let Some(job) = &self.job {
            observe::job_ended(job, &outcome);
            self.shared.lock().finish(job.id(), outcome, now);
        }
    }
}

/// The job, as the flow to be driven.
impl Flow for Running {
    type Output = Finished;

    fn poll(&mut self, now: Now) -> Result<Step<Finished>, Error> {
        match &mut self.job {
            Some(job) => job.poll(now),
            None => Err(Reason::Driver("there is no job").into()),
        }
    }

    fn handle(&mut self, event: erpnet_core::Event, now: Now) {
        if let Some(job) = &mut self.job {
            job.handle(event, now);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.job = None;
        self.shared.ended.notify(usize::MAX);
    }
}
