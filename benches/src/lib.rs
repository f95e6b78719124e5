//! What the benchmarks share: realistic ERP.net tokens, their key, their rules, and the rows of the library.

mod row;
mod sign_in;
mod signed;
pub mod verify;

use std::sync::Arc;
use std::time::Duration;

use erpnet_core::Now;
use erpnet_core::hash::left_half;
use erpnet_core::id_token::{IdTokenRules, IdTokenVerifier};
use erpnet_core::jose::SignatureBackend;
use erpnet_core::token::{AccessTokenRules, Verifier};
use erpnet_types::{AccessToken, ClientId, Instance, InstanceAuthority, Timestamp};
use serde_json::json;

pub use row::{Row, group};
pub use sign_in::SignInSubject;

use signed::Signed;

/// When the tokens were issued.
const ISSUED: i64 = 1_766_505_147;

/// The authority that issues them.
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
        let signed = Signed::new(&header, &claims);
        let instance = Instance::parse("demodb").expect("a valid name");
        let authority = InstanceAuthority::default_for(instance).expect("a valid authority");
        let verifier = |backend| {
            let rules = Arc::new(AccessTokenRules::new(&authority));
            Verifier::new(rules, Arc::new(signed.keys(backend)), None)
        };
        Self {
            verifier: verifier(SignatureBackend::Ring),
            #[cfg(feature = "aws-lc-rs")]
            aws_verifier: verifier(SignatureBackend::AwsLcRs),
            token: signed.token,
            modulus: signed.modulus,
            exponent: signed.exponent,
            jwks: signed.jwks,
            signature: signed.signature,
            now: shortly_after(at),
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
        let keys = Arc::new(signed.keys(SignatureBackend::Ring));
        let verifier = IdTokenVerifier::new(Arc::new(rules), keys, None);
        Self {
            token: signed.token,
            modulus: signed.modulus,
            exponent: signed.exponent,
            signature: signed.signature,
            verifier,
            access_token: AccessToken::new(access_token).expect("a valid token"),
            now: shortly_after(ISSUED),
        }
    }
}

fn shortly_after(issued: i64) -> Now {
    Now {
        wall: Timestamp::from_unix_seconds(issued + 60),
        mono: Duration::from_secs(60),
    }
}
