//! The blocking client of an application at one instance: the same methods as [`Client`](crate::Client), without futures.

use std::fmt;
use std::sync::Arc;

use erpnet_core::api::{ApiReply, ApiRequest};
use erpnet_core::connection::{Job, Snapshot};
use erpnet_core::provider::ProviderMetadata;
use erpnet_core::site::SiteDirectory;
use erpnet_core::token::VerifiedToken;
use erpnet_core::{ApiToken, App, Connection, Error, Next, Now};
use event_listener::Listener;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::drive::BlockingDriver;
use crate::observe;
use crate::runtime::{BlockingRuntime, StdRuntime};
use crate::shared::{Running, Shared};
use crate::transport::BlockingTransport;

/// An application's client: finds the authority, obtains and renews its token where that is possible, calls the API.
///
/// Cheap to clone and to share between threads; all clones share one token and one set of keys. However many threads
/// wait, one of them makes the request and the others get its outcome.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    driver: BlockingDriver,
}

impl Client {
    /// A client over the given HTTP stack, on the standard library's threads and clocks. Sends nothing yet.
    ///
    /// # Errors
    /// An error of kind [`Config`](erpnet_core::ErrorKind::Config) for settings that cannot work.
    pub fn new(app: impl Into<App>, transport: Arc<dyn BlockingTransport>) -> Result<Self, Error> {
        Self::with_runtime(app, transport, Arc::new(StdRuntime))
    }

    /// The same, with other clocks and another way to sleep.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn with_runtime(
        app: impl Into<App>,
        transport: Arc<dyn BlockingTransport>,
        runtime: Arc<dyn BlockingRuntime>,
    ) -> Result<Self, Error> {
        Ok(Self {
            shared: Arc::new(Shared::new(app.into())?),
            driver: BlockingDriver::with_runtime(transport, runtime),
        })
    }

    /// The sites of the instance.
    ///
    /// # Errors
    /// See [`Error::kind`]; here mostly `transport`, `protocol` and `unavailable`.
    pub fn sites(&self) -> Result<Arc<SiteDirectory>, Error> {
        self.resolve(Connection::sites)
    }

    /// What the instance's authority says about itself.
    ///
    /// # Errors
    /// As [`Client::sites`], and `security` when the issuer or an endpoint is not the expected one.
    pub fn provider(&self) -> Result<Arc<ProviderMetadata>, Error> {
        self.resolve(Connection::provider)
    }

    /// A valid token: the current one, or a new one when it is about to end.
    ///
    /// # Errors
    /// As [`Client::provider`], and `registration-mismatch` when the record and the application do not fit.
    pub fn token(&self) -> Result<Arc<ApiToken>, Error> {
        self.resolve(Connection::authorization)
    }

    /// A valid token, verified against the authority's published keys.
    ///
    /// # Errors
    /// As [`Client::token`] and [`Client::verify`]; a reference token can be verified by its instance only.
    pub fn verified_token(&self) -> Result<Arc<VerifiedToken>, Error> {
        let token = self.token()?;
        self.verify(token.expose())
    }

    /// Verifies an access token of the instance's authority, of this application or another: what a gateway does. A token
    /// that was verified before is answered without a second signature check, its times checked again.
    ///
    /// # Errors
    /// `security` with the check that failed; otherwise why the keys are not known.
    pub fn verify(&self, token: &str) -> Result<Arc<VerifiedToken>, Error> {
        let known = self
            .shared
            .lock()
            .verified(token, self.driver.runtime().now());
        if let Some(known) = known {
            return Ok(known);
        }
        let verifier = self.resolve(|connection, now| connection.verifier(token, now))?;
        let verified = Arc::new(verifier.verify(token, self.driver.runtime().now())?);
        self.shared.lock().remember(token, &verified, &verifier);
        Ok(verified)
    }

    /// Forgets which tokens were verified, so that the next look at each is a whole one.
    pub fn forget_verified(&self) {
        self.shared.lock().forget_verified();
    }

    /// Reads from the Domain API: the path is relative to the OData root, the answer in the caller's type.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        self.send(ApiRequest::get(path))?.json()
    }

    /// Creates in the Domain API; needs the scope `update`.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub fn post<B: Serialize, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<T, Error> {
        let request = ApiRequest::new(http::Method::POST, path).json(body)?;
        self.send(request)?.json()
    }

    /// Makes any call. A refused token is renewed and the call made once more (AUTH-267).
    ///
    /// # Errors
    /// As [`Client::token`]; `forbidden`, `business`, `licence-exhausted`, `rate-limited`, `not-found` as the API says;
    /// `outcome-unknown` when a write was sent and its answer lost.
    pub fn send(&self, request: ApiRequest) -> Result<ApiReply, Error> {
        let mut attempt = 1;
        loop {
            let mut trip = self.resolve(|connection, now| connection.call(&request, now))?;
            let outcome = self.driver.drive(&mut trip);
            let token = trip.exchange().token();
            if let Some(reply) = self.shared.lock().after_call(
                token,
                outcome,
                attempt,
                self.driver.runtime().now(),
            )? {
                return Ok(reply);
            }
            observe::repeated();
            attempt += 1;
        }
    }

    /// Drops the current token, for example after the record's scopes were changed.
    pub fn forget_token(&self) {
        self.shared.lock().forget_token();
    }

    /// The state, for health endpoints: no secrets.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.shared.lock().snapshot(self.driver.runtime().now())
    }

    /// Asks the connection until it has an answer, running jobs on this thread or waiting for another's. What is
    /// renewed ahead of time is renewed beside the caller, who has a good value already.
    fn resolve<T>(
        &self,
        want: impl Fn(&mut Connection, Now) -> Result<Next<T>, Error>,
    ) -> Result<T, Error> {
        loop {
            let ended = self.shared.listen();
            let next = want(&mut self.shared.lock(), self.driver.runtime().now())?;
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
        let span = observe::job_span(&job, self.shared.lock().app().instance());
        let mut running = Running::new(job, Arc::clone(&self.shared), driver.runtime().now());
        move || {
            let _span = span.entered();
            let outcome = driver.drive(&mut running);
            running.finish(outcome, driver.runtime().now());
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let connection = self.shared.lock();
        let app = connection.app();
        f.debug_struct("Client")
            .field("instance", app.instance())
            .field("client_id", &app.client_id())
            .finish()
    }
}
