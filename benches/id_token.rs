//! Verifying the ID token of a sign-in, beside the raw RSA operation that nothing can avoid.

use criterion::{Criterion, criterion_group, criterion_main};
use erpnet_benches::IdTokenSubject;
use erpnet_core::id_token::Attempt;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use std::hint::black_box;

fn id_token(criterion: &mut Criterion) {
    let subject = IdTokenSubject::signed_in();
    let (signing_input, _) = subject.token.rsplit_once('.').expect("three parts");
    let mut group = criterion.benchmark_group("id_token");
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
        let attempt = Attempt::new(IdTokenSubject::NONCE).state(IdTokenSubject::STATE);
        bencher.iter(|| {
            subject
                .verifier
                .token_endpoint(
                    black_box(&subject.token),
                    IdTokenSubject::CODE,
                    &subject.access_token,
                    &attempt,
                    subject.now,
                )
                .expect("a good token")
        });
    });
    group.finish();
}

criterion_group!(benches, id_token);
criterion_main!(benches);
