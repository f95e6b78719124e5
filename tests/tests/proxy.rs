//! An explicit proxy, through every driver that has sockets: everything goes through its tunnel, TLS inside. (That proxies
//! in the environment are not asked, `.ci/run` tries with the quickstarts.)

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use erpnet::{Error, Instance, Reason, ServiceApp, TransportOptions};
use erpnet_client::TransportErrorKind as Cause;
use erpnet_sandbox::{Application, Sandbox};
use erpnet_tests::caller::Action;
use erpnet_tests::drivers::{self, Driver, Setting};
use erpnet_tests::instance::{CLIENT_ID, SECRET};
use serde_json::Value;

/// A proxy that tunnels, or refuses to; it notes the first line of every request.
struct Proxy {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn start(answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, log) = (stream.unwrap(), Arc::clone(&log));
                thread::spawn(move || serve(stream, answer, &log));
            }
        });
        Self { url, asked }
    }
}

fn serve(mut client: TcpStream, answer: &str, log: &Mutex<Vec<String>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if client.read(&mut byte).unwrap_or(0) == 0 {
            return;
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let line = head.lines().next().unwrap().to_owned();
    log.lock().unwrap().push(head.clone());
    let target = line.split(' ').nth(1).unwrap().to_owned();
    client.write_all(answer.as_bytes()).unwrap();
    if !answer.starts_with("HTTP/1.1 2") {
        return;
    }
    let server = TcpStream::connect(target).unwrap();
    let (mut from_client, mut to_server) =
        (client.try_clone().unwrap(), server.try_clone().unwrap());
    thread::spawn(move || std::io::copy(&mut from_client, &mut to_server));
    let _ = std::io::copy(&mut { server }, &mut client);
}

fn read(driver: &dyn Driver, sandbox: &Sandbox, options: TransportOptions) -> Result<Value, Error> {
    let instance = Instance::loopback(sandbox.root_url()).unwrap();
    let app = ServiceApp::new(instance, CLIENT_ID, SECRET).unwrap();
    let app = app.configure(|options| options.retry.attempts = 1);
    let setting = Setting {
        transport: options,
        ..Setting::default()
    };
    driver
        .connect(app, &setting)?
        .call(&Action::Get("Crm_Customers?$top=1".to_owned()))
}

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::builder().tls(true).start().unwrap();
    sandbox
        .register(Application::service(CLIENT_ID).secret(SECRET))
        .unwrap();
    sandbox
}

fn trusting(sandbox: &Sandbox) -> TransportOptions {
    TransportOptions::default().with_ca_pem(sandbox.ca_pem().unwrap())
}

#[test]
fn everything_goes_through_the_tunnel() {
    let sandbox = sandbox();
    for driver in drivers::real() {
        let at = driver.name();
        let proxy = Proxy::start("HTTP/1.1 200 Connection established\r\n\r\n");
        let rows = read(
            driver.as_ref(),
            &sandbox,
            trusting(&sandbox).with_proxy(&proxy.url),
        )
        .expect(at);
        assert_eq!(rows["value"].as_array().unwrap().len(), 1, "{at}");
        let asked = proxy.asked.lock().unwrap();
        assert!(!asked.is_empty(), "{at}");
        for head in asked.iter() {
            assert!(head.starts_with("CONNECT localhost:"), "{at}: {head}");
            assert!(
                !head.to_ascii_lowercase().contains("authorization: bearer"),
                "{at}: the proxy sees no token"
            );
        }
    }
}

#[test]
fn a_proxy_that_refuses_is_named_and_nothing_was_sent() {
    let sandbox = sandbox();
    for driver in drivers::real() {
        let at = driver.name();
        let proxy = Proxy::start("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
        let error = read(
            driver.as_ref(),
            &sandbox,
            trusting(&sandbox).with_proxy(&proxy.url),
        )
        .expect_err(at);
        match error.reason() {
            Reason::Transport(lost) => assert_eq!(lost.kind(), Cause::Connect, "{at}: {error}"),
            _ => panic!("{at}: {error}"),
        }
    }
}

#[test]
fn an_address_that_is_no_proxys_is_refused_when_the_client_is_made() {
    let sandbox = sandbox();
    for driver in drivers::real() {
        let error = read(
            driver.as_ref(),
            &sandbox,
            trusting(&sandbox).with_proxy("::no proxy::"),
        )
        .expect_err(driver.name());
        assert_eq!(
            error.kind(),
            erpnet::ErrorKind::Config,
            "{}: {error}",
            driver.name()
        );
    }
}
