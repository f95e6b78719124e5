//! The same as `quickstart`, async over reqwest on tokio: `cargo run --example quickstart_async`.
#![expect(clippy::print_stdout, reason = "an example talks to a person")]

use std::process::ExitCode;

use erpnet::{Page, Row};
use erpnet_examples::{Failure, Setup, finish, print_error, print_table};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    finish(run().await)
}

async fn run() -> Result<(), Failure> {
    let setup = Setup::from_environment()?;
    let client = erpnet::connect(setup.app.clone())?;

    let sites = client.sites().await?;
    println!(
        "sites           {} found by auto-discovery",
        sites.sites().len()
    );
    println!("authority       {}", client.provider().await?.issuer);

    // A reference token (PAT, SAT) can be read by its instance only; a service's token is verified here.
    if client.token().await?.capabilities().can_verify {
        let token = client.verified_token().await?;
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

    let path = "Crm_Customers?$top=10&$select=Number,DisplayText&$orderby=Number";
    let customers: Page<Row> = client.get(path).await?;
    println!("\nten customers from the Domain API\n");
    print_table(&["Number", "DisplayText"], &customers.value);

    if setup.sandbox.is_some() {
        println!("\na write with the read-only token, refused:\n");
        if let Err(error) = client.post::<_, Row>("Crm_Customers", &Row::new()).await {
            print_error(&error);
        }
    }
    Ok(())
}
