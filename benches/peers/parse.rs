//! Documents of an authority read by other libraries, beside the SDK: `cargo bench` in this folder.
#![allow(missing_docs, reason = "criterion's macros make public functions")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use erpnet_benches::ISSUER;
use erpnet_benches_peers::documents;
use erpnet_core::jose::{KeySet, SignatureBackend, SignatureRules};
use erpnet_core::provider::{EndpointRules, ProviderMetadata};
use erpnet_core::token::TokenResponse;
use erpnet_types::ScopeSet;
use jsonwebtoken::DecodingKey;
use oauth2::basic::BasicTokenResponse;
use openidconnect::core::{CoreJsonWebKeySet, CoreProviderMetadata, CoreTokenResponse};

fn discovery(criterion: &mut Criterion) {
    let document = documents::discovery();
    let rules = EndpointRules::default();
    let mut group = criterion.benchmark_group("parse_discovery");
    group.bench_function("erpnet", |bencher| {
        bencher.iter(|| {
            ProviderMetadata::parse(black_box(document.as_bytes()), ISSUER, &rules)
                .expect("good metadata")
        });
    });
    group.bench_function("openidconnect_4", |bencher| {
        bencher.iter(|| {
            serde_json::from_slice::<CoreProviderMetadata>(black_box(document.as_bytes()))
                .expect("good metadata")
        });
    });
    group.finish();
}

fn keys(criterion: &mut Criterion) {
    let document = documents::keys();
    let mut group = criterion.benchmark_group("parse_keys");
    let mut with_aws = SignatureRules::default();
    with_aws.backend = SignatureBackend::AwsLcRs;
    for (name, rules) in [
        ("erpnet", SignatureRules::default()),
        ("erpnet_aws", with_aws),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let keys = KeySet::parse_with(black_box(document.as_bytes()), rules);
                let keys = keys.expect("a good key set");
                assert_eq!(keys.len(), 2);
                keys
            });
        });
    }
    group.bench_function("openidconnect_4", |bencher| {
        bencher.iter(|| {
            serde_json::from_slice::<CoreJsonWebKeySet>(black_box(document.as_bytes()))
                .expect("a good key set")
        });
    });
    group.bench_function("jsonwebtoken_11", |bencher| {
        bencher.iter(|| {
            let set =
                serde_json::from_slice::<jsonwebtoken::jwk::JwkSet>(black_box(document.as_bytes()));
            let keys = set.expect("a good key set").keys;
            let keys: Result<Vec<_>, _> = keys.iter().map(DecodingKey::from_jwk).collect();
            keys.expect("good keys")
        });
    });
    group.finish();
}

fn token_response(criterion: &mut Criterion) {
    let document = documents::token_response();
    let reply = http::Response::new(document.clone().into_bytes());
    let requested = ScopeSet::parse("read update").expect("good scopes");
    let mut group = criterion.benchmark_group("parse_token_response");
    group.bench_function("erpnet", |bencher| {
        bencher.iter(|| {
            TokenResponse::read(
                black_box(&reply),
                "client_credentials",
                &requested,
                &["s3cret"],
            )
            .expect("a good answer")
        });
    });
    group.bench_function("oauth2_5", |bencher| {
        bencher.iter(|| {
            serde_json::from_slice::<BasicTokenResponse>(black_box(document.as_bytes()))
                .expect("a good answer")
        });
    });
    group.bench_function("openidconnect_4", |bencher| {
        bencher.iter(|| {
            serde_json::from_slice::<CoreTokenResponse>(black_box(document.as_bytes()))
                .expect("a good answer")
        });
    });
    group.finish();
}

criterion_group!(benches, discovery, keys, token_response);
criterion_main!(benches);
