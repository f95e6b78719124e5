//! Rules about signing in that no table elsewhere shows, end to end.

use erpnet::{
    Attempts, AuthorizationRequest, Binding, ErrorKind, InteractiveApp, ServiceApp, blocking,
};
use erpnet_sandbox::{Application, INTERNAL_USER, Sandbox, SandboxError, SystemUser};
use erpnet_tests::sign_in::{SignIn, Way};
use erpnet_tests::signer::{as_callback, browse};
use serde_json::json;

const ID: &str = "com.example/web";
const SECRET: &str = "a-good-secret-7Yb2";
const REDIRECT: &str = "https://app.example.com/cb";
const TOKEN: &str = "/id/connect/token";

fn app(sandbox: &Sandbox) -> InteractiveApp {
    let record = Application::web(ID, REDIRECT).scopes("read").secret(SECRET);
    sandbox
        .register(record.system_user(SystemUser::new("svc.web")))
        .unwrap();
    InteractiveApp::confidential(sandbox.instance(), ID, SECRET, REDIRECT).unwrap()
}

#[test]
fn auth_189_190_a_refresh_token_is_asked_for_when_it_is_wanted() {
    for (scopes, renewable) in [
        ("openid profile read", false),
        ("openid read offline_access", true),
    ] {
        let sandbox = Sandbox::start().unwrap();
        let users = blocking::sign_in(app(&sandbox).with_scopes(scopes).unwrap()).unwrap();
        let start = users.begin(AuthorizationRequest::new()).unwrap();
        assert_eq!(
            start.url.as_str().contains("offline_access"),
            renewable,
            "{scopes}"
        );
        let callback = browse(&sandbox, INTERNAL_USER, start.url.as_str());
        let signed_in = users.complete(start.pending, &callback).unwrap();
        assert_eq!(signed_in.is_renewable(), renewable, "{scopes}");
    }
}

/// The documented examples were issued by a development server, even on the page about the global authority.
#[test]
fn auth_054_the_issuer_of_an_example_is_nobodys_authority() {
    let sign_in = SignIn::default();
    let token = sign_in.token(Way::Back, &json!({ "iss": "https://e1-dev.local/id" }));
    assert_eq!(sign_in.verdict(Way::Back, &token), "WrongIssuer");
    assert_eq!(
        sign_in.rules.issuer(),
        "https://demodb.my.erp.net/id",
        "of the instance, before and after"
    );
}

/// What goes to the browser: an address and a cookie. The application is confidential, so neither helps anyone else.
#[test]
fn auth_094_the_browser_gets_neither_secret_nor_verifier_nor_token() {
    let sandbox = Sandbox::start().unwrap();
    let binding = Binding::Held(Attempts::default());
    let users = blocking::sign_in(app(&sandbox))
        .unwrap()
        .with_binding(binding);
    let web = users.begin_web(AuthorizationRequest::new()).unwrap();
    let carried = sandbox.sign_in_as(INTERNAL_USER, web.url.as_str()).unwrap();
    let pair = web.set_cookie.split(';').next().unwrap();
    users
        .complete_web(&as_callback(&carried), Some(pair))
        .unwrap();
    let requests = sandbox.requests();
    let exchange = requests
        .iter()
        .find(|request| request.path == TOKEN)
        .unwrap();
    let verifier = exchange
        .form()
        .into_iter()
        .find(|(name, _)| name == "code_verifier")
        .unwrap()
        .1;
    let seen = format!("{} {}", web.url.as_str(), web.set_cookie.as_str());
    for secret in [
        SECRET,
        &verifier,
        "client_secret",
        "code_verifier",
        "access_token",
    ] {
        assert!(!seen.contains(secret), "{secret}");
    }
}

#[test]
fn auth_096_a_service_asks_by_client_credentials_alone() {
    let sandbox = Sandbox::start().unwrap();
    sandbox
        .register(Application::service(ID).secret(SECRET))
        .unwrap();
    let app = ServiceApp::new(sandbox.instance(), ID, SECRET).unwrap();
    blocking::connect(app).unwrap().token().unwrap();
    let requests = sandbox.requests();
    let exchange = requests
        .iter()
        .find(|request| request.path == TOKEN)
        .unwrap();
    let mut form = exchange.form();
    form.sort();
    let names: Vec<_> = form.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["client_id", "client_secret", "grant_type", "scope"]);
    assert!(form.contains(&("grant_type".to_owned(), "client_credentials".to_owned())));
    assert_eq!(sandbox.count("GET", "/id/connect/authorize"), 0);
}

/// One record, two ways in: each token is kept, renewed and given up by itself.
#[test]
fn auth_099_users_and_the_service_have_tokens_of_their_own() {
    let sandbox = Sandbox::start().unwrap();
    let users = blocking::sign_in(app(&sandbox)).unwrap();
    let service =
        blocking::connect(ServiceApp::new(sandbox.instance(), ID, SECRET).unwrap()).unwrap();
    let start = users.begin(AuthorizationRequest::new()).unwrap();
    let callback = browse(&sandbox, INTERNAL_USER, start.url.as_str());
    let signed_in = users.complete(start.pending, &callback).unwrap();
    let session = signed_in.session();
    let user = users.client(session).unwrap();
    let (mine, its) = (user.token().unwrap(), service.token().unwrap());
    assert_ne!(mine.expose(), its.expose());
    assert!(mine.user().is_some() && its.user().is_none());
    user.forget_token();
    assert_eq!(
        service.token().unwrap().expose(),
        its.expose(),
        "forgetting one leaves the other"
    );
    let _ = users.sign_out(session).unwrap();
    assert_eq!(service.token().unwrap().expose(), its.expose());
    assert!(user.token().unwrap_err().needs_sign_in());
}

#[test]
fn auth_104_an_application_that_is_not_registered() {
    let sandbox = Sandbox::start().unwrap();
    let service = ServiceApp::new(sandbox.instance(), "com.example/unknown", SECRET).unwrap();
    let error = blocking::connect(service).unwrap().token().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RegistrationMismatch, "{error}");
    assert!(
        error.advice().contains("ApplicationUri"),
        "{}",
        error.advice()
    );
    // People see a page of the authority's; the application hears nothing (AUTH-172).
    let unknown =
        InteractiveApp::confidential(sandbox.instance(), "com.example/unknown", SECRET, REDIRECT)
            .unwrap();
    let start = blocking::sign_in(unknown)
        .unwrap()
        .begin(AuthorizationRequest::new())
        .unwrap();
    let ended = sandbox.sign_in_as(INTERNAL_USER, start.url.as_str());
    assert!(
        matches!(ended, Err(SandboxError::NoCallback { .. })),
        "{ended:?}"
    );
}
