//! Signing keys. The private keys ship with this crate: they are for development only and protect nothing.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{
    KeyPair, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents,
};
use serde_json::{Value, json};

use crate::error::SandboxError;
use crate::random;

/// The private keys that sandboxes sign with, PKCS#8, RSA 2048: for tests that sign tokens of their own. They are public,
/// and protect nothing. Four, so that two sets of two never overlap.
pub const DEVELOPMENT_KEYS: [&[u8]; 4] = [
    include_bytes!("../keys/development-only-1.pk8"),
    include_bytes!("../keys/development-only-2.pk8"),
    include_bytes!("../keys/development-only-3.pk8"),
    include_bytes!("../keys/development-only-4.pk8"),
];

/// How many keys are always published: one that signs and one more.
const PUBLISHED: usize = 2;

/// One published key.
pub(crate) struct Key {
    kid: String,
    slot: usize,
    pair: RsaKeyPair,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl Key {
    /// The key in a slot, under an id that no other instance and no other generation shares: 32 upper-case hex digits (AUTH-070).
    fn new(slot: usize, instance: &[u8; 16], generation: u64) -> Self {
        let pair = RsaKeyPair::from_pkcs8(DEVELOPMENT_KEYS[slot]).expect("the shipped keys parse");
        let public = ring::rsa::PublicKeyComponents::<Vec<u8>>::from(pair.public_key());
        let named = [&instance[..], &generation.to_be_bytes(), &public.n].concat();
        Self {
            kid: random::upper_hex(&random::sha256(&named)[..16]),
            slot,
            pair,
            modulus: public.n,
            exponent: public.e,
        }
    }

    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.pair.public().modulus_len()];
        self.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message,
                &mut signature,
            )
            .expect("a 2048 bit key can sign a SHA-256");
        signature
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let public = RsaPublicKeyComponents {
            n: &self.modulus,
            e: &self.exponent,
        };
        public
            .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            .is_ok()
    }

    /// The entry of a key set (AUTH-071).
    fn jwk(&self) -> Value {
        json!({
            "kty": "RSA",
            "use": "sig",
            "kid": self.kid,
            "e": URL_SAFE_NO_PAD.encode(&self.exponent),
            "n": URL_SAFE_NO_PAD.encode(&self.modulus),
            "alg": "RS256",
        })
    }
}

/// The published keys; the last one signs.
pub(crate) struct KeyRing {
    published: Vec<Arc<Key>>,
    /// What makes the ids of this instance its own; the keys themselves are the same everywhere.
    instance: [u8; 16],
    generation: u64,
}

impl KeyRing {
    pub(crate) fn new(instance: [u8; 16]) -> Self {
        let mut ring = Self {
            published: Vec::new(),
            instance,
            generation: 0,
        };
        for _ in 0..PUBLISHED {
            let key = ring.next_key();
            ring.published.push(key);
        }
        ring
    }

    /// A key that is not published now, under a new id.
    fn next_key(&mut self) -> Arc<Key> {
        let used = |slot: usize| self.published.iter().any(|key| key.slot == slot);
        let start = usize::try_from(self.generation % 4).unwrap_or(0);
        let slot = (0..DEVELOPMENT_KEYS.len())
            .map(|step| (start + step) % DEVELOPMENT_KEYS.len())
            .find(|slot| !used(*slot))
            .unwrap_or(start);
        let key = Arc::new(Key::new(slot, &self.instance, self.generation));
        self.generation += 1;
        key
    }

    pub(crate) fn current(&self) -> Arc<Key> {
        let last = self.published.last();
        Arc::clone(last.expect("there are always published keys"))
    }

    pub(crate) fn find(&self, kid: &str) -> Option<Arc<Key>> {
        self.published.iter().find(|key| key.kid == kid).cloned()
    }

    /// Signs with a new key from now on. The one before stays published, older ones go.
    pub(crate) fn rotate(&mut self) -> String {
        let old = self.current();
        self.published = vec![old];
        let key = self.next_key();
        let kid = key.kid.clone();
        self.published.push(key);
        kid
    }

    /// Takes a key out at once and fills up with a new one; if it was the signing key, the new one signs.
    pub(crate) fn retire(&mut self, kid: &str) -> Result<(), SandboxError> {
        let Some(place) = self.published.iter().position(|key| key.kid == kid) else {
            return Err(SandboxError::UnknownKey {
                kid: kid.to_owned(),
            });
        };
        let key = self.next_key();
        self.published[place] = key;
        Ok(())
    }

    pub(crate) fn kids(&self) -> Vec<String> {
        self.published.iter().map(|key| key.kid.clone()).collect()
    }

    pub(crate) fn jwks(&self) -> Value {
        let keys: Vec<_> = self.published.iter().map(|key| key.jwk()).collect();
        json!({ "keys": keys })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn auth_070_kids_are_upper_hex_and_never_come_back() {
        let mut ring = KeyRing::new([0; 16]);
        let mut seen: HashSet<_> = ring.kids().into_iter().collect();
        for _ in 0..12 {
            let kid = ring.rotate();
            assert_eq!(kid.len(), 32);
            assert!(
                kid.bytes()
                    .all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b))
            );
            assert!(seen.insert(kid));
        }
    }

    #[test]
    fn auth_074_a_replaced_key_stays_published_once() {
        let mut ring = KeyRing::new([0; 16]);
        let first = ring.current();
        let signature = first.sign(b"x");
        ring.rotate();
        assert!(ring.find(first.kid()).unwrap().verifies(b"x", &signature));
        assert!(!ring.current().verifies(b"x", &signature));
        ring.rotate();
        assert!(ring.find(first.kid()).is_none());
    }

    #[test]
    fn auth_071_two_distinct_keys_are_always_published() {
        let mut ring = KeyRing::new([0; 16]);
        for step in 0..20 {
            let jwks = ring.jwks();
            let keys = jwks["keys"].as_array().unwrap();
            assert_eq!(keys.len(), PUBLISHED);
            assert_ne!(keys[0]["n"], keys[1]["n"]);
            assert_eq!(keys[0]["e"], "AQAB");
            let kids = ring.kids();
            match step % 3 {
                0 => drop(ring.rotate()),
                retired => ring.retire(&kids[retired - 1]).unwrap(),
            }
        }
        assert!(matches!(
            ring.retire("x"),
            Err(SandboxError::UnknownKey { .. })
        ));
    }
}
