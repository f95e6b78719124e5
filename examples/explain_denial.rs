//! Why was it refused, and what is the smallest change that would allow it?
//!
//! `cargo run -p erpnet-examples --example explain_denial`
#![allow(clippy::print_stdout, reason = "an example prints")]

use erpnet_access::record::HashText;
use erpnet_access::{
    CallFacts, Credential, DiagnosisContext, Endpoint, Grant, GrantRequest, Operation, Readings,
    ReceivedError, ScopeFlags, TrustedApplication, UserFacts, diagnose, explain_call,
    explain_grant,
};
use erpnet_types::Timestamp;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let readings = Readings::default();
    let now = Timestamp::from_unix_seconds(1_766_505_200);
    let record = TrustedApplication::from_json_str(
        r#"{
            "ApplicationUri": "com.example/orders",
            "ClientType": "Confidential",
            "ApplicationSecretHash": "lpbvTTvCXTKvRvXbYTPcQ+Mu7fhuLN3jD6bErUnYVzA=",
            "SystemUserAllowed": true,
            "SystemUser": {"@odata.id": "Systems_Security_Users(cc314327-3d04-477f-ac53-cde19d8350e9)"},
            "Scope": "read"
        }"#,
    )
    .record;

    println!("# The API refuses to create a customer: would it, and why?");
    let token = CallFacts::service(ScopeFlags::READ, now);
    let operation = Operation::parse("POST", "/api/domain/odata/Crm_Customers");
    println!(
        "{}",
        explain_call(&token, operation, now, &readings, Some(&record))
    );

    println!("# The token endpoint answers `invalid_scope`");
    let hash = record
        .application_secret_hash
        .as_ref()
        .and_then(HashText::sha256);
    let request =
        GrantRequest::client_credentials("com.example/orders", "read update offline_access")
            .with_credential(hash.map_or(Credential::Absent, Credential::Hash));
    println!(
        "{}",
        explain_grant(&record, &request, &UserFacts::none(), &readings)
    );

    println!("# From the bare answer back to its causes");
    let error = ReceivedError {
        code: Some("invalid_scope"),
        ..ReceivedError::at(Endpoint::Token, 400)
    };
    let context = DiagnosisContext {
        grant: Some(Grant::ClientCredentials),
        record: Some(&record),
        requested_scope: Some("read update offline_access"),
        ..DiagnosisContext::default()
    };
    println!("{}", diagnose(&error, &context));

    println!("# The same for a machine");
    let update_only = CallFacts::user(ScopeFlags::UPDATE, now);
    let why = explain_call(&update_only, Operation::EntityRead, now, &readings, None);
    println!("{}", serde_json::to_string_pretty(&why)?);
    Ok(())
}
