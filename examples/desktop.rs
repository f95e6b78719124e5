//! A desktop program: the person signs in with the browser, the program calls the Domain API as them:
//! `cargo run --example desktop`.
//!
//! The address is always printed. Where no browser can be opened - over SSH, in a container - it is opened elsewhere, and
//! the address where that browser ends is pasted here.
//!
//! With `ERPNET_INSTANCE`, `ERPNET_CLIENT_ID` and `ERPNET_REDIRECT_URI` (such as `http://127.0.0.1:8400/callback`) it runs at
//! a real instance, read-only. With `ERPNET_EXAMPLE_BROWSER=sandbox` the sandbox plays the person, and the example ends by
//! itself.
#![expect(clippy::print_stdout, reason = "an example talks to a person")]

use std::process::ExitCode;
use std::{env, io, thread};

use erpnet::client::LoopbackHandle;
use erpnet::core::sign_in::SIGN_IN_TIMEOUT;
use erpnet::{AuthorizationRequest, Instance, InteractiveApp, Page, Row, SignInUrl, blocking};
use erpnet_examples::person::Person;
use erpnet_examples::{Failure, finish, print_error, print_table};
use erpnet_sandbox::{ADMIN_USER, Application, DEFAULT_PASSWORD, INTERNAL_USER, Sandbox};

const CLIENT_ID: &str = "com.example/desktop";

/// Registered; another program may have the port, then the next is tried. No other port is (AUTH-106).
const REDIRECTS: [&str; 2] = [
    "http://127.0.0.1:8400/callback",
    "http://127.0.0.1:8401/callback",
];

fn main() -> ExitCode {
    finish(run())
}

fn run() -> Result<(), Failure> {
    let (app, sandbox) = application()?;
    let played = env::var("ERPNET_EXAMPLE_BROWSER").is_ok_and(|value| value == "sandbox");
    let person = sandbox.as_ref().filter(|_| played);
    let mut person = person.map(|sandbox| Person::new(INTERNAL_USER, sandbox, ""));

    let sign_in = blocking::sign_in(app)?;
    let signed_in = sign_in.sign_in_loopback(
        AuthorizationRequest::new(),
        SIGN_IN_TIMEOUT,
        |url, handle| match person.take() {
            Some(person) => play(person, url),
            None => open(url, handle),
        },
    )?;
    let session = signed_in.session();
    let client = sign_in.client(session)?;
    println!("signed in       {}", client.me()?.name);

    let path = "Crm_Customers?$top=10&$select=Number,DisplayText&$orderby=Number";
    let customers: Page<Row> = client.get(path)?;
    println!("\nten customers from the Domain API\n");
    print_table(&["Number", "DisplayText"], &customers.value);

    let out = sign_in.sign_out(session)?;
    println!("\nsigned out      the program has forgotten the session");
    // The sign-in of the browser ends at this address. It holds an ID token, so it is not printed.
    let there = out.url.filter(|_| !played);
    if there.is_some_and(|url| open::that_detached(url.expose()).is_ok()) {
        println!("                and the browser goes to the authority to sign out there");
    }
    Ok(())
}

/// Shows the address, opens it where there is a browser, and takes an answer that is pasted.
fn open(url: &SignInUrl, handle: LoopbackHandle) {
    println!("\nsign in here    {}\n", url.as_str());
    println!(
        "If no browser opens, open this address in one elsewhere. It ends at an address that it cannot reach:"
    );
    println!("paste that one here.\n");
    let _ = open::that_detached(url.as_str());
    // It ends with the program, if nobody types anything.
    thread::spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            match handle.paste(&line) {
                Ok(()) => return,
                Err(error) => print_error(&error),
            }
        }
    });
}

fn play(mut person: Person, url: &SignInUrl) {
    let url = url.as_str().to_owned();
    thread::spawn(move || {
        if let Err(problem) = person.open(&url, "You can close this window") {
            println!("the person stopped: {problem}");
        }
    });
}

/// The application that the environment names, or one at a sandbox, which lives as long as the second value.
fn application() -> Result<(InteractiveApp, Option<Sandbox>), Failure> {
    if let Ok(instance) = env::var("ERPNET_INSTANCE") {
        let (id, redirect) = (
            env::var("ERPNET_CLIENT_ID")?,
            env::var("ERPNET_REDIRECT_URI")?,
        );
        println!("instance        {instance} (from the environment; read-only)");
        let app = InteractiveApp::public(Instance::parse(&instance)?, &*id, redirect)?;
        return Ok((app, None));
    }
    let sandbox = Sandbox::start()?;
    let record = Application::public(CLIENT_ID, REDIRECTS[0]).name("Customers on the desktop");
    sandbox.register(record.redirect_uri(REDIRECTS[1]))?;
    println!(
        "instance        {} (a sandbox on this machine)",
        sandbox.root_url()
    );
    println!("users           {INTERNAL_USER}, {ADMIN_USER} (password: {DEFAULT_PASSWORD})");
    let app = InteractiveApp::public(sandbox.instance(), CLIENT_ID, REDIRECTS[0])?
        .or_redirect_uri(REDIRECTS[1])?;
    Ok((app, Some(sandbox)))
}
