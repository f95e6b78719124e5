//! The same decision by policy engines: `cargo bench` in this folder.
#![allow(missing_docs, reason = "criterion's macros make public functions")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use erpnet_access::{
    CallFacts, Operation, PreparedCalls, Readings, ScopeFlags, Verdict, evaluate_call,
};
use erpnet_benches_peers::{Casbin, Cedar, NOW, READ, WRITE};
use erpnet_types::Timestamp;

fn decisions(c: &mut Criterion) {
    let now = Timestamp::from_unix_seconds(NOW);
    let readings = Readings::default();
    let token = CallFacts::service(ScopeFlags::READ, now);
    let calls = PreparedCalls::new(&token, &readings);
    let casbin = Casbin::new();
    let cedars = [
        ("cedar", Cedar::full()),
        ("cedar_scopes_only", Cedar::scopes_only()),
    ];

    let mut group = c.benchmark_group("decision");
    for (name, operation, word) in [
        ("allow", Operation::EntityRead, "read"),
        ("deny", Operation::EntityWrite, "write"),
    ] {
        let allowed = name == "allow";
        let expected = if allowed {
            Verdict::Allow
        } else {
            Verdict::Deny
        };
        assert_eq!(calls.decide(operation, now).verdict, expected);
        assert_eq!(casbin.call_parsed(word), allowed);
        group.bench_function(format!("call_parsed/{name}/erpnet_access"), |b| {
            b.iter(|| black_box(&calls).decide(black_box(operation), black_box(now)));
        });
        group.bench_function(format!("call_parsed/{name}/erpnet_access_once"), |b| {
            b.iter(|| {
                evaluate_call(
                    black_box(&token),
                    black_box(operation),
                    black_box(now),
                    black_box(&readings),
                )
            });
        });
        group.bench_function(format!("call_parsed/{name}/casbin"), |b| {
            b.iter(|| black_box(&casbin).call_parsed(black_box(word)));
        });
        for (peer, cedar) in &cedars {
            let request = cedar.request(operation);
            assert_eq!(cedar.call_parsed(&request), allowed);
            group.bench_function(format!("call_parsed/{name}/{peer}"), |b| {
                b.iter(|| black_box(cedar).call_parsed(black_box(&request)));
            });
        }
    }
    for (name, method, path) in [("allow", "GET", READ), ("deny", "POST", WRITE)] {
        let allowed = name == "allow";
        assert_eq!(casbin.call_text(method, path), allowed);
        group.bench_function(format!("call_text/{name}/erpnet_access"), |b| {
            b.iter(|| {
                let operation = Operation::parse(black_box(method), black_box(path));
                black_box(&calls).decide(operation, black_box(now))
            });
        });
        group.bench_function(format!("call_text/{name}/casbin"), |b| {
            b.iter(|| black_box(&casbin).call_text(black_box(method), black_box(path)));
        });
        for (peer, cedar) in &cedars {
            assert_eq!(cedar.call_text(method, path), allowed);
            group.bench_function(format!("call_text/{name}/{peer}"), |b| {
                b.iter(|| black_box(cedar).call_text(black_box(method), black_box(path)));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, decisions);
criterion_main!(benches);
