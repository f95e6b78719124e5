//! Where a web example listens, and how it ends.

use std::env;

use axum::Router;
use erpnet::{Binding, SealingKeys, Secret};
use tokio::net::TcpListener;
use url::Url;

use crate::Failure;
use crate::person::Person;

/// The path of the redirect URI of the examples.
pub const CALLBACK: &str = "/callback";

/// A web application's place: a socket on this machine, and the name by which browsers know it.
#[derive(Debug)]
pub struct Site {
    listener: TcpListener,
    redirect_uri: Url,
}

impl Site {
    /// On a free port, as `http://localhost:PORT`: for browsers another site than a sandbox at `http://127.0.0.1:PORT`, as
    /// an application and its authority are, and as trustworthy as `https`.
    ///
    /// # Errors
    /// Without a free port.
    pub async fn local() -> Result<Self, Failure> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let redirect_uri = Url::parse(&format!("http://localhost:{port}{CALLBACK}"))?;
        Ok(Self {
            listener,
            redirect_uri,
        })
    }

    /// For an application that is registered at a real authority with the redirect URI in `ERPNET_REDIRECT_URI`. With
    /// `http://localhost:PORT/...` it listens there; with `https` it listens at `ERPNET_LISTEN` (`127.0.0.1:8080`), and
    /// TLS ends before it.
    ///
    /// # Errors
    /// Without a usable redirect URI, or when the port is taken.
    pub async fn from_environment() -> Result<Self, Failure> {
        let redirect_uri = env::var("ERPNET_REDIRECT_URI")
            .map_err(|_| "`ERPNET_REDIRECT_URI` is not set, `ERPNET_CLIENT_ID` is")?;
        let redirect_uri = Url::parse(&redirect_uri)?;
        let listen = match (redirect_uri.scheme(), redirect_uri.port_or_known_default()) {
            ("http", Some(port)) => format!("127.0.0.1:{port}"),
            _ => env::var("ERPNET_LISTEN").unwrap_or_else(|_| "127.0.0.1:8080".to_owned()),
        };
        Ok(Self {
            listener: TcpListener::bind(&listen).await?,
            redirect_uri,
        })
    }

    /// The redirect URI, as it has to be registered.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        self.redirect_uri.as_str()
    }

    /// Its path, where the application waits for answers.
    #[must_use]
    pub fn callback(&self) -> &str {
        self.redirect_uri.path()
    }

    /// The address of another of its pages.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        let mut url = self.redirect_uri.clone();
        url.set_path(path);
        url.set_query(None);
        url.into()
    }

    /// Serves until the process is stopped; if `visit` is given, until that visit is over.
    ///
    /// # Errors
    /// Those of the socket and of the visit.
    pub async fn serve(self, router: Router, visit: Option<Visit>) -> Result<(), Failure> {
        let serve = axum::serve(self.listener, router);
        let Some(visit) = visit else {
            return Ok(serve.await?);
        };
        tokio::select! {
            served = serve => Ok(served?),
            visited = tokio::task::spawn_blocking(visit) => Ok(visited??),
        }
    }
}

/// What somebody does at the site, on a thread of its own.
pub type Visit = Box<dyn FnOnce() -> Result<(), String> + Send>;

/// With `ERPNET_EXAMPLE_BROWSER=sandbox`, the sandbox plays the person, and the example ends by itself: for scripts.
#[must_use]
pub fn visit(
    person: impl FnOnce() -> Person,
    steps: fn(&mut Person) -> Result<(), String>,
) -> Option<Visit> {
    let played = env::var("ERPNET_EXAMPLE_BROWSER").is_ok_and(|value| value == "sandbox");
    let mut person = played.then(person)?;
    Some(Box::new(move || steps(&mut person)))
}

/// Sign-ins are sealed into the browser's cookie until the answer comes: nothing is held here, and a restart harms
/// nobody when `ERPNET_SEALING_SECRET` is set. Several processes share the secret.
///
/// # Errors
/// For a secret that is too short.
pub fn binding() -> Result<Binding, Failure> {
    let secret = match env::var("ERPNET_SEALING_SECRET") {
        Ok(secret) => Secret::new(secret)?,
        Err(_) => Secret::new(crate::web::random_name())?,
    };
    Ok(Binding::Sealed(SealingKeys::new("1", &secret)?))
}
