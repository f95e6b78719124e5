//! A local ERP.net instance for development and tests: a real HTTP server on a loopback port, as a library.
//!
//! It answers as a real instance does: auto-discovery, OpenID metadata and keys, users who sign in on real pages,
//! tokens for them and for services, reference tokens, a Profile site, and a Domain API with generated data behind scope
//! checks. Everything a test wants to turn is at hand: the clock, the keys, the records, the users, the sites, faults on
//! order, and a log of requests.
//!
//! ```
//! use std::io::{Read, Write};
//! use erpnet_sandbox::{Application, Sandbox};
//!
//! let sandbox = Sandbox::start()?;
//! sandbox.register(Application::service("com.example/reports").secret("a good secret"))?;
//!
//! let mut stream = std::net::TcpStream::connect(&sandbox.root_url()["http://".len()..])?;
//! write!(stream, "GET /tools/ver HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
//! let mut answer = String::new();
//! stream.read_to_string(&mut answer)?;
//! assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("\r\n\r\n26.2.0.76"));
//! assert_eq!(sandbox.count("GET", "/tools/ver"), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | Path | What answers |
//! |---|---|
//! | `/tools/auto-discovery`, `/sys/auto-discovery` | the [`Site`]s of the instance (AUTH-010) |
//! | `/tools/ver`, `/tools/server-info` | [`VERSION`] |
//! | `/id/.well-known/openid-configuration`, `.../jwks` | metadata and keys as IdentityServer4 writes them |
//! | `/id/connect/authorize` | `code` and `code id_token`; query, fragment and `form_post` (section 7 of the rules) |
//! | `/id/account/login`, `/id/consent` | the pages for people; consent is off unless [`Builder::consent`] |
//! | `/example-idp/sign-in` | a simulated external provider, with `idp` and `tid` in its tokens (AUTH-204) |
//! | `/id/connect/token` | client credentials (section 8), codes, refresh tokens with rotation |
//! | `/id/connect/userinfo`, `/id/connect/revocation` | who the user is (AUTH-087); the end of a refresh token (AUTH-088) |
//! | `/id/connect/endsession`, `/id/account/logout` | signing out (AUTH-200..203) |
//! | `/api/domain/odata/` | `Crm_Customers`, `General_Products_Products`, `Crm_Sales_SalesOrders`, `GetVersion`, `$metadata` |
//! | `/profile/me` | the user of an access token or of a personal token (AUTH-244) |
//!
//! # Users
//!
//! Every sandbox has [`INTERNAL_USER`], [`ADMIN_USER`] and [`COMMUNITY_USER`] from the start, with
//! [`DEFAULT_PASSWORD`]; [`Sandbox::add_user`] adds others. A person signs in on the pages; a test lets
//! [`Sandbox::sign_in_as`] or a [`Browser`] do so, and a script [`Builder::auto_login`]. Signed in, a browser has a session
//! (`sid`) which all applications share, until it signs out: nothing else ends it.
//!
//! ```
//! use erpnet_sandbox::{Application, INTERNAL_USER, Sandbox};
//!
//! let sandbox = Sandbox::start()?;
//! let app = Application::web("com.example/web", "https://app.example/signin").scopes("read update");
//! sandbox.register(app)?;
//! let url = format!(
//!     "{}/connect/authorize?client_id=com.example%2Fweb&redirect_uri=https%3A%2F%2Fapp.example%2Fsignin\
//!      &response_type=code%20id_token&response_mode=form_post&scope=openid%20read&state=s&nonce=n",
//!     sandbox.issuer(),
//! );
//! let callback = sandbox.sign_in_as(INTERNAL_USER, &url)?;
//! assert_eq!(callback.url(), "https://app.example/signin");
//! assert!(callback.parameter("id_token").is_some());
//! # Ok::<(), erpnet_sandbox::SandboxError>(())
//! ```
//!
//! A global authority, as `id.erp.net`, is a sandbox of its own: [`Sandbox::start_global`], [`Application::central`].
//!
//! # Decisions
//!
//! Where the documentation of ERP.net is silent, the sandbox decides, and says so:
//!
//! - 401 and 403 carry a small JSON body (G37); tokens of a disabled application stop working at once (AUTH-124).
//! - `update` alone does not allow reading (G19); [`Builder::update_implies_read`] changes that.
//! - Administrators need `AdministratorsOnly` to issue service tokens (G42);
//!   [`Builder::admins_issue_service_tokens`] changes that.
//! - Of the errors of the authorize endpoint, the application sees the five of AUTH-172; others stay on a page with status
//!   400. A user of the wrong type is told so on the login page, and the application hears nothing.
//! - External users get the scopes of a sign-in without those of APIs, and no error (AUTH-152).
//! - Confidential applications may ask for either response type (G07), and need PKCE only when told
//!   ([`Application::response_types`], [`Application::require_pkce`]).
//! - Public applications get no refresh token (G04), refresh tokens end 30 days after the sign-in (G06), and every use
//!   replaces them (G05): [`Builder::public_refresh_tokens`], [`Builder::sliding_refresh_tokens`],
//!   [`Builder::rotate_refresh_tokens`], [`Builder::strict_rotation`].
//! - Userinfo has the claims of access tokens, booleans as texts included (G56). The Profile site takes any access token
//!   of a user, also one for no API.
//! - Signing out needs no answer when `id_token_hint` fits the user; otherwise a page asks (G28).
//! - Scripts may call from the origins of registered redirect URIs (G59).
//! - Tokens of a disabled user stop working at once; signing out leaves access tokens as they are (AUTH-203).
//! - `exp` and `nbf` are held against the sandbox's own [`Clock`] without tolerance.
//! - The Domain API answers 201 with the entity to `POST`, 204 to `PATCH` and `DELETE`, and refuses query options that
//!   it does not know (`$filter` and `$expand` among them) instead of ignoring them.
//!
//! Nothing grows without bound: [`MAX_BODY`], [`MAX_HEAD`], [`MAX_CONNECTIONS`], [`MAX_LOGGED_REQUESTS`],
//! [`MAX_LOGGED_BODY`], [`MAX_HELD`]. The log holds what was sent, secrets included; its `Debug` does not show them.
//!
//! The keys that sign tokens ship with this crate, so anyone can sign such tokens: **nothing but a test may trust a
//! sandbox.** It depends on [`erpnet_types`] only; formats and rules are written here a second time on purpose, so that
//! a mistake cannot be on both sides.

mod alter;
mod application;
mod apps;
mod browser;
mod builder;
mod builder_sign_in;
mod clock;
mod error;
mod fault;
mod guard;
mod identity;
mod issuing;
mod jwt;
mod keys;
mod log;
mod odata;
mod people;
mod presets;
mod profile;
mod random;
mod reference;
mod reply;
mod respond;
mod sandbox;
mod server;
mod shelf;
mod site;
mod state;
mod tls;
mod tools;
mod user;
mod users;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use alter::Document;
pub use application::{Application, ClientType, ReferenceTokenPolicy, ResponseTypes, SystemUser};
pub use apps::Registered;
pub use browser::{Browser, Callback};
pub use builder::{Builder, DataSize, DiscoveryPaths, NextLinks};
pub use clock::Clock;
pub use error::SandboxError;
pub use fault::Fault;
pub use issuing::REFERENCE_TOKEN_LIFETIME;
pub use keys::DEVELOPMENT_KEYS;
pub use log::{MAX_LOGGED_BODY, MAX_LOGGED_REQUESTS, RecordedRequest};
pub use reference::Caller;
pub use sandbox::Sandbox;
pub use server::{MAX_BODY, MAX_CONNECTIONS, MAX_HEAD};
pub use shelf::MAX_HELD;
pub use site::Site;
pub use tools::VERSION;
pub use user::{ADMIN_USER, COMMUNITY_USER, DEFAULT_PASSWORD, INTERNAL_USER, User};
