//! Verifying an access token, beside the raw RSA operation that nothing can avoid.

use criterion::{Criterion, criterion_group, criterion_main};
use erpnet_benches::Subject;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use std::hint::black_box;

fn verify_rs256(criterion: &mut Criterion) {
    let subject = Subject::user_token();
    let (signing_input, _) = subject.token.rsplit_once('.').expect("three parts");
    let mut group = criterion.benchmark_group("verify_rs256");
    group.bench_function("ring_raw", |bencher| {
        let key = RsaPublicKeyComponents {
            n: &subject.modulus,
            e: &subject.exponent,
        };
        bencher.iter(|| {
            let input = black_box(signing_input.as_bytes());
            key.verify(&RSA_PKCS1_2048_8192_SHA256, input, &subject.signature)
                .expect("a good signature");
        });
    });
    group.bench_function("erpnet", |bencher| {
        bencher.iter(|| {
            subject
                .verifier
                .verify(black_box(&subject.token), subject.now)
                .expect("a good token")
        });
    });
    group.bench_function("erpnet_core_claims", |bencher| {
        bencher.iter(|| {
            subject
                .verifier
                .verify_core(black_box(&subject.token), subject.now)
                .expect("a good token")
        });
    });
    group.finish();
}

criterion_group!(benches, verify_rs256);
criterion_main!(benches);
