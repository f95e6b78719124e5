//! A local ERP.net instance for development and tests: a real HTTP server on a loopback port, as a library.
//!
//! It answers as a real instance does: auto-discovery, OpenID metadata and keys, tokens for client credentials,
//! reference tokens, and a Domain API with generated data behind scope checks. Everything a test wants to turn is at
//! hand: the clock, the keys, the records, the sites, faults on order, and a log of requests.
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
//! | `/id/connect/token` | client credentials (section 8 of the rules) |
//! | `/api/domain/odata/` | `Crm_Customers`, `General_Products_Products`, `Crm_Sales_SalesOrders`, `GetVersion`, `$metadata` |
//! | `/profile/me` | refusals only, so far |
//!
//! Where the documentation of ERP.net is silent, the sandbox decides, and says so:
//!
//! - 401 and 403 carry a small JSON body (G37); tokens of a disabled application stop working at once (AUTH-124).
//! - `update` alone does not allow reading (G19); [`Builder::update_implies_read`] changes that.
//! - Administrators need `AdministratorsOnly` to issue service tokens (G42);
//!   [`Builder::admins_issue_service_tokens`] changes that.
//! - `exp` and `nbf` are held against the sandbox's own [`Clock`] without tolerance.
//! - The Domain API answers 201 with the entity to `POST`, 204 to `PATCH` and `DELETE`, and refuses query options that
//!   it does not know (`$filter` and `$expand` among them) instead of ignoring them.
//!
//! Nothing grows without bound: [`MAX_BODY`], [`MAX_HEAD`], [`MAX_CONNECTIONS`], [`MAX_LOGGED_REQUESTS`],
//! [`MAX_LOGGED_BODY`]. The log holds what was sent, secrets included; its `Debug` does not show them.
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
