//! One face for all clients that sign users in, and the browser's part played by the sandbox.

use std::sync::Arc;

use erpnet::{
    AuthorizationRequest, Binding, Callback, Error, Identified, IdentityApp, InteractiveApp,
    PendingSignIn, SessionKey, SignInStart, SignedIn, SignedOut, TransportOptions, WebStart,
    blocking,
};
use erpnet_client::{BlockingRuntime, MemoryStore, Runtime, StdRuntime};
use erpnet_core::userinfo::UserInfo;
use erpnet_reqwest::{ReqwestTransport, TokioRuntime};
use erpnet_sandbox::{Callback as Carried, Sandbox};
use erpnet_smol::{SmolRuntime, SmolTransport};
use erpnet_ureq::UreqTransport;
use serde_json::Value;

use crate::caller::{Action, Caller, carry_out};
use crate::clock::{Virtual, VirtualClock};

/// What all of them can do.
#[expect(clippy::missing_errors_doc, reason = "the client's own, everywhere")]
pub trait Signer {
    /// `begin`
    fn begin(&self, request: AuthorizationRequest) -> Result<SignInStart, Error>;
    /// `complete`
    fn complete(&self, pending: PendingSignIn, callback: &Callback) -> Result<SignedIn, Error>;
    /// `begin_web`
    fn begin_web(&self, request: AuthorizationRequest) -> Result<WebStart, Error>;
    /// `complete_web`
    fn complete_web(&self, callback: &Callback, cookies: Option<&str>) -> Result<SignedIn, Error>;
    /// `userinfo`
    fn userinfo(&self, signed_in: &SignedIn) -> Result<UserInfo, Error>;
    /// `client`: the session's
    fn client(&self, session: &SessionKey) -> Result<Box<dyn Caller + '_>, Error>;
    /// An action of the session's client.
    fn call(&self, session: &SessionKey, action: &Action) -> Result<Value, Error> {
        self.client(session)?.call(action)
    }
    /// `sign_out`
    fn sign_out(&self, session: &SessionKey) -> Result<SignedOut, Error>;
}

/// How one is made: its application, the clock if it is not the system's, a binding for the web, a store.
pub struct Signing {
    /// The application.
    pub app: InteractiveApp,
    /// Virtual time.
    pub clock: Option<VirtualClock>,
    /// For web sign-ins.
    pub binding: Option<fn() -> Binding>,
    /// Where sessions are kept; each signer's own when `None`.
    pub store: Option<Arc<MemoryStore>>,
    /// Settings of the transport.
    pub transport: TransportOptions,
}

impl Signing {
    /// With the system's clock, nothing for the web, a store of its own.
    #[must_use]
    pub fn of(app: InteractiveApp) -> Self {
        Self {
            app,
            clock: None,
            binding: None,
            store: None,
            transport: TransportOptions::default(),
        }
    }
}

/// Makes a signer over one HTTP stack.
pub type Stack = fn(Signing) -> Box<dyn Signer>;

/// Every HTTP stack, with its name.
pub const STACKS: [(&str, Stack); 3] = [
    ("ureq on threads", over_ureq),
    ("reqwest on tokio", over_reqwest),
    ("hyper on smol", over_smol),
];

/// One signer for each HTTP stack.
#[must_use]
pub fn all(make: impl Fn() -> Signing) -> Vec<(&'static str, Box<dyn Signer>)> {
    let signers = STACKS.iter();
    signers
        .map(|(name, stack)| (*name, stack(make())))
        .collect()
}

fn over_ureq(signing: Signing) -> Box<dyn Signer> {
    let transport = Arc::new(UreqTransport::new(&signing.transport).expect("a transport"));
    let runtime: Arc<dyn BlockingRuntime> = match signing.clock {
        Some(clock) => Arc::new(clock),
        None => Arc::new(StdRuntime),
    };
    let mut sign_in = blocking::SignIn::with_runtime(signing.app, transport, runtime)
        .expect("settings that work");
    if let Some(binding) = signing.binding {
        sign_in = sign_in.with_binding(binding());
    }
    if let Some(store) = signing.store {
        sign_in = sign_in.with_store(store);
    }
    Box::new(sign_in)
}

struct OnTokio(erpnet::SignIn, tokio::runtime::Runtime);

fn over_reqwest(signing: Signing) -> Box<dyn Signer> {
    let tokio = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a thread for tokio");
    let transport = Arc::new(ReqwestTransport::new(&signing.transport).expect("a transport"));
    let runtime: Arc<dyn Runtime> = match &signing.clock {
        Some(clock) => Arc::new(Virtual {
            clock: clock.clone(),
            real: TokioRuntime,
        }),
        None => Arc::new(TokioRuntime),
    };
    let sign_in = erpnet::SignIn::new(signing.app, transport, runtime).expect("settings that work");
    Box::new(OnTokio(
        equipped(sign_in, signing.binding, signing.store),
        tokio,
    ))
}

struct OnSmol(erpnet::SignIn);

fn over_smol(signing: Signing) -> Box<dyn Signer> {
    let transport = Arc::new(SmolTransport::new(&signing.transport).expect("a transport"));
    let runtime: Arc<dyn Runtime> = match &signing.clock {
        Some(clock) => Arc::new(Virtual {
            clock: clock.clone(),
            real: SmolRuntime,
        }),
        None => Arc::new(SmolRuntime),
    };
    let sign_in = erpnet::SignIn::new(signing.app, transport, runtime).expect("settings that work");
    Box::new(OnSmol(equipped(sign_in, signing.binding, signing.store)))
}

fn equipped(
    mut sign_in: erpnet::SignIn,
    binding: Option<fn() -> Binding>,
    store: Option<Arc<MemoryStore>>,
) -> erpnet::SignIn {
    if let Some(binding) = binding {
        sign_in = sign_in.with_binding(binding());
    }
    if let Some(store) = store {
        sign_in = sign_in.with_store(store);
    }
    sign_in
}

impl Signer for blocking::SignIn {
    fn begin(&self, request: AuthorizationRequest) -> Result<SignInStart, Error> {
        self.begin(request)
    }
    fn complete(&self, pending: PendingSignIn, callback: &Callback) -> Result<SignedIn, Error> {
        self.complete(pending, callback)
    }
    fn begin_web(&self, request: AuthorizationRequest) -> Result<WebStart, Error> {
        self.begin_web(request)
    }
    fn complete_web(&self, callback: &Callback, cookies: Option<&str>) -> Result<SignedIn, Error> {
        self.complete_web(callback, cookies)
    }
    fn userinfo(&self, signed_in: &SignedIn) -> Result<UserInfo, Error> {
        self.userinfo(signed_in)
    }
    fn client(&self, session: &SessionKey) -> Result<Box<dyn Caller + '_>, Error> {
        Ok(Box::new(self.client(session)?))
    }
    fn sign_out(&self, session: &SessionKey) -> Result<SignedOut, Error> {
        self.sign_out(session)
    }
}

/// A session's client with a way to wait for it.
struct Waiting<F>(F);

impl<F: Fn(&Action) -> Result<Value, Error> + Send + Sync> Caller for Waiting<F> {
    fn call(&self, action: &Action) -> Result<Value, Error> {
        (self.0)(action)
    }
}

macro_rules! over {
    ($type:ty, $wait:expr) => {
        impl Signer for $type {
            fn begin(&self, request: AuthorizationRequest) -> Result<SignInStart, Error> {
                ($wait)(self, Box::pin(self.0.begin(request)))
            }
            fn complete(
                &self,
                pending: PendingSignIn,
                callback: &Callback,
            ) -> Result<SignedIn, Error> {
                ($wait)(self, Box::pin(self.0.complete(pending, callback)))
            }
            fn begin_web(&self, request: AuthorizationRequest) -> Result<WebStart, Error> {
                ($wait)(self, Box::pin(self.0.begin_web(request)))
            }
            fn complete_web(
                &self,
                callback: &Callback,
                cookies: Option<&str>,
            ) -> Result<SignedIn, Error> {
                ($wait)(self, Box::pin(self.0.complete_web(callback, cookies)))
            }
            fn userinfo(&self, signed_in: &SignedIn) -> Result<UserInfo, Error> {
                ($wait)(self, Box::pin(self.0.userinfo(signed_in)))
            }
            fn client(&self, session: &SessionKey) -> Result<Box<dyn Caller + '_>, Error> {
                let client = self.0.client(session)?;
                Ok(Box::new(Waiting(move |action: &Action| {
                    ($wait)(self, Box::pin(carry_out(&client, action)))
                })))
            }
            fn sign_out(&self, session: &SessionKey) -> Result<SignedOut, Error> {
                ($wait)(self, Box::pin(self.0.sign_out(session)))
            }
        }
    };
}

type Pending<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;

fn on_tokio<T>(signer: &OnTokio, future: Pending<'_, T>) -> T {
    signer.1.block_on(future)
}

fn on_smol<T>(_: &OnSmol, future: Pending<'_, T>) -> T {
    smol::block_on(future)
}

over!(OnTokio, on_tokio);
over!(OnSmol, on_smol);

/// The browser's part: signs this user in at the sandbox and brings the answer back.
///
/// # Panics
/// When the sign-in ends on a page.
#[must_use]
pub fn browse(sandbox: &Sandbox, login: &str, url: &str) -> Callback {
    let carried = sandbox.sign_in_as(login, url).expect("an answer");
    as_callback(&carried)
}

/// What a browser carries, as the application reads it.
///
/// # Panics
/// When it cannot be read.
#[must_use]
pub fn as_callback(carried: &Carried) -> Callback {
    match carried.body() {
        Some(body) => Callback::from_form(body.as_bytes()),
        None => Callback::from_query(carried.url().split_once('?').map_or("", |(_, query)| query)),
    }
    .expect("an answer that can be read")
}

/// An application that identifies its users, on threads.
///
/// # Panics
/// When it cannot be made.
#[must_use]
pub fn identify(app: IdentityApp) -> blocking::IdentitySignIn {
    blocking::identify(app).expect("settings that work")
}

/// Signs somebody in from beginning to end.
///
/// # Errors
/// The client's own.
pub fn identified(
    sign_in: &blocking::IdentitySignIn,
    sandbox: &Sandbox,
    login: &str,
) -> Result<Identified, Error> {
    let start = sign_in.begin(AuthorizationRequest::new())?;
    let callback = browse(sandbox, login, start.url.as_str());
    sign_in.complete(start.pending, &callback)
}
