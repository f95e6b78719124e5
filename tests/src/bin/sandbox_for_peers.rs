//! A sandbox for peers that are run by hand: prints what each of its applications wants to hear as its first line, and
//! who can sign in. Ends when stdin closes.
#![expect(clippy::print_stdout, reason = "what it is for")]

use std::io::{Read, stdin};

use erpnet_sandbox::Sandbox;
use erpnet_tests::peers::stand::{ANSWERS, ASKED};
use serde_json::json;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start()?;
    println!(
        "{}",
        json!({ "url": sandbox.root_url(), "answers": ANSWERS })
    );
    for asked in ASKED {
        asked.register(&sandbox)?;
        println!("{}", asked.setup(&sandbox));
    }
    stdin().lock().read_to_end(&mut Vec::new())?;
    Ok(())
}
