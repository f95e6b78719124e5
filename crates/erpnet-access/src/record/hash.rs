//! `ApplicationSecretHash` as written: kept even when it can never match, and never shown.

use std::fmt;

use erpnet_types::{SecretHash, SecretHashError};

/// The text of `ApplicationSecretHash` with what it means.
#[derive(Clone)]
pub struct HashText {
    text: Box<str>,
    parsed: Result<SecretHash, SecretHashError>,
}

/// The bytes of a SHA-512, which stock IdentityServer4 accepts, too (AUTH-114).
const SHA_512_BYTES: usize = 64;

impl HashText {
    /// Takes a hash as written in a record.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self {
            parsed: SecretHash::parse(text),
            text: Box::from(text),
        }
    }

    /// The hash, if it is a SHA-256 in padded standard base64.
    #[must_use]
    pub fn sha256(&self) -> Option<SecretHash> {
        self.parsed.as_ref().ok().copied()
    }

    /// Whether some secret can match: 32 bytes, or 64 on stock IdentityServer4 (AUTH-114).
    #[must_use]
    pub fn can_match(&self) -> bool {
        matches!(
            self.parsed,
            Ok(_)
                | Err(SecretHashError::WrongLength {
                    found: SHA_512_BYTES
                })
        )
    }

    /// Why it is not a SHA-256.
    #[must_use]
    pub fn error(&self) -> Option<&SecretHashError> {
        self.parsed.as_ref().err()
    }

    /// The text for the record.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl From<SecretHash> for HashText {
    fn from(hash: SecretHash) -> Self {
        Self {
            text: hash.to_base64().into(),
            parsed: Ok(hash),
        }
    }
}

impl PartialEq for HashText {
    fn eq(&self, other: &Self) -> bool {
        match (&self.parsed, &other.parsed) {
            (Ok(this), Ok(that)) => this.ct_eq(that),
            _ => self.text == other.text,
        }
    }
}

impl Eq for HashText {}

/// A hash of a weak secret can be searched for, so it is not shown.
impl fmt::Debug for HashText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashText(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_114_what_can_match() {
        let sha256 = SecretHash::from_bytes([7; 32]).to_base64();
        let sha512 = format!("{}==", "A".repeat(86));
        for (text, can_match, is_sha256) in [
            (sha256.as_str(), true, true),
            (&sha512, true, false),
            (&"ab".repeat(32), false, false),
            ("AAAA", false, false),
        ] {
            let hash = HashText::new(text);
            assert_eq!(
                (hash.can_match(), hash.sha256().is_some()),
                (can_match, is_sha256),
                "{text}"
            );
            assert_eq!(hash.as_str(), text);
            assert_eq!(format!("{hash:?}"), "HashText(redacted)");
        }
    }
}
