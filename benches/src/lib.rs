//! What the benchmarks share: realistic ERP.net tokens, their key, their rules.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use erpnet_core::Now;
use erpnet_core::hash::left_half;
use erpnet_core::id_token::{IdTokenRules, IdTokenVerifier};
use erpnet_core::jose::KeySet;
use erpnet_core::token::{AccessTokenRules, Verifier};
use erpnet_types::{AccessToken, ClientId, Instance, InstanceAuthority, Timestamp};
use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::RSA_PKCS1_SHA256;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// A key for measuring: published here, and of no value.
const KEY: &[u8] = include_bytes!("development-only.pk8");

/// When the token was issued.
const ISSUED: i64 = 1_766_505_147;

/// A signed token and everything that is needed to verify it, by hand and by the library.
pub struct Subject {
    /// The token, in its compact form.
    pub token: String,
    /// Modulus and exponent, as a verifier by hand holds them.
    pub modulus: Vec<u8>,
    /// The public exponent.
    pub exponent: Vec<u8>,
    /// The decoded signature.
    pub signature: Vec<u8>,
    /// The library's verifier.
    pub verifier: Verifier,
    /// A moment at which the token is valid.
    pub now: Now,
}

impl Subject {
    /// A user's token with 25 claims, about 1.5 kB long, signed with RSA 2048.
    ///
    /// # Panics
    /// When the key that is compiled in cannot be used.
    #[must_use]
    pub fn user_token() -> Self {
        let header =
            json!({"alg": "RS256", "kid": "5B27920E653DD7AC67D2F64B32A17992", "typ": "at+jwt"});
        let claims = json!({
            "nbf": ISSUED, "exp": ISSUED + 3600, "iss": "https://demodb.my.erp.net/id",
            "aud": ["DomainAPI", "TableAPI", "OLAP", "AppServer", "https://demodb.my.erp.net/id/resources"],
            "client_id": "com.example/reports", "sub": "j.doe@example.com", "auth_time": ISSUED - 300, "idp": "local",
            "tid": "72f988bf-86f1-41af-91ab-2d7cd011db47", "id": "9da64839-a8d0-491d-aebb-4d18fa42b014",
            "name": "John Doe", "email": "j.doe@example.com", "email_verified": "false", "user_type": "InternalUser",
            "is_admin": "true", "db": "DEMODB Production", "locale": "en-US", "jti": "C8171F9ECAD7E698D20E7D6B79842260",
            "sid": "D1FFEDFE4CB32300D26C265B9BD374FB", "iat": ISSUED,
            "scope": ["openid", "profile", "read", "update", "offline_access"], "amr": ["pwd"],
            "enterprise_company": "0b4c3f6e-6a55-4d35-93ec-1a5f2d5e6a77", "phone_number": "+359 2 000 0000",
            "preferred_username": "j.doe"
        });
        let signed = Signed::new(&header, &claims);
        let instance = Instance::parse("demodb").expect("a valid name");
        let authority = InstanceAuthority::default_for(instance).expect("a valid authority");
        Self {
            token: signed.token,
            modulus: signed.modulus,
            exponent: signed.exponent,
            signature: signed.signature,
            verifier: Verifier::new(
                Arc::new(AccessTokenRules::new(&authority)),
                Arc::new(signed.keys),
                None,
            ),
            now: shortly_after(),
        }
    }
}

/// An ID token of the token endpoint and everything that is needed to verify it, by hand and by the library.
pub struct IdTokenSubject {
    /// The token, in its compact form.
    pub token: String,
    /// Modulus and exponent, as a verifier by hand holds them.
    pub modulus: Vec<u8>,
    /// The public exponent.
    pub exponent: Vec<u8>,
    /// The decoded signature.
    pub signature: Vec<u8>,
    /// The library's verifier.
    pub verifier: IdTokenVerifier,
    /// The access token that came with it.
    pub access_token: AccessToken,
    /// A moment at which the token is valid.
    pub now: Now,
}

impl IdTokenSubject {
    /// What the authorization request held.
    pub const NONCE: &str = "b7c1f3ab845c4ac1baa6c5ac109c0001";

    /// What the authorization request held.
    pub const STATE: &str = "0d5a8f1e9b7c4c3fae21";

    /// What the callback brought.
    pub const CODE: &str = "5D2CE1A0B47F4A4F90C1A3F3D7E8B6A1";

    /// The documented ID token with `at_hash` and `s_hash`, 13 claims and about 0.8 kB long, signed with RSA 2048, beside
    /// an access token of 1.5 kB.
    ///
    /// # Panics
    /// When the key that is compiled in cannot be used.
    #[must_use]
    pub fn signed_in() -> Self {
        let access_token = Subject::user_token().token;
        let header =
            json!({"alg": "RS256", "kid": "5B27920E653DD7AC67D2F64B32A17992", "typ": "JWT"});
        let claims = json!({
            "nbf": ISSUED, "exp": ISSUED + 300, "iss": "https://demodb.my.erp.net/id", "aud": "com.example/reports",
            "nonce": Self::NONCE, "iat": ISSUED, "at_hash": left_half(&access_token), "s_hash": left_half(Self::STATE),
            "sid": "D1FFEDFE4CB32300D26C265B9BD374FB", "sub": "j.doe@example.com", "auth_time": ISSUED - 300,
            "idp": "local", "amr": ["pwd"]
        });
        let signed = Signed::new(&header, &claims);
        let client_id = ClientId::parse("com.example/reports").expect("a valid id");
        let rules = IdTokenRules::new("https://demodb.my.erp.net/id", client_id);
        Self {
            token: signed.token,
            modulus: signed.modulus,
            exponent: signed.exponent,
            signature: signed.signature,
            verifier: IdTokenVerifier::new(Arc::new(rules), Arc::new(signed.keys), None),
            access_token: AccessToken::new(access_token).expect("a valid token"),
            now: shortly_after(),
        }
    }
}

fn shortly_after() -> Now {
    Now {
        wall: Timestamp::from_unix_seconds(ISSUED + 60),
        mono: Duration::from_secs(60),
    }
}

/// A token and the key that signed it.
struct Signed {
    token: String,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    signature: Vec<u8>,
    keys: KeySet,
}

impl Signed {
    fn new(header: &Value, claims: &Value) -> Self {
        let key = KeyPair::from_pkcs8(KEY).expect("the key is compiled in");
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signing_input = format!("{}.{}", encode(header), encode(claims));
        let mut signature = vec![0; key.public().modulus_len()];
        key.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            signing_input.as_bytes(),
            &mut signature,
        )
        .expect("the key signs");
        let components = ring::signature::RsaPublicKeyComponents::<Vec<u8>>::from(key.public());
        let jwks = json!({"keys": [{
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "5B27920E653DD7AC67D2F64B32A17992",
            "n": URL_SAFE_NO_PAD.encode(&components.n), "e": URL_SAFE_NO_PAD.encode(&components.e)
        }]});
        Self {
            token: format!("{signing_input}.{}", URL_SAFE_NO_PAD.encode(&signature)),
            modulus: components.n,
            exponent: components.e,
            signature,
            keys: KeySet::parse(jwks.to_string().as_bytes()).expect("the set was written above"),
        }
    }
}
