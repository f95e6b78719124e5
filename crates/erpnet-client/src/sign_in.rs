//! Signing users in, async: from the address for the browser to a client that acts as the user.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use erpnet_core::flow::SessionKey;
use erpnet_core::provider::ProviderMetadata;
use erpnet_core::session::SignedOut;
use erpnet_core::sign_in::{
    AuthorizationRequest, Binding, Callback, PendingSignIn, SignInStart, SignInUrl, SignedIn,
    WebStart,
};
use erpnet_core::userinfo::UserInfo;
use erpnet_core::{Connection, Error, InteractiveApp};

use crate::bound::Bound;
use crate::client::Client;
use crate::drive::Driver;
use crate::engine::Engine;
use crate::live::LiveSessions;
use crate::loopback::LoopbackHandle;
use crate::runtime::Runtime;
use crate::shared::{Shared, fresh_entropy};
use crate::store::{MemoryStore, SessionStore};
use crate::transport::Transport;

/// Signs users in to an application of one instance, and gives clients that call its APIs as them.
///
/// Cheap to clone; all clones share what is known of the instance. Sessions are kept in a [`SessionStore`], in this process'
/// memory by default.
///
/// | For | Use |
/// |---|---|
/// | web applications | [`begin_web`](Self::begin_web), [`complete_web`](Self::complete_web): bound to the browser by a cookie |
/// | desktop programs and scripts | [`sign_in_loopback`](Self::sign_in_loopback): a listener on this machine |
/// | anything else | [`begin`](Self::begin), [`complete`](Self::complete) |
#[derive(Clone)]
pub struct SignIn {
    engine: Engine,
    bound: Bound,
    live: Arc<LiveSessions>,
}

impl SignIn {
    /// Over the given HTTP stack and runtime. Sends nothing yet.
    ///
    /// # Errors
    /// An error of kind [`Config`](erpnet_core::ErrorKind::Config) for settings that cannot work.
    pub fn new(
        app: InteractiveApp,
        transport: Arc<dyn Transport>,
        runtime: Arc<dyn Runtime>,
    ) -> Result<Self, Error> {
        let connection = Connection::interactive(app, fresh_entropy()?)?;
        let driver = Driver::new(transport, runtime).with_store(Arc::new(MemoryStore::new()));
        Ok(Self {
            engine: Engine {
                shared: Arc::new(Shared::new(connection)),
                driver,
            },
            bound: Bound::default(),
            live: Arc::default(),
        })
    }

    /// Keeps sessions in this store instead.
    #[must_use]
    pub fn with_store(mut self, store: Arc<dyn SessionStore>) -> Self {
        self.engine.driver = self.engine.driver.with_store(store);
        self
    }

    /// Says where web sign-ins are between request and answer: sealed in the browser's cookie, or held here.
    #[must_use]
    pub fn with_binding(mut self, binding: Binding) -> Self {
        self.bound = Bound::new(binding);
        self
    }

    /// What the instance's authority says about itself.
    ///
    /// # Errors
    /// See [`Error::kind`]; here mostly `transport`, `protocol`, `unavailable`, and `security` when the issuer or an
    /// endpoint is not the expected one.
    pub async fn provider(&self) -> Result<Arc<ProviderMetadata>, Error> {
        self.engine.resolve(Connection::provider).await
    }

    /// Begins a sign-in: send the person to the address, keep the rest until the answer comes.
    ///
    /// # Errors
    /// As [`SignIn::provider`], and `config` for a request that cannot work.
    pub async fn begin(&self, request: AuthorizationRequest) -> Result<SignInStart, Error> {
        self.engine.begin(&request, None).await
    }

    /// Completes a sign-in with its answer: judges the answer, exchanges the code, verifies the ID token, keeps the session.
    /// An answer that may be somebody else's is asked about first: [`PendingSignIn::answers`].
    ///
    /// # Errors
    /// `security` for an answer that is not this sign-in's, or an ID token that fails a check; `user-cancelled` and
    /// `reauth-required` as the authority says; `registration-mismatch` when record and application do not fit.
    pub async fn complete(
        &self,
        pending: PendingSignIn,
        callback: &Callback,
    ) -> Result<SignedIn, Error> {
        let outcome = self.engine.complete(pending, callback).await;
        let signed_in = self
            .engine
            .shared
            .lock()
            .signed_in(outcome, self.engine.now())?;
        self.live.replaced(signed_in.session());
        Ok(signed_in)
    }

    /// Signs somebody in through the browser on this machine: listens on the first of the registered loopback redirects that
    /// is free, gives the address to `open`, waits for the answer and completes the sign-in. Requests of others, forged
    /// answers among them, change nothing. [`SIGN_IN_TIMEOUT`](erpnet_core::sign_in::SIGN_IN_TIMEOUT) is a good time; it is
    /// cut to the option `attempt_life`.
    ///
    /// `open` shows the address to the person, always, and opens it in a browser where there is one; its handle cancels
    /// the waiting, or takes the address that a browser elsewhere ended at, pasted.
    ///
    /// # Errors
    /// As [`SignIn::begin`] and [`SignIn::complete`]; `config` when no loopback redirect is registered or all of their
    /// ports are taken; `registration-mismatch` when no answer came in time, with what to look at (AUTH-172);
    /// `user-cancelled`.
    pub async fn sign_in_loopback(
        &self,
        request: AuthorizationRequest,
        timeout: Duration,
        open: impl FnOnce(&SignInUrl, LoopbackHandle) + Send,
    ) -> Result<SignedIn, Error> {
        let (pending, callback) = self.engine.through_loopback(request, timeout, open).await?;
        self.complete(pending, &callback).await
    }

    /// Begins a sign-in of a web application: answer the browser with a redirect (303) to the address and with the
    /// cookie, which binds the attempt to it.
    ///
    /// # Errors
    /// As [`SignIn::begin`]; `config` without [`with_binding`](Self::with_binding).
    pub async fn begin_web(&self, request: AuthorizationRequest) -> Result<WebStart, Error> {
        self.bound.check()?;
        let start = self.begin(request).await?;
        self.bound
            .begin(start, &self.engine.shared, self.engine.now())
    }

    /// Completes a sign-in of a web application. `cookies` is the `Cookie` header of the request that brought the answer.
    /// Answer with [`Binding::clear_cookie`] as well, unless the error [is transient](Error::is_transient): then a reload may
    /// still finish it.
    ///
    /// # Errors
    /// As [`SignIn::complete`]; `security` when the browser is not the one that began, `reauth-required` for an answer
    /// that comes again.
    pub async fn complete_web(
        &self,
        callback: &Callback,
        cookies: Option<&str>,
    ) -> Result<SignedIn, Error> {
        // Before the attempt is taken: a reload finishes the sign-in when the authority is back.
        self.engine.ready().await?;
        let pending = self.bound.find(callback, cookies, &self.engine.shared)?;
        self.complete(pending, callback).await
    }

    /// Asks the authority about the person who has just signed in.
    ///
    /// # Errors
    /// `security` when the answer is about somebody else; `unavailable` when the authority has no such endpoint.
    pub async fn userinfo(&self, signed_in: &SignedIn) -> Result<UserInfo, Error> {
        self.engine.userinfo(signed_in.identified()).await
    }

    /// A client that calls the instance's APIs as the user of this session. All clients of one session in a process share
    /// one token and its renewal.
    ///
    /// # Errors
    /// `config` for a session of another instance or application.
    pub fn client(&self, session: &SessionKey) -> Result<Client, Error> {
        let shared = self.live.find(session, &self.engine.shared)?;
        Ok(Client::over(Engine {
            shared,
            driver: self.engine.driver.clone(),
        }))
    }

    /// The session of this name, for a program that comes back to it: see [`AuthorizationRequest::session`].
    ///
    /// # Errors
    /// None in practice: this application has an instance and an id.
    pub fn session(&self, name: impl Into<String>) -> Result<SessionKey, Error> {
        self.engine.shared.session(name.into())
    }

    /// Signs out: the session is forgotten here first, its refresh token revoked where the authority offers that, and the
    /// browser is to be sent to the address in the result, which ends the sign-in there and frees the licence (AUTH-200,
    /// AUTH-202). Clients of the session get no more tokens.
    ///
    /// # Errors
    /// Why the session could not be forgotten; or why the authority's metadata are not known, when the session is
    /// forgotten and the person still signed in there: ask again later for the address.
    pub async fn sign_out(&self, session: &SessionKey) -> Result<SignedOut, Error> {
        let entropy = fresh_entropy()?;
        let mut flow = self
            .engine
            .resolve(|connection, now| connection.end_session(session.clone(), &entropy, now))
            .await?;
        let outcome = self.engine.driver.drive(&mut flow).await;
        self.live.end(session);
        outcome
    }
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.engine.shared.describe("SignIn", f)
    }
}
