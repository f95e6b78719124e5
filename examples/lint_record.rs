//! Lints a Trusted Application record, read from a file or the one below.
//!
//! `cargo run -p erpnet-examples --example lint_record -- my-app.json`
#![allow(clippy::print_stdout, reason = "an example prints")]

use erpnet_access::lint::{LintContext, Purpose};
use erpnet_access::{TrustedApplication, lint};

const SAMPLE: &str = r#"{
    "ApplicationUri": "com.example/portal",
    "ClientType": "Public",
    "ApplicationSecretHash": "T/AGymuI51LwjLeIFxRQXOs9IHnupDKs/ajhWODR2C4=",
    "ImpersonateAsCommunityUserAllowed": true,
    "ImpersonateLoginUrl": "https://*.example.com/callback, http://portal.example.com/callback",
    "SystemUserAllowed": "yes",
    "Scope": "Read update DomainApi",
    "AccessTokens": "AuthenticatedUsers",
    "BasicAuthenticationAllowed": true
}"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let text = match std::env::args().nth(1) {
        Some(file) => std::fs::read_to_string(file)?,
        None => SAMPLE.to_owned(),
    };
    let parsed = TrustedApplication::from_json_str(&text);
    for problem in &parsed.problems {
        println!("problem {problem}");
    }
    let context = LintContext {
        purpose: Purpose::ReadOnly,
        ..LintContext::default()
    };
    let found = lint(&parsed.record, &context);
    for finding in &found {
        println!("{finding}");
    }
    println!(
        "{} problems, {} findings",
        parsed.problems.len(),
        found.len()
    );
    Ok(())
}
