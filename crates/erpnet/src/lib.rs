//! Connect applications to ERP.net.
//!
//! ```no_run
//! use erpnet::{Instance, Page, Row, ServiceApp, blocking};
//!
//! let app = ServiceApp::new(Instance::parse("demodb")?, "com.example/reports", std::env::var("ERPNET_CLIENT_SECRET")?)?;
//! let client = blocking::connect(app)?;
//! let customers: Page<Row> = client.get("Crm_Customers?$top=10")?;
//! println!("{} customers", customers.value.len());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With a reference token (PAT or SAT) instead, `blocking::connect(ReferenceToken::new(instance, token)?)` gives the same
//! client.
//!
//! A *service application* is registered in the instance as a Trusted Application with a secret, and acts as itself.
//! [`ServiceApp`] says who it is; [`blocking::connect`] or [`connect`] gives a client that finds the instance's own
//! authority, obtains a token, renews it in time, verifies it when asked, and calls the Domain API with it. Everything
//! that goes wrong is one [`Error`] with a [`kind`](Error::kind), a precise [`reason`](Error::reason) and an
//! [`advice`](Error::advice).
//!
//! # Users sign in
//!
//! ```no_run
//! use erpnet::{AuthorizationRequest, Instance, InteractiveApp, SIGN_IN_TIMEOUT, blocking};
//!
//! let app = InteractiveApp::public(Instance::parse("demodb")?, "com.example/desktop", "http://127.0.0.1:8400/callback")?;
//! let sign_in = blocking::sign_in(app)?;
//! let user = sign_in.sign_in_loopback(AuthorizationRequest::new(), SIGN_IN_TIMEOUT, |url, _| {
//!     println!("sign in at {}", url.as_str());
//! })?;
//! let client = sign_in.client(user.session())?; // calls the API as this user, renewed by itself
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`SignIn`] is for applications of one instance that call its APIs as their users; [`IdentitySignIn`] for those that only
//! want to know who somebody is, at the global authority or as a portal. Web applications use
//! [`begin_web`](SignIn::begin_web) and [`complete_web`](SignIn::complete_web), which bind each attempt to its browser.
//!
//! # Features
//!
//! | Feature | What it adds |
//! |---|---|
//! | `blocking` (default) | [`blocking::connect`], [`blocking::sign_in`], [`blocking::identify`], over ureq |
//! | `async` | [`connect`], [`sign_in`], [`identify`], over reqwest on tokio |
//! | `smol` | the same in the module `smol`, over hyper on smol |
//! | `aws-lc-rs` | `SignatureBackend::AwsLcRs`: a second library that verifies tokens, see [`SignatureBackend`] |
//!
//! With `aws-lc-rs`, ring still verifies until `options.signatures.backend` names the other. A key is then parsed once and
//! kept, which takes a quarter off each verification; the library takes about 40 s of CPU time to build, with nothing but
//! a C compiler on the usual platforms.
//!
//! Neither feature is needed to use your own HTTP stack: implement [`Transport`] or [`BlockingTransport`] and give it
//! to [`Client::new`] or [`blocking::Client::new`].

pub use erpnet_client::{
    BlockingSessionStore, BlockingTransport, Client, IdentitySignIn, LoopbackHandle, MemoryStore,
    Runtime, SessionStore, SignIn, Transport, TransportOptions,
};
pub use erpnet_core::api::{ApiFault, ApiPath, ApiReply, ApiRequest, Page, Row};
pub use erpnet_core::connection::{LicenceView, Snapshot};
pub use erpnet_core::flow::{
    BeginRefresh, Generation, Lease, RetryPolicy, SessionKey, StoreError, StoredSession,
};
pub use erpnet_core::id_token::{IdToken, Identity};
pub use erpnet_core::jose::{
    SignatureAlgorithm, SignatureAlgorithms, SignatureBackend, SignatureRules, TokenFault,
};
pub use erpnet_core::profile::ProfileMe;
pub use erpnet_core::provider::EndpointRules;
pub use erpnet_core::session::{SignedInUser, SignedOut};
pub use erpnet_core::sign_in::{
    Attempts, AuthorizationRequest, Binding, Callback, Identified, PendingSignIn, Prompt,
    ResponseType, SIGN_IN_TIMEOUT, SealingKeys, SignInStart, SignInUrl, SignedIn, WebStart,
};
pub use erpnet_core::sign_out::SignOutReturn;
pub use erpnet_core::site::{Origin, OriginRules};
pub use erpnet_core::token::{InputLimits, RenewalPolicy, VerifiedToken, Verifier};
pub use erpnet_core::userinfo::UserInfo;
pub use erpnet_core::{
    ApiToken, App, Capabilities, Error, ErrorKind, IdentityApp, InteractiveApp, OAuthError,
    Options, Preflight, Reason, ServiceApp, TokenHeader, TransportError,
};
pub use erpnet_types::{
    AccessToken, ClientId, GlobalAuthority, Instance, InstanceAuthority, ReferenceToken,
    ReferenceTokenKind, Scope, ScopeSet, Secret, SecretHash, SiteKind, Timestamp,
};

#[cfg(doctest)]
mod kept_apart;

/// The access model: records, rules, decisions with reasons, lints, sessions and licences.
pub use erpnet_access as access;
/// Drivers, and what transports, runtimes and stores are written against.
pub use erpnet_client as client;
/// The protocol without I/O, for drivers of your own.
pub use erpnet_core as core;
/// Queries, values, pages and batches of the Domain API.
///
/// ```no_run
/// use erpnet::odata::{Amount, Pages, Query, asc, field};
/// use erpnet::{ApiRequest, Page, Row, blocking};
///
/// # fn read(client: &blocking::Client) -> Result<(), erpnet::Error> {
/// let query = Query::of("Crm_Customers").filter(field("Number").starts_with("A'1")).order_by(asc("Number")).top(10);
/// let customers: Page<Row> = client.get(query.path()?)?;
///
/// // Every row, page after page:
/// let mut pages = Pages::of(&Query::of("Crm_Customers").select(["Id", "Number"]))?;
/// while let Some(request) = pages.next_request()? {
///     let page: Page<Row> = client.send(request)?.json()?;
///     for customer in pages.accept(page) {
///         println!("{customer:?}");
///     }
/// }
/// # Ok(())
/// # }
/// ```
pub use erpnet_core::odata;

/// Clients that block.
pub mod blocking {
    pub use erpnet_client::blocking::{Client, IdentitySignIn, SignIn};

    /// A blocking client over ureq. Sends nothing yet.
    ///
    /// # Errors
    /// An error of kind [`Config`](crate::ErrorKind::Config) for settings that cannot work.
    #[cfg(feature = "blocking")]
    pub fn connect(app: impl Into<crate::App>) -> Result<Client, crate::Error> {
        connect_with(app, &crate::TransportOptions::default())
    }

    /// A blocking client over ureq, with a CA, a proxy or time limits of your own.
    ///
    /// # Errors
    /// An error of kind [`Config`](crate::ErrorKind::Config) for settings that cannot work.
    #[cfg(feature = "blocking")]
    pub fn connect_with(
        app: impl Into<crate::App>,
        options: &crate::TransportOptions,
    ) -> Result<Client, crate::Error> {
        Client::new(
            app,
            std::sync::Arc::new(erpnet_ureq::UreqTransport::new(options)?),
        )
    }

    /// Signs users in to an application of one instance, over ureq. Sends nothing yet.
    ///
    /// # Errors
    /// An error of kind [`Config`](crate::ErrorKind::Config) for settings that cannot work.
    #[cfg(feature = "blocking")]
    pub fn sign_in(app: crate::InteractiveApp) -> Result<SignIn, crate::Error> {
        sign_in_with(app, &crate::TransportOptions::default())
    }

    /// The same, with a CA, a proxy or time limits of your own.
    ///
    /// # Errors
    /// As [`sign_in`].
    #[cfg(feature = "blocking")]
    pub fn sign_in_with(
        app: crate::InteractiveApp,
        options: &crate::TransportOptions,
    ) -> Result<SignIn, crate::Error> {
        let transport = erpnet_ureq::UreqTransport::new(options)?;
        SignIn::new(app, std::sync::Arc::new(transport))
    }

    /// Identifies users, over ureq. Sends nothing yet.
    ///
    /// # Errors
    /// An error of kind [`Config`](crate::ErrorKind::Config) for settings that cannot work.
    #[cfg(feature = "blocking")]
    pub fn identify(app: crate::IdentityApp) -> Result<IdentitySignIn, crate::Error> {
        identify_with(app, &crate::TransportOptions::default())
    }

    /// The same, with a CA, a proxy or time limits of your own.
    ///
    /// # Errors
    /// As [`identify`].
    #[cfg(feature = "blocking")]
    pub fn identify_with(
        app: crate::IdentityApp,
        options: &crate::TransportOptions,
    ) -> Result<IdentitySignIn, crate::Error> {
        let transport = erpnet_ureq::UreqTransport::new(options)?;
        IdentitySignIn::new(app, std::sync::Arc::new(transport))
    }
}

/// An async client over reqwest on tokio. Sends nothing yet. Its methods panic outside a tokio runtime.
///
/// # Errors
/// An error of kind [`Config`](ErrorKind::Config) for settings that cannot work.
#[cfg(feature = "async")]
pub fn connect(app: impl Into<App>) -> Result<Client, Error> {
    connect_with(app, &TransportOptions::default())
}

/// An async client over reqwest on tokio, with a CA, a proxy or time limits of your own.
///
/// # Errors
/// An error of kind [`Config`](ErrorKind::Config) for settings that cannot work.
#[cfg(feature = "async")]
pub fn connect_with(app: impl Into<App>, options: &TransportOptions) -> Result<Client, Error> {
    let transport = erpnet_reqwest::ReqwestTransport::new(options)?;
    Client::new(
        app,
        std::sync::Arc::new(transport),
        std::sync::Arc::new(erpnet_reqwest::TokioRuntime),
    )
}

/// Signs users in to an application of one instance, over reqwest on tokio. Sends nothing yet.
///
/// # Errors
/// An error of kind [`Config`](ErrorKind::Config) for settings that cannot work.
#[cfg(feature = "async")]
pub fn sign_in(app: InteractiveApp) -> Result<SignIn, Error> {
    sign_in_with(app, &TransportOptions::default())
}

/// The same, with a CA, a proxy or time limits of your own.
///
/// # Errors
/// As [`sign_in`].
#[cfg(feature = "async")]
pub fn sign_in_with(app: InteractiveApp, options: &TransportOptions) -> Result<SignIn, Error> {
    let transport = erpnet_reqwest::ReqwestTransport::new(options)?;
    SignIn::new(
        app,
        std::sync::Arc::new(transport),
        std::sync::Arc::new(erpnet_reqwest::TokioRuntime),
    )
}

/// Identifies users, over reqwest on tokio. Sends nothing yet.
///
/// # Errors
/// An error of kind [`Config`](ErrorKind::Config) for settings that cannot work.
#[cfg(feature = "async")]
pub fn identify(app: IdentityApp) -> Result<IdentitySignIn, Error> {
    identify_with(app, &TransportOptions::default())
}

/// The same, with a CA, a proxy or time limits of your own.
///
/// # Errors
/// As [`identify`].
#[cfg(feature = "async")]
pub fn identify_with(
    app: IdentityApp,
    options: &TransportOptions,
) -> Result<IdentitySignIn, Error> {
    let transport = erpnet_reqwest::ReqwestTransport::new(options)?;
    IdentitySignIn::new(
        app,
        std::sync::Arc::new(transport),
        std::sync::Arc::new(erpnet_reqwest::TokioRuntime),
    )
}

/// Async clients without tokio.
#[cfg(feature = "smol")]
pub mod smol {
    use crate::{
        App, Client, Error, IdentityApp, IdentitySignIn, InteractiveApp, SignIn, TransportOptions,
    };

    /// An async client over hyper on smol. Sends nothing yet.
    ///
    /// # Errors
    /// An error of kind [`Config`](crate::ErrorKind::Config) for settings that cannot work.
    pub fn connect(app: impl Into<App>) -> Result<Client, Error> {
        connect_with(app, &TransportOptions::default())
    }

    /// An async client over hyper on smol, with a CA, a proxy or time limits of your own.
    ///
    /// # Errors
    /// An error of kind [`Config`](crate::ErrorKind::Config) for settings that cannot work.
    pub fn connect_with(app: impl Into<App>, options: &TransportOptions) -> Result<Client, Error> {
        let transport = erpnet_smol::SmolTransport::new(options)?;
        Client::new(
            app,
            std::sync::Arc::new(transport),
            std::sync::Arc::new(erpnet_smol::SmolRuntime),
        )
    }

    /// Signs users in to an application of one instance, over hyper on smol. Sends nothing yet.
    ///
    /// # Errors
    /// An error of kind [`Config`](crate::ErrorKind::Config) for settings that cannot work.
    pub fn sign_in(app: InteractiveApp) -> Result<SignIn, Error> {
        sign_in_with(app, &TransportOptions::default())
    }

    /// The same, with a CA, a proxy or time limits of your own.
    ///
    /// # Errors
    /// As [`sign_in`].
    pub fn sign_in_with(app: InteractiveApp, options: &TransportOptions) -> Result<SignIn, Error> {
        let transport = erpnet_smol::SmolTransport::new(options)?;
        SignIn::new(
            app,
            std::sync::Arc::new(transport),
            std::sync::Arc::new(erpnet_smol::SmolRuntime),
        )
    }

    /// Identifies users, over hyper on smol. Sends nothing yet.
    ///
    /// # Errors
    /// An error of kind [`Config`](crate::ErrorKind::Config) for settings that cannot work.
    pub fn identify(app: IdentityApp) -> Result<IdentitySignIn, Error> {
        identify_with(app, &TransportOptions::default())
    }

    /// The same, with a CA, a proxy or time limits of your own.
    ///
    /// # Errors
    /// As [`identify`].
    pub fn identify_with(
        app: IdentityApp,
        options: &TransportOptions,
    ) -> Result<IdentitySignIn, Error> {
        let transport = erpnet_smol::SmolTransport::new(options)?;
        IdentitySignIn::new(
            app,
            std::sync::Arc::new(transport),
            std::sync::Arc::new(erpnet_smol::SmolRuntime),
        )
    }
}
