//! However many callers wait, one request is made; and whoever leads may vanish.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use erpnet::core::ApiToken;
use erpnet::{
    BlockingTransport, Client, Page, Row, ServiceApp, Transport, TransportOptions, blocking,
};
use erpnet_client::{BlockingResponse, Limits, Response, TransportError, Zeroizing, async_trait};
use erpnet_reqwest::{ReqwestTransport, TokioRuntime};
use erpnet_sandbox::{Application, Fault, Sandbox};
use erpnet_tests::instance::{CLIENT_ID, SECRET};
use erpnet_ureq::UreqTransport;

const CALLERS: usize = 1000;

const ONCE: [(&str, &str); 3] = [
    ("GET", "/tools/auto-discovery"),
    ("GET", "/id/.well-known/openid-configuration"),
    ("POST", "/id/connect/token"),
];

fn sandbox() -> (Sandbox, ServiceApp) {
    let sandbox = Sandbox::start().unwrap();
    sandbox
        .register(Application::service(CLIENT_ID).secret(SECRET))
        .unwrap();
    let app = ServiceApp::new(sandbox.instance(), CLIENT_ID, SECRET).unwrap();
    (sandbox, app)
}

fn counts(sandbox: &Sandbox) -> [usize; 3] {
    ONCE.map(|(method, path)| sandbox.count(method, path))
}

/// Runs a thousand threads that ask at the same moment.
fn crowd<T: Send>(
    client: &blocking::Client,
    ask: impl Fn(&blocking::Client) -> T + Sync,
) -> Vec<T> {
    let start = Barrier::new(CALLERS);
    std::thread::scope(|scope| {
        let spawn = |_| {
            let builder = std::thread::Builder::new().stack_size(256 * 1024);
            let run = || {
                start.wait();
                ask(client)
            };
            builder.spawn_scoped(scope, run).unwrap()
        };
        let threads: Vec<_> = (0..CALLERS).map(spawn).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    })
}

/// AUTH-213, AUTH-214: a cold token and a thousand threads.
#[test]
fn auth_213_214_a_thousand_threads_make_one_token_request() {
    let (sandbox, app) = sandbox();
    // Slow, so that all of them wait for it.
    sandbox.fail_next(Fault::delay(
        "/id/connect/token",
        Duration::from_millis(300),
    ));
    let client = blocking::connect(app).unwrap();
    let tokens = crowd(&client, |client| client.token().unwrap().generation());
    assert_eq!(tokens, [1; CALLERS]);
    assert_eq!(counts(&sandbox), [1, 1, 1]);
}

/// AUTH-213, AUTH-214: the same with tasks.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn auth_213_214_a_thousand_tasks_make_one_token_request() {
    let (sandbox, app) = sandbox();
    sandbox.fail_next(Fault::delay(
        "/id/connect/token",
        Duration::from_millis(300),
    ));
    let client = erpnet::connect(app).unwrap();
    let ask = |client: Client| async move { client.token().await.unwrap().generation() };
    let tasks: Vec<_> = (0..CALLERS)
        .map(|_| tokio::spawn(ask(client.clone())))
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), 1);
    }
    assert_eq!(counts(&sandbox), [1, 1, 1]);
}

/// AUTH-073: a cold key set and a thousand verifiers: one fetch, no error.
#[test]
fn auth_073_a_thousand_verifiers_make_one_key_request() {
    let (sandbox, app) = sandbox();
    let client = blocking::connect(app).unwrap();
    let token = client.token().unwrap();
    let jwks = "/id/.well-known/openid-configuration/jwks";
    sandbox.fail_next(Fault::delay(jwks, Duration::from_millis(300)));
    let verified = crowd(&client, |client| client.verify(token.expose()).is_ok());
    assert_eq!(verified, [true; CALLERS]);
    assert_eq!(sandbox.count("GET", jwks), 1);
}

/// AUTH-073: the same with tasks, on both runtimes, by clients that know nothing at all: one look at everything.
#[test]
fn auth_073_a_thousand_tasks_make_one_key_request() {
    let jwks = "/id/.well-known/openid-configuration/jwks";
    let cold = || {
        let (sandbox, app) = sandbox();
        let token = blocking::connect(app.clone()).unwrap().token().unwrap();
        sandbox.clear_requests();
        sandbox.fail_next(Fault::delay(jwks, Duration::from_millis(300)));
        (sandbox, app, token)
    };
    let verify = |client: Client, token: Arc<ApiToken>| async move {
        client.verify(token.expose()).await.map(drop)
    };

    let (sandbox, app, token) = cold();
    let tokio = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    tokio.block_on(async {
        let client = erpnet::connect(app).unwrap();
        let spawn = |_| tokio::spawn(verify(client.clone(), token.clone()));
        let tasks: Vec<_> = (0..CALLERS).map(spawn).collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
    });
    assert_eq!(
        (sandbox.count("GET", jwks), counts(&sandbox)),
        (1, [1, 1, 0])
    );

    let (sandbox, app, token) = cold();
    smol::block_on(async {
        let client = erpnet::smol::connect(app).unwrap();
        let spawn = |_| smol::spawn(verify(client.clone(), token.clone()));
        let tasks: Vec<_> = (0..CALLERS).map(spawn).collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(
        (sandbox.count("GET", jwks), counts(&sandbox)),
        (1, [1, 1, 0])
    );
}

/// AUTH-213: a thousand calls with one token.
#[test]
fn auth_213_a_thousand_calls_take_one_token() {
    let (sandbox, app) = sandbox();
    let client = blocking::connect(app).unwrap();
    for _ in 0..1000 {
        client.get::<Page<Row>>("Crm_Customers?$top=1").unwrap();
    }
    assert_eq!(counts(&sandbox), [1, 1, 1]);
}

/// A failure is everyone's: nobody asks again on its own account.
#[test]
fn auth_227_a_failure_is_told_to_all_who_waited() {
    let (sandbox, app) = sandbox();
    let refused = Fault::status("/id/connect/token", 400)
        .body("application/json", r#"{"error":"invalid_client"}"#);
    sandbox.fail_next(Fault::delay(
        "/id/connect/token",
        Duration::from_millis(300),
    ));
    sandbox.fail_next(refused.times(CALLERS));
    let client = blocking::connect(app).unwrap();
    let errors = crowd(&client, |client| client.token().unwrap_err().to_string());
    assert!(
        errors.iter().all(|error| *error == errors[0]),
        "{}",
        errors[0]
    );
    // A thread that is late by more than the pause of a second may ask once more.
    assert!(counts(&sandbox)[2] <= 2, "{:?}", counts(&sandbox));
}

/// Dropping the future that asked first harms nobody: the request is not its own.
#[tokio::test]
async fn dropping_the_first_caller_harms_nobody() {
    let (sandbox, app) = sandbox();
    sandbox.fail_next(Fault::delay(
        "/id/connect/token",
        Duration::from_millis(300),
    ));
    let client = erpnet::connect(app).unwrap();
    client.provider().await.unwrap();
    let leader = tokio::spawn({
        let client = client.clone();
        async move { client.token().await.map(drop) }
    });
    while sandbox.count("POST", "/id/connect/token") == 0 {
        tokio::task::yield_now().await;
    }
    let follower = tokio::spawn({
        let client = client.clone();
        async move { client.token().await.unwrap().generation() }
    });
    tokio::task::yield_now().await;
    leader.abort();
    assert!(leader.await.unwrap_err().is_cancelled());
    assert_eq!(follower.await.unwrap(), 1);
    assert_eq!(counts(&sandbox), [1, 1, 1]);
}

/// Panics at the first token request, works from then on.
struct Fragile<T> {
    inner: T,
    token_requests: AtomicUsize,
}

impl<T> Fragile<T> {
    fn new(inner: T) -> Arc<Self> {
        Arc::new(Self {
            inner,
            token_requests: AtomicUsize::new(0),
        })
    }

    fn strain(&self, request: &http::Request<Zeroizing<Vec<u8>>>) {
        if request.method() == http::Method::POST
            && self.token_requests.fetch_add(1, Ordering::SeqCst) == 0
        {
            panic!("the transport breaks");
        }
    }
}

impl BlockingTransport for Fragile<UreqTransport> {
    fn send(
        &self,
        request: http::Request<Zeroizing<Vec<u8>>>,
        limits: Limits,
    ) -> Result<BlockingResponse, TransportError> {
        self.strain(&request);
        self.inner.send(request, limits)
    }
}

#[async_trait]
impl Transport for Fragile<ReqwestTransport> {
    async fn send(
        &self,
        request: http::Request<Zeroizing<Vec<u8>>>,
        limits: Limits,
    ) -> Result<Response, TransportError> {
        self.strain(&request);
        self.inner.send(request, limits).await
    }
}

/// A leader that panics takes nobody along: another one leads.
#[test]
fn a_panic_in_the_transport_harms_only_its_thread() {
    let (sandbox, app) = sandbox();
    let transport = Fragile::new(UreqTransport::new(&TransportOptions::default()).unwrap());
    let client = blocking::Client::new(app, transport).unwrap();
    let panicked = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                let outcome =
                    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| client.token()));
                match outcome {
                    Ok(token) => assert_eq!(token.unwrap().generation(), 1),
                    Err(_) => drop(panicked.fetch_add(1, Ordering::SeqCst)),
                }
            });
        }
    });
    assert_eq!(panicked.into_inner(), 1);
    assert_eq!(counts(&sandbox), [1, 1, 1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_in_the_transport_harms_no_task_that_asked() {
    let (sandbox, app) = sandbox();
    let transport = Fragile::new(ReqwestTransport::new(&TransportOptions::default()).unwrap());
    let client = Client::new(app, transport, Arc::new(TokioRuntime)).unwrap();
    let ask = |client: Client| async move { client.token().await.unwrap().generation() };
    let tasks: Vec<_> = (0..20).map(|_| tokio::spawn(ask(client.clone()))).collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), 1);
    }
    assert_eq!(counts(&sandbox), [1, 1, 1]);
}

/// AUTH-001, AUTH-042: one connection, one instance: two of them share nothing.
#[test]
fn auth_001_042_instances_share_nothing() {
    let (here, app_here) = sandbox();
    let (there, app_there) = sandbox();
    let first = blocking::connect(app_here).unwrap().token().unwrap();
    let client = blocking::connect(app_there).unwrap();
    let second = client.token().unwrap();
    assert_ne!(first.expose(), second.expose());
    assert_eq!((counts(&here), counts(&there)), ([1, 1, 1], [1, 1, 1]));
    let error = client.verify(first.expose()).unwrap_err();
    assert_eq!(
        error.kind(),
        erpnet::ErrorKind::Security,
        "AUTH-041: {error}"
    );
}
