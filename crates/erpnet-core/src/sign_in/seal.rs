//! A pending sign-in as a text that only the application can read: for a cookie, or any store.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use erpnet_types::{ClientId, ScopeSet, Secret, Timestamp};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::pending::PendingSignIn;
use super::redirect::RedirectUri;
use super::registration::ResponseType;
use crate::entropy::Entropy;
use crate::error::{Error, Reason};

/// The longest sealed text, in bytes: with its name and attributes it has to fit a cookie.
pub const MAX_SEALED: usize = 3800;

/// The longest name of a sealing key, in bytes.
pub const MAX_KEY_NAME: usize = 32;

/// The least length of the secret that a key is made from, in bytes.
pub const MIN_SEALING_SECRET: usize = 32;

const VERSION: u8 = 1;
const PURPOSE: &str = "erpnet pending sign-in";

/// The keys that seal pending sign-ins (AES-256-GCM). New ones are sealed with the first; all of them open, so that keys
/// can be changed while people sign in: put the new one first, and drop the old one ten minutes later.
///
/// All processes that serve the application need the same keys. What is sealed is bound to its purpose, version,
/// application and key name, and opens as nothing else.
///
/// ```
/// use erpnet_core::sign_in::SealingKeys;
/// use erpnet_types::Secret;
///
/// let today = Secret::new("from the application's own configuration, at random")?;
/// let keys = SealingKeys::new("2026-11", &today)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SealingKeys(Vec<SealingKey>);

#[derive(Clone)]
struct SealingKey {
    name: String,
    key: LessSafeKey,
}

impl SealingKeys {
    /// One key, made from a secret of at least [`MIN_SEALING_SECRET`] random bytes.
    ///
    /// # Errors
    /// An error of kind [`Config`](crate::ErrorKind::Config) for a secret that is too short, or a name that is empty, too
    /// long or not of letters, digits, `-`, `_` and `.`.
    pub fn new(name: &str, secret: &Secret) -> Result<Self, Error> {
        Ok(Self(vec![SealingKey::new(name, secret)?]))
    }

    /// Also opens what was sealed with an older key.
    ///
    /// # Errors
    /// As [`SealingKeys::new`], and for a name that is taken.
    pub fn and_open(mut self, name: &str, secret: &Secret) -> Result<Self, Error> {
        if self.0.iter().any(|key| key.name == name) {
            return Err(Error::config(format!(
                "sealing key: the name `{name}` is given twice"
            )));
        }
        self.0.push(SealingKey::new(name, secret)?);
        Ok(self)
    }

    /// Seals a pending sign-in. Every text needs entropy of its own.
    ///
    /// # Errors
    /// [`Reason::InputTooLong`] when it would not fit a cookie.
    pub fn seal(&self, pending: &PendingSignIn, entropy: Entropy) -> Result<String, Error> {
        let unusable = || Error::from(Reason::Driver("a pending sign-in could not be sealed"));
        let key = self.0.first().ok_or_else(unusable)?;
        let plain =
            Zeroizing::new(serde_json::to_vec(&Content::of(pending)).map_err(|_| unusable())?);
        let nonce = entropy.into_bytes::<NONCE_LEN>();
        let mut sealed = Vec::with_capacity(2 + key.name.len() + NONCE_LEN + plain.len() + 16);
        sealed.push(VERSION);
        // A name has at most `MAX_KEY_NAME` bytes.
        sealed.push(u8::try_from(key.name.len()).map_err(|_| unusable())?);
        sealed.extend_from_slice(key.name.as_bytes());
        sealed.extend_from_slice(&nonce[..]);
        let mut body = plain.to_vec();
        let aad = Aad::from(bound_to(&key.name, &pending.client_id));
        let nonce = Nonce::assume_unique_for_key(*nonce);
        key.key
            .seal_in_place_append_tag(nonce, aad, &mut body)
            .map_err(|_| unusable())?;
        sealed.extend_from_slice(&body);
        let text = URL_SAFE_NO_PAD.encode(&sealed);
        if text.len() > MAX_SEALED {
            return Err(Reason::InputTooLong {
                what: "sealed sign-in (return path and session name are in it)",
                limit: MAX_SEALED,
                found: text.len(),
            }
            .into());
        }
        Ok(text)
    }

    /// Opens what [`SealingKeys::seal`] made for this application.
    ///
    /// # Errors
    /// [`Reason::SealBroken`] for anything else.
    pub fn open(&self, sealed: &str, client_id: &ClientId) -> Result<PendingSignIn, Error> {
        let broken = |why| Error::from(Reason::SealBroken { why });
        if sealed.len() > MAX_SEALED {
            return Err(broken("it is too long"));
        }
        let bytes = URL_SAFE_NO_PAD
            .decode(sealed)
            .map_err(|_| broken("it is not base64url"))?;
        let (name, nonce, body) = parts(&bytes).ok_or_else(|| broken("it breaks off"))?;
        let key = self.0.iter().find(|key| key.name.as_bytes() == name);
        let key = key.ok_or_else(|| broken("its key is not known (any more)"))?;
        let mut body = Zeroizing::new(body.to_vec());
        let aad = Aad::from(bound_to(&key.name, client_id));
        let nonce = Nonce::assume_unique_for_key(nonce);
        let plain = key
            .key
            .open_in_place(nonce, aad, &mut body)
            .map_err(|_| broken("it was changed, or sealed for another application"))?;
        let content: Content<'_> =
            serde_json::from_slice(plain).map_err(|_| broken("its content is of another form"))?;
        content
            .into_pending(client_id)
            .ok_or_else(|| broken("its content is of another form"))
    }
}

impl SealingKey {
    fn new(name: &str, secret: &Secret) -> Result<Self, Error> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
        if name.is_empty() || name.len() > MAX_KEY_NAME || !name.bytes().all(plain) {
            return Err(Error::config(format!(
                "sealing key: expected a name of 1 to {MAX_KEY_NAME} letters, digits, `-`, `_` and `.`"
            )));
        }
        let secret = secret.expose().as_bytes();
        if secret.len() < MIN_SEALING_SECRET {
            return Err(Error::config(format!(
                "sealing key: expected a secret of at least {MIN_SEALING_SECRET} random bytes, found {}",
                secret.len()
            )));
        }
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, PURPOSE.as_bytes()).extract(secret);
        let labels = [name.as_bytes()];
        let key = prk.expand(&labels, &AES_256_GCM).map(UnboundKey::from);
        let key = key.map_err(|_| Error::config("sealing key: it could not be made"))?;
        Ok(Self {
            name: name.to_owned(),
            key: LessSafeKey::new(key),
        })
    }
}

impl fmt::Debug for SealingKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.iter().map(|key| &key.name);
        f.write_str("SealingKeys")?;
        f.debug_list().entries(names).finish()
    }
}

fn bound_to(key: &str, client_id: &ClientId) -> String {
    format!("{PURPOSE}\n{VERSION}\n{key}\n{client_id}")
}

/// Key name, nonce and the rest.
fn parts(bytes: &[u8]) -> Option<(&[u8], [u8; NONCE_LEN], &[u8])> {
    let (&version, rest) = bytes.split_first()?;
    let (&name_len, rest) = rest.split_first()?;
    let (name, rest) = rest.split_at_checked(usize::from(name_len))?;
    let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>()?;
    (version == VERSION).then_some((name, *nonce, body))
}

/// What stands inside. The application is in the associated data.
#[derive(Serialize, Deserialize)]
struct Content<'a> {
    s: Cow<'a, str>,
    n: Cow<'a, str>,
    v: Cow<'a, str>,
    i: Cow<'a, str>,
    r: Cow<'a, str>,
    h: u8,
    p: bool,
    c: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    a: Option<u64>,
    f: bool,
    t: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    b: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    k: Option<Cow<'a, str>>,
}

impl<'a> Content<'a> {
    fn of(pending: &'a PendingSignIn) -> Self {
        Self {
            s: Cow::Borrowed(&pending.state),
            n: Cow::Borrowed(&pending.nonce),
            v: Cow::Borrowed(&pending.verifier),
            i: Cow::Borrowed(&pending.issuer),
            r: Cow::Borrowed(pending.redirect_uri.as_str()),
            h: match pending.response_type {
                ResponseType::Code => 0,
                ResponseType::CodeIdToken => 1,
                ResponseType::CodeFormPost => 2,
            },
            p: pending.callback_has_issuer,
            c: pending.scopes.to_string(),
            a: pending.max_age.map(|age| age.as_secs()),
            f: pending.fresh,
            t: pending.started.unix_millis(),
            b: pending.return_to.as_deref().map(Cow::Borrowed),
            k: pending.session.as_deref().map(Cow::Borrowed),
        }
    }

    fn into_pending(self, client_id: &ClientId) -> Option<PendingSignIn> {
        let response_type = match self.h {
            0 => ResponseType::Code,
            1 => ResponseType::CodeIdToken,
            2 => ResponseType::CodeFormPost,
            _ => return None,
        };
        Some(PendingSignIn {
            state: Zeroizing::new(self.s.into_owned()),
            nonce: Zeroizing::new(self.n.into_owned()),
            verifier: Zeroizing::new(self.v.into_owned()),
            issuer: self.i.into_owned(),
            client_id: client_id.clone(),
            redirect_uri: RedirectUri::parse(&self.r).ok()?,
            response_type,
            callback_has_issuer: self.p,
            scopes: ScopeSet::parse(&self.c).ok()?,
            max_age: self.a.map(Duration::from_secs),
            fresh: self.f,
            started: Timestamp::from_unix_millis(self.t),
            return_to: self.b.map(Cow::into_owned),
            session: self.k.map(Cow::into_owned),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign_in::pending::tests::pending;

    fn secret(text: &str) -> Secret {
        Secret::new(text.repeat(MIN_SEALING_SECRET)).unwrap()
    }

    fn keys() -> SealingKeys {
        SealingKeys::new("a", &secret("x")).unwrap()
    }

    fn seal(keys: &SealingKeys, pending: &PendingSignIn) -> String {
        keys.seal(pending, Entropy::from_bytes([5; 32])).unwrap()
    }

    fn app() -> ClientId {
        ClientId::parse("PK").unwrap()
    }

    #[test]
    fn auth_166_what_is_sealed_opens_again() {
        let mut whole = pending();
        whole.max_age = Some(Duration::from_secs(60));
        whole.fresh = true;
        whole.return_to = Some("/a?b=ä".to_owned());
        whole.session = Some("default".to_owned());
        for pending in [pending(), whole] {
            let sealed = seal(&keys(), &pending);
            for secret in [&pending.state, &pending.nonce, &pending.verifier] {
                assert!(!sealed.contains(secret.as_str()));
            }
            let opened = keys().open(&sealed, &app()).unwrap();
            assert_eq!(Content::of(&opened).c, Content::of(&pending).c);
            let text =
                |pending: &PendingSignIn| serde_json::to_string(&Content::of(pending)).unwrap();
            assert_eq!(text(&opened), text(&pending));
        }
    }

    #[test]
    fn anything_else_does_not_open() {
        let sealed = seal(&keys(), &pending());
        let why = |keys: &SealingKeys, sealed: &str, app: &str| match keys
            .open(sealed, &ClientId::parse(app).unwrap())
            .unwrap_err()
            .reason()
        {
            Reason::SealBroken { why } => *why,
            other => panic!("{other:?}"),
        };
        assert!(why(&keys(), &sealed, "pk").contains("another application"));
        assert!(why(&keys(), "", "PK").contains("breaks off"));
        assert!(why(&keys(), "?", "PK").contains("base64url"));
        let other = SealingKeys::new("b", &secret("x")).unwrap();
        assert!(why(&other, &sealed, "PK").contains("key is not known"));
        let same_name = SealingKeys::new("a", &secret("y")).unwrap();
        assert!(why(&same_name, &sealed, "PK").contains("changed"));
        // Every single bit counts.
        let bytes = URL_SAFE_NO_PAD.decode(&sealed).unwrap();
        for index in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[index] ^= 1;
            assert!(
                keys()
                    .open(&URL_SAFE_NO_PAD.encode(changed), &app())
                    .is_err(),
                "{index}"
            );
        }
    }

    #[test]
    fn keys_are_rotated_by_name() {
        let old = seal(&keys(), &pending());
        let both = SealingKeys::new("b", &secret("y"))
            .unwrap()
            .and_open("a", &secret("x"))
            .unwrap();
        assert!(both.open(&old, &app()).is_ok());
        let new = seal(&both, &pending());
        assert!(keys().open(&new, &app()).is_err(), "sealed with the first");
        assert!(both.and_open("a", &secret("z")).is_err(), "a name once");
    }

    #[test]
    fn limits_at_below_and_above() {
        for (n, fine) in [(31, false), (32, true), (33, true)] {
            assert_eq!(
                SealingKeys::new("a", &Secret::new("x".repeat(n)).unwrap()).is_ok(),
                fine,
                "{n}"
            );
        }
        for (n, fine) in [(0, false), (1, true), (31, true), (32, true), (33, false)] {
            assert_eq!(
                SealingKeys::new(&"x".repeat(n), &secret("x")).is_ok(),
                fine,
                "{n}"
            );
        }
        // One more byte of content is one or two more characters of base64.
        let length = |n: usize| {
            let mut long = pending();
            long.return_to = Some("x".repeat(n));
            keys().seal(&long, Entropy::from_bytes([5; 32]))
        };
        let longest = (0..4000).rev().find(|n| length(*n).is_ok()).unwrap();
        let sealed = length(longest).unwrap();
        assert!(
            (MAX_SEALED - 2..=MAX_SEALED).contains(&sealed.len()),
            "{}",
            sealed.len()
        );
        assert!(length(longest + 1).is_err() && keys().open(&sealed, &app()).is_ok());
    }
}
