//! The state that all clones of a client share, and the bell that rings when a job ends.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use erpnet_core::api::ApiReply;
use erpnet_core::connection::{Finished, Job};
use erpnet_core::flow::{BodyPlan, SessionKey};
use erpnet_core::profile::ProfileMe;
use erpnet_core::{Connection, Entropy, Error, Flow, Now, Reason, Step};
use event_listener::{Event, EventListener};
use ring::rand::{SecureRandom, SystemRandom};

use crate::observe;

pub(crate) struct Shared {
    connection: Mutex<Connection>,
    ended: Event,
    /// Whose user it is: what one user's connection finds out, the next one's begins with.
    parent: Option<Arc<Shared>>,
}

impl Shared {
    pub(crate) fn new(connection: Connection) -> Self {
        Self {
            connection: Mutex::new(connection),
            ended: Event::new(),
            parent: None,
        }
    }

    /// For a user of this application.
    pub(crate) fn of_user(connection: Connection, parent: Arc<Shared>) -> Self {
        Self {
            parent: Some(parent),
            ..Self::new(connection)
        }
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

    /// The session of this name.
    pub(crate) fn session(&self, name: String) -> Result<SessionKey, Error> {
        self.lock().session(name)
    }

    /// What the Profile site said.
    pub(crate) fn profile(&self, reply: &ApiReply) -> Result<ProfileMe, Error> {
        let connection = self.lock();
        let nowhere = || Error::config("the global authority has no sites and no APIs");
        ProfileMe::read(reply, connection.instance().ok_or_else(nowhere)?)
    }

    /// Whose it is, for `Debug`.
    pub(crate) fn describe(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let connection = self.lock();
        f.debug_struct(name)
            .field("instance", &connection.instance())
            .field("client_id", &connection.client_id())
            .finish()
    }
}

/// Random bytes from the operating system.
pub(crate) fn fresh_entropy() -> Result<Entropy, Error> {
    let mut bytes = [0; 32];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| Error::config("the operating system gave no random numbers"))?;
    Ok(Entropy::from_bytes(bytes))
}

/// A job in somebody's hands. When it goes out of scope without an outcome - its thread panicked, its task was dropped
/// before it ever ran - that is its outcome; either way those who wait are told after its place is free.
pub(crate) struct Running {
    job: Job,
    shared: Arc<Shared>,
    now: Now,
    finished: bool,
}

impl Running {
    pub(crate) fn new(job: Job, shared: Arc<Shared>, now: Now) -> Self {
        Self {
            job,
            shared,
            now,
            finished: false,
        }
    }

    /// Carries the outcome of driving the job to the connection.
    pub(crate) fn finish(mut self, outcome: Result<Finished, Error>, now: Now) {
        self.now = now;
        self.end(outcome);
    }

    fn end(&mut self, outcome: Result<Finished, Error>) {
        self.finished = true;
        let failed = outcome.is_err();
        observe::job_ended(&self.job, &outcome);
        let mut connection = self.shared.lock();
        connection.finish(self.job.id(), outcome, self.now);
        if !failed && self.job.brings() == "token" {
            observe::withheld(&connection.withheld());
        }
        // A parent has none itself, so these two locks are never taken the other way round.
        if let Some(parent) = &self.shared.parent {
            parent.lock().learn_from(&connection);
        }
    }
}

/// The job, as the flow to be driven.
impl Flow for Running {
    type Output = Finished;

    fn poll(&mut self, now: Now) -> Result<Step<Finished>, Error> {
        self.now = now;
        self.job.poll(now)
    }

    fn handle(&mut self, event: erpnet_core::Event, now: Now) {
        self.now = now;
        self.job.handle(event, now);
    }

    fn head(&mut self, head: &http::response::Parts, now: Now) -> BodyPlan {
        self.job.head(head, now)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.finished {
            self.end(Err(Reason::Abandoned.into()));
        }
        self.shared.ended.notify(usize::MAX);
    }
}
