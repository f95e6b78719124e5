//! Rules of sections 8 to 10 that no table shows, end to end against the sandbox: whom a token acts as, and what is known
//! about it.

use erpnet::{
    App, ErrorKind, Instance, Reason, ReferenceToken, ReferenceTokenKind, Row, TokenFault, blocking,
};
use erpnet_sandbox::{Application, Caller, ReferenceTokenPolicy, Sandbox};
use erpnet_tests::caller::Action;
use erpnet_tests::drivers::{self, Setting};
use erpnet_tests::gateway::Gateway;
use erpnet_tests::instance::{CLIENT_ID, SECRET};
use erpnet_tests::signing::Key;
use erpnet_types::{ClientId, Timestamp};
use serde_json::json;

fn sandbox() -> (Sandbox, ClientId) {
    let sandbox = Sandbox::start().unwrap();
    let record = Application::service(CLIENT_ID)
        .secret(SECRET)
        .scopes("read update")
        .reference_tokens(ReferenceTokenPolicy::AdministratorsOnly);
    let id = sandbox.register(record).unwrap().client_id;
    (sandbox, id)
}

fn issue(sandbox: &Sandbox, id: &ClientId, kind: ReferenceTokenKind) -> ReferenceToken {
    sandbox
        .issue_reference_token(id, kind, Caller::Administrator, "read")
        .unwrap()
}

fn read() -> Action {
    Action::Get("Crm_Customers?$top=1".to_owned())
}

/// AUTH-219: what a service may do is its system user's, within the scopes of the token.
#[test]
fn auth_219_a_service_acts_as_its_system_user_within_its_scopes() {
    let (sandbox, _) = sandbox();
    for driver in drivers::real() {
        let app = |scopes: &str| {
            let app = erpnet::ServiceApp::new(sandbox.instance(), CLIENT_ID, SECRET).unwrap();
            driver
                .connect(app.with_scopes(scopes).unwrap(), &Setting::default())
                .unwrap()
        };
        let reader = app("read");
        reader.call(&read()).unwrap();
        let write = Action::Post("Crm_Customers".to_owned(), Row::new());
        let refused = reader.call(&write).expect_err(driver.name());
        assert_eq!(
            refused.kind(),
            ErrorKind::Forbidden,
            "{}: {refused}",
            driver.name()
        );
        // With the scope it is the API that judges the row, not the token.
        let judged = app("read update").call(&write).expect_err(driver.name());
        assert_ne!(
            judged.kind(),
            ErrorKind::Forbidden,
            "{}: {judged}",
            driver.name()
        );
    }
    let app = erpnet::ServiceApp::new(sandbox.instance(), CLIENT_ID, SECRET).unwrap();
    let token = blocking::connect(app).unwrap().verified_token().unwrap();
    assert!(token.is_service() && token.system_user().is_some() && token.subject().is_none());
}

/// AUTH-234, AUTH-235: a personal token acts as who issued it, a service token as the system user, whoever issued it.
#[test]
fn auth_234_235_whom_a_reference_token_acts_as() {
    let (sandbox, id) = sandbox();
    for (kind, user) in [
        (ReferenceTokenKind::Personal, true),
        (ReferenceTokenKind::Service, false),
    ] {
        let given = issue(&sandbox, &id, kind);
        for driver in drivers::real() {
            let caller = driver.connect(given.clone(), &Setting::default()).unwrap();
            caller
                .call(&read())
                .unwrap_or_else(|error| panic!("{}: {error}", driver.name()));
        }
        let token = blocking::connect(given).unwrap().token().unwrap();
        let can = token.capabilities();
        assert_eq!(
            (can.has_user, can.works_with_profile),
            (Some(user), Some(user)),
            "{kind:?}"
        );
        assert!(!can.can_renew && !can.can_verify);
    }
    let advice = |given: ReferenceToken| {
        let error = blocking::connect(given)
            .unwrap()
            .get::<Row>("Crm_Customers")
            .unwrap_err();
        assert_eq!(*error.reason(), Reason::ReferenceTokenRejected);
        error.advice().into_owned()
    };
    let unknown = ReferenceToken::new(sandbox.instance(), "enrt_0A0A").unwrap();
    let advice = advice(unknown);
    assert!(
        advice.contains("Profile site") && advice.contains("Instance Manager"),
        "AUTH-234: {advice}"
    );
}

/// AUTH-238, AUTH-239: what nobody stated is not known, and what was stated about the end decides nothing here.
#[test]
fn auth_238_239_kind_scopes_and_expiry_are_stated_not_read() {
    let bare = ReferenceToken::new(Instance::parse("demodb").unwrap(), "enrt_0A0A").unwrap();
    assert_eq!(
        (bare.kind(), bare.expires()),
        (ReferenceTokenKind::Unknown, None)
    );
    let (sandbox, id) = sandbox();
    let given = issue(&sandbox, &id, ReferenceTokenKind::Service);
    let past = Timestamp::from_unix_seconds(1_000_000_000);
    let stated = ReferenceToken::new(sandbox.instance(), given.expose()).unwrap();
    for (token, expires) in [
        (stated.clone(), None),
        (stated.with_expiry(past), Some(past)),
    ] {
        for driver in drivers::real() {
            let caller = driver.connect(token.clone(), &Setting::default()).unwrap();
            caller
                .call(&read())
                .unwrap_or_else(|error| panic!("{}: {error}", driver.name()));
        }
        let held = blocking::connect(App::from(token))
            .unwrap()
            .token()
            .unwrap();
        assert_eq!((held.expires(), held.scopes()), (expires, None));
        assert_eq!(held.capabilities().has_user, None);
    }
    // The server decides: one that it ended is refused whatever was stated.
    let now = sandbox.clock().now();
    let ended = sandbox
        .issue_reference_token_until(
            &id,
            ReferenceTokenKind::Service,
            Caller::Administrator,
            "read",
            past,
        )
        .unwrap()
        .with_expiry(now.after(std::time::Duration::from_secs(3600)));
    for driver in drivers::real() {
        let caller = driver.connect(ended.clone(), &Setting::default()).unwrap();
        let error = caller.call(&read()).expect_err(driver.name());
        assert_eq!(
            *error.reason(),
            Reason::ReferenceTokenRejected,
            "{}",
            driver.name()
        );
    }
}

/// AUTH-240, AUTH-241: a token that was revoked is refused at the next call, which is made once; nothing is renewed.
#[test]
fn auth_240_241_revocation_is_felt_at_once_and_ends_it() {
    let (sandbox, id) = sandbox();
    for driver in drivers::real() {
        let given = issue(&sandbox, &id, ReferenceTokenKind::Personal);
        let caller = driver.connect(given.clone(), &Setting::default()).unwrap();
        caller.call(&read()).unwrap();
        assert!(sandbox.revoke_reference_token(&given));
        sandbox.clear_requests();
        let error = caller.call(&read()).expect_err(driver.name());
        assert_eq!(
            *error.reason(),
            Reason::ReferenceTokenRejected,
            "{}",
            driver.name()
        );
        assert_eq!(
            sandbox.requests().len(),
            1,
            "{}: one call and nothing else",
            driver.name()
        );
    }
}

/// AUTH-251: what a token says about its bearer can be asked of a verified one only: the accessor is on no other type.
#[test]
fn auth_251_is_admin_of_a_verified_token_only() {
    let g = Gateway::default();
    let claims = g.claims_with(&json!({"sub": "x", "is_admin": true}));
    let forged = Key::development(3)
        .named(&g.key.kid)
        .token(&json!({}), &claims);
    let error = g.verify(&forged).unwrap_err();
    assert_eq!(*error.reason(), Reason::Token(TokenFault::BadSignature));
    let good = g.verify(&g.key.token(&json!({}), &claims)).unwrap();
    assert_eq!(good.is_admin(), Ok(Some(true)));
    // And only while it is fresh.
    g.clock.advance(std::time::Duration::from_secs(3600 + 61));
    assert!(g.verify(&g.key.token(&json!({}), &claims)).is_err());
}

/// AUTH-259: the name of a database is a label: it comes as it is, and nothing is made of it.
#[test]
fn auth_259_databases_are_labels() {
    let g = Gateway::default();
    for name in ["E1_DEV-1 Test", "../../etc", "a/b?c#d", "Ёлка", " x "] {
        for claim in ["client_db", "db"] {
            let mut change = json!({"client_db": {"gone": true}});
            change[claim] = json!(name);
            let token = g.verify(&g.with_claims(&change)).unwrap();
            assert_eq!(token.database().as_deref(), Some(name), "{claim}");
        }
    }
    let sandbox = Sandbox::builder().database("a/b c").start().unwrap();
    sandbox
        .register(Application::service(CLIENT_ID).secret(SECRET))
        .unwrap();
    let app = erpnet::ServiceApp::new(sandbox.instance(), CLIENT_ID, SECRET).unwrap();
    let client = blocking::connect(app).unwrap();
    assert_eq!(client.sites().unwrap().database(), Some("a/b c"));
    client.get::<Row>("Crm_Customers?$top=1").unwrap();
    for request in sandbox.requests() {
        assert!(
            !request.path.contains("b%20c") && !request.path.contains("b c"),
            "{}",
            request.path
        );
    }
}
