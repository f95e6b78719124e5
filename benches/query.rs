//! What writing a query costs: `cargo bench -p erpnet-benches --bench query`.
#![allow(missing_docs, reason = "criterion's macros make public functions")]

// The table that the tests compare with the documentation.
#[path = "../crates/erpnet-core/tests/documented/mod.rs"]
mod documented;

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use documented::DOCUMENTED;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// What a URL parser encodes in a query.
const QUERY: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'\'');

fn queries(c: &mut Criterion) {
    let mut group = c.benchmark_group("query");
    // The baseline: the same texts, written already, only percent-encoded.
    group.bench_function("all/encode_only", |b| {
        b.iter(|| {
            for (text, _) in DOCUMENTED {
                black_box(utf8_percent_encode(black_box(text), QUERY).to_string());
            }
        });
    });
    group.bench_function("all/erpnet", |b| {
        b.iter(|| {
            for (_, build) in DOCUMENTED {
                black_box(black_box(build)().path().is_ok());
            }
        });
    });
    // Each alone, briefly: none is to take a microsecond.
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(50));
    group.measurement_time(Duration::from_millis(200));
    for (number, (_, build)) in DOCUMENTED.iter().enumerate() {
        group.bench_function(format!("documented/{number:02}"), |b| {
            b.iter(|| black_box(black_box(build)().path().is_ok()));
        });
    }
    group.finish();
}

criterion_group!(benches, queries);
criterion_main!(benches);
