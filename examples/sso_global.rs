//! Single sign-on with ERP.net accounts, at the global authority: `cargo run --example sso_global`. The application itself
//! is in `src/sso.rs`; what it cannot do is shown there.
//!
//! With `ERPNET_CLIENT_ID`, `ERPNET_CLIENT_SECRET` and `ERPNET_REDIRECT_URI` it runs at `id.erp.net`; without, at a sandbox.
//! With `ERPNET_EXAMPLE_BROWSER=sandbox` the sandbox plays the person, and the example ends by itself.
#![expect(clippy::print_stdout, reason = "an example talks to a person")]

use std::env;
use std::process::ExitCode;

use erpnet::{GlobalAuthority, IdentityApp, IdentitySignIn};
use erpnet_examples::person::Person;
use erpnet_examples::site::{Site, binding, visit};
use erpnet_examples::{Failure, finish, sso};
use erpnet_sandbox::{Application, DEFAULT_PASSWORD, INTERNAL_USER, Sandbox};

const CLIENT_ID: &str = "com.example/sso";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    finish(run().await)
}

async fn run() -> Result<(), Failure> {
    let Ok(client_id) = env::var("ERPNET_CLIENT_ID") else {
        return at_a_sandbox().await;
    };
    let site = Site::from_environment().await?;
    let secret = env::var("ERPNET_CLIENT_SECRET")?;
    let sign_in = sign_in(GlobalAuthority::new()?, &client_id, &secret, &site)?;
    println!("open            {}", site.url("/"));
    let router = sso::router(sign_in, site.callback());
    site.serve(router, None).await
}

async fn at_a_sandbox() -> Result<(), Failure> {
    let (sandbox, site) = (Sandbox::start_global()?, Site::local().await?);
    let record = Application::central(CLIENT_ID, site.redirect_uri())
        .name("Single sign-on")
        .post_logout_redirect_uri(site.url("/signed-out"));
    let secret = sandbox.register(record)?.secret;
    let secret = secret.ok_or("the sandbox made no secret")?;
    let authority = GlobalAuthority::loopback(&sandbox.issuer())?;
    let sign_in = sign_in(authority, CLIENT_ID, secret.expose(), &site)?;
    println!(
        "authority       {} (a sandbox on this machine)",
        sandbox.issuer()
    );
    println!("open            {}", site.url("/"));
    println!("users           {INTERNAL_USER} (password: {DEFAULT_PASSWORD})");
    let router = sso::router(sign_in, site.callback());
    let person = || Person::new(INTERNAL_USER, &sandbox, &site.url("/"));
    let visit = visit(person, steps);
    site.serve(router, visit).await
}

fn sign_in(
    authority: GlobalAuthority,
    client_id: &str,
    secret: &str,
    site: &Site,
) -> Result<IdentitySignIn, Failure> {
    let app = IdentityApp::global(authority, client_id, secret, site.redirect_uri())?
        .with_post_logout_redirect_uri(&site.url("/signed-out"))?;
    Ok(erpnet::identify(app)?.with_binding(binding()?))
}

fn steps(person: &mut Person) -> Result<(), String> {
    person.open("/sign-in", "<dt>Identity</dt>")?;
    println!("signed in       and identified");
    person.press("/sign-out", "You are signed out")?;
    println!("signed out      here and at the authority");
    Ok(())
}
