//! What the benchmarks share: a realistic ERP.net access token, its key, its rules, and the rows of the library.

mod row;
pub mod verify;

pub use row::{Row, group};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use erpnet_core::Now;
use erpnet_core::jose::{KeySet, SignatureBackend, SignatureRules};
use erpnet_core::token::{AccessTokenRules, Verifier};
use erpnet_types::{Instance, InstanceAuthority, Timestamp};
use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::RSA_PKCS1_SHA256;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// A key for measuring: published here, and of no value.
const KEY: &[u8] = include_bytes!("development-only.pk8");

/// When the token was issued.
const ISSUED: i64 = 1_766_505_147;

/// The authority that issues it.
pub const ISSUER: &str = "https://demodb.my.erp.net/id";

/// A signed token and everything that is needed to verify it, by hand and by the library.
pub struct Subject {
    /// The token, in its compact form.
    pub token: String,
    /// Modulus and exponent, as a verifier by hand holds them.
    pub modulus: Vec<u8>,
    /// The public exponent.
    pub exponent: Vec<u8>,
    /// The key set that the authority publishes.
    pub jwks: String,
    /// The decoded signature.
    pub signature: Vec<u8>,
    /// The library's verifier, with ring.
    pub verifier: Verifier,
    /// The same with aws-lc-rs.
    #[cfg(feature = "aws-lc-rs")]
    pub aws_verifier: Verifier,
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
        Self::issued(ISSUED, ISSUER)
    }

    /// The same issued at another time, in seconds since 1970, and by another authority: for verifiers that read the
    /// clock, or know one authority only.
    ///
    /// # Panics
    /// When the key that is compiled in cannot be used.
    #[must_use]
    pub fn issued(at: i64, by: &str) -> Self {
        let key = KeyPair::from_pkcs8(KEY).expect("the key is compiled in");
        let header =
            json!({"alg": "RS256", "kid": "5B27920E653DD7AC67D2F64B32A17992", "typ": "at+jwt"});
        let claims = json!({
            "nbf": at, "exp": at + 3600, "iss": by,
            "aud": ["DomainAPI", "TableAPI", "OLAP", "AppServer", "https://demodb.my.erp.net/id/resources"],
            "client_id": "com.example/reports", "sub": "j.doe@example.com", "auth_time": at - 300, "idp": "local",
            "tid": "72f988bf-86f1-41af-91ab-2d7cd011db47", "id": "9da64839-a8d0-491d-aebb-4d18fa42b014",
            "name": "John Doe", "email": "j.doe@example.com", "email_verified": "false", "user_type": "InternalUser",
            "is_admin": "true", "db": "DEMODB Production", "locale": "en-US", "jti": "C8171F9ECAD7E698D20E7D6B79842260",
            "sid": "D1FFEDFE4CB32300D26C265B9BD374FB", "iat": at,
            "scope": ["openid", "profile", "read", "update", "offline_access"], "amr": ["pwd"],
            "enterprise_company": "0b4c3f6e-6a55-4d35-93ec-1a5f2d5e6a77", "phone_number": "+359 2 000 0000",
            "preferred_username": "j.doe"
        });
        let encode = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signing_input = format!("{}.{}", encode(&header), encode(&claims));
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
        let jwks = jwks.to_string();
        let instance = Instance::parse("demodb").expect("a valid name");
        let authority = InstanceAuthority::default_for(instance).expect("a valid authority");
        let verifier = |backend| {
            let mut rules = SignatureRules::default();
            rules.backend = backend;
            let keys = KeySet::parse_with(jwks.as_bytes(), rules);
            let keys = keys.expect("the set was written above");
            assert_eq!(keys.len(), 1);
            let rules = AccessTokenRules::new(&authority);
            Verifier::new(Arc::new(rules), Arc::new(keys), None)
        };
        let now = Now {
            wall: Timestamp::from_unix_seconds(at + 60),
            mono: Duration::from_secs(60),
        };
        Self {
            token: format!("{signing_input}.{}", URL_SAFE_NO_PAD.encode(&signature)),
            modulus: components.n,
            exponent: components.e,
            signature,
            verifier: verifier(SignatureBackend::Ring),
            #[cfg(feature = "aws-lc-rs")]
            aws_verifier: verifier(SignatureBackend::AwsLcRs),
            jwks,
            now,
        }
    }

    /// The key as aws-lc-rs keeps it, parsed.
    ///
    /// # Panics
    /// When the key that is compiled in cannot be used.
    #[cfg(feature = "aws-lc-rs")]
    #[must_use]
    pub fn aws_key(&self) -> aws_lc_rs::signature::ParsedPublicKey {
        let components = aws_lc_rs::signature::RsaPublicKeyComponents {
            n: &self.modulus,
            e: &self.exponent,
        };
        components
            .to_parsed_public_key(&aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256)
            .expect("the key is compiled in")
    }
}
