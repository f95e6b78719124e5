//! The blocking client of an application at one instance: the same methods as [`Client`](crate::Client), without futures.

mod engine;
mod identity;
mod sign_in;

use std::fmt;
use std::sync::Arc;

use erpnet_core::api::{ApiPath, ApiReply, ApiRequest};
use erpnet_core::connection::Snapshot;
use erpnet_core::profile::ProfileMe;
use erpnet_core::provider::ProviderMetadata;
use erpnet_core::site::SiteDirectory;
use erpnet_core::token::VerifiedToken;
use erpnet_core::{ApiToken, App, Connection, Error};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::drive::BlockingDriver;
use crate::observe;
use crate::runtime::{BlockingRuntime, StdRuntime};
use crate::shared::{Shared, fresh_entropy};
use crate::transport::BlockingTransport;

pub(crate) use engine::Engine;
pub use identity::IdentitySignIn;
pub use sign_in::SignIn;

/// An application's client: finds the authority, obtains and renews its token where that is possible, calls the API.
///
/// Cheap to clone and to share between threads; all clones share one token and one set of keys. However many threads
/// wait, one of them makes the request and the others get its outcome.
#[derive(Clone)]
pub struct Client {
    engine: Engine,
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
        let connection = Connection::new(app, fresh_entropy()?)?;
        Ok(Self::over(Engine {
            shared: Arc::new(Shared::new(connection)),
            driver: BlockingDriver::with_runtime(transport, runtime),
        }))
    }

    pub(crate) fn over(engine: Engine) -> Self {
        Self { engine }
    }

    /// The sites of the instance.
    ///
    /// # Errors
    /// See [`Error::kind`]; here mostly `transport`, `protocol` and `unavailable`.
    pub fn sites(&self) -> Result<Arc<SiteDirectory>, Error> {
        self.engine.resolve(Connection::sites)
    }

    /// What the instance's authority says about itself.
    ///
    /// # Errors
    /// As [`Client::sites`], and `security` when the issuer or an endpoint is not the expected one.
    pub fn provider(&self) -> Result<Arc<ProviderMetadata>, Error> {
        self.engine.resolve(Connection::provider)
    }

    /// A valid token: the current one, or a new one when it is about to end.
    ///
    /// # Errors
    /// As [`Client::provider`], and `registration-mismatch` when the record and the application do not fit.
    pub fn token(&self) -> Result<Arc<ApiToken>, Error> {
        self.engine.resolve(Connection::authorization)
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
        let known = self.engine.shared.lock().verified(token, self.engine.now());
        if let Some(known) = known {
            return Ok(known);
        }
        let verifier = self
            .engine
            .resolve(|connection, now| connection.verifier(token, now))?;
        let verified = Arc::new(verifier.verify(token, self.engine.now())?);
        self.engine
            .shared
            .lock()
            .remember(token, &verified, &verifier);
        Ok(verified)
    }

    /// Forgets which tokens were verified, so that the next look at each is a whole one.
    pub fn forget_verified(&self) {
        self.engine.shared.lock().forget_verified();
    }

    /// Reads from the Domain API: the path, or a [`Query`](erpnet_core::odata::Query), is relative to the OData root, the
    /// answer in the caller's type.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub fn get<T: DeserializeOwned>(&self, path: impl Into<ApiPath>) -> Result<T, Error> {
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
            let mut trip = self
                .engine
                .resolve(|connection, now| connection.call(&request, now))?;
            let outcome = self.engine.driver.drive(&mut trip);
            let token = trip.exchange().token();
            if let Some(reply) =
                self.engine
                    .shared
                    .lock()
                    .after_call(token, outcome, attempt, self.engine.now())?
            {
                return Ok(reply);
            }
            observe::repeated();
            attempt += 1;
        }
    }

    /// Who the token acts as, by the instance's Profile site.
    ///
    /// # Errors
    /// As [`Client::send`]; `config` before anything is sent, for a token that acts as no person (AUTH-221, AUTH-244).
    pub fn me(&self) -> Result<ProfileMe, Error> {
        let reply = self.send(ApiRequest::me())?;
        self.engine.shared.profile(&reply)
    }

    /// Drops the current token, for example after the record's scopes were changed.
    pub fn forget_token(&self) {
        self.engine.shared.lock().forget_token();
    }

    /// The state, for health endpoints: no secrets.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.engine.shared.lock().snapshot(self.engine.now())
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.engine.shared.describe("Client", f)
    }
}
