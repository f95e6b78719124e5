//! Client ids: the `ApplicationUri` of a Trusted Application (AUTH-110).

use std::fmt;
use std::str::FromStr;

use crate::instance::printable;

/// The width of the `ApplicationUri` column. Authorities may accept less (AUTH-112).
pub const MAX_CLIENT_ID_LEN: usize = 254;

/// The OAuth `client_id`: the record's `ApplicationUri`, verbatim, compared ordinally (AUTH-110).
///
/// ```
/// use erpnet_types::ClientId;
///
/// assert_ne!(ClientId::parse("PK")?, ClientId::parse("pk")?);
/// assert!(ClientId::parse("").is_err());
/// # Ok::<(), erpnet_types::ClientIdError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientId(String);

/// Why a text is not a client id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientIdError {
    /// Nothing was given.
    #[error("expected the `ApplicationUri` of the trusted application, found nothing")]
    Empty,
    /// Longer than [`MAX_CLIENT_ID_LEN`].
    #[error("expected a client id of at most {MAX_CLIENT_ID_LEN} bytes, found {found}")]
    TooLong {
        /// The length found.
        found: usize,
    },
    /// A character outside RFC 6749's `VSCHAR`.
    #[error("expected a client id of printable ASCII, found `{found}`")]
    BadCharacter {
        /// What was given, control characters escaped.
        found: String,
    },
}

impl ClientId {
    /// Reads a client id (RFC 6749 appendix A.1).
    ///
    /// # Errors
    /// [`ClientIdError`] when it is empty, too long or not printable ASCII. Leading and trailing blanks are refused
    /// and not trimmed: ids are compared byte by byte.
    pub fn parse(text: &str) -> Result<Self, ClientIdError> {
        if text.is_empty() {
            return Err(ClientIdError::Empty);
        }
        if text.len() > MAX_CLIENT_ID_LEN {
            return Err(ClientIdError::TooLong { found: text.len() });
        }
        let printable_ascii = text.bytes().all(|b| (0x20..=0x7e).contains(&b));
        if !printable_ascii || text.starts_with(' ') || text.ends_with(' ') {
            return Err(ClientIdError::BadCharacter {
                found: printable(text),
            });
        }
        Ok(Self(text.to_owned()))
    }

    /// The id on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClientId({:?})", self.0)
    }
}

impl FromStr for ClientId {
    type Err = ClientIdError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<&str> for ClientId {
    type Error = ClientIdError;
    fn try_from(text: &str) -> Result<Self, Self::Error> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_110_ids_are_kept_verbatim() {
        for id in ["PK", "com.vendor/app", "mysite.com/app one", "a&b=c%"] {
            assert_eq!(ClientId::parse(id).unwrap().as_str(), id);
        }
    }

    #[test]
    fn odd_ids_are_refused() {
        for bad in ["", " a", "a ", "a\n", "приложение"] {
            assert!(ClientId::parse(bad).is_err(), "{bad:?}");
        }
        assert!(ClientId::parse(&"x".repeat(MAX_CLIENT_ID_LEN)).is_ok());
        let over = ClientId::parse(&"x".repeat(MAX_CLIENT_ID_LEN + 1));
        assert_eq!(
            over,
            Err(ClientIdError::TooLong {
                found: MAX_CLIENT_ID_LEN + 1
            })
        );
    }
}
