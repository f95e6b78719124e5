//! Rules of sections 1 to 3, 6 and 8 that no table above shows, end to end against the sandbox.

use std::any::TypeId;

use erpnet::{
    ErrorKind, GlobalAuthority, Instance, InstanceAuthority, Page, Row, ServiceApp, blocking,
};
use erpnet_sandbox::{Application, DiscoveryPaths, Fault, Sandbox};
use erpnet_tests::instance::{CLIENT_ID, SECRET};
use url::Url;

fn sandbox() -> (Sandbox, blocking::Client) {
    let sandbox = Sandbox::start().unwrap();
    sandbox
        .register(Application::service(CLIENT_ID).secret(SECRET))
        .unwrap();
    let client = connect(&sandbox);
    (sandbox, client)
}

fn connect(sandbox: &Sandbox) -> blocking::Client {
    let app = ServiceApp::new(sandbox.instance(), CLIENT_ID, SECRET).unwrap();
    blocking::connect(app).unwrap()
}

#[test]
fn auth_005_a_host_is_no_url() {
    let instance = Instance::parse("demodb").unwrap();
    let host = instance.host();
    assert_eq!(host.as_str(), "demodb.my.erp.net");
    assert!(Url::parse(host.as_str()).is_err());
    assert_eq!(instance.root_url().as_str(), "https://demodb.my.erp.net/");
}

#[test]
fn auth_039_two_authorities_are_two_types() {
    assert_ne!(
        TypeId::of::<GlobalAuthority>(),
        TypeId::of::<InstanceAuthority>()
    );
    let demodb = || Instance::parse("demodb").unwrap();
    assert_eq!(
        GlobalAuthority::new().unwrap().issuer(),
        "https://id.erp.net/id"
    );
    assert_eq!(
        InstanceAuthority::default_for(demodb()).unwrap().issuer(),
        "https://demodb.my.erp.net/id"
    );
    assert!(
        InstanceAuthority::at(demodb(), "https://id.erp.net/id").is_err(),
        "the global one is no instance's"
    );
}

/// Both documented paths, each alone.
#[test]
fn auth_010_either_path_will_do() {
    for paths in [
        DiscoveryPaths::Both,
        DiscoveryPaths::ToolsOnly,
        DiscoveryPaths::SysOnly,
    ] {
        let sandbox = Sandbox::builder().discovery_paths(paths).start().unwrap();
        sandbox
            .register(Application::service(CLIENT_ID).secret(SECRET))
            .unwrap();
        let rows: Page<Row> = connect(&sandbox).get("Crm_Customers?$top=1").unwrap();
        assert_eq!(rows.value.len(), 1, "{paths:?}");
    }
}

/// A refusal although the scopes suffice points at the user's own rights; so does one of a revoked application at the
/// record.
#[test]
fn auth_053_153_refusals_point_at_their_causes() {
    let (sandbox, client) = sandbox();
    client.token().unwrap();
    sandbox.fail_next(Fault::status("/api/", 403));
    let error = client.get::<Page<Row>>("Crm_Customers?$top=1").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    assert!(
        error.advice().contains("rights of the user"),
        "AUTH-153: {}",
        error.advice()
    );
    sandbox.fail_next(Fault::status("/api/", 401).times(2));
    let error = client.get::<Page<Row>>("Crm_Customers?$top=1").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TokenRejected);
    let advice = error.advice();
    assert!(
        advice.contains("authority") && advice.contains("IsEnabled"),
        "AUTH-053: {advice}"
    );
}

/// Each client, as each process, has a token of its own.
#[test]
fn auth_222_clients_do_not_share_tokens() {
    let (sandbox, first) = sandbox();
    let second = connect(&sandbox);
    assert_ne!(
        first.token().unwrap().expose(),
        second.token().unwrap().expose()
    );
    assert_ne!(
        first.token().unwrap().expose(),
        connect(&sandbox).token().unwrap().expose()
    );
    assert_eq!(sandbox.count("POST", "/id/connect/token"), 3);
}

/// A token is asked for without a session: no API is called for it.
#[test]
fn auth_220_a_token_alone_calls_no_api() {
    let (sandbox, client) = sandbox();
    client.verified_token().unwrap();
    assert!(
        sandbox
            .requests()
            .iter()
            .all(|request| !request.path.starts_with("/api"))
    );
}
