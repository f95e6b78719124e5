//! What the compiler has to accept of applications: clients in fields, returned, shared, sent; and the same methods on
//! both.

use std::future::Future;

use erpnet::client::{LoopbackHandle, LoopbackListener};
use erpnet::core::api::{ApiReply, ApiRequest};
use erpnet::core::flow::{Flow, Step};
use erpnet::{
    ApiToken, Attempts, AuthorizationRequest, Binding, Callback, Client, Error, Identified,
    IdentityApp, IdentitySignIn, Instance, InteractiveApp, PendingSignIn, Reason, Row,
    SIGN_IN_TIMEOUT, SealingKeys, ServiceApp, SessionKey, SignIn, SignedIn, SignedOut,
    TransportOptions, UserInfo, VerifiedToken, Verifier, WebStart, blocking,
};

/// An application of a user: no type parameter, no lifetime.
#[derive(Clone, Debug)]
struct Application {
    background: Client,
    jobs: blocking::Client,
}

fn app() -> ServiceApp {
    ServiceApp::new(
        Instance::parse("demodb").unwrap(),
        "com.example/reports",
        "x",
    )
    .unwrap()
}

fn make() -> Result<Application, Error> {
    Ok(Application {
        background: erpnet::connect(app())?,
        jobs: blocking::connect_with(app(), &TransportOptions::default())?,
    })
}

fn is_shareable<T: Clone + Send + Sync + 'static>() {}
fn is_sendable<T: Send + Sync + 'static>() {}
fn is_error<T: std::error::Error + Clone + Send + Sync + 'static>() {}
fn is_future<T>(future: impl Future<Output = T> + Send) {
    drop(future);
}

#[test]
fn clients_can_be_stored_returned_cloned_and_shared() {
    is_shareable::<Client>();
    is_shareable::<blocking::Client>();
    is_shareable::<Application>();
    is_shareable::<ServiceApp>();
    is_shareable::<Verifier>();
    is_shareable::<VerifiedToken>();
    is_shareable::<Reason>();
    is_shareable::<erpnet::odata::Query>();
    is_shareable::<erpnet::odata::Filter>();
    is_shareable::<erpnet::odata::Expand>();
    is_shareable::<erpnet::odata::Pages>();
    is_shareable::<erpnet::odata::NextLink>();
    is_shareable::<erpnet::odata::batch::BatchReply>();
    is_sendable::<erpnet::odata::Batch>();
    is_sendable::<ApiToken>();
    is_sendable::<ApiReply>();
    is_error::<Error>();
    let application = make().unwrap();
    let other = application.clone();
    let moved = std::thread::spawn(move || format!("{:?}", other.jobs));
    assert_eq!(
        format!("{:?}", application.background),
        moved.join().unwrap()
    );
    // A failure that an application passes on as its own.
    let boxed: Box<dyn std::error::Error + Send + Sync> = Error::config("x").into();
    assert_eq!(boxed.to_string(), "x");
}

#[test]
fn futures_are_send() {
    let client = make().unwrap().background;
    is_future(client.sites());
    is_future(client.provider());
    is_future(client.token());
    is_future(client.verified_token());
    is_future(client.verify("x"));
    is_future(client.get::<Row>("x"));
    is_future(client.post::<_, Row>("x", &Row::new()));
    is_future(client.send(ApiRequest::get("x")));
}

/// Names each method on both clients, so that one that only one of them has does not compile.
macro_rules! both_have {
    ($($method:ident($($argument:expr),*)),* $(,)?) => {
        #[allow(dead_code, unused_must_use, clippy::let_underscore_future)]
        fn both_have_the_same_methods(client: &Client, blocking: &blocking::Client) {
            $(
                let _ = client.$method($($argument),*);
                let _ = blocking.$method($($argument),*);
            )*
        }
    };
}

both_have! {
    sites(),
    provider(),
    token(),
    verified_token(),
    verify("x"),
    send(ApiRequest::get("x")),
    forget_token(),
    snapshot(),
}

#[allow(dead_code)]
async fn both_read_and_write(client: &Client, blocking: &blocking::Client) -> Result<(), Error> {
    let (_, _) = (client.get::<Row>("x").await?, blocking.get::<Row>("x")?);
    let (_, _) = (
        client.post::<_, Row>("x", &1).await?,
        blocking.post::<_, Row>("x", &1)?,
    );
    Ok(())
}

#[test]
fn clients_of_people_can_be_stored_returned_cloned_and_shared() {
    is_shareable::<SignIn>();
    is_shareable::<IdentitySignIn>();
    is_shareable::<blocking::SignIn>();
    is_shareable::<blocking::IdentitySignIn>();
    is_shareable::<InteractiveApp>();
    is_shareable::<IdentityApp>();
    is_shareable::<PendingSignIn>();
    is_shareable::<SignedIn>();
    is_shareable::<Identified>();
    is_shareable::<SessionKey>();
    is_shareable::<SealingKeys>();
    is_shareable::<LoopbackHandle>();
    is_sendable::<Binding>();
    is_sendable::<WebStart>();
    is_sendable::<SignedOut>();
    is_sendable::<UserInfo>();
    is_sendable::<LoopbackListener>();
}

fn people() -> (
    SignIn,
    IdentitySignIn,
    blocking::SignIn,
    blocking::IdentitySignIn,
) {
    let demodb = || Instance::parse("demodb").unwrap();
    let callback = "http://127.0.0.1:8400/cb";
    let app = || InteractiveApp::public(demodb(), "com.example/desktop", callback).unwrap();
    let portal = || IdentityApp::portal(demodb(), "com.example/portal", "x", callback).unwrap();
    (
        erpnet::sign_in(app()).unwrap(),
        erpnet::identify(portal()).unwrap(),
        blocking::sign_in(app()).unwrap(),
        blocking::identify(portal()).unwrap(),
    )
}

/// The futures of signing in can be spawned: each one is made and dropped, or its maker compiled.
#[test]
fn futures_of_signing_in_are_send() {
    let (users, portal, ..) = people();
    is_future(users.provider());
    is_future(users.begin(AuthorizationRequest::new()));
    is_future(users.begin_web(AuthorizationRequest::new()));
    is_future(users.sign_in_loopback(AuthorizationRequest::new(), SIGN_IN_TIMEOUT, |_, _| ()));
    is_future(portal.provider());
    is_future(portal.begin(AuthorizationRequest::new()));
    is_future(portal.begin_web(AuthorizationRequest::new()));
    is_future(portal.sign_in_loopback(AuthorizationRequest::new(), SIGN_IN_TIMEOUT, |_, _| ()));
    let callback = Callback::from_query("code=c&state=s").unwrap();
    is_future(users.complete_web(&callback, None));
    is_future(portal.complete_web(&callback, None));
    let session = users.session("default").unwrap();
    is_future(users.sign_out(&session));
}

#[allow(dead_code)]
fn futures_after_the_answer_are_send(
    (users, portal): (&SignIn, &IdentitySignIn),
    (pending, callback): (PendingSignIn, &Callback),
    (user, identified): (&SignedIn, &Identified),
) {
    is_future(users.complete(pending.clone(), callback));
    is_future(portal.complete(pending, callback));
    is_future(users.userinfo(user));
    is_future(portal.userinfo(identified));
    is_future(portal.sign_out(identified));
}

#[allow(dead_code)]
fn futures_of_a_listener_are_send(
    listener: LoopbackListener,
    runtime: &dyn erpnet_client::Runtime,
) {
    is_future(listener.wait_async(runtime, SIGN_IN_TIMEOUT));
}

/// The same names and arguments, with and without `await`; one that only one of them has does not compile.
macro_rules! both_sign_in {
    ($name:ident, $async:ty, $blocking:ty, $($method:ident($($argument:expr),*)),* $(,)?) => {
        #[allow(dead_code, unused_must_use, clippy::let_underscore_future)]
        fn $name(users: &$async, blocking: &$blocking) {
            $(
                let _ = users.clone().$method($($argument),*);
                let _ = blocking.clone().$method($($argument),*);
            )*
        }
    };
}

both_sign_in!(
    both_sign_users_in,
    SignIn,
    blocking::SignIn,
    provider(),
    begin(AuthorizationRequest::new()),
    begin_web(AuthorizationRequest::new()),
    with_binding(held()),
    session("default"),
);

both_sign_in!(
    both_identify_users,
    IdentitySignIn,
    blocking::IdentitySignIn,
    provider(),
    begin(AuthorizationRequest::new()),
    begin_web(AuthorizationRequest::new()),
    with_binding(held()),
);

fn held() -> Binding {
    Binding::Held(Attempts::default())
}

#[allow(dead_code)]
async fn both_complete(
    (users, blocking): (&SignIn, &blocking::SignIn),
    (pending, callback, user): (&dyn Fn() -> PendingSignIn, Callback, SignedIn),
    session: &SessionKey,
) -> Result<(), Error> {
    let _ = (
        users.complete(pending(), &callback).await?,
        blocking.complete(pending(), &callback)?,
    );
    let _ = (
        users.complete_web(&callback, None).await?,
        blocking.complete_web(&callback, None)?,
    );
    let _ = (users.userinfo(&user).await?, blocking.userinfo(&user)?);
    let _ = (users.client(session)?, blocking.client(session)?);
    let _ = (users.sign_out(session).await?, blocking.sign_out(session)?);
    let ask = AuthorizationRequest::new;
    let _ = users
        .sign_in_loopback(ask(), SIGN_IN_TIMEOUT, |_, _| ())
        .await?;
    let _ = blocking.sign_in_loopback(ask(), SIGN_IN_TIMEOUT, |_, _| ())?;
    Ok(())
}

#[allow(dead_code)]
async fn both_identify(
    (users, blocking): (&IdentitySignIn, &blocking::IdentitySignIn),
    (pending, callback, user): (&dyn Fn() -> PendingSignIn, Callback, Identified),
) -> Result<(), Error> {
    let _ = (
        users.complete(pending(), &callback).await?,
        blocking.complete(pending(), &callback)?,
    );
    let _ = (
        users.complete_web(&callback, None).await?,
        blocking.complete_web(&callback, None)?,
    );
    let _ = (users.userinfo(&user).await?, blocking.userinfo(&user)?);
    let _ = (users.sign_out(&user).await?, blocking.sign_out(&user)?);
    let ask = AuthorizationRequest::new;
    let _ = users
        .sign_in_loopback(ask(), SIGN_IN_TIMEOUT, |_, _| ())
        .await?;
    let _ = blocking.sign_in_loopback(ask(), SIGN_IN_TIMEOUT, |_, _| ())?;
    Ok(())
}

/// The contract for drivers: any flow, by name.
#[allow(dead_code)]
fn a_driver_of_ones_own<F: Flow>(
    flow: &mut F,
    now: erpnet::core::Now,
) -> Result<Option<F::Output>, Error> {
    match flow.poll(now)? {
        Step::Done(output) => Ok(Some(output)),
        Step::Transmit(_) | Step::Store(_) | Step::Wait(_) => Ok(None),
    }
}
