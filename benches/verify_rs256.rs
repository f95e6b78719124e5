//! Verifying an access token, beside the raw RSA operation that nothing can avoid.

use criterion::{Criterion, criterion_group, criterion_main};
use erpnet_benches::{Subject, verify};

fn verify_rs256(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("verify_rs256");
    verify::rows(&mut group, &Subject::user_token());
    group.finish();
}

criterion_group!(benches, verify_rs256);
criterion_main!(benches);
