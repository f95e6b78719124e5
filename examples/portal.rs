//! A portal: its users are identified, and its service calls the API for them: `cargo run --example portal`. The portal
//! itself is in `src/portal.rs`.
//!
//! With `ERPNET_EXAMPLE_BROWSER=sandbox` the sandbox plays the person, and the example ends by itself.
#![expect(clippy::print_stdout, reason = "an example talks to a person")]

use std::process::ExitCode;

use erpnet::{Client, Identity, IdentityApp, Page, Row, ServiceApp};
use erpnet_examples::person::Person;
use erpnet_examples::portal::{self, Customers};
use erpnet_examples::site::{Site, binding, visit};
use erpnet_examples::{Failure, finish};
use erpnet_sandbox::{Application, COMMUNITY_USER, DEFAULT_PASSWORD, INTERNAL_USER, Sandbox};

const CLIENT_ID: &str = "com.example/portal";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    finish(run().await)
}

async fn run() -> Result<(), Failure> {
    let (sandbox, site) = (Sandbox::start()?, Site::local().await?);
    // One record for both: users sign in, and a system user reads.
    let record = Application::portal(CLIENT_ID, site.redirect_uri())
        .name("Customer portal")
        .post_logout_redirect_uri(site.url("/signed-out"));
    let secret = sandbox.register(record)?.secret;
    let secret = secret.ok_or("the sandbox made no secret")?;
    let instance = sandbox.instance();

    let app = IdentityApp::portal(
        instance.clone(),
        CLIENT_ID,
        secret.expose(),
        site.redirect_uri(),
    )?
    .with_post_logout_redirect_uri(&site.url("/signed-out"))?;
    let users = erpnet::identify(app)?.with_binding(binding()?);
    let service = erpnet::connect(ServiceApp::new(instance, CLIENT_ID, secret.expose())?)?;

    let customers = customers(&sandbox, &service).await?;
    println!(
        "instance        {} (a sandbox on this machine)",
        sandbox.root_url()
    );
    println!("open            {}", site.url("/"));
    println!("users           {COMMUNITY_USER}, {INTERNAL_USER} (password: {DEFAULT_PASSWORD})");
    let router = portal::router(users, service, customers, site.callback());
    let person = || Person::new(COMMUNITY_USER, &sandbox, &site.url("/"));
    let visit = visit(person, steps);
    site.serve(router, visit).await
}

/// Makes the external user a customer: the one of the first order.
async fn customers(sandbox: &Sandbox, service: &Client) -> Result<Customers, Failure> {
    let user = sandbox
        .user(COMMUNITY_USER)
        .ok_or("the user is not there")?;
    let identity = Identity::new(sandbox.issuer(), Some(&user.id), user.login);
    let first: Page<Row> = service
        .get("Crm_Sales_SalesOrders?$top=1&$select=Customer&$orderby=DocumentNo")
        .await?;
    let customer = first.value.first().and_then(|order| order.get("Customer"));
    let customer = customer.and_then(|value| value.get("@odata.id")?.as_str());
    let customer = customer.ok_or("the first order has no customer")?;
    Ok(Customers::from([(identity, customer.to_owned())]))
}

fn steps(person: &mut Person) -> Result<(), String> {
    person.open("/orders", "<td>")?;
    println!(
        "signed in       an external user, and showed the customer's orders, read by the service"
    );
    person.press("/sign-out", "You are signed out")?;
    println!("signed out      here and at the instance");
    Ok(())
}
