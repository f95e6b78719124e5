//! What every blocking client does: ask the connection, run its jobs, wait for those of others.

use std::sync::Arc;
use std::time::Duration;

use erpnet_core::connection::{Job, KnownAuthority};
use erpnet_core::flow::RoundTrip;
use erpnet_core::sign_in::{
    AuthorizationRequest, Callback, Completed, Identified, PendingSignIn, RedirectUri, SignInStart,
    SignInUrl,
};
use erpnet_core::userinfo::UserInfo;
use erpnet_core::{Connection, Error, Next, Now};
use event_listener::Listener;

use crate::drive::BlockingDriver;
use crate::loopback::{LoopbackHandle, LoopbackSocket};
use crate::observe;
use crate::shared::{Running, Shared, fresh_entropy};

/// A connection and what drives it.
#[derive(Clone)]
pub(crate) struct Engine {
    pub(crate) shared: Arc<Shared>,
    pub(crate) driver: BlockingDriver,
}

impl Engine {
    pub(crate) fn now(&self) -> Now {
        self.driver.runtime().now()
    }

    /// Asks the connection until it has an answer, running jobs on this thread or waiting for another's. What is
    /// renewed ahead of time is renewed beside the caller, who has a good value already.
    pub(crate) fn resolve<T>(
        &self,
        want: impl Fn(&mut Connection, Now) -> Result<Next<T>, Error>,
    ) -> Result<T, Error> {
        loop {
            let ended = self.shared.listen();
            let next = want(&mut self.shared.lock(), self.now())?;
            match next {
                Next::Ready(value) => return Ok(value),
                Next::ReadyAndRun(value, job) => {
                    let task = self.task(job);
                    self.driver.runtime().spawn(Box::new(task));
                    return Ok(value);
                }
                Next::Run(job) => self.task(job)(),
                Next::Wait => ended.wait(),
            }
        }
    }

    /// The work of running a job, for all who wait.
    fn task(&self, job: Job) -> impl FnOnce() + Send + 'static {
        let driver = self.driver.clone();
        let span = observe::job_span(&job, &self.shared.lock());
        let mut running = Running::new(job, Arc::clone(&self.shared), self.now());
        move || {
            let _span = span.entered();
            let outcome = driver.drive(&mut running);
            running.finish(outcome, driver.runtime().now());
        }
    }

    pub(crate) fn begin(
        &self,
        request: &AuthorizationRequest,
        redirect: Option<&RedirectUri>,
    ) -> Result<SignInStart, Error> {
        let entropy = fresh_entropy()?;
        self.resolve(|connection, now| connection.begin_sign_in(request, redirect, &entropy, now))
    }

    /// What a completion needs to know of the authority.
    pub(crate) fn ready(&self) -> Result<KnownAuthority, Error> {
        self.resolve(Connection::ready_to_complete)
    }

    pub(crate) fn complete(
        &self,
        pending: PendingSignIn,
        callback: &Callback,
    ) -> Result<Completed, Error> {
        let known = self.ready()?;
        let mut flow = self
            .shared
            .lock()
            .complete_sign_in(pending, callback, known, self.now())?;
        self.driver.drive(&mut flow)
    }

    pub(crate) fn userinfo(&self, identified: &Identified) -> Result<UserInfo, Error> {
        let mut trip: RoundTrip<_> =
            self.resolve(|connection, now| connection.userinfo(identified, now))?;
        self.driver.drive(&mut trip)
    }

    /// The browser's part on this machine, up to the answer.
    pub(crate) fn through_loopback(
        &self,
        request: AuthorizationRequest,
        timeout: Duration,
        open: impl FnOnce(&SignInUrl, LoopbackHandle),
    ) -> Result<(PendingSignIn, Callback), Error> {
        let redirects = self.shared.lock().loopback_redirects()?;
        // A later answer would be refused (AUTH-166).
        let timeout = timeout.min(self.shared.lock().options().attempt_life);
        let socket = LoopbackSocket::bind(&redirects)?;
        let redirect = RedirectUri::from(socket.redirect().clone());
        let SignInStart { url, pending } = self.begin(&request, Some(&redirect))?;
        let listener = socket.listen(pending.state())?;
        open(&url, listener.handle());
        let callback = listener.wait(timeout)?;
        Ok((pending, callback))
    }
}
