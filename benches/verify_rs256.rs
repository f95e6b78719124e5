//! Verifying an access token, beside the raw RSA operation that nothing can avoid.

use criterion::{Criterion, criterion_group, criterion_main};
use erpnet_benches::Subject;
use erpnet_core::token::VerifiedTokens;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use std::hint::black_box;
use std::sync::Arc;

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
    let mut cache = VerifiedTokens::new(1024, (7, 11));
    let verified = subject
        .verifier
        .verify(&subject.token, subject.now)
        .expect("a good token");
    cache.insert(&subject.token, &Arc::new(verified));
    group.bench_function("erpnet_repeat", |bencher| {
        let rules = subject.verifier.rules();
        bencher.iter(|| {
            cache
                .get(black_box(&subject.token), rules, subject.now.wall)
                .expect("a known token")
        });
    });
    group.finish();
}

criterion_group!(benches, verify_rs256);
criterion_main!(benches);
