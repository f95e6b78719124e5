//! OpenID discovery documents: believed only as the expected issuer's, with every endpoint on its origin.
#![no_main]

use erpnet_core::provider::{EndpointRules, ProviderMetadata};
use erpnet_fuzz::{ISSUER, shows_nothing};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let metadata = match ProviderMetadata::parse(bytes, ISSUER, &EndpointRules::default()) {
        Ok(metadata) => metadata,
        Err(error) => return shows_nothing(&format!("{error} {}", error.advice()), &[]),
    };
    assert_eq!(metadata.issuer, ISSUER);
    let optional = [
        &metadata.end_session_endpoint,
        &metadata.userinfo_endpoint,
        &metadata.revocation_endpoint,
    ];
    let required = [
        &metadata.authorization_endpoint,
        &metadata.token_endpoint,
        &metadata.jwks_uri,
    ];
    for endpoint in optional.into_iter().flatten().chain(required) {
        assert_eq!(endpoint.scheme_str(), Some("https"));
        assert_eq!(
            endpoint.authority().map(|a| a.as_str()),
            Some("demodb.my.erp.net")
        );
    }
    assert!(metadata.scopes_supported.len() <= 64);
    let again = ProviderMetadata::parse(bytes, ISSUER, &EndpointRules::default());
    assert_eq!(again.ok(), Some(metadata), "the same twice");
});
