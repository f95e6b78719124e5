//! AUTH-208: what a sign-in holds shows nowhere: `state`, `nonce`, verifier, code, tokens of every sort, the client's secret,
//! the attempt's cookie. Not in `Debug`, errors or advice, nor in what is told to `tracing` and `log`; in good runs and in bad
//! ones, over every HTTP stack. Texts are gathered first and searched when all secrets of the run are known.

use std::fmt::Debug;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use erpnet::{
    Attempts, AuthorizationRequest, Binding, Callback, Error, InteractiveApp, SealingKeys, Secret,
    blocking,
};
use erpnet_sandbox::{Application, Callback as Carried, Document, Fault, INTERNAL_USER, Sandbox};
use erpnet_tests::caller::Action;
use erpnet_tests::clock::VirtualClock;
use erpnet_tests::hunt::Hunt;
use erpnet_tests::overheard;
use erpnet_tests::signer::{STACKS, Signer, Signing, Stack, as_callback};
use serde_json::json;

const ID: &str = "com.example/web";
const SECRET: &str = "hunter2-Zq8vX3wK";
const SEALING: &str = "sealing-secret-of-the-application-7Yb2Qk9LmN4p";
const REDIRECT: &str = "https://app.example.com/cb";
const TOKEN: &str = "/id/connect/token";

/// ureq writes down there, and only there, each byte that it sends; it is to stay off.
const DUMP: &str = "ureq_proto::util";

/// Where a server sends the application, with an echo of what it sent.
const EVIL: &str = "https://evil.example/";

/// There is one ear for the whole process.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    overheard::listen();
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    overheard::take();
    turn
}

/// What was shown, and what must not have been.
#[derive(Default)]
struct Gathered {
    shown: Vec<(&'static str, String)>,
    secrets: Vec<String>,
}

impl Gathered {
    fn debug(&mut self, what: &'static str, value: &dyn Debug) {
        self.shown.push((what, format!("{value:?}")));
        self.shown.push((what, format!("{value:#?}")));
    }

    fn error(&mut self, what: &'static str, error: &Error) {
        self.debug(what, error);
        self.debug(what, error.reason());
        self.shown
            .push((what, format!("{error} {}", error.advice())));
        let mut cause = std::error::Error::source(error);
        while let Some(inner) = cause {
            self.shown.push((what, format!("{inner} {inner:?}")));
            cause = inner.source();
        }
    }

    fn url(&mut self, url: &str) {
        let url = url::Url::parse(url).unwrap();
        for (name, value) in url.query_pairs() {
            if ["state", "nonce", "code_challenge", "id_token_hint"].contains(&&*name) {
                self.secrets.push(value.into_owned());
            }
        }
    }

    fn carried(&mut self, carried: &Carried) {
        for name in ["code", "state", "id_token"] {
            self.secrets.extend(carried.parameter(name));
        }
    }

    /// What the application sent, as the server saw it.
    fn sent(&mut self, sandbox: &Sandbox) {
        for request in sandbox.requests() {
            for (name, value) in request.form() {
                if [
                    "code",
                    "code_verifier",
                    "refresh_token",
                    "token",
                    "client_secret",
                ]
                .contains(&&*name)
                {
                    self.secrets.push(value);
                }
            }
            let bearer = request
                .header("authorization")
                .and_then(|value| value.split_once(' '));
            self.secrets
                .extend(bearer.map(|(_, token)| token.to_owned()));
        }
    }

    /// Searches everything, and what was overheard.
    fn search(mut self, least: usize) {
        self.secrets.sort();
        self.secrets.dedup();
        assert!(
            self.secrets.iter().all(|secret| secret.len() >= 10),
            "too short to hunt for"
        );
        assert!(
            self.secrets.len() >= least,
            "{} secrets",
            self.secrets.len()
        );
        let mut hunt = Hunt::default();
        for secret in self
            .secrets
            .iter()
            .map(String::as_str)
            .chain([SECRET, SEALING])
        {
            hunt.add(secret);
        }
        for (what, text) in &self.shown {
            hunt.text(what, text);
            assert!(!text.contains("eyJ"), "{what}: a token in {text}");
        }
        let heard = overheard::take();
        assert!(
            heard.iter().any(overheard::Said::is_ours),
            "nothing was said"
        );
        for said in heard.iter().filter(|said| said.target != DUMP) {
            let line = said.line();
            // What a server echoes in its head is the libraries' to tell, but not ours.
            if said.is_ours() || !line.contains(EVIL) {
                hunt.text("a log", &line);
            }
        }
    }
}

fn app(sandbox: &Sandbox) -> InteractiveApp {
    let record = Application::web(ID, REDIRECT)
        .scopes("read update")
        .post_logout_redirect_uri("https://app.example.com/bye")
        .secret(SECRET);
    sandbox.register(record).unwrap();
    InteractiveApp::confidential(sandbox.instance(), ID, SECRET, REDIRECT)
        .and_then(|app| app.with_scopes("openid profile read offline_access"))
        .and_then(|app| app.with_post_logout_redirect_uri("https://app.example.com/bye"))
        .unwrap()
}

fn sealed() -> Binding {
    let secret = Secret::new(SEALING).unwrap();
    Binding::Sealed(SealingKeys::new("k1", &secret).unwrap())
}

fn held() -> Binding {
    Binding::Held(Attempts::default())
}

struct Stand {
    sandbox: Sandbox,
    clock: VirtualClock,
    signer: Box<dyn Signer>,
}

fn stand(stack: Stack, binding: fn() -> Binding) -> Stand {
    let sandbox = Sandbox::start().unwrap();
    let clock = VirtualClock::starting_at(sandbox.clock().now());
    let signer = stack(Signing {
        clock: Some(clock.clone()),
        binding: Some(binding),
        ..Signing::of(app(&sandbox).configure(|options| options.retry.attempts = 1))
    });
    Stand {
        sandbox,
        clock,
        signer,
    }
}

fn customers() -> Action {
    Action::Get("Crm_Customers?$top=1".to_owned())
}

#[test]
fn auth_115_208_a_good_run_shows_nothing() {
    let _turn = alone();
    for (_, stack) in STACKS {
        for binding in [sealed, held] {
            let stand = stand(stack, binding);
            let mut gathered = Gathered::default();
            gathered.debug("an application", &app(&Sandbox::start().unwrap()));
            gathered.debug("a binding", &binding());
            let start = stand.signer.begin(AuthorizationRequest::new()).unwrap();
            gathered.debug("a beginning", &start);
            gathered.debug("what is kept", &start.pending);
            gathered.url(start.url.as_str());

            let web = stand
                .signer
                .begin_web(AuthorizationRequest::new().return_to("/here"))
                .unwrap();
            gathered.debug("a beginning in the web", &web);
            gathered.url(web.url.as_str());
            let pair = web.set_cookie.split(';').next().unwrap().to_owned();
            gathered
                .secrets
                .push(pair.split_once('=').unwrap().1.to_owned());
            let carried = stand
                .sandbox
                .sign_in_as(INTERNAL_USER, web.url.as_str())
                .unwrap();
            gathered.carried(&carried);
            let callback = as_callback(&carried);
            gathered.debug("an answer", &callback);
            let signed_in = stand.signer.complete_web(&callback, Some(&pair)).unwrap();
            gathered.debug("a sign-in", &signed_in);
            gathered.debug("its ID token", signed_in.id_token());
            gathered.debug("its identity", &signed_in.identity());
            gathered
                .secrets
                .push(signed_in.id_token().raw().expose().to_owned());
            let session = signed_in.session();
            gathered.debug("a session", session);
            gathered.debug("a person", &stand.signer.userinfo(&signed_in).unwrap());
            stand.signer.call(session, &customers()).unwrap();
            let hour = Duration::from_secs(3601);
            stand.clock.advance(hour);
            stand.sandbox.clock().advance(hour);
            stand.signer.call(session, &customers()).unwrap();
            let out = stand.signer.sign_out(session).unwrap();
            gathered.debug("a sign-out", &out);
            gathered.debug("its address", &out.url);
            gathered.url(out.url.as_ref().unwrap().expose());
            let over = stand.signer.call(session, &customers()).unwrap_err();
            gathered.error("a call after it", &over);
            gathered.sent(&stand.sandbox);
            gathered.search(14);
        }
    }
}

/// A way for a sign-in to fail, when its answer has come and before it is completed.
type Trouble = fn(&Stand, &Carried);

/// What the token endpoint was sent, and an ID token. It never sees `state`.
fn echo(carried: &Carried) -> String {
    let parts = ["code", "id_token"].map(|name| carried.parameter(name).unwrap_or_default());
    format!("{} {SECRET}", parts.join(" "))
}

const TROUBLE: [(&str, Trouble); 9] = [
    ("refused with an echo", |stand, carried| {
        let body =
            json!({ "error": "invalid_grant", "error_description": echo(carried) }).to_string();
        stand
            .sandbox
            .fail_next(Fault::status(TOKEN, 400).body("application/json", body));
    }),
    ("an echo as the code of the error", |stand, carried| {
        let body = json!({ "error": carried.parameter("code") }).to_string();
        stand
            .sandbox
            .fail_next(Fault::status(TOKEN, 400).body("application/json", body));
    }),
    ("a page with an echo", |stand, carried| {
        stand
            .sandbox
            .fail_next(Fault::status(TOKEN, 500).body("text/html", echo(carried)));
    }),
    ("an echo in a redirect", |stand, carried| {
        let place = format!("{EVIL}{SECRET}?code={}", carried.parameter("code").unwrap());
        stand
            .sandbox
            .fail_next(Fault::status(TOKEN, 302).header("location", &place));
    }),
    ("tokens in the wrong shape", |stand, carried| {
        let change =
            json!({ "token_type": carried.parameter("code"), "expires_in": echo(carried) });
        stand
            .sandbox
            .fail_next(Fault::alter(Document::TokenAnswer, change));
    }),
    ("no ID token", |stand, _| {
        stand.sandbox.fail_next(Fault::alter(
            Document::TokenAnswer,
            json!({ "id_token": null }),
        ));
    }),
    ("hashes and a nonce that are echoes", |stand, carried| {
        let change = json!({ "at_hash": carried.parameter("code"), "nonce": echo(carried) });
        stand
            .sandbox
            .fail_next(Fault::alter(Document::IdToken, change));
    }),
    ("another nonce", |stand, carried| {
        let change = json!({ "nonce": carried.parameter("state") });
        stand
            .sandbox
            .fail_next(Fault::alter(Document::IdToken, change));
    }),
    ("a lost answer", |stand, _| {
        stand.sandbox.fail_next(Fault::drop_after(TOKEN));
    }),
];

#[test]
fn auth_115_208_a_bad_run_shows_nothing() {
    let _turn = alone();
    for (_, stack) in STACKS {
        let stand = stand(stack, sealed);
        let mut gathered = Gathered::default();
        for (what, trouble) in TROUBLE {
            let start = stand.signer.begin(AuthorizationRequest::new()).unwrap();
            gathered.url(start.url.as_str());
            let carried = stand
                .sandbox
                .sign_in_as(INTERNAL_USER, start.url.as_str())
                .unwrap();
            gathered.carried(&carried);
            trouble(&stand, &carried);
            let callback = as_callback(&carried);
            let error = stand
                .signer
                .complete(start.pending, &callback)
                .expect_err(what);
            gathered.error(what, &error);
            stand.sandbox.clear_faults();
        }
        gathered.sent(&stand.sandbox);
        gathered.search(9 * 5);
    }
}

#[test]
fn auth_173_208_answers_that_are_refused_show_nothing() {
    let _turn = alone();
    for (_, stack) in STACKS {
        for binding in [sealed, held] {
            let stand = stand(stack, binding);
            let mut gathered = Gathered::default();
            let web = stand.signer.begin_web(AuthorizationRequest::new()).unwrap();
            gathered.url(web.url.as_str());
            let pair = web.set_cookie.split(';').next().unwrap().to_owned();
            gathered
                .secrets
                .push(pair.split_once('=').unwrap().1.to_owned());
            let carried = stand
                .sandbox
                .sign_in_as(INTERNAL_USER, web.url.as_str())
                .unwrap();
            gathered.carried(&carried);
            let form = carried.body().unwrap();
            let code = carried.parameter("code").unwrap();
            let state = carried.parameter("state").unwrap();
            for (body, cookies) in [
                (form.clone(), None),
                (form.clone(), Some(format!("{pair}x"))),
                (form.clone(), Some(format!("{pair}; {pair}"))),
                (form.replace("state=", "state=x"), Some(pair.clone())),
                (format!("{form}&code={code}"), Some(pair.clone())),
                (format!("{form}&{code}=%zz"), Some(pair.clone())),
                (
                    format!(
                        "error={code}&error_description={code}+{state}&state={state}&code={code}"
                    ),
                    Some(pair.clone()),
                ),
                (form.clone(), Some(pair.clone())),
            ] {
                let callback = match Callback::from_form(body.as_bytes()) {
                    Ok(callback) => callback,
                    Err(error) => {
                        gathered.error("an answer that cannot be read", &error);
                        continue;
                    }
                };
                gathered.debug("an answer", &callback);
                match stand.signer.complete_web(&callback, cookies.as_deref()) {
                    Ok(signed_in) => gathered.debug("a sign-in", &signed_in),
                    Err(error) => gathered.error("a refused answer", &error),
                }
            }
            assert!(
                stand.signer.begin(AuthorizationRequest::new()).is_ok(),
                "something is said"
            );
            gathered.sent(&stand.sandbox);
            gathered.search(6);
        }
    }
}

#[test]
fn auth_194_208_refreshes_and_sign_outs_that_fail_show_nothing() {
    let _turn = alone();
    for (_, stack) in STACKS {
        let stand = stand(stack, held);
        let mut gathered = Gathered::default();
        let again = || {
            let start = stand.signer.begin(AuthorizationRequest::new()).unwrap();
            let carried = stand
                .sandbox
                .sign_in_as(INTERNAL_USER, start.url.as_str())
                .unwrap();
            let signed_in = stand
                .signer
                .complete(start.pending, &as_callback(&carried))
                .unwrap();
            let hour = Duration::from_secs(3601);
            stand.clock.advance(hour);
            stand.sandbox.clock().advance(hour);
            (signed_in, carried)
        };
        let refused = |body: String| Fault::status(TOKEN, 400).body("application/json", body);
        for fault in [
            Fault::drop_after(TOKEN),
            Fault::status(TOKEN, 503).body("text/plain", SECRET),
            refused(json!({ "error": SECRET, "error_description": SECRET }).to_string()),
            Fault::alter(Document::RefreshedIdToken, json!({ "sub": SECRET })),
            Fault::alter(Document::TokenAnswer, json!({ "token_type": SECRET })),
        ] {
            let (signed_in, carried) = again();
            gathered.carried(&carried);
            stand.sandbox.fail_next(fault);
            let session = signed_in.session();
            let error = stand.signer.call(session, &customers()).unwrap_err();
            gathered.error("a refresh that failed", &error);
            stand.sandbox.clear_faults();
            let page = Fault::status("/id/connect/revocation", 500).body("text/plain", SECRET);
            stand.sandbox.fail_next(page.times(5));
            let out = stand.signer.sign_out(session).unwrap();
            gathered.debug("a sign-out", &out);
            stand.sandbox.clear_faults();
        }
        let (signed_in, _) = again();
        let other = json!({ "sub": SECRET, "name": SECRET });
        stand
            .sandbox
            .fail_next(Fault::alter(Document::Userinfo, other));
        let error = stand.signer.userinfo(&signed_in).unwrap_err();
        gathered.error("claims of somebody else", &error);
        gathered.sent(&stand.sandbox);
        gathered.search(20);
    }
}

/// The callback comes to a listener of ours, with the code in its address.
#[test]
fn auth_207_208_a_listener_says_nothing_of_what_it_heard() {
    let _turn = alone();
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let redirect = format!("http://127.0.0.1:{port}/cb");
    let sandbox = Arc::new(Sandbox::start().unwrap());
    sandbox
        .register(Application::public(ID, &redirect))
        .unwrap();
    let app = InteractiveApp::public(sandbox.instance(), ID, &redirect).unwrap();
    let sign_in = blocking::sign_in(app).unwrap();
    let gathered = Arc::new(Mutex::new(Gathered::default()));
    let (browser, seen) = (Arc::clone(&sandbox), Arc::clone(&gathered));
    let person = move |url: &erpnet::SignInUrl, handle| {
        let url = url.as_str().to_owned();
        seen.lock().unwrap().debug("a handle", &handle);
        seen.lock().unwrap().url(&url);
        std::thread::spawn(move || {
            let carried = browser.sign_in_as(INTERNAL_USER, &url).unwrap();
            seen.lock().unwrap().carried(&carried);
            let target = carried
                .url()
                .split_once(&format!(":{port}"))
                .unwrap()
                .1
                .to_owned();
            for target in [
                "/favicon.ico",
                "/cb?code=forged-code-1&state=forged-state",
                target.as_str(),
            ] {
                let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
                write!(
                    stream,
                    "GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
                )
                .unwrap();
                let mut page = String::new();
                stream.read_to_string(&mut page).unwrap();
                seen.lock().unwrap().shown.push(("a page", page));
            }
        });
    };
    let request = AuthorizationRequest::new();
    let signed_in = sign_in
        .sign_in_loopback(request, Duration::from_secs(60), person)
        .unwrap();
    let mut gathered = std::mem::take(&mut *gathered.lock().unwrap());
    gathered.debug("a sign-in", &signed_in);
    gathered.debug("a client", &sign_in);
    gathered.sent(&sandbox);
    gathered.search(5);
}
