//! The pages for people: kept out of frames and caches, safe from forged forms and from what is typed into them.

#[path = "support/sign_in.rs"]
mod rp;
mod support;

use erpnet_sandbox::{Application, DEFAULT_PASSWORD, INTERNAL_USER, Sandbox};
use rp::*;
use support::*;

fn body(answer: &Answer) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

fn path<'a>(sandbox: &Sandbox, url: &'a str) -> &'a str {
    url.strip_prefix(sandbox.root_url()).unwrap()
}

/// The login page for a request, its path included.
fn login_page(sandbox: &Sandbox, url: &str) -> (String, Answer) {
    let away = get(sandbox, path(sandbox, url));
    assert_eq!(away.status, 302);
    let location = away.header("location").unwrap().to_owned();
    let page = get(sandbox, &location);
    (location, page)
}

/// The value of a hidden field.
fn hidden(page: &str, name: &str) -> String {
    let (_, rest) = page
        .split_once(&format!("name=\"{name}\" value=\""))
        .unwrap();
    rest.split('"').next().unwrap().replace("&amp;", "&")
}

#[test]
fn auth_051_207_no_page_can_be_framed_or_stored() {
    let sandbox = Sandbox::start().unwrap();
    let app = web(&sandbox);
    let url = authorize_url(&sandbox, &app, "openid", &[]);
    let (_, login) = login_page(&sandbox, &url);
    let stopped = get(
        &sandbox,
        path(&sandbox, &authorize_url(&sandbox, &app, "x", &[])),
    );
    let signed_out = get(&sandbox, "/id/connect/endsession");
    let form_post = authorize_url(
        &sandbox,
        &app,
        "openid",
        &[("prompt", "none"), ("response_mode", "form_post")],
    );
    let form_post = get(&sandbox, path(&sandbox, &form_post));
    for (name, page) in [
        ("login", login),
        ("stopped", stopped),
        ("signed out", signed_out),
        ("form_post", form_post),
    ] {
        let header = |name: &str| page.header(name).unwrap_or_default();
        assert_eq!(header("x-frame-options"), "DENY", "{name}");
        assert!(
            header("content-security-policy").contains("frame-ancestors 'none'"),
            "{name}"
        );
        assert!(header("cache-control").contains("no-store"), "{name}");
        assert_eq!(
            (header("referrer-policy"), header("x-content-type-options")),
            ("no-referrer", "nosniff")
        );
        let html = body(&page);
        assert!(
            html.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"),
            "{name}"
        );
        assert!(!html.contains("{{"), "{name}");
        assert_eq!(
            html.contains("<script"),
            name == "form_post",
            "no script but that of form_post"
        );
    }
}

#[test]
fn the_policy_allows_exactly_the_style_and_the_script_that_are_sent() {
    use base64::Engine;
    let sandbox = Sandbox::start().unwrap();
    let app = web(&sandbox);
    let url = authorize_url(
        &sandbox,
        &app,
        "openid",
        &[("prompt", "none"), ("response_mode", "form_post")],
    );
    let page = get(&sandbox, path(&sandbox, &url));
    let (html, policy) = (body(&page), page.header("content-security-policy").unwrap());
    for element in ["style", "script"] {
        let (_, rest) = html.split_once(&format!("<{element}>")).unwrap();
        let (text, _) = rest.split_once(&format!("</{element}>")).unwrap();
        let hash = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
        let hash = base64::engine::general_purpose::STANDARD.encode(hash);
        assert!(
            policy.contains(&format!("{element}-src 'sha256-{hash}'")),
            "{element}"
        );
    }
    assert!(
        html.contains("<button class=\"main\" type=\"submit\">Continue</button>"),
        "works without script"
    );
}

#[test]
fn the_login_page_has_labels_and_ties_errors_to_fields() {
    let sandbox = Sandbox::start().unwrap();
    let app = sandbox
        .register(Application::web("app", REDIRECT).name("A <b>bold</b> & \"quoted\" app"))
        .unwrap();
    let hint = "\"><script>alert(1)</script>";
    let url = authorize_url(&sandbox, &app, "openid", &[("login_hint", hint)]);
    let (location, page) = login_page(&sandbox, &url);
    let html = body(&page);
    for part in [
        "<label for=\"username\">",
        "<label for=\"password\">",
        "autocomplete=\"current-password\"",
        "A &lt;b&gt;bold&lt;/b&gt; &amp; &quot;quoted&quot; app",
        "value=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;\"",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
    assert!(!html.contains("aria-invalid=\"true\"") && !html.contains("<script>alert"));

    let cookie = page
        .header("set-cookie")
        .unwrap()
        .split(';')
        .next()
        .unwrap();
    let token = hidden(&html, "__RequestVerificationToken");
    let return_url = hidden(&html, "ReturnUrl");
    assert!(location.contains(&form(&[("ReturnUrl", &return_url)])));
    let typed = form(&[
        ("ReturnUrl", &return_url),
        ("__RequestVerificationToken", &token),
        ("username", INTERNAL_USER),
        ("password", "wrong"),
    ]);
    let html = body(&send(
        &sandbox,
        "POST",
        "/id/account/login",
        &[FORM, ("Cookie", cookie)],
        typed.as_bytes(),
    ));
    assert!(html.contains("id=\"problem\" role=\"alert\""));
    assert_eq!(
        html.matches("aria-invalid=\"true\" aria-describedby=\"problem\"")
            .count(),
        2
    );
    assert!(html.contains("<title>Error: sign in"));
    assert!(
        !html.contains("wrong\""),
        "what was typed as password is not sent back"
    );
}

#[test]
fn forged_login_forms_sign_nobody_in() {
    let sandbox = Sandbox::start().unwrap();
    let app = web(&sandbox);
    let url = authorize_url(&sandbox, &app, "openid", &[]);
    let (_, page) = login_page(&sandbox, &url);
    let (_, foreign) = login_page(&sandbox, &url);
    let html = body(&page);
    let cookie = |page: &Answer| {
        page.header("set-cookie")
            .unwrap()
            .split(';')
            .next()
            .unwrap()
            .to_owned()
    };
    let (own, other) = (cookie(&page), cookie(&foreign));
    let token = hidden(&html, "__RequestVerificationToken");
    let return_url = hidden(&html, "ReturnUrl");
    for (token, cookie, works) in [
        (token.as_str(), own.as_str(), true),
        (&token, &other, false),
        (&token, "", false),
        ("", &own, false),
        ("x", &own, false),
    ] {
        let typed = form(&[
            ("ReturnUrl", &return_url),
            ("__RequestVerificationToken", token),
            ("username", INTERNAL_USER),
            ("password", DEFAULT_PASSWORD),
        ]);
        let answer = send(
            &sandbox,
            "POST",
            "/id/account/login",
            &[FORM, ("Cookie", cookie)],
            typed.as_bytes(),
        );
        assert_eq!(answer.status == 303, works, "{cookie}");
        let session = answer
            .header("set-cookie")
            .is_some_and(|cookie| cookie.starts_with("idsrv.session"));
        assert_eq!(session, works);
    }
}

#[test]
fn pages_lead_nowhere_but_back_to_the_request() {
    let sandbox = Sandbox::start().unwrap();
    for page in ["/id/account/login", "/id/consent", "/id/external/challenge"] {
        for target in [
            "",
            "https://evil.example/",
            "//evil.example",
            "/id/connect/authorize/callback",
            "/id/connect/authorize/callback.evil?x",
        ] {
            let answer = get(
                &sandbox,
                &format!("{page}?{}", form(&[("ReturnUrl", target)])),
            );
            assert_eq!(answer.status, 400, "{page} {target}");
            assert!(answer.header("location").is_none());
        }
    }
    assert_eq!(get(&sandbox, "/example-idp/sign-in?state=x").status, 400);
    assert_eq!(get(&sandbox, "/id/signin-example?state=x").status, 400);
    assert_eq!(get(&sandbox, "/id/elsewhere").status, 404);
}

#[test]
fn an_external_sign_in_comes_back_to_the_browser_that_left() {
    let sandbox = Sandbox::start().unwrap();
    let app = web(&sandbox);
    let url = authorize_url(&sandbox, &app, "openid", &[("acr_values", "idp:example")]);
    let challenge = get(&sandbox, path(&sandbox, &url));
    let left = get(&sandbox, challenge.header("location").unwrap());
    let cookie = left
        .header("set-cookie")
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let provider = left.header("location").unwrap();
    let (_, state) = provider.split_once('?').unwrap();
    let typed = format!("{state}&email=maria%40example.com");
    let back = send(
        &sandbox,
        "POST",
        "/example-idp/sign-in",
        &[FORM],
        typed.as_bytes(),
    );
    let back = back.header("location").unwrap();
    // Another browser cannot use it, and then nobody can.
    assert_eq!(get(&sandbox, back).status, 400);
    assert_eq!(
        send(&sandbox, "GET", back, &[("Cookie", &cookie)], b"").status,
        400
    );
}

#[test]
fn sign_in_works_over_tls_too() {
    let sandbox = Sandbox::builder().tls(true).start().unwrap();
    let app = web(&sandbox);
    let url = authorize_url(&sandbox, &app, "openid", &HYBRID);
    assert!(url.starts_with("https://localhost:"));
    let callback = sandbox.sign_in_as(INTERNAL_USER, &url).unwrap();
    assert!(callback.parameter("code").is_some() && callback.parameter("id_token").is_some());
}
