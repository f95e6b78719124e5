//! The rows of the group `verify_rs256`: by hand over each library, and this SDK.

use std::hint::black_box;
use std::sync::Arc;

use criterion::BenchmarkGroup;
use criterion::measurement::WallTime;
use erpnet_core::token::{VerifiedTokens, Verifier};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};

use crate::Subject;

/// Adds the rows: the RSA operation alone, then the SDK's verifications over it, for each library compiled in; then a
/// token that was verified before.
///
/// # Panics
/// When a good token is refused.
pub fn rows(group: &mut BenchmarkGroup<'_, WallTime>, subject: &Subject) {
    let (signing_input, _) = subject.token.rsplit_once('.').expect("three parts");
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
    verifier(
        group,
        subject,
        &subject.verifier,
        ["erpnet", "erpnet_core_claims"],
    );
    #[cfg(feature = "aws-lc-rs")]
    {
        group.bench_function("aws_raw", |bencher| {
            let key = subject.aws_key();
            bencher.iter(|| {
                let input = black_box(signing_input.as_bytes());
                key.verify_sig(input, &subject.signature)
                    .expect("a good signature");
            });
        });
        let names = ["erpnet_aws", "erpnet_aws_core_claims"];
        verifier(group, subject, &subject.aws_verifier, names);
    }
    repeat(group, subject);
}

fn verifier(
    group: &mut BenchmarkGroup<'_, WallTime>,
    subject: &Subject,
    verifier: &Verifier,
    [whole, core]: [&str; 2],
) {
    group.bench_function(whole, |bencher| {
        bencher.iter(|| {
            verifier
                .verify(black_box(&subject.token), subject.now)
                .expect("a good token")
        });
    });
    group.bench_function(core, |bencher| {
        bencher.iter(|| {
            verifier
                .verify_core(black_box(&subject.token), subject.now)
                .expect("a good token")
        });
    });
}

fn repeat(group: &mut BenchmarkGroup<'_, WallTime>, subject: &Subject) {
    let mut cache = VerifiedTokens::new(1024, (7, 11));
    let verified = subject.verifier.verify(&subject.token, subject.now);
    cache.insert(&subject.token, &Arc::new(verified.expect("a good token")));
    group.bench_function("erpnet_repeat", |bencher| {
        let rules = subject.verifier.rules();
        bencher.iter(|| {
            cache
                .get(black_box(&subject.token), rules, subject.now.wall)
                .expect("a known token")
        });
    });
}
