//! A real browser at the portal, at single sign-on, at a desktop program's listener, and at the sandbox's other pages.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use erpnet::{AuthorizationRequest, Identity, InteractiveApp, ResponseType, blocking};
use erpnet_examples::portal::{self, Customers};
use erpnet_sandbox::{Application, COMMUNITY_USER, DEFAULT_PASSWORD, INTERNAL_USER, Sandbox};
use erpnet_tests::chromium::Chromium;
use erpnet_tests::served::Served;
use serde_json::Value;

#[test]
fn auth_092_095_206_the_portal_and_single_sign_on_over_two_applications() {
    let Some(chromium) = Chromium::start() else {
        return;
    };
    let sandbox = Sandbox::start().expect("a sandbox");
    let user = sandbox.user(COMMUNITY_USER).expect("a user");
    let identity = Identity::new(sandbox.issuer(), Some(&user.id), user.login);
    let customers = Customers::from([(identity, a_customer(&sandbox))]);
    let portal = Served::portal(&sandbox, customers);
    let web = Served::web_app(&sandbox, ResponseType::CodeIdToken);

    let customer = chromium.window();
    customer.open_page(&portal.url("/orders"));
    customer.sign_in(COMMUNITY_USER, DEFAULT_PASSWORD);
    customer.expect_text("Your orders", "Released");
    customer.look("portal-orders");
    assert_eq!(customer.cookies()[0]["name"], portal::SESSION_COOKIE);
    // An external user is no user of the company's application.
    customer.open_page(&web.url("/sign-in"));
    customer.expect_text("Sign in", "does not admit external users");
    customer.look("sandbox-not-admitted");

    let colleague = chromium.window();
    colleague.open_page(&web.url("/customers"));
    colleague.sign_in(INTERNAL_USER, DEFAULT_PASSWORD);
    colleague.expect("Customers");
    colleague.open_page(&portal.url("/sign-in"));
    colleague.expect_text("Your orders", "no customer of ours");
    colleague.look("portal-no-customer");
    colleague.press("a.button");
    colleague.expect_text("Welcome", "Maria Petrova");
    colleague.look("portal-who");
    colleague.press("header button");
    colleague.expect("Signed out");
    colleague.open_page(&web.url("/sign-in"));
    colleague.expect("Sign in");
}

/// The customer of an order.
fn a_customer(sandbox: &Sandbox) -> String {
    let record = erpnet_sandbox::Application::service("com.example/reader").secret("a good secret");
    sandbox.register(record).expect("a record");
    let app = erpnet::ServiceApp::new(sandbox.instance(), "com.example/reader", "a good secret");
    let client = erpnet::blocking::connect(app.expect("an application")).expect("a client");
    let path = "Crm_Sales_SalesOrders?$top=60&$select=Customer,State";
    let orders: erpnet::Page<Value> = client.get(path).expect("orders");
    let released = orders
        .value
        .iter()
        .find(|order| order["State"] == "Released");
    let customer = &released.expect("a released order")["Customer"]["@odata.id"];
    customer.as_str().expect("a customer").to_owned()
}

#[test]
fn auth_050_single_sign_on_at_the_global_authority() {
    let Some(chromium) = Chromium::start() else {
        return;
    };
    let global = Sandbox::start_global().expect("a global authority");
    let app = Served::sso(&global);
    let window = chromium.window();
    window.open_page(&app.url("/sign-in"));
    window.sign_in(INTERNAL_USER, DEFAULT_PASSWORD);
    window.expect_text("Welcome", &global.issuer());
    assert!(window.text().contains("Maria Petrova"));
    window.look("sso-who");
    window.press("header button");
    window.expect("Signed out");
}

#[test]
fn auth_105_207_a_desktop_program_waits_for_the_browser() {
    let Some(chromium) = Chromium::start() else {
        return;
    };
    let sandbox = Sandbox::start().expect("a sandbox");
    let window = chromium.window();
    for cancels in [false, true] {
        let listener = format!("http://127.0.0.1:{}", a_free_port());
        let redirect = format!("{listener}/callback");
        let id = format!("com.example/desktop-{cancels}");
        let record = Application::public(&id, &redirect).name("Customers on the desktop");
        sandbox.register(record).expect("a record");
        let app = InteractiveApp::public(sandbox.instance(), &*id, &redirect).expect("settings");
        let (to_browser, at_program) = mpsc::channel();
        let program = thread::spawn(move || {
            let sign_in = blocking::sign_in(app)?;
            let request = AuthorizationRequest::new().prompt(erpnet::Prompt::Login);
            let waiting = Duration::from_secs(60);
            let signed_in = sign_in.sign_in_loopback(request, waiting, |url, _| {
                let _ = to_browser.send(url.as_str().to_owned());
            })?;
            let session = signed_in.session().clone();
            sign_in.client(&session)?.me()
        });
        let url = at_program
            .recv_timeout(Duration::from_secs(20))
            .expect("an address");
        // What else a browser asks for, and what others may send, ends nothing.
        window.open_page(&format!("{listener}/favicon.ico"));
        window.open_page(&format!("{listener}/callback?code=forged&state=forged"));
        window.expect("Not the answer to this sign-in");
        window.look("desktop-forged");
        window.open_page(&url);
        if cancels {
            window.expect("Sign in");
            window.press("button[value=cancel]");
            window.expect("Sign-in cancelled");
            window.look("desktop-cancelled");
        } else {
            window.sign_in(INTERNAL_USER, DEFAULT_PASSWORD);
            window.expect("You can close this window");
            window.look("desktop-received");
        }
        let outcome = program.join().expect("no panic");
        match (cancels, outcome) {
            (false, Ok(me)) => assert_eq!(me.login, INTERNAL_USER),
            (true, Err(error)) => assert_eq!(error.kind(), erpnet::ErrorKind::UserCancelled),
            (_, outcome) => panic!("{outcome:?}"),
        }
    }
}

fn a_free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
}

#[test]
fn auth_172_200_the_sandboxs_other_pages() {
    let Some(chromium) = Chromium::start() else {
        return;
    };
    let sandbox = Sandbox::start().expect("a sandbox");
    let web = Served::web_app(&sandbox, ResponseType::CodeIdToken);
    let window = chromium.window();
    let (issuer, unregistered) = (sandbox.issuer(), "https://elsewhere.example/cb");
    window.open_page(&format!(
        "{issuer}/connect/authorize?client_id=com.example/web&redirect_uri={unregistered}&response_type=code&scope=openid"
    ));
    window.expect_text("The sign-in cannot go on", "ImpersonateLoginUrl");
    window.look("sandbox-stopped");
    window.open_page(&web.url("/customers"));
    window.sign_in(INTERNAL_USER, DEFAULT_PASSWORD);
    window.expect("Customers");
    window.open_page(&format!("{issuer}/connect/endsession"));
    window.expect_text("Sign out?", INTERNAL_USER);
    window.look("sandbox-sign-out");
    window.press("button.main");
    window.expect("Signed out");
    window.look("sandbox-signed-out");
}

#[test]
fn auth_168_a_browser_without_scripts_posts_the_form_by_a_button() {
    let Some(chromium) = Chromium::start() else {
        return;
    };
    let sandbox = Sandbox::start().expect("a sandbox");
    let web = Served::web_app(&sandbox, ResponseType::CodeIdToken);
    let window = chromium.window();
    window.without_scripts();
    window.open_page(&web.url("/customers"));
    window.sign_in(INTERNAL_USER, DEFAULT_PASSWORD);
    window.expect("Going back");
    window.look("sandbox-going-back");
    window.press("button.main");
    window.expect_text("Customers", "Balkan Foods Ltd");
    window.press("header button");
    window.expect("Signed out");
}
