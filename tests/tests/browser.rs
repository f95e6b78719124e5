//! A real browser at the web application and the sandbox: cookies, redirects, forms and sites as Chromium sees them.
//!
//! The sandbox is at `127.0.0.1` and the applications at `localhost`: different sites, so `SameSite` is really tested. Each
//! page is looked at, wide and narrow, light and dark; pictures of them go to the folder that `ERPNET_SCREENSHOTS` names.

use erpnet::ResponseType;
use erpnet_examples::web_app;
use erpnet_sandbox::{Callback, DEFAULT_PASSWORD, INTERNAL_USER, Sandbox};
use erpnet_tests::chromium::{Chromium, Window};
use erpnet_tests::served::Served;
use serde_json::Value;
use url::Url;

const HYBRID: ResponseType = ResponseType::CodeIdToken;
const CODE: ResponseType = ResponseType::Code;

fn sandbox() -> Sandbox {
    Sandbox::start().expect("a sandbox")
}

/// Opens the application and signs in as the user of the company, as far as the customers.
fn signed_in(window: &Window, app: &Served) {
    window.open_page(&app.url("/customers"));
    window.sign_in(INTERNAL_USER, DEFAULT_PASSWORD);
    window.expect_text("Customers", "Balkan Foods Ltd");
}

/// The address of the authorization request that the login page belongs to.
fn authorize_url(window: &Window, sandbox: &Sandbox) -> String {
    window.expect("Sign in");
    let login = Url::parse(&window.url()).expect("an address");
    let (_, back) = login
        .query_pairs()
        .find(|(name, _)| name == "ReturnUrl")
        .expect("where to return to");
    format!("{}{back}", sandbox.root_url())
}

#[test]
fn auth_164_200_203_hybrid_sign_in_wrong_password_call_and_sign_out() {
    let Some(chromium) = Chromium::start() else {
        return;
    };
    let sandbox = sandbox();
    let app = Served::web_app(&sandbox, HYBRID);
    let window = chromium.window();
    window.open_page(&app.url("/"));
    window.expect("Welcome");
    window.look("web-start");
    window.press("a.button");
    window.expect_text("Sign in", "Customers of the company");
    window.look("sandbox-login");

    window.sign_in(INTERNAL_USER, "wrong");
    window.expect_text("Sign in", "The user name or the password is wrong.");
    window.look("sandbox-login-wrong");
    window.sign_in(INTERNAL_USER, DEFAULT_PASSWORD);
    window.expect_text("Customers", "Balkan Foods Ltd");
    window.look("web-customers");

    // No token is in the browser: one cookie, the name of a session. The attempt's is gone.
    let cookies = window.cookies();
    let [cookie] = cookies.as_slice() else {
        panic!("expected one cookie, found {cookies:?}");
    };
    let text = |name: &str| cookie[name].as_str().unwrap_or_default();
    assert_eq!(text("name"), web_app::SESSION_COOKIE);
    assert_eq!((text("sameSite"), text("value").len()), ("Lax", 43));
    assert_eq!(
        (&cookie["httpOnly"], &cookie["secure"]),
        (&Value::Bool(true), &Value::Bool(true))
    );

    window.reload();
    window.expect("Customers");
    window.press("a.button");
    window.expect_text("Welcome", "Maria Petrova");
    window.look("web-who");
    window.press("header button");
    window.expect_text("Signed out", "at the instance");
    assert!(window.url().starts_with(&app.url("/signed-out")));
    window.look("web-signed-out");
    assert_eq!(window.cookies().len(), 0);

    // What was shown is not shown again, and the authority asks for the password again.
    window.back();
    window.expect("Welcome");
    assert!(!window.text().contains("Maria"), "{}", window.text());
    window.open_page(&app.url("/customers"));
    window.expect("Sign in");
}

#[test]
fn auth_168_171_code_by_query_and_an_answer_that_comes_again() {
    let Some(chromium) = Chromium::start() else {
        return;
    };
    let sandbox = sandbox();
    let app = Served::web_app(&sandbox, CODE);
    let window = chromium.window();
    window.open_page(&app.url("/customers"));
    let answer = sandbox
        .sign_in_as(INTERNAL_USER, &authorize_url(&window, &sandbox))
        .expect("an answer");
    window.open_page(answer.url());
    window.expect_text("Customers", "Balkan Foods Ltd");
    window.open_page(answer.url());
    window.expect("That did not work");
    window.look("web-answer-again");
    window.press("a.button + a.button");
    window.expect_text("Welcome", "Maria Petrova");
    window.back();
    window.back();
    window.expect("Customers");
    let codes = sandbox.requests();
    let codes = codes.iter().filter(|request| {
        request.path == "/id/connect/token"
            && String::from_utf8_lossy(&request.body).contains("authorization_code")
    });
    assert_eq!(codes.count(), 1, "AUTH-176: a code is exchanged once");
}

#[test]
fn auth_167_two_tabs_do_not_disturb_each_other() {
    let Some(chromium) = Chromium::start() else {
        return;
    };
    for response_type in [HYBRID, CODE] {
        let sandbox = sandbox();
        let app = Served::web_app(&sandbox, response_type);
        let window = chromium.window();
        let first = window.tab();
        window.open_page(&app.url("/customers"));
        window.expect("Sign in");
        let second = window.new_tab();
        signed_in(&window, &app);
        window.go_to(&first);
        window.sign_in(INTERNAL_USER, DEFAULT_PASSWORD);
        window.expect("Customers");
        window.go_to(&second);
        window.reload();
        window.expect("Customers");
        assert_eq!(window.cookies().len(), 1, "both attempts' cookies are gone");
    }
}

#[test]
fn auth_167_a_victims_browser_takes_nobody_elses_answer() {
    let Some(chromium) = Chromium::start() else {
        return;
    };
    for response_type in [HYBRID, CODE] {
        let sandbox = sandbox();
        let app = Served::web_app(&sandbox, response_type);
        let attacker = chromium.window();
        attacker.open_page(&app.url("/sign-in"));
        let answer = sandbox
            .sign_in_as("admin", &authorize_url(&attacker, &sandbox))
            .expect("an answer");
        let victim = chromium.window();
        signed_in(&victim, &app);
        victim.open_page(&trap(&answer));
        victim.expect("That did not work");
        victim.look("web-victim");
        victim.open_page(&app.url("/"));
        victim.expect_text("Welcome", "Maria Petrova");
        // In the browser that began it, the answer is still good: the victim's visit has not ended the attempt.
        attacker.open_page(&trap(&answer));
        attacker.expect_text("Welcome", "Administrator");
    }
}

/// What an attacker makes a browser open: the link, or a page that posts the form from another site.
fn trap(answer: &Callback) -> String {
    let Callback::Post { url, form } = answer else {
        return answer.url().to_owned();
    };
    let fields: String = form
        .iter()
        .map(|(name, value)| format!("<input type=hidden name='{name}' value='{value}'>"))
        .collect();
    let page = format!(
        "<form method=post action='{url}'>{fields}</form><script>document.forms[0].submit()</script>"
    );
    let page: String = url::form_urlencoded::byte_serialize(page.as_bytes()).collect();
    format!("data:text/html,{}", page.replace('+', "%20"))
}

#[test]
fn auth_174_a_person_who_cancels() {
    let Some(chromium) = Chromium::start() else {
        return;
    };
    for response_type in [HYBRID, CODE] {
        let sandbox = sandbox();
        let app = Served::web_app(&sandbox, response_type);
        let window = chromium.window();
        window.open_page(&app.url("/sign-in"));
        window.expect("Sign in");
        window.press("button[value=cancel]");
        window.expect("You did not sign in");
        window.look("web-cancelled");
        assert_eq!(window.cookies().len(), 0);
        window.press("a.button");
        window.sign_in(INTERNAL_USER, DEFAULT_PASSWORD);
        window.expect_text("Welcome", "Maria Petrova");
    }
}

#[test]
fn auth_184_186_prompt_login_shows_the_page_to_somebody_who_is_signed_in() {
    let Some(chromium) = Chromium::start() else {
        return;
    };
    let sandbox = sandbox();
    let app = Served::web_app(&sandbox, HYBRID);
    let window = chromium.window();
    signed_in(&window, &app);
    let before = window.cookies();
    window.open_page(&app.url("/"));
    window.press("a[href*=again]");
    window.sign_in(INTERNAL_USER, DEFAULT_PASSWORD);
    window.expect_text("Welcome", "Maria Petrova");
    assert_ne!(before, window.cookies(), "the session has another name");
}

#[test]
fn consent_is_given_and_refused() {
    let Some(chromium) = Chromium::start() else {
        return;
    };
    let sandbox = Sandbox::builder().consent(true).start().expect("a sandbox");
    let app = Served::web_app(&sandbox, HYBRID);
    let window = chromium.window();
    window.open_page(&app.url("/customers"));
    window.sign_in(INTERNAL_USER, DEFAULT_PASSWORD);
    window.expect_text("Customers of the company", "Maria Petrova");
    window.look("sandbox-consent");
    window.press("button[value=refuse]");
    window.expect("You did not sign in");
    window.open_page(&app.url("/customers"));
    window.expect("Customers of the company");
    window.press("button[value=allow]");
    window.expect_text("Customers", "Balkan Foods Ltd");
}

#[test]
fn auth_204_205_an_external_provider() {
    let Some(chromium) = Chromium::start() else {
        return;
    };
    let sandbox = sandbox();
    let app = Served::web_app(&sandbox, HYBRID);
    let window = chromium.window();
    window.open_page(&app.url("/sign-in"));
    window.expect("Sign in");
    window.press("a.button");
    window.expect_text("Sign in", "outside ERP.net");
    window.look("sandbox-external");
    window.fill("#email", "maria@example.com");
    window.press("button[value=continue]");
    window.expect_text("Welcome", "Maria Petrova");
    assert!(window.text().contains("example"), "{}", window.text());
}
