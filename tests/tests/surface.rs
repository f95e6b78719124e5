//! What the compiler has to accept of applications: clients in fields, returned, shared, sent; and the same methods on
//! both.

use std::future::Future;

use erpnet::core::api::{ApiReply, ApiRequest};
use erpnet::core::flow::{Flow, Step};
use erpnet::{
    ApiToken, Client, Error, Instance, Reason, Row, ServiceApp, TransportOptions, VerifiedToken,
    Verifier, blocking,
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
