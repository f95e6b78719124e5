//! Key sets (RFC 7517) and the signature check itself.

use std::borrow::Cow;
use std::fmt;

use super::algorithm::{SignatureAlgorithm, SignatureAlgorithms};
use super::backend::{SignatureBackend, Verifying};
use super::compact::Compact;
use super::fault::TokenFault;
use super::header::{Header, HeaderView};
use super::public_key::{Entry, Members};
use crate::document;
use crate::error::{Error, Reason, clean_text};

/// The most keys in one set.
pub const MAX_KEYS: usize = 64;

/// The longest `kid`, in bytes.
pub const MAX_KEY_ID_LEN: usize = 512;

/// The smallest modulus, in bytes: 2048 bits.
pub const MIN_MODULUS_LEN: usize = 256;

/// The largest modulus, in bytes: 4096 bits. Larger ones cost too much time per token.
pub const MAX_MODULUS_LEN: usize = 512;

/// What signatures have to be, and which library looks at them.
///
/// ```
/// use erpnet_core::jose::{KeySet, SignatureAlgorithm, SignatureRules};
///
/// let mut rules = SignatureRules::default(); // RS256, ring
/// rules.algorithms = rules.algorithms.and(SignatureAlgorithm::Es256);
/// let set = KeySet::parse_with(br#"{"keys":[]}"#, rules)?;
/// assert_eq!(set.rules(), rules);
/// # Ok::<(), erpnet_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignatureRules {
    /// The algorithms that are accepted: `RS256` by default (AUTH-068).
    pub algorithms: SignatureAlgorithms,
    /// The library that verifies: ring by default.
    pub backend: SignatureBackend,
}

/// The signing keys of one authority, ready to verify, with what cannot verify an allowed algorithm left out (AUTH-071).
///
/// ```
/// use erpnet_core::jose::KeySet;
///
/// let set = KeySet::parse(br#"{"keys":[{"kty":"EC","kid":"a","crv":"P-256"}]}"#)?;
/// assert_eq!(set.len(), 0); // no RSA key in it
/// assert!(KeySet::parse(b"<html>").is_err());
/// # Ok::<(), erpnet_core::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct KeySet {
    keys: Vec<Key>,
    left_out: usize,
    rules: SignatureRules,
}

/// A key and what it can verify: one algorithm at least.
#[derive(Clone, PartialEq, Eq)]
struct Key {
    kid: Option<String>,
    verifying: Vec<Verifying>,
}

impl KeySet {
    /// Reads a `jwks_uri` document for RS256, verified by ring. Keys of other types and uses, and unusable ones, are
    /// left out; unknown members are ignored.
    ///
    /// # Errors
    /// [`Reason::KeysInvalid`] when it is no key set or has more than [`MAX_KEYS`] keys.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        Self::parse_with(bytes, SignatureRules::default())
    }

    /// The same with other algorithms or another library.
    ///
    /// # Errors
    /// As [`KeySet::parse`].
    pub fn parse_with(bytes: &[u8], rules: SignatureRules) -> Result<Self, Error> {
        let invalid = |why: String| Error::from(Reason::KeysInvalid(why));
        let no_set =
            |found: String| invalid(format!("expected an object with `keys`, found {found}"));
        let (mut keys, mut all) = (Vec::new(), 0);
        let there = document::items(bytes, "keys", Entry::NAMES, |entry| {
            all += 1;
            if all <= MAX_KEYS {
                keys.extend(entry.and_then(|members| Key::from_entry(members, rules)));
            }
        });
        if !there.map_err(|error| no_set(error.to_string()))? {
            return Err(no_set("no list of that name".to_owned()));
        }
        if all > MAX_KEYS {
            return Err(invalid(format!(
                "expected at most {MAX_KEYS} keys, found {all}"
            )));
        }
        Ok(Self {
            left_out: all - keys.len(),
            keys,
            rules,
        })
    }

    /// What it was read with.
    #[must_use]
    pub fn rules(&self) -> SignatureRules {
        self.rules
    }

    /// How many keys can verify an allowed algorithm.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether no key can.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// How many keys were left out.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// Whether there is a key for this header, so that a refetch is not needed. Without a `kid` there must be exactly
    /// one key for its algorithm (OpenID Connect Core section 10.1).
    #[must_use]
    pub fn has_key_for(&self, header: &Header) -> bool {
        let algorithm = self.rules.algorithms.named(header.algorithm());
        algorithm.is_some_and(|algorithm| self.choose(header.key_id(), algorithm).is_some())
    }

    fn choose(&self, kid: Option<&str>, algorithm: SignatureAlgorithm) -> Option<&Verifying> {
        let mut fitting = self
            .keys
            .iter()
            .filter(|key| kid.is_none() || key.kid.as_deref() == kid)
            .filter_map(|key| key.for_algorithm(algorithm));
        let first = fitting.next()?;
        (kid.is_some() || fitting.next().is_none()).then_some(first)
    }

    /// Verifies a token's signature with the key that its header names. Says nothing about its claims.
    ///
    /// # Errors
    /// [`TokenFault`]: an algorithm that is not allowed, an unknown key, a signature that does not fit.
    pub fn verify(&self, token: &Compact<'_>, header: &Header) -> Result<(), TokenFault> {
        self.verify_view(token, &header.view())
    }

    pub(crate) fn verify_view(
        &self,
        token: &Compact<'_>,
        header: &HeaderView<'_>,
    ) -> Result<(), TokenFault> {
        let algorithm = header.require_algorithm(self.rules.algorithms)?;
        let Some(key) = self.choose(header.key_id(), algorithm) else {
            return Err(match header.key_id() {
                Some(kid) => TokenFault::UnknownKey {
                    kid: clean_text(kid, 64),
                },
                None => TokenFault::NoKeyId,
            });
        };
        let fits =
            token.with_signature(|signature| key.verify(token.signing_input(), signature))?;
        fits.then_some(()).ok_or(TokenFault::BadSignature)
    }
}

impl Key {
    fn from_entry(members: Members<'_>, rules: SignatureRules) -> Option<Self> {
        let entry = Entry::read(members)?;
        if !entry.is_for_verifying() {
            return None;
        }
        let key = entry.public_key()?;
        let verifying: Vec<_> = entry
            .algorithms(rules.algorithms)
            .filter_map(|algorithm| Verifying::new(&key, algorithm, rules.backend))
            .collect();
        (!verifying.is_empty()).then_some(Self {
            kid: entry.kid.map(Cow::into_owned),
            verifying,
        })
    }

    fn for_algorithm(&self, algorithm: SignatureAlgorithm) -> Option<&Verifying> {
        self.verifying
            .iter()
            .find(|verifying| verifying.algorithm() == algorithm)
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kids: Vec<_> = self
            .keys
            .iter()
            .map(|key| key.kid.as_deref().unwrap_or("-"))
            .collect();
        f.debug_struct("KeySet")
            .field("kids", &kids)
            .field("left_out", &self.left_out)
            .field("rules", &self.rules)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::json;

    fn key(change: impl FnOnce(&mut serde_json::Value)) -> serde_json::Value {
        let n = URL_SAFE_NO_PAD.encode([0xc1; MIN_MODULUS_LEN]);
        let mut key =
            json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "k", "e": "AQAB", "n": n});
        change(&mut key);
        key
    }

    fn usable(keys: &[serde_json::Value]) -> usize {
        KeySet::parse(json!({ "keys": keys }).to_string().as_bytes())
            .unwrap()
            .len()
    }

    #[test]
    fn auth_071_other_types_and_uses_are_left_out() {
        assert_eq!(usable(&[key(|_| ())]), 1);
        assert_eq!(
            usable(&[key(|k| {
                k.as_object_mut().unwrap().remove("use");
                k.as_object_mut().unwrap().remove("alg");
            })]),
            1
        );
        for (member, value) in [
            ("kty", json!("EC")),
            ("kty", json!("oct")),
            ("use", json!("enc")),
            ("alg", json!("RS512")),
            ("alg", json!("HS256")),
            ("key_ops", json!(["encrypt"])),
            ("n", json!("AQAB")),
            ("n", json!("a+b/")),
            ("n", json!(7)),
            ("e", json!("AA")),
            ("e", json!("AQ")),
            ("e", json!("AQABAQAB")),
            ("e", json!("Ag")),
            ("kid", json!("k".repeat(MAX_KEY_ID_LEN + 1))),
        ] {
            assert_eq!(
                usable(&[key(|k| k[member] = value.clone())]),
                0,
                "{member} {value}"
            );
        }
        assert_eq!(
            usable(&[key(|k| k["kid"] = json!("k".repeat(MAX_KEY_ID_LEN)))]),
            1
        );
        let of = |len: usize| {
            usable(&[key(|k| {
                k["n"] = json!(URL_SAFE_NO_PAD.encode(vec![0xc1; len]));
            })])
        };
        let sizes = [
            MIN_MODULUS_LEN - 1,
            MIN_MODULUS_LEN,
            MAX_MODULUS_LEN,
            MAX_MODULUS_LEN + 1,
        ];
        assert_eq!(sizes.map(of), [0, 1, 1, 0]);
    }

    #[test]
    fn one_bad_entry_does_not_spoil_the_set_and_the_count_is_bounded() {
        assert_eq!(
            usable(&[json!(null), json!("x"), json!({}), key(|_| ())]),
            1
        );
        let many = |n: usize| {
            KeySet::parse(
                json!({ "keys": vec![key(|_| ()); n] })
                    .to_string()
                    .as_bytes(),
            )
            .map(|set| set.len())
        };
        assert_eq!(many(MAX_KEYS - 1).unwrap(), MAX_KEYS - 1);
        assert_eq!(many(MAX_KEYS).unwrap(), MAX_KEYS);
        assert!(many(MAX_KEYS + 1).is_err());
        for odd in ["", "[]", "{}", r#"{"keys":{}}"#, "<html>"] {
            assert!(KeySet::parse(odd.as_bytes()).is_err(), "{odd}");
        }
    }

    #[test]
    fn a_missing_kid_needs_a_single_key() {
        let header = |json: &str| -> Header {
            let token = format!("{}.e30.AA", URL_SAFE_NO_PAD.encode(json));
            Header::of(&Compact::split(&token).unwrap()).unwrap()
        };
        let set = |kids: &[&str]| {
            let keys: Vec<_> = kids
                .iter()
                .map(|kid| key(|k| k["kid"] = json!(kid)))
                .collect();
            KeySet::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
        };
        let nameless = header(r#"{"alg":"RS256"}"#);
        assert!(set(&["a"]).has_key_for(&nameless) && !set(&["a", "b"]).has_key_for(&nameless));
        assert!(
            !set(&["A"]).has_key_for(&header(r#"{"alg":"RS256","kid":"a"}"#)),
            "AUTH-070: case-sensitive"
        );
    }
}
