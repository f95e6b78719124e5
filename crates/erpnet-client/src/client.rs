//! The async client of an application at one instance.

use std::fmt;
use std::sync::Arc;

use erpnet_core::api::{ApiReply, ApiRequest};
use erpnet_core::connection::{Job, Snapshot};
use erpnet_core::provider::ProviderMetadata;
use erpnet_core::site::SiteDirectory;
use erpnet_core::token::VerifiedToken;
use erpnet_core::{ApiToken, App, Connection, Error, Next, Now};
use serde::Serialize;
use serde::de::DeserializeOwned;

use tracing::Instrument;

use crate::drive::Driver;
use crate::observe;
use crate::runtime::Runtime;
use crate::shared::{Running, Shared};
use crate::transport::Transport;

/// An application's client: finds the authority, obtains and renews its token where that is possible, calls the API.
///
/// Cheap to clone; all clones share one token and one set of keys, and however many callers wait, one request is made.
/// That request is a task of its own: dropping the future that asked first harms nobody. Nothing runs in the background
/// otherwise.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    driver: Driver,
}

impl Client {
    /// A client over the given HTTP stack and runtime. Sends nothing yet.
    ///
    /// # Errors
    /// An error of kind [`Config`](erpnet_core::ErrorKind::Config) for settings that cannot work.
    pub fn new(
        app: impl Into<App>,
        transport: Arc<dyn Transport>,
        runtime: Arc<dyn Runtime>,
    ) -> Result<Self, Error> {
        Ok(Self {
            shared: Arc::new(Shared::new(app.into())?),
            driver: Driver::new(transport, runtime),
        })
    }

    /// The sites of the instance.
    ///
    /// # Errors
    /// See [`Error::kind`]; here mostly `transport`, `protocol` and `unavailable`.
    pub async fn sites(&self) -> Result<Arc<SiteDirectory>, Error> {
        self.resolve(Connection::sites).await
    }

    /// What the instance's authority says about itself.
    ///
    /// # Errors
    /// As [`Client::sites`], and `security` when the issuer or an endpoint is not the expected one.
    pub async fn provider(&self) -> Result<Arc<ProviderMetadata>, Error> {
        self.resolve(Connection::provider).await
    }

    /// A valid token: the current one, or a new one when it is about to end.
    ///
    /// # Errors
    /// As [`Client::provider`], and `registration-mismatch` when the record and the application do not fit.
    pub async fn token(&self) -> Result<Arc<ApiToken>, Error> {
        self.resolve(Connection::authorization).await
    }

    /// A valid token, verified against the authority's published keys.
    ///
    /// # Errors
    /// As [`Client::token`] and [`Client::verify`]; a reference token can be verified by its instance only.
    pub async fn verified_token(&self) -> Result<Arc<VerifiedToken>, Error> {
        let token = self.token().await?;
        self.verify(token.expose()).await
    }

    /// Verifies an access token of the instance's authority, of this application or another: what a gateway does. A token
    /// that was verified before is answered without a second signature check, its times checked again.
    ///
    /// # Errors
    /// `security` with the check that failed; otherwise why the keys are not known.
    pub async fn verify(&self, token: &str) -> Result<Arc<VerifiedToken>, Error> {
        let known = self
            .shared
            .lock()
            .verified(token, self.driver.runtime().now());
        if let Some(known) = known {
            return Ok(known);
        }
        let verifier = self
            .resolve(|connection, now| connection.verifier(token, now))
            .await?;
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
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        self.send(ApiRequest::get(path)).await?.json()
    }

    /// Creates in the Domain API; needs the scope `update`.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn post<B: Serialize + Sync, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<T, Error> {
        let request = ApiRequest::new(http::Method::POST, path).json(body)?;
        self.send(request).await?.json()
    }

    /// Makes any call. A refused token is renewed and the call made once more (AUTH-267).
    ///
    /// # Errors
    /// As [`Client::token`]; `forbidden`, `business`, `licence-exhausted`, `rate-limited`, `not-found` as the API says;
    /// `outcome-unknown` when a write was sent and its answer lost.
    pub async fn send(&self, request: ApiRequest) -> Result<ApiReply, Error> {
        let mut attempt = 1;
        loop {
            let mut trip = self
                .resolve(|connection, now| connection.call(&request, now))
                .await?;
            let outcome = self.driver.drive(&mut trip).await;
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

    /// Asks the connection until it has an answer, running or awaiting jobs in between.
    async fn resolve<T>(
        &self,
        want: impl Fn(&mut Connection, Now) -> Result<Next<T>, Error>,
    ) -> Result<T, Error> {
        loop {
            let ended = self.shared.listen();
            let next = want(&mut self.shared.lock(), self.driver.runtime().now())?;
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
        let span = observe::job_span(&job, self.shared.lock().app().instance());
        let mut running = Running::new(job, Arc::clone(&self.shared), driver.runtime().now());
        let task = async move {
            let outcome = driver.drive(&mut running).await;
            running.finish(outcome, driver.runtime().now());
        };
        self.driver.runtime().spawn(Box::pin(task.instrument(span)));
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
