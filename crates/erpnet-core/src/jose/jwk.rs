//! Key sets (RFC 7517) and the signature check itself.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde::Deserialize;

use super::compact::Compact;
use super::fault::TokenFault;
use super::header::Header;
use crate::error::{Error, Reason, clean_text};
use crate::reading::Lazy;

/// The most keys in one set.
pub const MAX_KEYS: usize = 64;

/// The longest `kid`, in bytes.
pub const MAX_KEY_ID_LEN: usize = 512;

/// The smallest modulus, in bytes: 2048 bits.
pub const MIN_MODULUS_LEN: usize = 256;

/// The largest modulus, in bytes: 4096 bits. Larger ones cost too much time per token.
pub const MAX_MODULUS_LEN: usize = 512;

/// The signing keys of one authority, with what cannot verify RS256 left out (AUTH-071).
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
    keys: Vec<RsaKey>,
    left_out: usize,
}

#[derive(Clone, PartialEq, Eq)]
struct RsaKey {
    kid: Option<String>,
    n: Vec<u8>,
    e: Vec<u8>,
}

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    keys: Vec<Lazy<'a>>,
}

#[derive(Deserialize)]
struct Entry {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    key_use: Option<String>,
    alg: Option<String>,
    key_ops: Option<Vec<String>>,
    n: Option<String>,
    e: Option<String>,
}

impl KeySet {
    /// Reads a `jwks_uri` document. Keys of other types and uses, and unusable ones, are left out; unknown members are
    /// ignored.
    ///
    /// # Errors
    /// [`Reason::KeysInvalid`] when it is no key set or has more than [`MAX_KEYS`] keys.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let invalid = |why: String| Error::from(Reason::KeysInvalid(why));
        let document: Document<'_> = crate::reading::parse_object(bytes)
            .map_err(|error| invalid(format!("expected an object with `keys`, found {error}")))?;
        if document.keys.len() > MAX_KEYS {
            return Err(invalid(format!(
                "expected at most {MAX_KEYS} keys, found {}",
                document.keys.len()
            )));
        }
        let all = document.keys.len();
        let keys: Vec<_> = document
            .keys
            .into_iter()
            .filter_map(RsaKey::from_entry)
            .collect();
        Ok(Self {
            left_out: all - keys.len(),
            keys,
        })
    }

    /// How many keys can verify RS256.
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
    /// one key (OpenID Connect Core section 10.1).
    #[must_use]
    pub fn has_key_for(&self, header: &Header) -> bool {
        self.choose(header.key_id()).is_some()
    }

    fn choose(&self, kid: Option<&str>) -> Option<&RsaKey> {
        match (kid, self.keys.as_slice()) {
            (Some(kid), keys) => keys.iter().find(|key| key.kid.as_deref() == Some(kid)),
            (None, [only]) => Some(only),
            (None, _) => None,
        }
    }

    /// Verifies a token's RS256 signature with the key that its header names. Says nothing about its claims.
    ///
    /// # Errors
    /// [`TokenFault`]: another algorithm, an unknown key, a signature that does not fit.
    pub fn verify(&self, token: &Compact<'_>, header: &Header) -> Result<(), TokenFault> {
        header.require_rs256()?;
        let Some(key) = self.choose(header.key_id()) else {
            return Err(match header.key_id() {
                Some(kid) => TokenFault::UnknownKey {
                    kid: clean_text(kid, 64),
                },
                None => TokenFault::NoKeyId,
            });
        };
        let components = RsaPublicKeyComponents {
            n: &key.n,
            e: &key.e,
        };
        let verdict = token.with_signature(|signature| {
            components.verify(
                &RSA_PKCS1_2048_8192_SHA256,
                token.signing_input(),
                signature,
            )
        })?;
        verdict.map_err(|_| TokenFault::BadSignature)
    }
}

impl RsaKey {
    fn from_entry(entry: Lazy<'_>) -> Option<Self> {
        let entry: Entry = entry.read_object()?;
        let wanted = entry.kty == "RSA"
            && entry
                .key_use
                .as_deref()
                .is_none_or(|key_use| key_use == "sig")
            && entry.alg.as_deref().is_none_or(|alg| alg == "RS256")
            && entry
                .key_ops
                .is_none_or(|ops| ops.iter().any(|op| op == "verify"))
            && entry
                .kid
                .as_ref()
                .is_none_or(|kid| kid.len() <= MAX_KEY_ID_LEN);
        if !wanted {
            return None;
        }
        let n = without_leading_zeros(&URL_SAFE_NO_PAD.decode(entry.n?).ok()?);
        let e = without_leading_zeros(&URL_SAFE_NO_PAD.decode(entry.e?).ok()?);
        let sized =
            (MIN_MODULUS_LEN..=MAX_MODULUS_LEN).contains(&n.len()) && (1..=4).contains(&e.len());
        // 3 and up, odd: anything else is no RSA exponent.
        let exponent = e
            .iter()
            .fold(0_u32, |value, byte| (value << 8) | u32::from(*byte));
        (sized && exponent >= 3 && exponent % 2 == 1).then_some(Self {
            kid: entry.kid,
            n,
            e,
        })
    }
}

/// Some servers send the sign byte of their big-integer library.
fn without_leading_zeros(bytes: &[u8]) -> Vec<u8> {
    bytes
        .iter()
        .copied()
        .skip_while(|byte| *byte == 0)
        .collect()
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
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
