//! Secrets: zeroised when dropped, never shown (AUTH-113..116).

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// The longest secret that is accepted, in bytes. Authorities accept less by default (AUTH-086).
pub const MAX_SECRET_LEN: usize = 4096;

/// A text that must not be seen: a client secret, a password, a key.
///
/// Zeroised on drop. `Debug` prints a placeholder, there is no `Display`, no `Serialize` and no `PartialEq`; reading it
/// is a visible act, [`Secret::expose`].
///
/// ```
/// use erpnet_types::Secret;
///
/// let secret = Secret::new("correct horse")?;
/// assert_eq!(format!("{secret:?}"), "Secret(redacted)");
/// # Ok::<(), erpnet_types::SecretError>(())
/// ```
#[derive(Clone)]
pub struct Secret(Zeroizing<Box<str>>);

/// Why a text cannot be a secret. The text itself is never part of the error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// Nothing was given.
    #[error("expected a secret, found nothing")]
    Empty,
    /// Longer than [`MAX_SECRET_LEN`].
    #[error("expected a secret of at most {MAX_SECRET_LEN} bytes, found {found}")]
    TooLong {
        /// The length found.
        found: usize,
    },
    /// A line break or another control character: usually a file read with its last newline.
    #[error(
        "expected a secret without control characters; a trailing line break is the usual cause"
    )]
    ControlCharacter,
}

impl Secret {
    /// Takes a secret over. What is given as a `String` is wiped at its old place too.
    ///
    /// # Errors
    /// [`SecretError`] when it is empty, too long or holds control characters.
    pub fn new(text: impl Into<String>) -> Result<Self, SecretError> {
        let text = Zeroizing::new(text.into());
        if text.is_empty() {
            return Err(SecretError::Empty);
        }
        if text.len() > MAX_SECRET_LEN {
            return Err(SecretError::TooLong { found: text.len() });
        }
        if text.chars().any(char::is_control) {
            return Err(SecretError::ControlCharacter);
        }
        Ok(Self(Zeroizing::new(Box::from(text.as_str()))))
    }

    /// The secret itself. Do not keep, print or log it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether two secrets are equal, in time that depends on their lengths only.
    #[must_use]
    pub fn ct_eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

impl TryFrom<&str> for Secret {
    type Error = SecretError;
    fn try_from(text: &str) -> Result<Self, Self::Error> {
        Self::new(text)
    }
}

impl TryFrom<String> for Secret {
    type Error = SecretError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(text)
    }
}

/// The SHA-256 of a secret, as the record's `ApplicationSecretHash` stores it: padded standard base64 (AUTH-113).
///
/// This crate does not compute it: whoever holds the secret does.
///
/// ```
/// use erpnet_types::SecretHash;
///
/// let hash = SecretHash::parse("T/AGymuI51LwjLeIFxRQXOs9IHnupDKs/ajhWODR2C4=")?;
/// assert_eq!(hash.to_base64(), "T/AGymuI51LwjLeIFxRQXOs9IHnupDKs/ajhWODR2C4=");
/// # Ok::<(), erpnet_types::SecretHashError>(())
/// ```
#[derive(Clone, Copy)]
pub struct SecretHash([u8; 32]);

/// Why a text is not an `ApplicationSecretHash`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretHashError {
    /// 64 hexadecimal digits: the right hash in the wrong spelling (AUTH-114).
    #[error(
        "expected base64, found what looks like hex; encode the 32 bytes of the hash as base64"
    )]
    LooksLikeHex,
    /// Not padded standard base64 (AUTH-114).
    #[error(
        "expected padded standard base64 of a SHA-256 (44 characters ending in `=`), found {found} characters"
    )]
    NotBase64 {
        /// How many characters were given.
        found: usize,
    },
    /// Base64 of another length.
    #[error("expected the 32 bytes of a SHA-256, found {found}")]
    WrongLength {
        /// How many bytes it decodes to.
        found: usize,
    },
}

impl SecretHash {
    /// Wraps a SHA-256 that was computed elsewhere.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads the base64 text of a record.
    ///
    /// # Errors
    /// [`SecretHashError`]; hex, base64url and unpadded text never match at the server and are refused (AUTH-114).
    pub fn parse(text: &str) -> Result<Self, SecretHashError> {
        if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(SecretHashError::LooksLikeHex);
        }
        let not_base64 = SecretHashError::NotBase64 {
            found: text.chars().count(),
        };
        if text.len() > 128 {
            return Err(not_base64);
        }
        let bytes = STANDARD.decode(text).map_err(|_| not_base64)?;
        let found = bytes.len();
        bytes
            .try_into()
            .map(Self)
            .map_err(|_| SecretHashError::WrongLength { found })
    }

    /// The text for the record.
    #[must_use]
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether two hashes are equal, in constant time.
    #[must_use]
    pub fn ct_eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl PartialEq for SecretHash {
    fn eq(&self, other: &Self) -> bool {
        self.ct_eq(other)
    }
}

impl Eq for SecretHash {}

/// A hash of a weak secret can be searched for, so it is not shown either.
impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_115_secrets_are_not_shown() {
        let secret = Secret::new("hunter2-hunter2").unwrap();
        assert!(!format!("{secret:?}").contains("hunter2"));
        assert_eq!(secret.expose(), "hunter2-hunter2");
        let hash = SecretHash::from_bytes([7; 32]);
        assert_eq!(format!("{hash:?}"), "SecretHash(redacted)");
    }

    #[test]
    fn odd_secrets_are_refused_without_repeating_them() {
        let newline = Secret::new("hunter2\n").unwrap_err();
        assert_eq!(newline, SecretError::ControlCharacter);
        assert!(!newline.to_string().contains("hunter2"));
        assert_eq!(Secret::new("").unwrap_err(), SecretError::Empty);
        assert!(Secret::new("x".repeat(MAX_SECRET_LEN)).is_ok());
        let over = Secret::new("x".repeat(MAX_SECRET_LEN + 1)).unwrap_err();
        assert_eq!(
            over,
            SecretError::TooLong {
                found: MAX_SECRET_LEN + 1
            }
        );
    }

    #[test]
    fn auth_113_114_hash_text() {
        let demo = "T/AGymuI51LwjLeIFxRQXOs9IHnupDKs/ajhWODR2C4=";
        assert_eq!(SecretHash::parse(demo).unwrap().to_base64(), demo);
        assert_eq!(
            SecretHash::parse(&"ab".repeat(32)),
            Err(SecretHashError::LooksLikeHex)
        );
        let url_safe = demo.replace('/', "_");
        assert!(matches!(
            SecretHash::parse(&url_safe),
            Err(SecretHashError::NotBase64 { .. })
        ));
        let unpadded = demo.trim_end_matches('=');
        assert!(matches!(
            SecretHash::parse(unpadded),
            Err(SecretHashError::NotBase64 { .. })
        ));
        assert_eq!(
            SecretHash::parse("AAAA"),
            Err(SecretHashError::WrongLength { found: 3 })
        );
        assert!(SecretHash::parse(&"A".repeat(10_000)).is_err());
    }

    #[test]
    fn comparisons_agree_with_equality() {
        let (a, b) = (Secret::new("one").unwrap(), Secret::new("two").unwrap());
        assert!(a.ct_eq(&a.clone()) && !a.ct_eq(&b) && !a.ct_eq(&Secret::new("one1").unwrap()));
    }
}
