//! Verifying an access token, beside the raw RSA operation that nothing can avoid.

use criterion::{Criterion, criterion_group, criterion_main};
use erpnet_benches::{Subject, group, verify};

fn verify_rs256(criterion: &mut Criterion) {
    let subject = Subject::user_token();
    group(criterion, "verify_rs256", verify::rows(&subject));
}

criterion_group!(benches, verify_rs256);
criterion_main!(benches);
