//! What every async client does: ask the connection, run its jobs, await those of others.

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
use tracing::Instrument;

use crate::drive::Driver;
use crate::loopback::{LoopbackHandle, LoopbackSocket};
use crate::observe;
use crate::shared::{Running, Shared, fresh_entropy};

/// A connection and what drives it.
#[derive(Clone)]
pub(crate) struct Engine {
    pub(crate) shared: Arc<Shared>,
    pub(crate) driver: Driver,
}

impl Engine {
    pub(crate) fn now(&self) -> Now {
        self.driver.runtime().now()
    }

    /// Asks the connection until it has an answer, running or awaiting jobs in between.
    pub(crate) async fn resolve<T>(
        &self,
        want: impl Fn(&mut Connection, Now) -> Result<Next<T>, Error>,
    ) -> Result<T, Error> {
        loop {
            let ended = self.shared.listen();
            let next = want(&mut self.shared.lock(), self.now())?;
            match next {
                Next::Ready(value) => return Ok(value),
                Next::ReadyAndRun(value, job) => {
                    self.run(job);
                    return Ok(value);
                }
                Next::Run(job) => self.run(job),
                Next::Wait => {}
            }
            ended.await;
        }
    }

    /// Has a job run as a task of its own: it outlives the caller who happened to ask first.
    fn run(&self, job: Job) {
        let driver = self.driver.clone();
        let span = observe::job_span(&job, &self.shared.lock());
        let mut running = Running::new(job, Arc::clone(&self.shared), self.now());
        let task = async move {
            let outcome = driver.drive(&mut running).await;
            running.finish(outcome, driver.runtime().now());
        };
        self.driver.runtime().spawn(Box::pin(task.instrument(span)));
    }

    pub(crate) async fn begin(
        &self,
        request: &AuthorizationRequest,
        redirect: Option<&RedirectUri>,
    ) -> Result<SignInStart, Error> {
        let entropy = fresh_entropy()?;
        self.resolve(|connection, now| connection.begin_sign_in(request, redirect, &entropy, now))
            .await
    }

    /// What a completion needs to know of the authority.
    pub(crate) async fn ready(&self) -> Result<KnownAuthority, Error> {
        self.resolve(Connection::ready_to_complete).await
    }

    /// The exchange is not detached: a code is good once, and whoever asked is the one who wants it.
    pub(crate) async fn complete(
        &self,
        pending: PendingSignIn,
        callback: &Callback,
    ) -> Result<Completed, Error> {
        let known = self.ready().await?;
        let mut flow = self
            .shared
            .lock()
            .complete_sign_in(pending, callback, known, self.now())?;
        self.driver.drive(&mut flow).await
    }

    pub(crate) async fn userinfo(&self, identified: &Identified) -> Result<UserInfo, Error> {
        let mut trip: RoundTrip<_> = self
            .resolve(|connection, now| connection.userinfo(identified, now))
            .await?;
        self.driver.drive(&mut trip).await
    }

    /// The browser's part on this machine, up to the answer.
    pub(crate) async fn through_loopback(
        &self,
        request: AuthorizationRequest,
        timeout: Duration,
        open: impl FnOnce(&SignInUrl, LoopbackHandle) + Send,
    ) -> Result<(PendingSignIn, Callback), Error> {
        let redirects = self.shared.lock().loopback_redirects()?;
        // A later answer would be refused (AUTH-166).
        let timeout = timeout.min(self.shared.lock().options().attempt_life);
        let socket = LoopbackSocket::bind(&redirects)?;
        let redirect = RedirectUri::from(socket.redirect().clone());
        let SignInStart { url, pending } = self.begin(&request, Some(&redirect)).await?;
        let listener = socket.listen(pending.state())?;
        open(&url, listener.handle());
        let runtime = Arc::clone(self.driver.runtime());
        let callback = listener.wait_async(&*runtime, timeout).await?;
        Ok((pending, callback))
    }
}
