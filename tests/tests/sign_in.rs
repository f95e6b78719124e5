//! Signing users in, from the address for the browser to calls as the user, over every HTTP stack, against the sandbox.

use std::sync::Arc;
use std::time::Duration;

use erpnet::{
    Attempts, AuthorizationRequest, Binding, Error, ErrorKind, IdentityApp, InteractiveApp,
    MemoryStore, Prompt, Reason, SealingKeys, Secret, ServiceApp, SignedIn, blocking,
};
use erpnet_client::BlockingSessionStore;
use erpnet_core::sign_in::COOKIE_PREFIX;
use erpnet_sandbox::{ADMIN_USER, Application, COMMUNITY_USER, Fault, INTERNAL_USER, Sandbox};
use erpnet_tests::caller::{Action, Caller};
use erpnet_tests::clock::VirtualClock;
use erpnet_tests::signer::{self, STACKS, Signer, Signing, as_callback, browse};
use erpnet_types::GlobalAuthority;

const REDIRECT: &str = "https://app.example.com/cb";
const LOOPBACK: &str = "http://127.0.0.1:8400/cb";
const SCOPES: &str = "openid profile read offline_access";

/// A web application, registered and described.
fn web(sandbox: &Sandbox) -> InteractiveApp {
    let record = Application::web("com.example/web", REDIRECT)
        .scopes("read update")
        .post_logout_redirect_uri("https://app.example.com/bye")
        .secret("a good secret");
    sandbox.register(record).expect("a record");
    InteractiveApp::confidential(
        sandbox.instance(),
        "com.example/web",
        "a good secret",
        REDIRECT,
    )
    .and_then(|app| app.with_scopes(SCOPES))
    .and_then(|app| app.with_post_logout_redirect_uri("https://app.example.com/bye"))
    .expect("an application")
}

fn desktop(sandbox: &Sandbox) -> InteractiveApp {
    let record = Application::public("com.example/desktop", LOOPBACK).scopes("read");
    sandbox.register(record).expect("a record");
    InteractiveApp::public(sandbox.instance(), "com.example/desktop", LOOPBACK)
        .expect("an application")
}

fn sign_in(signer: &dyn Signer, sandbox: &Sandbox) -> Result<SignedIn, Error> {
    let start = signer.begin(AuthorizationRequest::new())?;
    let callback = browse(sandbox, INTERNAL_USER, start.url.as_str());
    signer.complete(start.pending, &callback)
}

fn customers() -> Action {
    Action::Get("Crm_Customers?$top=1".to_owned())
}

#[test]
fn auth_159_168_175_a_public_application_signs_in_and_calls_as_the_user() {
    let sandbox = Sandbox::start().expect("a sandbox");
    let app = desktop(&sandbox);
    for (name, signer) in signer::all(|| Signing::of(app.clone())) {
        let signed_in = sign_in(&*signer, &sandbox).expect(name);
        assert_eq!(signed_in.id_token().subject(), INTERNAL_USER, "{name}");
        assert!(!signed_in.is_renewable(), "{name}: AUTH-190");
        let session = signed_in.session();
        assert!(signer.call(session, &customers()).is_ok(), "{name}");
        let token = signer.call(session, &Action::VerifiedToken).expect(name);
        assert_eq!(token["client_id"], "com.example/desktop");
        let person = signer.userinfo(&signed_in).expect(name);
        assert_eq!(person.subject(), INTERNAL_USER);
    }
    let sent = sandbox.requests();
    let codes = sent
        .iter()
        .filter(|request| request.path == "/id/connect/token");
    for request in codes {
        let body = String::from_utf8_lossy(&request.body);
        assert!(
            body.contains("code_verifier=") && !body.contains("client_secret"),
            "{body}"
        );
    }
}

#[test]
fn auth_164_181_182_a_confidential_application_signs_in_by_the_hybrid_flow() {
    let sandbox = Sandbox::start().expect("a sandbox");
    let app = web(&sandbox);
    for (name, signer) in signer::all(|| Signing::of(app.clone())) {
        let signed_in = sign_in(&*signer, &sandbox).expect(name);
        assert!(
            signed_in.is_renewable() && signed_in.withheld().is_empty(),
            "{name}"
        );
        let session = signed_in.session().clone();
        assert_eq!(
            Some(session.subject.as_str()),
            signed_in.id_token().session_id().as_deref()
        );
        assert!(signer.call(&session, &customers()).is_ok(), "{name}");
    }
}

#[test]
fn auth_191_192_199_sessions_are_refreshed_with_rotation() {
    for (name, stack) in STACKS {
        let sandbox = Sandbox::builder()
            .strict_rotation(true)
            .start()
            .expect("a sandbox");
        let clock = VirtualClock::starting_at(sandbox.clock().now());
        let signer = stack(Signing {
            clock: Some(clock.clone()),
            ..Signing::of(web(&sandbox))
        });
        let session = sign_in(&*signer, &sandbox).expect(name).session().clone();
        for round in 0..5 {
            assert!(
                signer.call(&session, &customers()).is_ok(),
                "{name} {round}"
            );
            // The authority forgets the access token's time sooner than we do: a refusal leads to a refresh.
            sandbox.clock().advance(Duration::from_secs(3601));
            let renewed = signer.call(&session, &customers());
            assert!(renewed.is_ok(), "{name} {round}: {renewed:?}");
            // A refusal leads to a refresh once in half a minute, for all clients of a session (AUTH-214, AUTH-267).
            sandbox.clock().advance(Duration::from_secs(60));
            clock.advance(Duration::from_secs(60));
        }
    }
}

#[test]
fn auth_197_when_the_sign_in_has_ended_a_person_is_needed() {
    for (name, stack) in STACKS {
        let sandbox = Sandbox::start().expect("a sandbox");
        let clock = VirtualClock::starting_at(sandbox.clock().now());
        let signer = stack(Signing {
            clock: Some(clock.clone()),
            ..Signing::of(web(&sandbox))
        });
        let signed_in = sign_in(&*signer, &sandbox).expect(name);
        let session = signed_in.session();
        assert!(sandbox.end_session(&signed_in.id_token().session_id().expect("sid")));
        sandbox.clock().advance(Duration::from_secs(3601));
        let error = signer.call(session, &customers()).expect_err(name);
        assert!(error.needs_sign_in(), "{name}: {error}");
        let again = signer.call(session, &customers()).expect_err(name);
        assert!(again.needs_sign_in(), "{name}: {again}");
    }
}

#[test]
fn auth_200_203_signing_out_forgets_here_first() {
    let sandbox = Sandbox::start().expect("a sandbox");
    let app = web(&sandbox);
    for (name, signer) in signer::all(|| Signing::of(app.clone())) {
        let signed_in = sign_in(&*signer, &sandbox).expect(name);
        let session = signed_in.session();
        assert!(signer.call(session, &customers()).is_ok());
        let out = signer.sign_out(session).expect(name);
        assert_eq!(out.revoked, Some(true), "{name}");
        let url = out.url.expect("an address");
        assert!(
            url.expose().contains("id_token_hint=") && out.state.is_some(),
            "{name}"
        );
        let error = signer.call(session, &customers()).expect_err(name);
        assert!(error.needs_sign_in(), "{name}: {error}");
    }
}

#[test]
fn auth_202_an_authority_out_of_reach_keeps_nobody_signed_in_here() {
    for (name, stack) in STACKS {
        let sandbox = Sandbox::start().expect("a sandbox");
        let store = Arc::new(MemoryStore::new());
        let clock = VirtualClock::starting_at(sandbox.clock().now());
        let app = web(&sandbox);
        let process = || {
            stack(Signing {
                clock: Some(clock.clone()),
                store: Some(Arc::clone(&store)),
                ..Signing::of(app.clone())
            })
        };
        let session = sign_in(&*process(), &sandbox)
            .expect(name)
            .session()
            .clone();
        drop(sandbox);
        // Another process, which knows nothing of the authority yet.
        let error = process().sign_out(&session).expect_err(name);
        assert!(error.is_transient(), "{name}: {error}");
        let left = BlockingSessionStore::load(&*store, &session).expect(name);
        assert!(left.is_none(), "{name}");
    }
}

#[test]
fn auth_166_167_171_a_web_sign_in_is_bound_to_its_browser() {
    fn sealed() -> Binding {
        let secret = Secret::new("a sealing secret of thirty-two bytes or more").expect("a secret");
        Binding::Sealed(SealingKeys::new("k1", &secret).expect("keys"))
    }
    fn held() -> Binding {
        Binding::Held(Attempts::default())
    }
    let sandbox = Sandbox::start().expect("a sandbox");
    let app = web(&sandbox);
    for binding in [sealed, held] {
        let make = || Signing {
            binding: Some(binding),
            ..Signing::of(app.clone())
        };
        for (name, signer) in signer::all(make) {
            let start = || {
                signer
                    .begin_web(AuthorizationRequest::new().return_to("/here"))
                    .expect(name)
            };
            let (one, two) = (start(), start());
            let pair = |set: &str| set.split(';').next().expect("a pair").to_owned();
            assert!(one.set_cookie.starts_with(COOKIE_PREFIX), "{name}");
            assert!(
                one.set_cookie.contains("; Secure; HttpOnly; SameSite=None"),
                "{name}: a form is posted"
            );
            let callback = browse(&sandbox, INTERNAL_USER, one.url.as_str());
            // The victim's browser: somebody else's answer, no cookie of its own.
            let forced = signer.complete_web(&callback, None).expect_err(name);
            assert!(
                matches!(forced.reason(), Reason::BrowserNotBound),
                "{name}: {forced}"
            );
            let other = signer
                .complete_web(&callback, Some(&pair(&two.set_cookie)))
                .expect_err(name);
            assert_eq!(other.kind(), ErrorKind::Security, "{name}: {other}");
            // Two tabs: both cookies are there, each answer finds its own.
            let jar = format!(
                "theme=dark; {}; {}",
                pair(&two.set_cookie),
                pair(&one.set_cookie)
            );
            let signed_in = signer.complete_web(&callback, Some(&jar)).expect(name);
            assert_eq!(signed_in.return_to(), Some("/here"));
            let second = browse(&sandbox, INTERNAL_USER, two.url.as_str());
            assert!(signer.complete_web(&second, Some(&jar)).is_ok(), "{name}");
            // Repeated, after a reload.
            let again = signer.complete_web(&callback, Some(&jar)).expect_err(name);
            assert!(again.needs_sign_in(), "{name}: {again}");
        }
    }
}

#[test]
fn auth_060_166_an_attempt_outlives_keys_that_cannot_be_had() {
    let sandbox = Sandbox::start().expect("a sandbox");
    let app = web(&sandbox);
    for (name, stack) in STACKS {
        let clock = VirtualClock::starting_at(sandbox.clock().now());
        let signer = stack(Signing {
            binding: Some(|| Binding::Held(Attempts::default())),
            clock: Some(clock.clone()),
            ..Signing::of(app.clone())
        });
        let start = signer.begin_web(AuthorizationRequest::new()).expect(name);
        let callback = browse(&sandbox, INTERNAL_USER, start.url.as_str());
        let cookie = start.set_cookie.split(';').next();
        let jwks = "/id/.well-known/openid-configuration/jwks";
        sandbox.fail_next(Fault::status(jwks, 503).times(3));
        let error = signer.complete_web(&callback, cookie).expect_err(name);
        assert!(error.is_transient(), "{name}: {error}");
        clock.advance(Duration::from_secs(60));
        assert!(signer.complete_web(&callback, cookie).is_ok(), "{name}");
    }
}

#[test]
fn auth_052_260_who_signs_in_under_a_name_replaces_who_was_there() {
    let sandbox = Sandbox::start().expect("a sandbox");
    let app = web(&sandbox);
    for (name, signer) in signer::all(|| Signing::of(app.clone())) {
        let sign_in = |login| {
            let start = signer.begin(AuthorizationRequest::new().session("default"));
            let start = start.expect(name);
            let callback = browse(&sandbox, login, start.url.as_str());
            signer.complete(start.pending, &callback).expect(name)
        };
        let first = sign_in(INTERNAL_USER);
        // In use all the time: its token is held.
        let client = signer.client(first.session()).expect(name);
        let who = |client: &dyn Caller| {
            let token = client.call(&Action::VerifiedToken).expect(name);
            token["sub"].as_str().map(str::to_owned)
        };
        assert_eq!(who(&*client).as_deref(), Some(INTERNAL_USER), "{name}");
        let second = sign_in(ADMIN_USER);
        assert_eq!(first.session(), second.session(), "{name}");
        let of_second = signer.client(second.session()).expect(name);
        assert_eq!(who(&*of_second).as_deref(), Some(ADMIN_USER), "{name}");
        assert_eq!(who(&*client).as_deref(), Some(ADMIN_USER), "{name}");
    }
}

#[test]
fn auth_172_174_187_what_the_authority_says_no_to() {
    let sandbox = Sandbox::start().expect("a sandbox");
    let app = web(&sandbox);
    for (name, signer) in signer::all(|| Signing::of(app.clone())) {
        let start = signer.begin(AuthorizationRequest::new()).expect(name);
        let cancelled = sandbox
            .browser()
            .cancel(start.url.as_str())
            .expect("an answer");
        let error = signer
            .complete(start.pending, &as_callback(&cancelled))
            .expect_err(name);
        assert_eq!(error.kind(), ErrorKind::UserCancelled, "{name}: {error}");

        let start = signer
            .begin(AuthorizationRequest::new().prompt(Prompt::None))
            .expect(name);
        let silent = sandbox
            .browser()
            .open(start.url.as_str())
            .expect("an answer");
        let error = signer
            .complete(start.pending, &as_callback(&silent))
            .expect_err(name);
        assert!(error.needs_sign_in(), "{name}: {error}");
    }
}

#[test]
fn auth_176_a_lost_exchange_is_never_repeated() {
    let sandbox = Sandbox::start().expect("a sandbox");
    let app = web(&sandbox);
    for (name, signer) in signer::all(|| Signing::of(app.clone())) {
        let start = signer.begin(AuthorizationRequest::new()).expect(name);
        let callback = browse(&sandbox, INTERNAL_USER, start.url.as_str());
        sandbox.clear_requests();
        sandbox.fail_next(Fault::drop_after("/id/connect/token"));
        let error = signer.complete(start.pending, &callback).expect_err(name);
        assert!(
            matches!(error.reason(), Reason::SignInLost(_)),
            "{name}: {error}"
        );
        assert!(error.needs_sign_in(), "{name}");
        assert_eq!(sandbox.count("POST", "/id/connect/token"), 1, "{name}");
    }
}

#[test]
fn auth_194_a_lost_refresh_is_reported_and_tried_once_more() {
    for (name, stack) in STACKS {
        let sandbox = Sandbox::builder()
            .strict_rotation(true)
            .start()
            .expect("a sandbox");
        let clock = VirtualClock::starting_at(sandbox.clock().now());
        let signer = stack(Signing {
            clock: Some(clock.clone()),
            ..Signing::of(web(&sandbox))
        });
        let session = sign_in(&*signer, &sandbox).expect(name).session().clone();
        assert!(signer.call(&session, &customers()).is_ok());
        sandbox.clock().advance(Duration::from_secs(3601));
        sandbox.fail_next(Fault::drop_after("/id/connect/token"));
        let lost = signer.call(&session, &customers()).expect_err(name);
        assert!(
            matches!(lost.reason(), Reason::RefreshLost(_)),
            "{name}: {lost}"
        );
        sandbox.clear_requests();
        clock.advance(Duration::from_secs(2));
        let over = signer.call(&session, &customers()).expect_err(name);
        assert!(over.needs_sign_in(), "{name}: {over}");
        assert_eq!(
            sandbox.count("POST", "/id/connect/token"),
            1,
            "{name}: once more"
        );
        let _ = signer.call(&session, &customers());
        assert_eq!(
            sandbox.count("POST", "/id/connect/token"),
            1,
            "{name}: and never again"
        );
    }
}

#[test]
fn auth_049_050_052_the_global_authority_identifies_and_nothing_else() {
    let global = Sandbox::start_global().expect("a global authority");
    let record = Application::central("com.example/sso", REDIRECT).secret("a good secret");
    global.register(record).expect("a record");
    let authority = GlobalAuthority::loopback(&global.issuer()).expect("an authority");
    let app = IdentityApp::global(authority, "com.example/sso", "a good secret", REDIRECT)
        .expect("an application");
    let sign_in = signer::identify(app);
    let identified = signer::identified(&sign_in, &global, INTERNAL_USER).expect("a sign-in");
    assert_eq!(identified.identity().issuer(), global.issuer());
    assert_eq!(
        sign_in.userinfo(&identified).expect("an answer").subject(),
        INTERNAL_USER
    );
    let out = sign_in.sign_out(&identified).expect("metadata");
    assert!(out.url.is_some());
}

#[test]
fn auth_092_095_152_a_portal_identifies_external_users() {
    let sandbox = Sandbox::start().expect("a sandbox");
    let record = Application::portal("com.example/portal", REDIRECT).secret("a good secret");
    sandbox.register(record).expect("a record");
    let app = IdentityApp::portal(
        sandbox.instance(),
        "com.example/portal",
        "a good secret",
        REDIRECT,
    );
    let sign_in = signer::identify(app.expect("an application"));
    for login in [COMMUNITY_USER, INTERNAL_USER] {
        let identified = signer::identified(&sign_in, &sandbox, login).expect(login);
        assert_eq!(identified.id_token().subject(), login);
    }
}

#[test]
fn rfc_6749_6_a_refresh_asks_for_fewer_scopes_each_time() {
    for (name, stack) in STACKS {
        let sandbox = Sandbox::start().expect("a sandbox");
        let app = web(&sandbox)
            .with_scopes("openid profile read update offline_access")
            .and_then(|app| app.with_refresh_scopes("openid read offline_access"))
            .expect("scopes that are asked for");
        let signer = stack(Signing::of(app));
        let session = sign_in(&*signer, &sandbox).expect(name).session().clone();
        let scopes = |client: &dyn Caller| {
            let token = client.call(&Action::Token).expect(name);
            assert_eq!(token["withheld"], "", "{name}: left out on purpose");
            token["scopes"].as_str().expect("a text").to_owned()
        };
        let client = signer.client(&session).expect(name);
        assert!(
            scopes(&*client).contains("update"),
            "{name}: the sign-in's own"
        );
        for _ in 0..3 {
            client.call(&Action::Forget).expect(name);
            let granted = scopes(&*client);
            assert!(
                granted.contains("read") && !granted.contains("update"),
                "{name}: {granted}"
            );
        }
    }
}

#[test]
fn auth_221_244_304_who_am_i_by_user_and_by_personal_token_never_by_service() {
    let sandbox = Sandbox::start().expect("a sandbox");
    let users = blocking::sign_in(web(&sandbox)).expect("settings that work");
    let start = users
        .begin(AuthorizationRequest::new())
        .expect("an address");
    let callback = browse(&sandbox, INTERNAL_USER, start.url.as_str());
    let signed_in = users.complete(start.pending, &callback).expect("a sign-in");
    let me = users
        .client(signed_in.session())
        .and_then(|client| client.me());
    let me = me.expect("the Profile site's answer");
    let person = users.userinfo(&signed_in).expect("the authority's answer");
    assert_eq!(
        me.identity(&sandbox.issuer()),
        person.identity(),
        "the same stable id"
    );

    let service = Application::service("com.example/reports").secret("a good secret");
    sandbox.register(service).expect("a record");
    let app = ServiceApp::new(sandbox.instance(), "com.example/reports", "a good secret");
    let service = blocking::connect(app.expect("an application")).expect("settings that work");
    sandbox.clear_requests();
    let error = service.me().expect_err("a service is nobody");
    assert!(matches!(error.reason(), Reason::NeedsUser), "{error}");
    assert!(
        sandbox.requests().is_empty(),
        "refused before anything is sent"
    );
}

#[test]
fn auth_027_what_one_users_client_finds_out_serves_the_next() {
    for (name, stack) in STACKS {
        let sandbox = Sandbox::start().expect("a sandbox");
        let clock = VirtualClock::starting_at(sandbox.clock().now());
        let signer = stack(Signing {
            clock: Some(clock.clone()),
            ..Signing::of(web(&sandbox))
        });
        let session = sign_in(&*signer, &sandbox).expect(name).session().clone();
        assert!(signer.call(&session, &customers()).is_ok(), "{name}");
        // The list of sites is due; each call has a client of its own, as in a web application.
        clock.advance(Duration::from_secs(601));
        sandbox.clear_requests();
        let looked = || sandbox.count("GET", "/tools/auto-discovery");
        let ten_calls = || {
            let before = looked();
            for _ in 0..10 {
                assert!(signer.call(&session, &customers()).is_ok(), "{name}");
            }
            looked() - before
        };
        assert!(ten_calls() > 0, "{name}: it was due");
        assert!((0..100).any(|_| ten_calls() == 0), "{name}: known to all");
    }
}
