//! TLS against the sandbox's own authority, through every driver that has sockets.

use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use erpnet::{Error, Instance, Reason, ServiceApp, TransportOptions};
use erpnet_client::{Sent, TransportErrorKind as Cause};
use erpnet_sandbox::{Application, Builder, Sandbox};
use erpnet_tests::caller::Action;
use erpnet_tests::drivers::{self, Driver, Setting};
use erpnet_tests::instance::{CLIENT_ID, SECRET};
use serde_json::Value;

fn sandbox(tls: bool) -> Sandbox {
    sandbox_with(|builder| builder.tls(tls))
}

fn sandbox_with(set: impl FnOnce(Builder) -> Builder) -> Sandbox {
    let sandbox = set(Sandbox::builder()).start().unwrap();
    sandbox
        .register(Application::service(CLIENT_ID).secret(SECRET))
        .unwrap();
    sandbox
}

fn read(driver: &dyn Driver, root: &str, ca: Option<&str>) -> Result<Value, Error> {
    let app = ServiceApp::new(Instance::loopback(root).unwrap(), CLIENT_ID, SECRET).unwrap();
    let app = app.configure(|options| options.retry.attempts = 1);
    let mut setting = Setting::default();
    if let Some(pem) = ca {
        setting.transport = TransportOptions::default().with_ca_pem(pem);
    }
    driver
        .connect(app, &setting)?
        .call(&Action::Get("Crm_Customers?$top=1".to_owned()))
}

/// No answer, for one of these causes.
fn lost(result: Result<Value, Error>, causes: &[Cause], at: &str) -> Error {
    let error = result.expect_err(at);
    match error.reason() {
        Reason::Transport(lost) => assert!(causes.contains(&lost.kind()), "{at}: {error}"),
        _ => panic!("{at}: {error}"),
    }
    error
}

#[test]
fn auth_008_the_instances_own_authority_is_trusted_when_it_is_given() {
    let sandbox = sandbox(true);
    for driver in drivers::real() {
        let rows = read(driver.as_ref(), sandbox.root_url(), sandbox.ca_pem()).unwrap();
        assert_eq!(
            rows["value"].as_array().unwrap().len(),
            1,
            "{}",
            driver.name()
        );
    }
}

#[test]
fn auth_008_certificates_are_verified() {
    let (here, there) = (sandbox(true), sandbox(true));
    for driver in drivers::real() {
        let at = driver.name();
        for ca in [None, there.ca_pem()] {
            let error = lost(
                read(driver.as_ref(), here.root_url(), ca),
                &[Cause::Tls],
                at,
            );
            let Reason::Transport(tls) = error.reason() else {
                unreachable!()
            };
            assert_eq!(tls.sent(), Sent::Never, "{at}");
            assert!(
                !error.is_transient() && error.advice().contains("certificate"),
                "{at}: {}",
                error.advice()
            );
        }
        assert_eq!(here.requests(), [], "{at}: nothing was sent");
    }
}

/// Out of date is out of date, whichever way, and the error says which.
#[test]
fn auth_008_certificates_that_are_not_valid_now() {
    let now = erpnet_client::system_now().wall;
    let day = Duration::from_secs(24 * 3600);
    let (earlier, yesterday) = (now.before(day * 400), now.before(day));
    let (tomorrow, later) = (now.after(day), now.after(day * 400));
    for (says, valid) in [
        ("expired", earlier..yesterday),
        ("not valid yet", tomorrow..later),
        ("", yesterday..tomorrow),
    ] {
        let sandbox = sandbox_with(|builder| builder.tls(true).certificate_valid(valid));
        for driver in drivers::real() {
            let at = driver.name();
            let result = read(driver.as_ref(), sandbox.root_url(), sandbox.ca_pem());
            if says.is_empty() {
                result.expect(at);
                continue;
            }
            let error = lost(result, &[Cause::Tls], at);
            let Reason::Transport(tls) = error.reason() else {
                unreachable!()
            };
            assert_eq!(tls.sent(), Sent::Never, "{at}");
            let text = error.to_string().to_lowercase();
            assert!(text.contains(says), "{at}: {error}");
            assert!(!error.is_transient(), "{at}");
            assert_eq!(sandbox.requests(), [], "{at}: nothing was sent");
        }
    }
}

/// The certificate names `localhost` and `127.0.0.1`, and the server is reached at `127.0.0.2`.
#[test]
fn auth_008_the_host_name_counts() {
    let sandbox = sandbox(true);
    let target = sandbox.root_url().replace("https://localhost", "127.0.0.1");
    let listener = TcpListener::bind("127.0.0.2:0").unwrap();
    let root = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (target, back) = (
                TcpStream::connect(&target).unwrap(),
                stream.try_clone().unwrap(),
            );
            let forth = target.try_clone().unwrap();
            std::thread::spawn(move || std::io::copy(&mut &stream, &mut &forth));
            std::thread::spawn(move || std::io::copy(&mut &target, &mut &back));
        }
    });
    for driver in drivers::real() {
        let result = read(driver.as_ref(), &root, sandbox.ca_pem());
        let error = lost(result, &[Cause::Tls], driver.name());
        assert!(
            error.to_string().to_lowercase().contains("name"),
            "{}: {error}",
            driver.name()
        );
    }
    assert_eq!(sandbox.requests(), []);
}

#[test]
fn plain_http_on_a_tls_port_and_tls_on_a_plain_port() {
    let (with_tls, without) = (sandbox(true), sandbox(false));
    let plain = with_tls.root_url().replace("https:", "http:");
    let secured = without.root_url().replace("http:", "https:");
    for driver in drivers::real() {
        let at = driver.name();
        lost(
            read(driver.as_ref(), &plain, None),
            &[Cause::Protocol, Cause::Interrupted],
            at,
        );
        lost(
            read(driver.as_ref(), &secured, with_tls.ca_pem()),
            &[Cause::Tls],
            at,
        );
    }
    assert_eq!((with_tls.requests(), without.requests()), (vec![], vec![]));
}

#[test]
fn an_authority_that_is_none_is_refused_at_once() {
    for driver in drivers::real() {
        for pem in [
            "",
            "no PEM",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ] {
            let error =
                read(driver.as_ref(), "https://localhost:1", Some(pem)).expect_err(driver.name());
            let config = error.kind() == erpnet::ErrorKind::Config;
            assert!(
                config || pem.contains("AAAA"),
                "{}: {pem:?}: {error}",
                driver.name()
            );
        }
    }
}

/// AUTH-007: no plain HTTP away from this machine, whatever the settings say.
#[test]
fn auth_007_plain_http_is_for_loopback() {
    for text in [
        "http://demodb.my.erp.net",
        "http://10.0.0.1",
        "http://[2001:db8::1]",
    ] {
        assert!(
            Instance::parse(text).is_err() && Instance::loopback(text).is_err(),
            "{text}"
        );
    }
    assert!(
        Instance::parse("http://127.0.0.1:5000").is_err(),
        "only by explicit opt-in"
    );
    assert!(Instance::loopback("http://127.0.0.1:5000").is_ok());
}
