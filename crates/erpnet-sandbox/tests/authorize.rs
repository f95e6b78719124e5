//! The authorize endpoint: what it takes, what it refuses, and which of its answers an application ever sees.

#[path = "support/sign_in.rs"]
mod rp;
mod support;

use erpnet_sandbox::{
    Application, COMMUNITY_USER, INTERNAL_USER, Registered, ResponseTypes, Sandbox, SandboxError,
};
use rp::*;
use support::*;

/// What the page says on which a request stops.
fn stops(sandbox: &Sandbox, url: &str) -> String {
    match sandbox.sign_in_as(INTERNAL_USER, url) {
        Err(SandboxError::NoCallback { page }) => page,
        other => panic!("expected a page, got {other:?} for {url}"),
    }
}

fn page(sandbox: &Sandbox, url: &str) -> Answer {
    get(sandbox, url.strip_prefix(sandbox.root_url()).unwrap())
}

fn text_of(answer: &Answer) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

/// Who asks, what is changed, the error, a part of what the page says, and the field that it names.
type Mistake<'a> = (
    &'a Registered,
    &'a [(&'a str, &'a str)],
    &'a str,
    &'a str,
    &'a str,
);

#[test]
fn auth_172_mistakes_of_configuration_stay_on_the_page() {
    let sandbox = Sandbox::start().unwrap();
    let (web, spa) = (web(&sandbox), spa(&sandbox));
    let mut off = Application::web("off", REDIRECT);
    off.enabled = false;
    sandbox.register(off).unwrap();
    sandbox
        .register(Application::service("robot").redirect_uri(REDIRECT))
        .unwrap();
    let long = "x".repeat(101);
    let cases: [Mistake<'_>; 26] = [
        (
            &web,
            &[("client_id", "")],
            "invalid_request",
            "Invalid client_id",
            "ApplicationUri",
        ),
        (
            &web,
            &[("client_id", &long)],
            "invalid_request",
            "Invalid client_id",
            "ApplicationUri",
        ),
        (
            &web,
            &[("client_id", "nobody")],
            "unauthorized_client",
            "Unknown client",
            "ApplicationUri",
        ),
        (
            &web,
            &[("client_id", "COM.example/web")],
            "unauthorized_client",
            "Unknown client",
            "ApplicationUri",
        ),
        (
            &web,
            &[("client_id", "off")],
            "unauthorized_client",
            "disabled",
            "IsEnabled",
        ),
        (
            &web,
            &[("client_id", "robot")],
            "unauthorized_client",
            "Invalid grant type",
            "ImpersonateAsInternalUserAllowed",
        ),
        (
            &web,
            &[("redirect_uri", "")],
            "invalid_request",
            "Invalid redirect_uri",
            "ImpersonateLoginUrl",
        ),
        (
            &web,
            &[("response_type", "")],
            "unsupported_response_type",
            "Missing response_type",
            "",
        ),
        (
            &web,
            &[("response_type", "magic")],
            "unsupported_response_type",
            "not supported",
            "",
        ),
        // AUTH-066
        (
            &web,
            &[("response_type", "token")],
            "unauthorized_client",
            "Invalid grant type for client",
            "",
        ),
        (
            &web,
            &[("response_type", "id_token token")],
            "unauthorized_client",
            "Invalid grant type for client",
            "",
        ),
        // G10
        (
            &spa,
            &HYBRID,
            "unauthorized_client",
            "the response type of this application is code",
            "ClientType",
        ),
        (
            &web,
            &[("response_mode", "web_message")],
            "unsupported_response_type",
            "Invalid response_mode",
            "",
        ),
        // AUTH-159, AUTH-162
        (
            &spa,
            &[("code_challenge", "")],
            "invalid_request",
            "code challenge required",
            "ClientType",
        ),
        (
            &spa,
            &[("code_challenge_method", "")],
            "invalid_request",
            "Transform algorithm",
            "",
        ),
        (
            &web,
            &[("code_challenge_method", "plain")],
            "invalid_request",
            "Transform algorithm",
            "",
        ),
        (
            &web,
            &[("code_challenge_method", "s256")],
            "invalid_request",
            "Transform algorithm",
            "",
        ),
        // AUTH-137, AUTH-141, AUTH-142
        (
            &web,
            &[("scope", "")],
            "invalid_request",
            "Invalid scope: missing",
            "",
        ),
        (
            &web,
            &[("scope", "openid sec")],
            "invalid_scope",
            "sec",
            "Scope",
        ),
        (
            &web,
            &[("scope", "openid Read")],
            "invalid_scope",
            "Read",
            "Scope",
        ),
        (
            &web,
            &[("scope", "profile read")],
            "invalid_scope",
            "no openid scope",
            "",
        ),
        (
            &web,
            &[("scope", "offline_access")],
            "invalid_scope",
            "alone",
            "",
        ),
        (
            &web,
            &[("prompt", "none login")],
            "invalid_request",
            "Invalid prompt",
            "",
        ),
        (
            &web,
            &[("max_age", "-1")],
            "invalid_request",
            "Invalid max_age",
            "",
        ),
        (
            &web,
            &[("request", "e30.e30.")],
            "invalid_request_object",
            "request objects",
            "",
        ),
        (
            &web,
            &[("request_uri", "https://x")],
            "request_uri_not_supported",
            "request_uri",
            "",
        ),
    ];
    for (app, changes, error, problem, field) in cases {
        let url = authorize_url(&sandbox, app, "openid read", changes);
        assert!(stops(&sandbox, &url).contains(problem), "{changes:?}");
        let answer = page(&sandbox, &url);
        let body = text_of(&answer);
        assert_eq!(answer.status, 400, "{changes:?}");
        assert!(answer.header("location").is_none(), "{changes:?}");
        assert!(
            body.contains(&format!("<code>{error}</code>")),
            "{changes:?} {body}"
        );
        assert!(
            body.contains(&format!("<code>{field}</code>")) || field.is_empty(),
            "{changes:?} {body}"
        );
    }
}

#[test]
fn auth_164_165_hybrid_needs_openid_a_nonce_and_no_query() {
    let sandbox = Sandbox::start().unwrap();
    let app = web(&sandbox);
    let hybrid = ("response_type", "code id_token");
    let turned = ("response_type", "id_token code");
    for (scope, changes, problem) in [
        ("openid", vec![hybrid, ("nonce", "")], "Invalid nonce"),
        (
            "openid",
            vec![hybrid, ("response_mode", "query")],
            "Invalid response_mode",
        ),
        ("read", vec![hybrid], "Missing openid scope"),
        ("profile", vec![hybrid], "Missing openid scope"),
    ] {
        let page = stops(&sandbox, &authorize_url(&sandbox, &app, scope, &changes));
        assert!(page.contains(problem), "{page}");
    }
    for changes in [[hybrid], [turned]] {
        let url = authorize_url(&sandbox, &app, "openid", &changes);
        let callback = sandbox.sign_in_as(INTERNAL_USER, &url).unwrap();
        assert!(
            callback.url().starts_with(&format!("{REDIRECT}#code=")),
            "{callback:?}"
        );
        assert!(callback.parameter("id_token").is_some());
    }
}

#[test]
fn auth_163_an_application_has_one_response_type_g07() {
    let sandbox = Sandbox::start().unwrap();
    for (types, code, hybrid) in [
        (ResponseTypes::Code, true, false),
        (ResponseTypes::CodeIdToken, false, true),
        (ResponseTypes::Documented, true, true),
    ] {
        let app = Application::web(format!("{types:?}"), REDIRECT).response_types(types);
        let app = sandbox.register(app).unwrap();
        let works = |changes: &[(&str, &str)]| {
            let url = authorize_url(&sandbox, &app, "openid", changes);
            sandbox.sign_in_as(INTERNAL_USER, &url).is_ok()
        };
        assert_eq!((works(&[]), works(&HYBRID)), (code, hybrid), "{types:?}");
    }
}

#[test]
fn auth_118_119_120_121_redirect_uris_match_exactly() {
    let sandbox = Sandbox::start().unwrap();
    let list = "https://app.example/cb,https://app.example/cb?tenant=1\nhttp://127.0.0.1:5000/cb,myapp://cb, https://b.example/cb,https://*.c.example/cb";
    let app = sandbox.register(Application::web("app", list)).unwrap();
    for (uri, known) in [
        ("https://app.example/cb", true),
        ("https://app.example/cb?tenant=1", true),
        ("http://127.0.0.1:5000/cb", true),
        ("myapp://cb", true),
        ("https://app.example/cb/", false),
        ("https://app.example/CB", false),
        ("https://App.example/cb", false),
        ("http://app.example/cb", false),
        ("https://app.example:443/cb", false),
        ("https://app.example/cb?tenant=2", false),
        ("https://app.example/cb#", false),
        ("http://127.0.0.1:5001/cb", false),
        ("http://localhost:5000/cb", false),
        ("https://b.example/cb", false),
        ("https://x.c.example/cb", false),
        (list, false),
    ] {
        let url = authorize_url(&sandbox, &app, "openid", &[("redirect_uri", uri)]);
        match sandbox.sign_in_as(INTERNAL_USER, &url) {
            Ok(callback) => assert!(known && callback.url().starts_with(uri), "{uri}"),
            Err(SandboxError::NoCallback { page }) => {
                assert!(
                    !known && page.contains("Invalid redirect_uri"),
                    "{uri}: {page}"
                );
            }
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn auth_086_160_parameters_have_the_limits_of_identityserver4() {
    let sandbox = Sandbox::start().unwrap();
    let long_uri = |len: usize| format!("https://app.example/{}", "x".repeat(len - 20));
    for len in [399, 400, 401] {
        let app = Application::web(format!("uri-{len}"), long_uri(len));
        sandbox.register(app).unwrap();
    }
    for len in [99, 100, 101] {
        sandbox
            .register(Application::web("i".repeat(len), REDIRECT))
            .unwrap();
    }
    let app = web(&sandbox);
    let filler = |len: usize| "x".repeat(len);
    let scope = |len: usize| format!("openid{}read", " ".repeat(len - 10));
    for (name, len, fits) in [
        ("client_id", 99, true),
        ("client_id", 100, true),
        ("client_id", 101, false),
        ("redirect_uri", 399, true),
        ("redirect_uri", 400, true),
        ("redirect_uri", 401, false),
        ("scope", 299, true),
        ("scope", 300, true),
        ("scope", 301, false),
        ("nonce", 299, true),
        ("nonce", 300, true),
        ("nonce", 301, false),
        ("ui_locales", 99, true),
        ("ui_locales", 100, true),
        ("ui_locales", 101, false),
        ("login_hint", 99, true),
        ("login_hint", 100, true),
        ("login_hint", 101, false),
        ("acr_values", 299, true),
        ("acr_values", 300, true),
        ("acr_values", 301, false),
        ("code_challenge", 42, false),
        ("code_challenge", 43, true),
        ("code_challenge", 128, true),
        ("code_challenge", 129, false),
        ("state", 2000, true),
    ] {
        let value = match name {
            "redirect_uri" => long_uri(len),
            "client_id" => "i".repeat(len),
            "scope" => scope(len),
            _ => filler(len),
        };
        let id = format!("uri-{len}");
        let mut changes = vec![(name, value.as_str())];
        if name == "redirect_uri" {
            changes.push(("client_id", &id));
        }
        let url = authorize_url(&sandbox, &app, "openid", &changes);
        assert_eq!(
            sandbox.sign_in_as(INTERNAL_USER, &url).is_ok(),
            fits,
            "{name} {len}"
        );
    }
}

#[test]
fn auth_170_repeated_parameters_and_other_methods_are_refused() {
    let sandbox = Sandbox::start().unwrap();
    let app = web(&sandbox);
    let url = authorize_url(&sandbox, &app, "openid", &[]);
    assert!(stops(&sandbox, &format!("{url}&state=other")).contains("more than once"));
    let path = url.strip_prefix(sandbox.root_url()).unwrap();
    let (path, query) = path.split_once('?').unwrap();
    assert_eq!(
        send(&sandbox, "PUT", path, &[FORM], query.as_bytes()).status,
        405
    );
    // A form does the same as a query.
    let posted = send(&sandbox, "POST", path, &[FORM], query.as_bytes());
    assert_eq!(posted.status, 302);
    assert!(
        posted
            .header("location")
            .unwrap()
            .starts_with("/id/account/login?ReturnUrl=")
    );
}

#[test]
fn auth_089_the_issuer_comes_along_when_chosen_g65() {
    let sandbox = Sandbox::builder().issuer_in_callback(true).start().unwrap();
    let app = web(&sandbox);
    let metadata = get(&sandbox, "/id/.well-known/openid-configuration").json();
    assert_eq!(
        metadata["authorization_response_iss_parameter_supported"],
        true
    );
    for changes in [&[][..], &HYBRID[..], &[("prompt", "none")]] {
        let url = authorize_url(&sandbox, &app, "openid", changes);
        let callback = sandbox.sign_in_as(INTERNAL_USER, &url).unwrap();
        assert_eq!(
            callback.parameter("iss"),
            Some(sandbox.issuer()),
            "{changes:?}"
        );
    }
}

#[test]
fn auth_040_050_the_global_authority_signs_in_and_nothing_else() {
    let (global, instance) = (Sandbox::start_global().unwrap(), Sandbox::start().unwrap());
    let app = global
        .register(Application::central("com.example/sso", REDIRECT))
        .unwrap();
    let metadata = get(&global, "/id/.well-known/openid-configuration").json();
    assert_eq!(metadata["issuer"], global.issuer());
    assert!(!metadata["scopes_supported"].to_string().contains("update"));
    let url = authorize_url(&global, &app, "openid profile offline_access", &HYBRID);
    let callback = global.sign_in_as(COMMUNITY_USER, &url).unwrap();
    let json = exchange(&global, &app, &code(&callback), &[]).json();
    assert_eq!(part(text(&json, "id_token"), 1)["iss"], global.issuer());
    let token = text(&json, "access_token");
    assert_eq!(
        part(token, 1)["aud"],
        format!("{}/resources", global.issuer())
    );
    assert_eq!(
        call(&instance, "GET", "Crm_Customers", token, "").status,
        401
    );
    assert_eq!(get(&global, "/tools/auto-discovery").status, 404);
    assert_eq!(get(&global, "/profile/me").status, 404);

    let all = global
        .register(Application::web("greedy", REDIRECT).scopes("read update"))
        .unwrap();
    assert!(
        stops(&global, &authorize_url(&global, &all, "openid read", &[]))
            .contains("Invalid scope: read")
    );
    let service = global.register(Application::service("robot")).unwrap();
    assert_eq!(
        ask(&global, &service, Some("read")).oauth_error(),
        "unauthorized_client"
    );
}

#[test]
fn auth_106_any_loopback_port_only_when_chosen_g14() {
    for chosen in [false, true] {
        let sandbox = Sandbox::builder()
            .any_loopback_port(chosen)
            .start()
            .unwrap();
        let native = Application::public("native", "http://127.0.0.1");
        let native = sandbox.register(native).unwrap();
        let web = sandbox.register(Application::web("web", "http://127.0.0.1"));
        let web = web.unwrap();
        for (app, uri, works) in [
            (&native, "http://127.0.0.1:49152/callback", chosen),
            (&native, "http://127.0.0.1:49152", chosen),
            (&native, "http://127.0.0.1", true),
            (&native, "http://127.0.0.1:0/", false),
            (&native, "http://127.0.0.1:65536/", false),
            (&native, "http://127.0.0.1:80@evil.example/", false),
            (&native, "http://127.0.0.1.evil.example:80/", false),
            (&native, "http://localhost:49152/", false),
            (&native, "https://127.0.0.1:49152/", false),
            (&web, "http://127.0.0.1:49152/callback", false),
        ] {
            let url = authorize_url(&sandbox, app, "openid", &[("redirect_uri", uri)]);
            let result = sandbox.sign_in_as(INTERNAL_USER, &url);
            assert_eq!(result.is_ok(), works, "{chosen} {uri}");
        }
    }
}
