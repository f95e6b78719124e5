//! Your own HTTP stack is one trait: `cargo run --example bring_your_own_http`.
//!
//! The one in `own_stack.rs` speaks plain HTTP/1.1 over a socket: enough for the local instance, and refused for any
//! other. Which addresses are allowed, how long bodies may be, retries and every judgement of an answer stay in the
//! library; a blocking stack keeps the deadline itself.
#![expect(clippy::print_stdout, reason = "an example talks to a person")]

mod own_stack;

use std::process::ExitCode;
use std::sync::Arc;

use erpnet::{Page, Row, blocking::Client};
use erpnet_examples::{Failure, Setup, finish, print_table};

use crate::own_stack::OwnStack;

fn main() -> ExitCode {
    finish(run())
}

fn run() -> Result<(), Failure> {
    let setup = Setup::from_environment()?;
    let client = Client::new(setup.app.clone(), Arc::new(OwnStack))?;
    let customers: Page<Row> =
        client.get("Crm_Customers?$top=3&$select=Number,DisplayText&$orderby=Number")?;
    println!(
        "token           {} (verified)",
        client.verified_token()?.scopes()
    );
    print_table(&["Number", "DisplayText"], &customers.value);
    Ok(())
}
