//! The server itself: sites, faults, limits, TLS, starting and stopping.

mod support;

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use erpnet_sandbox::{Clock, DiscoveryPaths, Fault, MAX_BODY, MAX_HEAD, Sandbox, Site};
use erpnet_types::{SiteKind, SiteStatus, Timestamp};
use support::*;

#[test]
fn auth_010_013_sites_on_both_paths() {
    let sandbox = Sandbox::start().unwrap();
    let json = get(&sandbox, "/tools/auto-discovery").json();
    assert_eq!(json, get(&sandbox, "/sys/auto-discovery").json());
    let kinds: Vec<_> = json["WebSites"]
        .as_array()
        .unwrap()
        .iter()
        .map(|site| site["Type"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "ID",
            "UserProfile",
            "InstanceManager",
            "DomainAPI",
            "TableAPI"
        ]
    );
    assert_eq!(json["WebSites"][0]["Url"], sandbox.issuer());
    assert_eq!(
        json["WebSites"][3]["AdditionalProperties"]["ODataServiceRoot"],
        sandbox.odata_root()
    );
    assert_eq!(json["Host"], sandbox.instance().host().as_str());
}

#[test]
fn auth_010_one_path_can_be_missing() {
    for (paths, tools, sys) in [
        (DiscoveryPaths::ToolsOnly, 200, 404),
        (DiscoveryPaths::SysOnly, 404, 200),
    ] {
        let sandbox = Sandbox::builder().discovery_paths(paths).start().unwrap();
        assert_eq!(get(&sandbox, "/tools/auto-discovery").status, tools);
        assert_eq!(get(&sandbox, "/sys/auto-discovery").status, sys);
    }
}

#[test]
fn auth_019_sites_can_be_changed() {
    let sandbox = Sandbox::start().unwrap();
    let mut api = sandbox.site(&SiteKind::DomainApi).unwrap();
    api.status = SiteStatus::NotWorking;
    api.url = None;
    sandbox.set_site(api);
    sandbox.set_site(Site::new(
        SiteKind::Other("FutureSite".into()),
        "https://x.example",
    ));
    let json = get(&sandbox, "/tools/auto-discovery").json();
    assert_eq!(json["WebSites"][3]["Status"], "NotWorking");
    assert!(json["WebSites"][3]["Url"].is_null());
    assert_eq!(json["WebSites"][5]["Type"], "FutureSite");
    sandbox.set_sites(Vec::new());
    assert_eq!(
        get(&sandbox, "/tools/auto-discovery").json()["WebSites"],
        serde_json::json!([])
    );
}

#[test]
fn auth_030_031_version_and_server_info() {
    let sandbox = Sandbox::start().unwrap();
    let version = get(&sandbox, "/tools/ver");
    assert!(
        version
            .header("content-type")
            .unwrap()
            .starts_with("text/plain")
    );
    assert_eq!(version.body, b"26.2.0.76");
    assert_eq!(
        get(&sandbox, "/tools/server-info").json()["version"],
        "26.2.0.76"
    );
    for (method, path, status) in [
        ("GET", "/", 404),
        ("GET", "/nope", 404),
        ("POST", "/tools/ver", 405),
    ] {
        let answer = send(&sandbox, method, path, &[], b"");
        assert_eq!(answer.status, status);
        assert!(
            answer
                .header("content-type")
                .unwrap()
                .starts_with("text/html")
        );
    }
    let head = send(&sandbox, "HEAD", "/tools/ver", &[], b"");
    assert_eq!((head.status, head.body.len()), (200, 0));
}

#[test]
fn the_date_is_the_clocks() {
    let clock = Clock::fixed(Timestamp::from_unix_seconds(951_868_800));
    let sandbox = Sandbox::builder().clock(clock).start().unwrap();
    let date = |path: &str| get(&sandbox, path).header("date").unwrap().to_owned();
    assert_eq!(date("/tools/ver"), "Wed, 01 Mar 2000 00:00:00 GMT");
    assert_eq!(date("/nope"), "Wed, 01 Mar 2000 00:00:00 GMT");
    sandbox.clock().advance(Duration::from_secs(1));
    assert_eq!(date(TOKEN), "Wed, 01 Mar 2000 00:00:01 GMT");
}

#[test]
fn faults_happen_as_ordered() {
    let sandbox = Sandbox::start().unwrap();
    let app = service(&sandbox, "read");
    let fault = Fault::status("/tools", 503)
        .body("text/html", "<p>busy</p>")
        .header("Retry-After", "7")
        .times(2);
    sandbox.fail_next(fault);
    for status in [503, 503, 200] {
        let answer = get(&sandbox, "/tools/ver");
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("retry-after").is_some(), status == 503);
    }
    sandbox.fail_next(Fault::drop("/tools"));
    assert!(try_send(&sandbox, "GET", "/tools/ver", &[], b"").is_none());
    sandbox.fail_next(Fault::delay("/tools", Duration::from_millis(1)));
    assert_eq!(get(&sandbox, "/tools/ver").status, 200);

    // Acts, and then keeps the answer to itself.
    let update = sandbox
        .service_claims(&app.client_id, "read update")
        .unwrap();
    let token = sandbox.sign_token(serde_json::json!({}), update);
    let row = call(&sandbox, "GET", "Crm_Sales_SalesOrders?$top=1", &token, "").json();
    let row = row["value"][0]["@odata.id"].as_str().unwrap();
    sandbox.fail_next(Fault::drop_after(ODATA));
    let bearer = format!("Bearer {token}");
    let lost = try_send(
        &sandbox,
        "DELETE",
        &format!("{ODATA}{row}"),
        &[("Authorization", &bearer)],
        b"",
    );
    assert!(lost.is_none());
    assert_eq!(call(&sandbox, "GET", row, &token, "").status, 404);
    let lost = sandbox
        .requests()
        .into_iter()
        .find(|request| request.method == "DELETE")
        .unwrap();
    assert_eq!(lost.status, None);

    sandbox.fail_next(Fault::drop("/"));
    sandbox.clear_faults();
    assert_eq!(get(&sandbox, "/tools/ver").status, 200);
}

#[test]
fn requests_are_recorded_as_sent_and_shown_without_secrets() {
    let sandbox = Sandbox::start().unwrap();
    let app = service(&sandbox, "read");
    ask(&sandbox, &app, Some("read"));
    assert_eq!(
        (sandbox.count("POST", TOKEN), sandbox.count("GET", TOKEN)),
        (1, 0)
    );
    let requests = sandbox.requests();
    let request = &requests[0];
    assert_eq!(
        (
            request.method.as_str(),
            request.path.as_str(),
            request.status
        ),
        ("POST", TOKEN, Some(200))
    );
    assert_eq!(request.header("Content-Type"), Some(FORM.1));
    let secret = app.secret.unwrap();
    assert!(
        request
            .form()
            .contains(&("client_secret".into(), secret.expose().into()))
    );
    assert!(!format!("{requests:?}").contains(secret.expose()));
    sandbox.clear_requests();
    assert!(sandbox.requests().is_empty());
}

#[test]
fn bodies_have_a_limit() {
    let sandbox = Sandbox::start().unwrap();
    for (length, expected) in [(MAX_BODY - 1, 404), (MAX_BODY, 404), (MAX_BODY + 1, 413)] {
        let answer = send(&sandbox, "POST", "/nope", &[], &vec![b'x'; length]);
        assert_eq!(answer.status, expected, "{length}");
    }
}

#[test]
fn heads_have_a_limit() {
    let sandbox = Sandbox::start().unwrap();
    let sent = "/tools/ver".len()
        + "connectionclose".len()
        + "hostsandbox".len()
        + "content-length0".len();
    let room = MAX_HEAD - sent - "x-filler".len();
    for (length, expected) in [
        (room - 1, 200),
        (room, 200),
        (room + 1, 431),
        (3 * room, 431),
    ] {
        let filler = "x".repeat(length);
        let answer = send(&sandbox, "GET", "/tools/ver", &[("X-Filler", &filler)], b"");
        assert_eq!(answer.status, expected, "{length}");
    }
}

/// Sends a request that keeps its connection, and reads the answer's first bytes.
fn keep_alive(stream: &mut TcpStream) -> bool {
    let _ = stream.write_all(&request("GET", "/tools/ver", &[], b""));
    let mut start = [0; 15];
    stream
        .read_exact(&mut start)
        .is_ok_and(|()| &start == b"HTTP/1.1 200 OK")
}

#[test]
fn connections_have_a_limit() {
    let sandbox = Sandbox::builder().max_connections(2).start().unwrap();
    let (mut first, mut second, mut third) =
        (connect(&sandbox), connect(&sandbox), connect(&sandbox));
    assert!(keep_alive(&mut first));
    assert!(keep_alive(&mut second));
    third
        .set_read_timeout(Some(Duration::from_millis(50)))
        .unwrap();
    assert!(!keep_alive(&mut third), "one too many has to wait");
    drop(first);
    third
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let mut start = [0; 15];
    third.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HTTP/1.1 200 OK");
}

#[test]
fn auth_008_tls_with_an_authority_of_its_own() {
    use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};

    let sandbox = Sandbox::builder().tls(true).start().unwrap();
    assert!(sandbox.root_url().starts_with("https://localhost:"));
    assert!(Sandbox::start().unwrap().ca_pem().is_none());
    let ask = |name: &'static str, authority: Option<&str>| {
        let mut roots = rustls::RootCertStore::empty();
        if let Some(pem) = authority {
            roots
                .add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap())
                .unwrap();
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(name).unwrap();
        let session = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
        let mut stream = rustls::StreamOwned::new(session, connect(&sandbox));
        stream
            .write_all(&request(
                "GET",
                "/tools/ver",
                &[("Connection", "close")],
                b"",
            ))
            .ok()?;
        read_answer(&mut stream).map(|answer| answer.status)
    };
    assert_eq!(ask("localhost", sandbox.ca_pem()), Some(200));
    assert_eq!(ask("127.0.0.1", sandbox.ca_pem()), Some(200));
    assert_eq!(ask("example.com", sandbox.ca_pem()), None);
    assert_eq!(ask("localhost", None), None);
    let other = Sandbox::builder().tls(true).start().unwrap();
    assert_eq!(ask("localhost", other.ca_pem()), None);
}

#[test]
fn many_run_at_once_and_stop_when_dropped() {
    let sandboxes: Vec<_> = (0..8).map(|_| Sandbox::start().unwrap()).collect();
    for sandbox in &sandboxes {
        assert_eq!(get(sandbox, "/tools/ver").status, 200);
        assert_eq!(sandbox.count("GET", "/tools/ver"), 1);
    }
    let mut open = connect(&sandboxes[0]);
    assert!(keep_alive(&mut open));
    sandboxes[0].fail_next(Fault::delay("/", Duration::from_secs(3600)));
    open.write_all(&request("GET", "/", &[], b"")).unwrap();
    drop(sandboxes);
    let ended = open.read_to_end(&mut Vec::new());
    assert!(ended.is_ok() || ended.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset));
}

#[test]
fn it_can_live_and_die_inside_a_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let sandbox = Sandbox::start().unwrap();
        assert_eq!(get(&sandbox, "/tools/ver").status, 200);
        drop(sandbox);
    });
    fn shared<T: Send + Sync>() {}
    shared::<Sandbox>();
}
