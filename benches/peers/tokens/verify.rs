//! The same token verified by other libraries, beside the rows of the SDK's own benchmark: `cargo bench` in this folder.
#![allow(missing_docs, reason = "criterion's macros make public functions")]

use criterion::{Criterion, criterion_group, criterion_main};
use erpnet_benches::group;
use erpnet_benches_peers_tokens::tokens_of_today;

fn verify_rs256(criterion: &mut Criterion) {
    let (subject, of_google) = tokens_of_today();
    let mut rows = erpnet_benches::verify::rows(&subject);
    rows.extend(erpnet_benches_peers_tokens::verifiers::rows(
        &subject, &of_google,
    ));
    group(criterion, "verify_rs256", rows);
}

criterion_group!(benches, verify_rs256);
criterion_main!(benches);
