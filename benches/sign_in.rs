//! A pending sign-in into its cookie and out again, beside the cipher alone over as many bytes.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use erpnet_benches::SignInSubject;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use std::hint::black_box;

fn sign_in(criterion: &mut Criterion) {
    let subject = SignInSubject::new();
    let key = UnboundKey::new(&AES_256_GCM, &[7; 32]).expect("a key");
    let key = LessSafeKey::new(key);
    let nonce = || Nonce::assume_unique_for_key([9; NONCE_LEN]);
    let aad = || Aad::from(&subject.bound_to);
    let mut sealed = subject.plain.clone();
    key.seal_in_place_append_tag(nonce(), aad(), &mut sealed)
        .expect("room");
    let mut group = criterion.benchmark_group("sign_in");
    group.bench_function("seal_ring_raw", |bencher| {
        bencher.iter_batched(
            || subject.plain.clone(),
            |mut bytes| {
                let sealed = key.seal_in_place_append_tag(nonce(), aad(), black_box(&mut bytes));
                sealed.expect("room");
                bytes
            },
            BatchSize::SmallInput,
        );
    });
    group.bench_function("seal", |bencher| {
        bencher.iter_batched(
            SignInSubject::entropy,
            |entropy| {
                let sealed = subject.keys.seal(black_box(&subject.pending), entropy);
                sealed.expect("it fits")
            },
            BatchSize::SmallInput,
        );
    });
    group.bench_function("open_ring_raw", |bencher| {
        bencher.iter_batched(
            || sealed.clone(),
            |mut bytes| {
                let opened = key.open_in_place(nonce(), aad(), black_box(&mut bytes));
                opened.expect("as it was sealed").len()
            },
            BatchSize::SmallInput,
        );
    });
    group.bench_function("open", |bencher| {
        bencher.iter(|| {
            let opened = subject
                .keys
                .open(black_box(&subject.sealed), &subject.client_id);
            opened.expect("as it was sealed")
        });
    });
    group.finish();
}

criterion_group!(benches, sign_in);
criterion_main!(benches);
