//! One entry of a key set, and whether it is a key that may verify (RFC 7517 section 4, RFC 7518 section 6).

use std::borrow::Cow;

use super::algorithm::{SignatureAlgorithm, SignatureAlgorithms};
use super::base64url;
use super::jwk::{MAX_KEY_ID_LEN, MAX_MODULUS_LEN, MIN_MODULUS_LEN};
use super::p256;
use crate::document::Raw;

/// The numbers of a public key, checked.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum PublicKey {
    /// Modulus and exponent, without leading zeros.
    Rsa { n: Vec<u8>, e: Vec<u8> },
    /// A point in its uncompressed form: 4, X, Y.
    P256(Vec<u8>),
}

/// The members of an entry as they come.
pub(super) type Members<'a> = [Option<Raw<'a>>; 10];

/// What is read of an entry; other members, private ones included, are not looked at.
pub(super) struct Entry<'a> {
    kty: Cow<'a, str>,
    pub(super) kid: Option<Cow<'a, str>>,
    key_use: Option<Cow<'a, str>>,
    alg: Option<Cow<'a, str>>,
    is_to_verify: bool,
    n: Option<Cow<'a, str>>,
    e: Option<Cow<'a, str>>,
    crv: Option<Cow<'a, str>>,
    x: Option<Cow<'a, str>>,
    y: Option<Cow<'a, str>>,
}

impl<'a> Entry<'a> {
    /// The members, in the order in which they are taken.
    pub(super) const NAMES: [&'static str; 10] = [
        "kty", "kid", "use", "alg", "key_ops", "n", "e", "crv", "x", "y",
    ];

    /// Nothing when one of them is of another type.
    pub(super) fn read(members: Members<'a>) -> Option<Self> {
        let [kty, kid, key_use, alg, key_ops, n, e, crv, x, y] = members;
        let text = |member: Option<Raw<'a>>| match member {
            Some(raw) => raw.text().map(Some),
            None => Some(None),
        };
        Some(Self {
            kty: kty?.text()?,
            kid: text(kid)?,
            key_use: text(key_use)?,
            alg: text(alg)?,
            is_to_verify: key_ops.map_or(Some(true), is_to_verify)?,
            n: text(n)?,
            e: text(e)?,
            crv: text(crv)?,
            x: text(x)?,
            y: text(y)?,
        })
    }

    /// Whether it says that it is for something else than verifying.
    pub(super) fn is_for_verifying(&self) -> bool {
        self.key_use
            .as_deref()
            .is_none_or(|for_what| for_what == "sig")
            && self.is_to_verify
            && self
                .kid
                .as_ref()
                .is_none_or(|kid| kid.len() <= MAX_KEY_ID_LEN)
    }

    /// The allowed algorithms that its `alg` leaves: the one that it names, or all.
    pub(super) fn algorithms(
        &self,
        allowed: SignatureAlgorithms,
    ) -> impl Iterator<Item = SignatureAlgorithm> {
        allowed.iter().filter(|algorithm| {
            self.alg
                .as_deref()
                .is_none_or(|named| named == algorithm.name())
        })
    }

    /// Its numbers, if they make a key.
    pub(super) fn public_key(&self) -> Option<PublicKey> {
        match &*self.kty {
            "RSA" => rsa(self.n.as_deref()?, self.e.as_deref()?),
            "EC" if self.crv.as_deref() == Some("P-256") => {
                p256_point(self.x.as_deref()?, self.y.as_deref()?)
            }
            _ => None,
        }
    }
}

impl PublicKey {
    /// Whether the algorithm works with keys of this type.
    pub(super) fn fits(&self, algorithm: SignatureAlgorithm) -> bool {
        use SignatureAlgorithm::{Es256, Ps256, Rs256};
        match self {
            Self::Rsa { .. } => matches!(algorithm, Rs256 | Ps256),
            Self::P256(_) => algorithm == Es256,
        }
    }
}

/// Whether verifying is among the operations, all of which have to be texts.
fn is_to_verify(key_ops: Raw<'_>) -> Option<bool> {
    let mut found = false;
    for operation in key_ops.items()? {
        found |= operation.text()? == "verify";
    }
    Some(found)
}

fn rsa(n: &str, e: &str) -> Option<PublicKey> {
    let n = without_leading_zeros(base64url::decode(n)?);
    let e = without_leading_zeros(base64url::decode(e)?);
    let sized =
        (MIN_MODULUS_LEN..=MAX_MODULUS_LEN).contains(&n.len()) && (1..=4).contains(&e.len());
    // 2048 bits, to the bit: libraries round differently.
    let full = n.len() > MIN_MODULUS_LEN || n.first().is_some_and(|byte| byte & 0x80 != 0);
    let odd = |number: &[u8]| number.last().is_some_and(|byte| byte & 1 == 1);
    // 3 and up, odd: anything else is no RSA exponent.
    let exponent = e
        .iter()
        .fold(0_u32, |value, byte| (value << 8) | u32::from(*byte));
    (sized && full && odd(&n) && odd(&e) && exponent >= 3).then_some(PublicKey::Rsa { n, e })
}

/// Some servers send the sign byte of their big-integer library.
fn without_leading_zeros(bytes: Vec<u8>) -> Vec<u8> {
    match bytes.iter().position(|byte| *byte != 0) {
        Some(0) => bytes,
        Some(start) => bytes.get(start..).unwrap_or_default().to_vec(),
        None => Vec::new(),
    }
}

/// Coordinates are as long as the field, leading zeros included (RFC 7518 section 6.2.1.2).
fn p256_point(x: &str, y: &str) -> Option<PublicKey> {
    let coordinate = |text: &str| <[u8; 32]>::try_from(base64url::decode(text)?).ok();
    let (x, y) = (coordinate(x)?, coordinate(y)?);
    p256::is_on_curve(&x, &y).then(|| PublicKey::P256([&[4][..], &x, &y].concat()))
}
