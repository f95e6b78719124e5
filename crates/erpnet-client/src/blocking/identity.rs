//! Identifying users, blocking: an ID token and nothing that an API accepts.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use erpnet_core::provider::ProviderMetadata;
use erpnet_core::session::SignedOut;
use erpnet_core::sign_in::{
    AuthorizationRequest, Binding, Callback, Identified, PendingSignIn, SignInStart, SignInUrl,
    WebStart,
};
use erpnet_core::userinfo::UserInfo;
use erpnet_core::{Connection, Error, IdentityApp};

use super::Engine;
use crate::bound::Bound;
use crate::drive::BlockingDriver;
use crate::loopback::LoopbackHandle;
use crate::runtime::{BlockingRuntime, StdRuntime};
use crate::shared::{Shared, fresh_entropy};
use crate::transport::BlockingTransport;

/// Identifies the users of an application: at the global authority for single sign-on, or at an instance for a portal.
/// What it ends with calls no API (AUTH-040, AUTH-095); a portal has a [`Client`](super::Client) of its service beside it.
///
/// Cheap to clone; all clones share what is known of the authority.
#[derive(Clone)]
pub struct IdentitySignIn {
    engine: Engine,
    bound: Bound,
}

impl IdentitySignIn {
    /// Over the given HTTP stack, on the standard library's threads and clocks. Sends nothing yet.
    ///
    /// # Errors
    /// An error of kind [`Config`](erpnet_core::ErrorKind::Config) for settings that cannot work.
    pub fn new(app: IdentityApp, transport: Arc<dyn BlockingTransport>) -> Result<Self, Error> {
        Self::with_runtime(app, transport, Arc::new(StdRuntime))
    }

    /// The same, with other clocks and another way to sleep.
    ///
    /// # Errors
    /// As [`IdentitySignIn::new`].
    pub fn with_runtime(
        app: IdentityApp,
        transport: Arc<dyn BlockingTransport>,
        runtime: Arc<dyn BlockingRuntime>,
    ) -> Result<Self, Error> {
        let connection = Connection::identity(app, fresh_entropy()?)?;
        Ok(Self {
            engine: Engine {
                shared: Arc::new(Shared::new(connection)),
                driver: BlockingDriver::with_runtime(transport, runtime),
            },
            bound: Bound::default(),
        })
    }

    /// Says where web sign-ins are between request and answer: sealed in the browser's cookie, or held here.
    #[must_use]
    pub fn with_binding(mut self, binding: Binding) -> Self {
        self.bound = Bound::new(binding);
        self
    }

    /// What the authority says about itself.
    ///
    /// # Errors
    /// As [`SignIn::provider`](super::SignIn::provider).
    pub fn provider(&self) -> Result<Arc<ProviderMetadata>, Error> {
        self.engine.resolve(Connection::provider)
    }

    /// Begins a sign-in: send the person to the address, keep the rest until the answer comes.
    ///
    /// # Errors
    /// As [`SignIn::begin`](super::SignIn::begin).
    pub fn begin(&self, request: AuthorizationRequest) -> Result<SignInStart, Error> {
        self.engine.begin(&request, None)
    }

    /// Completes a sign-in with its answer.
    ///
    /// # Errors
    /// As [`SignIn::complete`](super::SignIn::complete).
    pub fn complete(
        &self,
        pending: PendingSignIn,
        callback: &Callback,
    ) -> Result<Identified, Error> {
        let outcome = self.engine.complete(pending, callback);
        self.engine
            .shared
            .lock()
            .identified(outcome, self.engine.now())
    }

    /// Identifies somebody through the browser on this machine.
    ///
    /// # Errors
    /// As [`SignIn::sign_in_loopback`](super::SignIn::sign_in_loopback).
    pub fn sign_in_loopback(
        &self,
        request: AuthorizationRequest,
        timeout: Duration,
        open: impl FnOnce(&SignInUrl, LoopbackHandle),
    ) -> Result<Identified, Error> {
        let (pending, callback) = self.engine.through_loopback(request, timeout, open)?;
        self.complete(pending, &callback)
    }

    /// Begins a sign-in of a web application, bound to the browser by a cookie.
    ///
    /// # Errors
    /// As [`SignIn::begin_web`](super::SignIn::begin_web).
    pub fn begin_web(&self, request: AuthorizationRequest) -> Result<WebStart, Error> {
        self.bound.check()?;
        let start = self.begin(request)?;
        self.bound
            .begin(start, &self.engine.shared, self.engine.now())
    }

    /// Completes a sign-in of a web application. `cookies` is the `Cookie` header of the request that brought the answer.
    /// Whatever comes of it, answer with [`Binding::clear_cookie`] as well.
    ///
    /// # Errors
    /// As [`SignIn::complete_web`](super::SignIn::complete_web).
    pub fn complete_web(
        &self,
        callback: &Callback,
        cookies: Option<&str>,
    ) -> Result<Identified, Error> {
        // Before the attempt is taken: a reload finishes the sign-in when the authority is back.
        self.engine.ready()?;
        let pending = self.bound.find(callback, cookies, &self.engine.shared)?;
        self.complete(pending, callback)
    }

    /// Asks the authority about the person who has just signed in.
    ///
    /// # Errors
    /// As [`SignIn::userinfo`](super::SignIn::userinfo).
    pub fn userinfo(&self, identified: &Identified) -> Result<UserInfo, Error> {
        self.engine.userinfo(identified)
    }

    /// Signs out at the authority: the browser is to be sent to the address in the result (AUTH-200). What the application
    /// keeps of the person is its own to forget.
    ///
    /// # Errors
    /// As [`IdentitySignIn::provider`].
    pub fn sign_out(&self, identified: &Identified) -> Result<SignedOut, Error> {
        let entropy = fresh_entropy()?;
        self.engine
            .resolve(|connection, now| connection.sign_out_identified(identified, &entropy, now))
    }
}

impl fmt::Debug for IdentitySignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.engine.shared.describe("IdentitySignIn", f)
    }
}
