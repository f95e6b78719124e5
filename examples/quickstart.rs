//! A service application, from nothing to the first rows: `cargo run --example quickstart`.
#![expect(clippy::print_stdout, reason = "an example talks to a person")]

use std::process::ExitCode;

use erpnet::{Page, Row, blocking};
use erpnet_examples::{Failure, Setup, finish, print_error, print_table};

fn main() -> ExitCode {
    finish(run())
}

fn run() -> Result<(), Failure> {
    let setup = Setup::from_environment()?;
    let client = blocking::connect(setup.app.clone())?;

    let sites = client.sites()?;
    println!(
        "sites           {} found by auto-discovery",
        sites.sites().len()
    );
    println!("authority       {}", client.provider()?.issuer);

    // A reference token (PAT, SAT) can be read by its instance only; a service's token is verified here.
    if client.token()?.capabilities().can_verify {
        let token = client.verified_token()?;
        println!(
            "token           signature and claims verified; acts as {}",
            token.system_user().unwrap_or_default()
        );
        println!(
            "scopes          {} (until {})",
            token.scopes(),
            token.expires()
        );
    }

    let customers: Page<Row> =
        client.get("Crm_Customers?$top=10&$select=Number,DisplayText&$orderby=Number")?;
    println!("\nten customers from the Domain API\n");
    print_table(&["Number", "DisplayText"], &customers.value);

    if setup.sandbox.is_some() {
        println!("\na write with the read-only token, refused:\n");
        if let Err(error) = client.post::<_, Row>("Crm_Customers", &Row::new()) {
            print_error(&error);
        }
    }
    Ok(())
}
