//! The sandbox itself: one running instance.

use std::fmt;
use std::sync::Arc;

use erpnet_types::{ClientId, Instance, SiteKind};
use serde_json::Value;

use crate::application::Application;
use crate::apps::{Registered, unknown};
use crate::builder::Builder;
use crate::clock::Clock;
use crate::error::SandboxError;
use crate::fault::Fault;
use crate::identity::claims;
use crate::jwt;
use crate::log::RecordedRequest;
use crate::server::Server;
use crate::site::Site;
use crate::state::{State, lock};

/// A local ERP.net instance: a real HTTP server on a loopback port, with its own applications, keys, data and clock.
///
/// Any number can run in one process; each has a thread of its own and stops when dropped. All methods block only for
/// moments and can be called from anywhere, asynchronous code included.
///
/// ```
/// use erpnet_sandbox::{Application, Sandbox};
///
/// let sandbox = Sandbox::start()?;
/// let app = sandbox.register(Application::service("com.example/reports").scopes("read"))?;
/// println!("{} {}", sandbox.root_url(), app.client_id);
/// assert_eq!(sandbox.count("POST", "/id/connect/token"), 0);
/// # Ok::<(), erpnet_sandbox::SandboxError>(())
/// ```
pub struct Sandbox {
    pub(crate) state: Arc<State>,
    ca_pem: Option<String>,
    _server: Server,
}

impl Sandbox {
    pub(crate) fn new(state: Arc<State>, ca_pem: Option<String>, server: Server) -> Self {
        Self {
            state,
            ca_pem,
            _server: server,
        }
    }

    /// Starts an instance with the defaults of [`Builder`].
    ///
    /// # Errors
    /// As [`Builder::start`].
    pub fn start() -> Result<Self, SandboxError> {
        Self::builder().start()
    }

    /// Sets an instance up.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// Where the instance is, without a trailing slash: `http://127.0.0.1:PORT`, or `https://localhost:PORT` with TLS.
    #[must_use]
    pub fn root_url(&self) -> &str {
        &self.state.root
    }

    /// The instance as the rest of the SDK names it.
    #[must_use]
    pub fn instance(&self) -> Instance {
        self.state.instance.clone()
    }

    /// The issuer of its tokens: the root URL and `/id`.
    #[must_use]
    pub fn issuer(&self) -> String {
        self.state.issuer.clone()
    }

    /// The root of its Domain API, with a trailing slash (AUTH-024).
    #[must_use]
    pub fn odata_root(&self) -> String {
        format!("{}{}", self.state.root, crate::odata::ROOT)
    }

    /// With TLS, the certificate authority to trust, as PEM.
    #[must_use]
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// The clock, to be moved.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.state.options.clock.clone()
    }

    /// Registers a Trusted Application.
    ///
    /// # Errors
    /// [`SandboxError`] when the application URI is taken or cannot be a client id, or the secret is not usable.
    pub fn register(&self, app: Application) -> Result<Registered, SandboxError> {
        lock(&self.state.apps).register(app)
    }

    /// Changes a record, at once. `change` must not call the sandbox. When it fails, nothing is changed.
    ///
    /// # Errors
    /// [`SandboxError::UnknownApplication`]; the errors of [`Sandbox::register`] when the URI or secret is changed.
    pub fn update(
        &self,
        client_id: &ClientId,
        change: impl FnOnce(&mut Application),
    ) -> Result<(), SandboxError> {
        lock(&self.state.apps).update(client_id, change)
    }

    /// Removes an application, and returns its record.
    ///
    /// # Errors
    /// [`SandboxError::UnknownApplication`].
    pub fn remove(&self, client_id: &ClientId) -> Result<Application, SandboxError> {
        lock(&self.state.apps).remove(client_id)
    }

    /// The record of an application as it is now; its secret is gone, the hash is there.
    #[must_use]
    pub fn application(&self, client_id: &ClientId) -> Option<Application> {
        lock(&self.state.apps).find(client_id.as_str()).cloned()
    }

    /// The first site of a kind.
    #[must_use]
    pub fn site(&self, kind: &SiteKind) -> Option<Site> {
        let sites = lock(&self.state.sites);
        sites.iter().find(|site| site.kind == *kind).cloned()
    }

    /// All sites, in the order of auto-discovery.
    #[must_use]
    pub fn sites(&self) -> Vec<Site> {
        lock(&self.state.sites).clone()
    }

    /// Replaces the first site of the same kind in auto-discovery, or adds one. What the server answers at its paths
    /// stays the same.
    pub fn set_site(&self, site: Site) {
        let mut sites = lock(&self.state.sites);
        match sites.iter_mut().find(|known| known.kind == site.kind) {
            Some(known) => *known = site,
            None => sites.push(site),
        }
    }

    /// Replaces the whole list of auto-discovery.
    pub fn set_sites(&self, sites: Vec<Site>) {
        *lock(&self.state.sites) = sites;
    }

    /// Publishes a new key and signs with it. The one before stays published until the next rotation. There are
    /// always two published keys. Returns the new key's `kid`, which was never used before.
    pub fn rotate_keys(&self) -> String {
        lock(&self.state.keys).rotate()
    }

    /// Takes a key out of the key set at once, with the tokens that it signed. A new one takes its place, also as the
    /// signing key.
    ///
    /// # Errors
    /// [`SandboxError::UnknownKey`].
    pub fn retire_key(&self, kid: &str) -> Result<(), SandboxError> {
        lock(&self.state.keys).retire(kid)
    }

    /// The `kid` of every published key; the last one signs.
    #[must_use]
    pub fn kids(&self) -> Vec<String> {
        lock(&self.state.keys).kids()
    }

    /// Signs any claims, with the current key, as an access token. Members of `header_overrides` replace those of the
    /// header (`alg`, `kid`, `typ`), `null` takes one away; the signature stays what it is.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "claims are written in place")]
    pub fn sign_token(&self, header_overrides: Value, claims: Value) -> String {
        let key = lock(&self.state.keys).current();
        jwt::sign(&key, header_overrides, &claims)
    }

    /// Like [`Sandbox::sign_token`], with a chosen published key.
    ///
    /// # Errors
    /// [`SandboxError::UnknownKey`].
    #[expect(clippy::needless_pass_by_value, reason = "claims are written in place")]
    pub fn sign_token_with(
        &self,
        kid: &str,
        header_overrides: Value,
        claims: Value,
    ) -> Result<String, SandboxError> {
        let key = lock(&self.state.keys).find(kid);
        let key = key.ok_or_else(|| SandboxError::UnknownKey {
            kid: kid.to_owned(),
        })?;
        Ok(jwt::sign(&key, header_overrides, &claims))
    }

    /// The claims that a service token of this application would have now, whatever its record allows: a start for
    /// [`Sandbox::sign_token`].
    ///
    /// # Errors
    /// [`SandboxError::UnknownApplication`].
    pub fn service_claims(
        &self,
        client_id: &ClientId,
        scopes: &str,
    ) -> Result<Value, SandboxError> {
        let app = self
            .application(client_id)
            .ok_or_else(|| unknown(client_id))?;
        let scopes: Vec<_> = scopes.split_whitespace().collect();
        claims::service(&self.state, &app, &scopes)
    }

    /// Orders a fault for the next requests that match it. Orders are met in the order given.
    pub fn fail_next(&self, fault: Fault) {
        lock(&self.state.faults).add(fault);
    }

    /// Takes back all faults that have not happened yet.
    pub fn clear_faults(&self) {
        *lock(&self.state.faults) = crate::fault::Faults::default();
    }

    /// The last requests, oldest first, at most [`MAX_LOGGED_REQUESTS`](crate::MAX_LOGGED_REQUESTS).
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        lock(&self.state.log).all()
    }

    /// Forgets all requests.
    pub fn clear_requests(&self) {
        lock(&self.state.log).clear();
    }

    /// How many requests with this method and exactly this path are in the log.
    #[must_use]
    pub fn count(&self, method: &str, path: &str) -> usize {
        lock(&self.state.log).count(method, path)
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sandbox({})", self.state.root)
    }
}
