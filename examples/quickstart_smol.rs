//! The async client without tokio, over hyper on smol: `cargo run --example quickstart_smol`.
#![expect(clippy::print_stdout, reason = "an example talks to a person")]

use std::process::ExitCode;

use erpnet::{Page, Row};
use erpnet_examples::{Failure, Setup, finish, print_table};

fn main() -> ExitCode {
    finish(smol::block_on(run()))
}

async fn run() -> Result<(), Failure> {
    let setup = Setup::from_environment()?;
    let client = erpnet::smol::connect(setup.app.clone())?;
    let customers: Page<Row> = client
        .get("Crm_Customers?$top=3&$select=Number,DisplayText&$orderby=Number")
        .await?;
    println!("token           {:?}", client.token().await?);
    print_table(&["Number", "DisplayText"], &customers.value);
    Ok(())
}
