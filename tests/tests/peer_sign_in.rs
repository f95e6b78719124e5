//! Users sign in with the SDK at an OpenID Provider that nobody here wrote, through every HTTP stack. The pages are the
//! provider's own, and a small browser goes through them.

use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use erpnet::{
    Attempts, AuthorizationRequest, Binding, Callback, ErrorKind, IdToken, IdentityApp,
    IdentitySignIn, Instance, InteractiveApp, Prompt, Reason, ResponseType, SignedIn, SignedOut,
    TransportOptions, blocking,
};
use erpnet_core::sign_in::SIGN_IN_TIMEOUT;
use erpnet_core::sign_out::SignOutReturn;
use erpnet_reqwest::{ReqwestTransport, TokioRuntime};
use erpnet_tests::browser_lite::{self, Browser, Landed};
use erpnet_tests::caller::Action;
use erpnet_tests::peers::{Known, Provider};
use erpnet_tests::signer::{self, Signer, Signing};
use serde_json::Value;
use url::Url;

/// A person at the provider, with a browser.
struct Person<'a> {
    browser: Browser,
    provider: &'a Provider,
}

impl<'a> Person<'a> {
    fn new(provider: &'a Provider, known: &Known) -> Self {
        let ends = [&*known.redirect_uri, &*known.post_logout_redirect_uri];
        Self {
            browser: Browser::new(&ends, None),
            provider,
        }
    }

    fn signs_in(&mut self, url: &str) -> Callback {
        let answers = [("login", &*self.provider.user), ("password", "any")];
        received(&self.browser.sign_in(url, &answers))
    }

    /// Follows the link `[ Cancel ]` of the login page.
    fn cancels(&mut self, url: &str) -> Callback {
        let page = self.browser.open(url).page();
        let landed = match self.browser.open(&format!("{}/abort", page.url)) {
            Landed::Page(page) => self.browser.submit(&page, &page.form()),
            callback @ Landed::Callback(_) => callback,
        };
        received(&landed.callback())
    }

    /// Confirms that the sign-in ends, and comes back to the application.
    fn signs_out(&mut self, signed_out: SignedOut) -> SignOutReturn {
        let url = signed_out.url.expect("the provider has such a place");
        let state = signed_out.state.expect("an address to come back to");
        let callback = self.browser.sign_in(url.expose(), &[]);
        SignOutReturn::read(callback.url.query().unwrap_or_default(), &state)
    }

    /// How many refreshes the provider has granted.
    fn refreshes(&mut self) -> u64 {
        let counts = format!("{}/granted", self.provider.url);
        let counts = self.browser.open(&counts).page().body;
        let counts: Value = serde_json::from_str(&counts).unwrap();
        counts["refresh_token"].as_u64().unwrap_or_default()
    }

    fn is_asked_who_it_is(&mut self, url: &str) -> bool {
        match self.browser.open(url) {
            Landed::Callback(_) => false,
            Landed::Page(page) => page.form().asks_for("login"),
        }
    }
}

/// The callback as an application receives it: the query, or the form as it was posted.
fn received(callback: &browser_lite::Callback) -> Callback {
    match callback.body() {
        Some(form) => Callback::from_form(form.as_bytes()),
        None => Callback::from_query(callback.url.query().unwrap_or_default()),
    }
    .unwrap()
}

/// An application of the provider that calls the API, as the SDK knows it.
fn app(provider: &Provider, known: &Known, response_type: ResponseType) -> InteractiveApp {
    let instance = Instance::loopback(&provider.url).unwrap();
    let (id, redirect) = (&*known.id, &*known.redirect_uri);
    let app = if known.secret.is_empty() {
        InteractiveApp::public(instance, id, redirect)
    } else {
        InteractiveApp::confidential(instance, id, &*known.secret, redirect)
    };
    app.and_then(|app| app.with_scopes("openid profile read offline_access"))
        .and_then(|app| app.with_response_type(response_type))
        .and_then(|app| app.with_post_logout_redirect_uri(&known.post_logout_redirect_uri))
        .unwrap()
}

fn check_id_token(token: &IdToken, provider: &Provider, known: &Known) {
    assert_eq!(token.issuer(), provider.issuer);
    assert_eq!(token.subject(), provider.user);
    assert_eq!(token.audiences(), [known.id.as_str()]);
    assert!(token.auth_time().is_some());
}

/// Does the same with an application of the provider over every HTTP stack, with a person for each.
fn over_every_stack(
    name: &str,
    response_type: ResponseType,
    test: impl Fn(&dyn Signer, Person<'_>, &Known, &str),
) {
    let Some(provider) = Provider::start() else {
        return;
    };
    let known = provider.client(name);
    let app = app(&provider, &known, response_type);
    for (stack, signer) in signer::all(|| Signing::of(app.clone())) {
        test(
            signer.as_ref(),
            Person::new(&provider, &known),
            &known,
            stack,
        );
    }
}

fn signed_in(signer: &dyn Signer, person: &mut Person<'_>, at: &str) -> SignedIn {
    let start = signer.begin(AuthorizationRequest::new()).expect(at);
    let callback = person.signs_in(start.url.as_str());
    signer.complete(start.pending, &callback).expect(at)
}

/// Sign-in, a token of the user, two refreshes, sign-out.
fn session(signer: &dyn Signer, mut person: Person<'_>, known: &Known, at: &str) {
    let signed_in = signed_in(signer, &mut person, at);
    check_id_token(signed_in.id_token(), person.provider, known);
    assert!(
        signed_in.withheld().is_empty() && signed_in.is_renewable(),
        "{at}"
    );
    let session = signed_in.session();
    let client = signer.client(session).expect(at);
    let mut last = client.call(&Action::Token).expect(at);
    let scopes = "offline_access openid profile read";
    assert_eq!(last["scopes"], scopes, "{at}");
    let before = person.refreshes();
    for _ in 0..2 {
        // AUTH-192: the provider takes each refresh token once.
        client.call(&Action::Forget).expect(at);
        let next = client.call(&Action::Token).expect(at);
        let number = |token: &Value| token["number"].as_u64();
        assert!(number(&next) > number(&last), "{at}: {next} after {last}");
        let verified = client.call(&Action::VerifiedToken).expect(at);
        assert_eq!(verified["client_id"], known.id.as_str(), "{at}");
        assert_eq!(verified["scopes"], scopes, "{at}");
        last = next;
    }
    assert_eq!(person.refreshes(), before + 2, "{at}");

    let signed_out = signer.sign_out(session).expect(at);
    assert_eq!(signed_out.revoked, Some(true), "AUTH-088 {at}");
    let back = person.signs_out(signed_out);
    assert_eq!(back, SignOutReturn::Expected, "AUTH-201 {at}");
    let over = client.call(&Action::Token).expect_err(at);
    assert!(over.needs_sign_in(), "AUTH-203 {at}: {over}");
    let again = signer.begin(AuthorizationRequest::new()).expect(at);
    assert!(
        person.is_asked_who_it_is(again.url.as_str()),
        "AUTH-200 {at}"
    );
}

#[test]
fn auth_175_192_200_a_web_application_by_code() {
    over_every_stack("web", ResponseType::Code, session);
}

#[test]
fn auth_164_181_182_a_web_application_by_code_and_id_token() {
    over_every_stack("hybrid", ResponseType::CodeIdToken, session);
}

#[test]
fn auth_159_a_public_application_by_code() {
    over_every_stack("desktop", ResponseType::Code, session);
}

/// A real listener, and the browser gets its page.
#[test]
fn auth_105_207_a_desktop_application_by_its_own_listener() {
    let Some(provider) = Provider::start() else {
        return;
    };
    // The provider takes any port of a native application's loopback redirect, as RFC 8252 wants.
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let known = Known {
        redirect_uri: format!("http://{address}/callback"),
        ..provider.client("desktop")
    };
    let app = app(&provider, &known, ResponseType::Code);
    let sign_in = blocking::sign_in(app).unwrap();
    let (redirect, user) = (known.redirect_uri.clone(), provider.user.clone());
    let mut pages = None;
    let signed_in =
        sign_in.sign_in_loopback(AuthorizationRequest::new(), SIGN_IN_TIMEOUT, |url, _| {
            let url = url.as_str().to_owned();
            pages = Some(thread::spawn(move || {
                let mut browser = Browser::new(&[], None);
                let mut page = browser.open(&url).page();
                while !page.url.as_str().starts_with(&redirect) {
                    let answers = [("login", &*user), ("password", "any")];
                    page = browser.answer(&page, &answers).page();
                }
                page
            }));
        });
    let signed_in = signed_in.unwrap();
    check_id_token(signed_in.id_token(), &provider, &known);
    let page = pages.expect("the address is handed out").join().unwrap();
    assert!(
        page.status.is_success() && page.body.contains("close"),
        "{page:?}"
    );
}

/// What binds a web sign-in to its browser has to come back from another site: by `GET` from the code flow, by `POST` from
/// the hybrid one.
#[test]
fn auth_167_the_cookie_of_an_attempt_comes_back_across_sites() {
    fn held() -> Binding {
        Binding::Held(Attempts::default())
    }
    let Some(provider) = Provider::start() else {
        return;
    };
    for (name, response_type) in [
        ("web", ResponseType::Code),
        ("hybrid", ResponseType::CodeIdToken),
    ] {
        let known = provider.client(name);
        let app = app(&provider, &known, response_type);
        let home = Url::parse(&known.redirect_uri).unwrap();
        let make = || Signing {
            binding: Some(held),
            ..Signing::of(app.clone())
        };
        for (at, signer) in signer::all(make) {
            let mut person = Person::new(&provider, &known);
            let start = signer.begin_web(AuthorizationRequest::new()).expect(at);
            person.browser.cookies.set(&start.set_cookie, &home);
            let answers = [("login", &*provider.user), ("password", "any")];
            let callback = person.browser.sign_in(start.url.as_str(), &answers);
            let answer = received(&callback);
            let forced = signer.complete_web(&answer, None).expect_err(at);
            assert!(
                matches!(forced.reason(), Reason::BrowserNotBound),
                "{at}: {forced}"
            );
            let cookies = callback.cookies.as_deref();
            let signed_in = signer.complete_web(&answer, cookies).expect(at);
            check_id_token(signed_in.id_token(), &provider, &known);
        }
    }
}

#[test]
fn auth_174_a_person_may_think_better_of_it() {
    for (name, response_type) in [
        ("web", ResponseType::Code),
        ("hybrid", ResponseType::CodeIdToken),
    ] {
        over_every_stack(name, response_type, |signer, mut person, _, at| {
            let start = signer.begin(AuthorizationRequest::new()).expect(at);
            let refused = person.cancels(start.url.as_str());
            let error = signer.complete(start.pending, &refused).expect_err(at);
            assert_eq!(error.kind(), ErrorKind::UserCancelled, "{at}: {error}");
        });
    }
}

#[test]
fn auth_176_a_code_is_good_for_one_exchange() {
    over_every_stack("web", ResponseType::Code, |signer, mut person, _, at| {
        let start = signer.begin(AuthorizationRequest::new()).expect(at);
        let callback = person.signs_in(start.url.as_str());
        let kept = start.pending.clone();
        assert!(signer.complete(start.pending, &callback).is_ok(), "{at}");
        let error = signer.complete(kept, &callback).expect_err(at);
        assert!(error.needs_sign_in(), "{at}: {error}");
    });
}

#[test]
fn auth_185_186_187_190_prompts() {
    over_every_stack("web", ResponseType::Code, |signer, mut person, _, at| {
        let silent = || signer.begin(AuthorizationRequest::new().prompt(Prompt::None));
        let start = silent().expect(at);
        let refused = received(&person.browser.open(start.url.as_str()).callback());
        let error = signer.complete(start.pending, &refused).expect_err(at);
        assert!(error.needs_sign_in(), "{at}: {error}");

        let first = signed_in(signer, &mut person, at);
        let start = silent().expect(at);
        let callback = received(&person.browser.open(start.url.as_str()).callback());
        let same = signer.complete(start.pending, &callback).expect(at);
        assert_eq!(
            same.id_token().auth_time(),
            first.id_token().auth_time(),
            "{at}"
        );

        let step_up = AuthorizationRequest::new().prompt(Prompt::Login);
        let start = signer.begin(step_up).expect(at);
        assert!(person.is_asked_who_it_is(start.url.as_str()), "{at}");
        let callback = person.signs_in(start.url.as_str());
        let again = signer.complete(start.pending, &callback).expect(at);
        assert!(
            again.id_token().auth_time() >= first.id_token().auth_time(),
            "{at}"
        );
        // Nobody was asked for consent, so this provider gives no refresh token.
        assert!(first.is_renewable() && !again.is_renewable(), "{at}");
        assert_eq!(again.withheld().to_string(), "offline_access", "{at}");
    });
}

/// As a portal: identity here, the API by a service.
fn portal(provider: &Provider, known: &Known) -> IdentityApp {
    let instance = Instance::loopback(&provider.url).unwrap();
    IdentityApp::portal(instance, &*known.id, &*known.secret, &*known.redirect_uri)
        .and_then(|app| app.with_post_logout_redirect_uri(&known.post_logout_redirect_uri))
        .unwrap()
}

macro_rules! identify {
    ($sign_in:expr, $provider:expr, $known:expr $(, $wait:tt)?) => {{
        let mut person = Person::new($provider, $known);
        let start = $sign_in.begin(AuthorizationRequest::new())$(.$wait)?.unwrap();
        let callback = person.signs_in(start.url.as_str());
        let identified = $sign_in.complete(start.pending, &callback)$(.$wait)?.unwrap();
        check_id_token(identified.id_token(), $provider, $known);
        // Without a scope of the API, the provider lets the access token ask about the user.
        let info = $sign_in.userinfo(&identified)$(.$wait)?.unwrap();
        assert_eq!(info.subject(), $provider.user);
        let signed_out = $sign_in.sign_out(&identified)$(.$wait)?.unwrap();
        assert_eq!(person.signs_out(signed_out), SignOutReturn::Expected);
    }};
}

#[test]
fn auth_087_095_identity_and_user_information() {
    let Some(provider) = Provider::start() else {
        return;
    };
    let known = provider.client("hybrid");
    let blocking = signer::identify(portal(&provider, &known));
    identify!(&blocking, &provider, &known);

    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let transport = Arc::new(ReqwestTransport::new(&TransportOptions::default()).unwrap());
    let app = portal(&provider, &known);
    let waiting = IdentitySignIn::new(app, transport, Arc::new(TokioRuntime)).unwrap();
    tokio.block_on(async { identify!(&waiting, &provider, &known, await) });
}
