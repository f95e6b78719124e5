//! A web application whose users sign in and whose pages are read from the Domain API as them:
//! `cargo run --example web_app`. The application itself is in `src/web_app.rs`.
//!
//! With `ERPNET_INSTANCE`, `ERPNET_CLIENT_ID`, `ERPNET_CLIENT_SECRET` and `ERPNET_REDIRECT_URI` it runs at a real instance,
//! read-only. With `ERPNET_EXAMPLE_BROWSER=sandbox` the sandbox plays the person, and the example ends by itself.
#![expect(clippy::print_stdout, reason = "an example talks to a person")]

use std::env;
use std::process::ExitCode;

use erpnet::{Instance, InteractiveApp};
use erpnet_examples::person::Person;
use erpnet_examples::site::{Site, binding, visit};
use erpnet_examples::{Failure, finish, web_app};
use erpnet_sandbox::{ADMIN_USER, Application, DEFAULT_PASSWORD, INTERNAL_USER, Sandbox};

const CLIENT_ID: &str = "com.example/web";
const SCOPES: &str = "openid profile read offline_access";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    finish(run().await)
}

async fn run() -> Result<(), Failure> {
    let Ok(instance) = env::var("ERPNET_INSTANCE") else {
        return at_a_sandbox().await;
    };
    let site = Site::from_environment().await?;
    let app = InteractiveApp::confidential(
        Instance::parse(&instance)?,
        &*env::var("ERPNET_CLIENT_ID")?,
        env::var("ERPNET_CLIENT_SECRET")?,
        site.redirect_uri(),
    )?;
    let router = web_app::router(sign_in(app, &site)?, site.callback());
    println!("instance        {instance} (from the environment; read-only)");
    println!("open            {}", site.url("/"));
    site.serve(router, None).await
}

async fn at_a_sandbox() -> Result<(), Failure> {
    let (sandbox, site) = (Sandbox::start()?, Site::local().await?);
    // What an administrator enters once, in the instance's list of Trusted Applications.
    let record = Application::web(CLIENT_ID, site.redirect_uri())
        .name("Customers of the company")
        .post_logout_redirect_uri(site.url("/signed-out"));
    let secret = sandbox.register(record)?.secret;
    let secret = secret.ok_or("the sandbox made no secret")?;

    let app = InteractiveApp::confidential(
        sandbox.instance(),
        CLIENT_ID,
        secret.expose(),
        site.redirect_uri(),
    )?;
    let router = web_app::router(sign_in(app, &site)?, site.callback());
    println!(
        "instance        {} (a sandbox on this machine)",
        sandbox.root_url()
    );
    println!("open            {}", site.url("/"));
    println!("users           {INTERNAL_USER}, {ADMIN_USER} (password: {DEFAULT_PASSWORD})");
    let person = || Person::new(INTERNAL_USER, &sandbox, &site.url("/"));
    let visit = visit(person, steps);
    site.serve(router, visit).await
}

/// What the application asks for, and where its sign-ins are until their answers come.
fn sign_in(app: InteractiveApp, site: &Site) -> Result<erpnet::SignIn, Failure> {
    let app = app
        .with_scopes(SCOPES)?
        .with_post_logout_redirect_uri(&site.url("/signed-out"))?;
    Ok(erpnet::sign_in(app)?.with_binding(binding()?))
}

fn steps(person: &mut Person) -> Result<(), String> {
    person.open("/", "Sign in with your account")?;
    person.open("/customers", "<caption>The first ten")?;
    println!("signed in       and read ten customers");
    person.open("/sign-in?again=yes", "Maria Petrova")?;
    println!("signed in       again, with `prompt=login`");
    person.press("/sign-out", "You are signed out")?;
    println!("signed out      here and at the instance");
    Ok(())
}
