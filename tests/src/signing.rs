//! Tokens signed in every way, with the sandbox's development keys.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use erpnet_sandbox::DEVELOPMENT_KEYS;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384,
    RSA_PKCS1_SHA512, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
};
use serde_json::{Value, json};

/// A signing key.
#[derive(Debug)]
pub struct Key {
    /// Its id, as it is published.
    pub kid: String,
    pair: RsaKeyPair,
}

impl Key {
    /// A development key, `0` to `3`, with the id `KEY-0` to `KEY-3`.
    ///
    /// # Panics
    /// Beyond 3.
    #[must_use]
    pub fn development(slot: usize) -> Self {
        Self {
            kid: format!("KEY-{slot}"),
            pair: RsaKeyPair::from_pkcs8(DEVELOPMENT_KEYS[slot]).expect("the shipped keys parse"),
        }
    }

    /// The same under another id.
    #[must_use]
    pub fn named(mut self, kid: &str) -> Self {
        kid.clone_into(&mut self.kid);
        self
    }

    /// Its entry in a key set.
    #[must_use]
    pub fn jwk(&self) -> Value {
        let (n, e) = self.components();
        json!({ "kty": "RSA", "use": "sig", "kid": self.kid, "alg": "RS256", "e": part(&e), "n": part(&n) })
    }

    /// Modulus and exponent.
    #[must_use]
    pub fn components(&self) -> (Vec<u8>, Vec<u8>) {
        let public = ring::rsa::PublicKeyComponents::<Vec<u8>>::from(self.pair.public_key());
        (public.n, public.e)
    }

    /// The public key in DER (PKCS #1): what a verifier that mixes up its algorithms takes for a shared secret.
    #[must_use]
    pub fn public_der(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    /// A proper access token; members of `header` replace or add, `null` takes away.
    #[must_use]
    pub fn token(&self, header: &Value, claims: &Value) -> String {
        let mut full = json!({ "alg": "RS256", "kid": self.kid, "typ": "at+jwt" });
        for (name, value) in header.as_object().into_iter().flatten() {
            full[name] = value.clone();
        }
        let members = full.as_object_mut().expect("it is an object");
        members.retain(|_, value| !value.is_null());
        self.sign(&full.to_string(), claims.to_string().as_bytes())
    }

    /// Signs any header and payload with RS256, whatever the header says.
    #[must_use]
    pub fn sign(&self, header: &str, payload: &[u8]) -> String {
        self.sign_as(&RSA_PKCS1_SHA256, header, payload)
    }

    /// Signs with the algorithm that the header names, if RSA has it.
    ///
    /// # Panics
    /// For other algorithms.
    #[must_use]
    pub fn sign_truly(&self, alg: &str, claims: &Value) -> String {
        self.sign_truly_but_say(alg, alg, claims)
    }

    /// Signs with one algorithm of RSA and names another.
    ///
    /// # Panics
    /// For algorithms that RSA does not have.
    #[must_use]
    pub fn sign_truly_but_say(&self, alg: &str, named: &str, claims: &Value) -> String {
        let header = json!({ "alg": named, "kid": self.kid, "typ": "at+jwt" }).to_string();
        let encoding: &'static dyn RsaEncoding = match alg {
            "RS256" => &RSA_PKCS1_SHA256,
            "RS384" => &RSA_PKCS1_SHA384,
            "RS512" => &RSA_PKCS1_SHA512,
            "PS256" => &RSA_PSS_SHA256,
            other => panic!("RSA has no `{other}`"),
        };
        self.sign_as(encoding, &header, claims.to_string().as_bytes())
    }

    fn sign_as(&self, encoding: &'static dyn RsaEncoding, header: &str, payload: &[u8]) -> String {
        let input = format!("{}.{}", part(header.as_bytes()), part(payload));
        let mut signature = vec![0; self.pair.public().modulus_len()];
        self.pair
            .sign(
                encoding,
                &SystemRandom::new(),
                input.as_bytes(),
                &mut signature,
            )
            .expect("the key can sign");
        format!("{input}.{}", part(&signature))
    }
}

/// A signing key on P-256, made anew.
#[derive(Debug)]
pub struct EcKey {
    /// Its id, as it is published.
    pub kid: String,
    pair: EcdsaKeyPair,
}

impl EcKey {
    /// A new key with this id.
    ///
    /// # Panics
    /// When there is no randomness.
    #[must_use]
    pub fn new(kid: &str) -> Self {
        let (algorithm, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("there is randomness");
        Self {
            kid: kid.to_owned(),
            pair: EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random)
                .expect("the key was made for it"),
        }
    }

    /// Its entry in a key set.
    #[must_use]
    pub fn jwk(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        json!({ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.kid,
            "x": part(&point[1..33]), "y": part(&point[33..]) })
    }

    /// A proper access token, signed with ES256.
    ///
    /// # Panics
    /// When there is no randomness.
    #[must_use]
    pub fn token(&self, claims: &Value) -> String {
        let header = json!({ "alg": "ES256", "kid": self.kid, "typ": "at+jwt" }).to_string();
        let claims = claims.to_string();
        let input = format!("{}.{}", part(header.as_bytes()), part(claims.as_bytes()));
        let signature = self.pair.sign(&SystemRandom::new(), input.as_bytes());
        let signature = signature.expect("there is randomness");
        format!("{input}.{}", part(signature.as_ref()))
    }
}

/// A token authenticated with HMAC, with a key that is no secret.
#[must_use]
pub fn hs256(kid: &str, shared: &[u8], claims: &Value) -> String {
    let header = json!({ "alg": "HS256", "kid": kid, "typ": "at+jwt" }).to_string();
    let input = format!(
        "{}.{}",
        part(header.as_bytes()),
        part(claims.to_string().as_bytes())
    );
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, shared);
    let tag = ring::hmac::sign(&key, input.as_bytes());
    format!("{input}.{}", part(tag.as_ref()))
}

/// One part of a token.
#[must_use]
pub fn part(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
