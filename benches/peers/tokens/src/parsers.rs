//! The documents of an authority, read by the SDK and by others: each row takes bytes and leaves typed values.

use std::hint::black_box;

use erpnet_benches::{ISSUER, Row};
use erpnet_core::jose::{KeySet, SignatureBackend, SignatureRules};
use erpnet_core::provider::{EndpointRules, ProviderMetadata};
use erpnet_core::token::TokenResponse;
use erpnet_types::ScopeSet;
use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::JwkSet;
use oauth2::basic::BasicTokenResponse;
use openidconnect::core::{CoreJsonWebKeySet, CoreProviderMetadata, CoreTokenResponse};
use serde::de::DeserializeOwned;

use crate::documents;

/// The OpenID Connect discovery document. The SDK checks the issuer and every endpoint; openidconnect reads more members.
#[must_use]
pub fn discovery() -> Vec<Row<'static>> {
    let (document, rules) = (documents::discovery(), EndpointRules::default());
    let ours = document.clone();
    vec![
        Row::new("erpnet", move || {
            let read = ProviderMetadata::parse(black_box(ours.as_bytes()), ISSUER, &rules);
            drop(black_box(read.expect("good metadata")));
        }),
        by_serde::<CoreProviderMetadata>("openidconnect_4", document),
    ]
}

/// A key set with two RSA keys, made ready to verify as far as each library does.
#[must_use]
pub fn keys() -> Vec<Row<'static>> {
    let document = documents::keys();
    let erpnet = |name, rules| {
        let document = document.clone();
        Row::new(name, move || {
            let keys = KeySet::parse_with(black_box(document.as_bytes()), rules);
            let keys = keys.expect("a good key set");
            assert_eq!(keys.len(), 2);
            drop(black_box(keys));
        })
    };
    let mut aws = SignatureRules::default();
    aws.backend = SignatureBackend::AwsLcRs;
    let theirs = document.clone();
    vec![
        erpnet("erpnet", SignatureRules::default()),
        erpnet("erpnet_aws", aws),
        by_serde::<CoreJsonWebKeySet>("openidconnect_4", document.clone()),
        Row::new("jsonwebtoken_11", move || {
            let set: JwkSet = serde_json::from_str(black_box(&theirs)).expect("a good key set");
            let keys: Result<Vec<_>, _> = set.keys.iter().map(DecodingKey::from_jwk).collect();
            drop(black_box(keys.expect("good keys")));
        }),
    ]
}

/// The answer of the token endpoint to a service. The SDK checks status and content, too.
#[must_use]
pub fn token_response() -> Vec<Row<'static>> {
    let document = documents::token_response();
    let reply = http::Response::new(document.clone().into_bytes());
    let requested = ScopeSet::parse("read update").expect("good scopes");
    vec![
        Row::new("erpnet", move || {
            let grant = "client_credentials";
            let read = TokenResponse::read(black_box(&reply), grant, &requested, &["s3cret"]);
            drop(black_box(read.expect("a good answer")));
        }),
        by_serde::<BasicTokenResponse>("oauth2_5", document.clone()),
        by_serde::<CoreTokenResponse>("openidconnect_4", document),
    ]
}

fn by_serde<T: DeserializeOwned>(name: &'static str, document: String) -> Row<'static> {
    Row::new(name, move || {
        let read = serde_json::from_slice::<T>(black_box(document.as_bytes()));
        drop(black_box(read.expect("a good document")));
    })
}
