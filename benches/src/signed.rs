//! A token and the key that signed it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use erpnet_core::jose::{KeySet, SignatureBackend, SignatureRules};
use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::{RSA_PKCS1_SHA256, RsaPublicKeyComponents};
use serde_json::{Value, json};

/// A key for measuring: published here, and of no value.
const KEY: &[u8] = include_bytes!("development-only.pk8");

pub(crate) struct Signed {
    pub(crate) token: String,
    pub(crate) modulus: Vec<u8>,
    pub(crate) exponent: Vec<u8>,
    pub(crate) signature: Vec<u8>,
    pub(crate) jwks: String,
}

impl Signed {
    pub(crate) fn new(header: &Value, claims: &Value) -> Self {
        let key = KeyPair::from_pkcs8(KEY).expect("the key is compiled in");
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signing_input = format!("{}.{}", encode(header), encode(claims));
        let mut signature = vec![0; key.public().modulus_len()];
        let input = signing_input.as_bytes();
        key.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            input,
            &mut signature,
        )
        .expect("the key signs");
        let components = RsaPublicKeyComponents::<Vec<u8>>::from(key.public());
        let jwks = json!({"keys": [{
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "5B27920E653DD7AC67D2F64B32A17992",
            "n": URL_SAFE_NO_PAD.encode(&components.n), "e": URL_SAFE_NO_PAD.encode(&components.e)
        }]});
        Self {
            token: format!("{signing_input}.{}", URL_SAFE_NO_PAD.encode(&signature)),
            modulus: components.n,
            exponent: components.e,
            signature,
            jwks: jwks.to_string(),
        }
    }

    /// The published key, for one of the libraries.
    pub(crate) fn keys(&self, backend: SignatureBackend) -> KeySet {
        let mut rules = SignatureRules::default();
        rules.backend = backend;
        let keys = KeySet::parse_with(self.jwks.as_bytes(), rules);
        let keys = keys.expect("the set was written above");
        assert_eq!(keys.len(), 1);
        keys
    }
}
