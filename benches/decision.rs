//! What decisions cost: `cargo bench -p erpnet-benches --bench decision`.
#![allow(missing_docs, reason = "criterion's macros make public functions")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use erpnet_access::{
    CallFacts, Credential, GrantRequest, LintContext, Operation, PreparedCalls, Preset, Readings,
    ScopeFlags, UserFacts, evaluate_call, evaluate_grant, explain_call, explain_grant, lint,
    record::SystemUser,
};
use erpnet_types::{SecretHash, Timestamp};

const READ: &str = "/api/domain/odata/Crm_Customers?$top=10&$select=Id";
const WRITE: &str = "/api/domain/odata/Crm_Customers(5e1b0d3c-0000-4000-8000-000000000001)";

fn calls(c: &mut Criterion) {
    let mut group = c.benchmark_group("decision");
    let now = Timestamp::from_unix_seconds(1_766_505_200);
    let readings = Readings::default();
    let token = CallFacts::user(ScopeFlags::READ, now);
    let calls = PreparedCalls::new(&token, &readings);
    group.bench_function("prepare", |b| {
        b.iter(|| PreparedCalls::new(black_box(&token), black_box(&readings)));
    });
    for (name, operation) in [
        ("allow", Operation::EntityRead),
        ("deny", Operation::EntityWrite),
    ] {
        group.bench_function(format!("call_parsed/{name}"), |b| {
            b.iter(|| black_box(&calls).decide(black_box(operation), black_box(now)));
        });
        // The same with nothing prepared.
        group.bench_function(format!("call_once/{name}"), |b| {
            b.iter(|| {
                evaluate_call(
                    black_box(&token),
                    black_box(operation),
                    black_box(now),
                    black_box(&readings),
                )
            });
        });
    }
    for (name, method, path) in [("allow", "GET", READ), ("deny", "PATCH", WRITE)] {
        group.bench_function(format!("call_text/{name}"), |b| {
            b.iter(|| {
                let operation = Operation::parse(black_box(method), black_box(path));
                black_box(&calls).decide(operation, black_box(now))
            });
        });
    }
    for (name, operation) in [
        ("allow", Operation::EntityRead),
        ("deny", Operation::EntityWrite),
    ] {
        group.bench_function(format!("call_explained/{name}"), |b| {
            b.iter(|| {
                explain_call(
                    black_box(&token),
                    black_box(operation),
                    now,
                    &readings,
                    None,
                )
            });
        });
    }
    group.finish();
}

fn records(c: &mut Criterion) {
    let mut group = c.benchmark_group("decision");
    let readings = Readings::default();
    let hash = SecretHash::from_bytes([7; 32]);
    let user = SystemUser::by_id("cc314327-3d04-477f-ac53-cde19d8350e9");
    let record = Preset::hybrid("com.example/app", hash, "https://app.example/cb", user)
        .writes()
        .record();
    let service = GrantRequest::client_credentials("com.example/app", "read update")
        .with_credential(Credential::Hash(hash));
    let sign_in = GrantRequest::hybrid(
        "com.example/app",
        "https://app.example/cb",
        "openid profile read update",
    )
    .with_credential(Credential::Hash(hash));
    for (name, request) in [("client_credentials", &service), ("sign_in", &sign_in)] {
        group.bench_function(format!("grant/{name}"), |b| {
            b.iter(|| {
                evaluate_grant(
                    black_box(&record),
                    black_box(request),
                    &UserFacts::internal(),
                    &readings,
                )
            });
        });
    }
    let wrong = GrantRequest::client_credentials("com.example/app", "openid read");
    group.bench_function("grant_explained", |b| {
        b.iter(|| {
            explain_grant(
                black_box(&record),
                black_box(&wrong),
                &UserFacts::none(),
                &readings,
            )
        });
    });
    group.bench_function("lint_record", |b| {
        b.iter(|| lint(black_box(&record), &LintContext::default()));
    });
    group.finish();
}

criterion_group!(benches, calls, records);
criterion_main!(benches);
