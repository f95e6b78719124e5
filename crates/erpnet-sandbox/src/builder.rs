//! How a sandbox is set up.

use std::net::TcpListener;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use erpnet_types::{Instance, Timestamp};

use crate::clock::Clock;
use crate::error::SandboxError;
use crate::identity::options::SignInOptions;
use crate::sandbox::Sandbox;
use crate::server::{MAX_CONNECTIONS, Server};
use crate::state::State;
use crate::tls;

/// How much generated data the Domain API has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DataSize {
    /// 25 customers, 40 products, 60 sales orders.
    #[default]
    Small,
    /// 2,500 customers, 4,000 products, 6,000 sales orders.
    Large,
}

/// Which of the two documented auto-discovery paths answer (AUTH-010).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DiscoveryPaths {
    /// `/tools/auto-discovery` and `/sys/auto-discovery`.
    #[default]
    Both,
    /// Only `/tools/auto-discovery`.
    ToolsOnly,
    /// Only `/sys/auto-discovery`.
    SysOnly,
}

/// How `@odata.nextLink` is written; both forms are documented (AUTH-282).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NextLinks {
    /// Relative to the OData root, option names as they are.
    #[default]
    Relative,
    /// With scheme and host, option names percent-encoded.
    Absolute,
}

#[derive(Clone)]
pub(crate) struct Options {
    pub(crate) clock: Clock,
    pub(crate) data: DataSize,
    pub(crate) database: String,
    pub(crate) discovery_paths: DiscoveryPaths,
    pub(crate) next_links: NextLinks,
    pub(crate) access_token_lifetime: Duration,
    pub(crate) update_implies_read: bool,
    pub(crate) admins_issue_service_tokens: bool,
    pub(crate) max_connections: usize,
    pub(crate) sign_in: SignInOptions,
}

/// Sets up a [`Sandbox`].
///
/// ```
/// use std::time::Duration;
/// use erpnet_sandbox::{Clock, DiscoveryPaths, Sandbox};
/// use erpnet_types::Timestamp;
///
/// let sandbox = Sandbox::builder()
///     .clock(Clock::fixed(Timestamp::from_unix_seconds(1_766_505_147)))
///     .discovery_paths(DiscoveryPaths::SysOnly)
///     .access_token_lifetime(Duration::from_secs(60))
///     .start()?;
/// assert!(sandbox.root_url().starts_with("http://127.0.0.1:"));
/// # Ok::<(), erpnet_sandbox::SandboxError>(())
/// ```
#[must_use]
pub struct Builder {
    tls: bool,
    certificate_valid: Option<Range<Timestamp>>,
    pub(crate) options: Options,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            tls: false,
            certificate_valid: None,
            options: Options {
                clock: Clock::system(),
                data: DataSize::default(),
                database: "Sandbox".to_owned(),
                discovery_paths: DiscoveryPaths::default(),
                next_links: NextLinks::default(),
                access_token_lifetime: Duration::from_secs(3600),
                update_implies_read: false,
                admins_issue_service_tokens: false,
                max_connections: MAX_CONNECTIONS,
                sign_in: SignInOptions::default(),
            },
        }
    }

    /// Speaks TLS, with a certificate for `localhost` and `127.0.0.1` by an authority made for this sandbox
    /// ([`Sandbox::ca_pem`]). Off by default.
    pub fn tls(mut self, on: bool) -> Self {
        self.tls = on;
        self
    }

    /// When the server's certificate is valid, by the clock of whoever verifies it; for ages by default. For
    /// certificates that have expired or are not valid yet.
    pub fn certificate_valid(mut self, during: Range<Timestamp>) -> Self {
        self.certificate_valid = Some(during);
        self
    }

    /// The clock; the system's by default.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.options.clock = clock;
        self
    }

    /// How much data there is; [`DataSize::Small`] by default. The same size always gives the same data.
    pub fn data(mut self, size: DataSize) -> Self {
        self.options.data = size;
        self
    }

    /// The name of the database: `DbName` of auto-discovery and the claim `client_db`; `Sandbox` by default.
    pub fn database(mut self, name: impl Into<String>) -> Self {
        self.options.database = name.into();
        self
    }

    /// Which auto-discovery paths answer; both by default.
    pub fn discovery_paths(mut self, paths: DiscoveryPaths) -> Self {
        self.options.discovery_paths = paths;
        self
    }

    /// How next links are written; relative by default.
    pub fn next_links(mut self, form: NextLinks) -> Self {
        self.options.next_links = form;
        self
    }

    /// How long access tokens live, unless an application says otherwise; an hour by default.
    pub fn access_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.options.access_token_lifetime = lifetime;
        self
    }

    /// Whether a token with `update` alone may read. Not documented (G19, AUTH-151); no by default, so that a client
    /// that forgets `read` is found out.
    pub fn update_implies_read(mut self, yes: bool) -> Self {
        self.options.update_implies_read = yes;
        self
    }

    /// Whether administrators may issue service tokens under `AuthenticatedUsers`. Documented both ways (G42); no by
    /// default.
    pub fn admins_issue_service_tokens(mut self, yes: bool) -> Self {
        self.options.admins_issue_service_tokens = yes;
        self
    }

    /// How many connections are served at a time; [`MAX_CONNECTIONS`] by default, at least 1.
    pub fn max_connections(mut self, count: usize) -> Self {
        self.options.max_connections = count.clamp(1, tokio::sync::Semaphore::MAX_PERMITS);
        self
    }

    /// Starts the instance on a free loopback port.
    ///
    /// # Errors
    /// [`SandboxError::Start`] without a free port or thread, [`SandboxError::Certificates`].
    pub fn start(self) -> Result<Sandbox, SandboxError> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(SandboxError::Start)?;
        let port = listener.local_addr().map_err(SandboxError::Start)?.port();
        let tls = if self.tls {
            Some(tls::make(self.certificate_valid)?)
        } else {
            None
        };
        let root = match tls {
            Some(_) => format!("https://localhost:{port}"),
            None => format!("http://127.0.0.1:{port}"),
        };
        let instance = Instance::loopback(&root).expect("the root url is on loopback");
        let state = Arc::new(State::new(instance, self.options)?);
        let (acceptor, ca_pem) = tls.map(|tls| (tls.acceptor, tls.ca_pem)).unzip();
        let server =
            Server::start(listener, acceptor, Arc::clone(&state)).map_err(SandboxError::Start)?;
        Ok(Sandbox::new(state, ca_pem, server))
    }
}
