//! Tokens, as the opaque values that travel. None of them is shown in full anywhere.

use std::fmt;

use zeroize::Zeroizing;

use crate::instance::Instance;
use crate::timestamp::Timestamp;

/// The longest access token that is accepted, in bytes: larger ones do not fit common header limits.
pub const MAX_ACCESS_TOKEN_LEN: usize = 16 * 1024;

/// The longest refresh token that is accepted, in bytes.
pub const MAX_REFRESH_TOKEN_LEN: usize = 8 * 1024;

/// The longest ID token that is accepted, in bytes.
pub const MAX_ID_TOKEN_LEN: usize = 16 * 1024;

/// The prefix of every reference token (AUTH-228).
pub const REFERENCE_PREFIX: &str = "enrt_";

/// The longest reference token that is accepted, in bytes.
pub const MAX_REFERENCE_TOKEN_LEN: usize = 512;

/// An access token: opaque to the client that carries it (AUTH-083). Zeroised on drop.
#[derive(Clone)]
pub struct AccessToken(Zeroizing<Box<str>>);

/// A refresh token. Used once: the authority revokes it when it hands out the next (AUTH-192). Zeroised on drop.
#[derive(Clone)]
pub struct RefreshToken(Zeroizing<Box<str>>);

/// An ID token as it came: about a user, not yet believed. It goes back to its issuer in the browser, as the
/// `id_token_hint` of a sign-out, even after it expired (AUTH-201). Zeroised on drop.
#[derive(Clone)]
pub struct RawIdToken(Zeroizing<Box<str>>);

/// A reference token (PAT or SAT), bound to the one instance that it was issued for (AUTH-043).
///
/// Nothing can be read from the value (AUTH-228, AUTH-238): kind and expiry are what the operator says they are.
///
/// ```
/// use erpnet_types::{Instance, ReferenceToken, ReferenceTokenKind};
///
/// let demodb = Instance::parse("demodb")?;
/// let token = ReferenceToken::new(demodb, format!("enrt_{}", "0A".repeat(32)))?
///     .with_kind(ReferenceTokenKind::Service);
/// assert_eq!(format!("{token:?}"), "ReferenceToken(enrt_...0A0A0A, Service, https://demodb.my.erp.net)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ReferenceToken {
    value: Zeroizing<Box<str>>,
    instance: Instance,
    kind: ReferenceTokenKind,
    expires: Option<Timestamp>,
}

/// What a reference token acts as (AUTH-234).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ReferenceTokenKind {
    /// Not stated: only the operator knows (AUTH-238).
    #[default]
    Unknown,
    /// A personal access token (PAT): acts as the user who issued it.
    Personal,
    /// A service access token (SAT): acts as the application's system user.
    Service,
}

/// Why a text cannot be a token. The text itself is never part of the error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// Nothing was given.
    #[error("expected a token, found nothing")]
    Empty,
    /// Longer than the limit for its kind.
    #[error("expected a token of at most {limit} bytes, found {found}")]
    TooLong {
        /// The limit.
        limit: usize,
        /// The length found.
        found: usize,
    },
    /// A character that cannot travel in a header.
    #[error(
        "expected a token without blanks, line breaks and other special characters (character {position} is one)"
    )]
    BadCharacter {
        /// Which byte, counted from 1.
        position: usize,
    },
    /// A reference token without its prefix (AUTH-228).
    #[error("expected a reference token that starts with `{REFERENCE_PREFIX}`")]
    NotAReferenceToken,
}

fn checked(
    text: impl Into<String>,
    limit: usize,
    allowed: impl Fn(u8) -> bool,
) -> Result<Zeroizing<Box<str>>, TokenError> {
    let mut text = Zeroizing::new(text.into());
    if text.is_empty() {
        return Err(TokenError::Empty);
    }
    if text.len() > limit {
        return Err(TokenError::TooLong {
            limit,
            found: text.len(),
        });
    }
    // All of them without a branch is many at a time; which one it is only matters for the error.
    let bad = text.bytes().fold(0, |bad, b| bad | u8::from(!allowed(b)));
    if bad != 0 {
        let index = text.bytes().position(|b| !allowed(b)).unwrap_or_default();
        return Err(TokenError::BadCharacter {
            position: index + 1,
        });
    }
    // Shrinking a buffer could leave a copy behind; one that fits is taken as it is.
    Ok(Zeroizing::new(if text.len() == text.capacity() {
        std::mem::take(&mut *text).into_boxed_str()
    } else {
        Box::from(text.as_str())
    }))
}

impl AccessToken {
    /// Takes an access token over: the characters of RFC 6750's `b64token`, so that it can stand in a header.
    ///
    /// # Errors
    /// [`TokenError`] when it is empty, longer than [`MAX_ACCESS_TOKEN_LEN`] or has other characters.
    pub fn new(text: impl Into<String>) -> Result<Self, TokenError> {
        // `-` to `9` are `-`, `.`, `/` and the digits.
        let allowed = |b: u8| {
            let letter = (b | 0x20).wrapping_sub(b'a') < 26;
            letter
                | (b.wrapping_sub(b'-') <= b'9' - b'-')
                | (b == b'+')
                | (b == b'=')
                | (b == b'_')
                | (b == b'~')
        };
        checked(text, MAX_ACCESS_TOKEN_LEN, allowed).map(Self)
    }

    /// The token itself, for the `Authorization` header only.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl RefreshToken {
    /// Takes a refresh token over: printable ASCII (RFC 6749 appendix A.17).
    ///
    /// # Errors
    /// [`TokenError`] when it is empty, longer than [`MAX_REFRESH_TOKEN_LEN`] or has other characters.
    pub fn new(text: impl Into<String>) -> Result<Self, TokenError> {
        checked(text, MAX_REFRESH_TOKEN_LEN, |b| (0x20..=0x7e).contains(&b)).map(Self)
    }

    /// The token itself, for the token request only.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl RawIdToken {
    /// Takes an ID token over: base64url and dots (RFC 7515 section 7.1). Whether it can be believed is another question.
    ///
    /// # Errors
    /// [`TokenError`] when it is empty, longer than [`MAX_ID_TOKEN_LEN`] or has other characters.
    pub fn new(text: impl Into<String>) -> Result<Self, TokenError> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() | (b == b'-') | (b == b'_') | (b == b'.');
        checked(text, MAX_ID_TOKEN_LEN, allowed).map(Self)
    }

    /// The token itself, for verification and for `id_token_hint` only.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl ReferenceToken {
    /// Takes a reference token over and binds it to its instance.
    ///
    /// # Errors
    /// [`TokenError`] when the prefix is missing or the rest has characters outside `A-Z a-z 0-9 _ -` (AUTH-229).
    pub fn new(instance: Instance, text: impl Into<String>) -> Result<Self, TokenError> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        let text = Zeroizing::new(text.into());
        if !text.is_empty() && !text.starts_with(REFERENCE_PREFIX) {
            return Err(TokenError::NotAReferenceToken);
        }
        if text.len() == REFERENCE_PREFIX.len() {
            return Err(TokenError::Empty);
        }
        let value = checked(text.as_str(), MAX_REFERENCE_TOKEN_LEN, allowed)?;
        Ok(Self {
            value,
            instance,
            kind: ReferenceTokenKind::Unknown,
            expires: None,
        })
    }

    /// States what the token acts as.
    #[must_use]
    pub fn with_kind(mut self, kind: ReferenceTokenKind) -> Self {
        self.kind = kind;
        self
    }

    /// States when the token ends. Advisory: the server decides (AUTH-238).
    #[must_use]
    pub fn with_expiry(mut self, expires: Timestamp) -> Self {
        self.expires = Some(expires);
        self
    }

    /// The instance that the token belongs to; it is sent nowhere else (AUTH-043).
    #[must_use]
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// What the token acts as, if stated.
    #[must_use]
    pub fn kind(&self) -> ReferenceTokenKind {
        self.kind
    }

    /// When the token ends, if stated.
    #[must_use]
    pub fn expires(&self) -> Option<Timestamp> {
        self.expires
    }

    /// Whether the length is one that has been seen in the documentation (AUTH-229): a reason to warn, not to refuse.
    #[must_use]
    pub fn has_usual_length(&self) -> bool {
        self.value.len() == REFERENCE_PREFIX.len() + 64
    }

    /// The token itself, for one request header only.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.value
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(redacted)")
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshToken(redacted)")
    }
}

impl fmt::Debug for RawIdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RawIdToken(redacted)")
    }
}

/// Shows the last six characters, by which an operator finds it in the list of the instance (AUTH-245).
impl fmt::Debug for ReferenceToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Six characters of a short value would be most of it.
        let tail = if self.value.len() >= 32 {
            self.value.get(self.value.len() - 6..)
        } else {
            None
        };
        let tail = tail.unwrap_or_default();
        write!(
            f,
            "ReferenceToken({REFERENCE_PREFIX}...{tail}, {:?}, {})",
            self.kind, self.instance
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demodb() -> Instance {
        Instance::parse("demodb").unwrap()
    }

    #[test]
    fn access_tokens_fit_a_header() {
        assert!(AccessToken::new("eyJ.a-_~+/==").is_ok());
        assert_eq!(AccessToken::new("").unwrap_err(), TokenError::Empty);
        assert_eq!(
            AccessToken::new("ab\r\nX: y").unwrap_err(),
            TokenError::BadCharacter { position: 3 }
        );
        assert!(AccessToken::new("x".repeat(MAX_ACCESS_TOKEN_LEN)).is_ok());
        let over = AccessToken::new("x".repeat(MAX_ACCESS_TOKEN_LEN + 1)).unwrap_err();
        assert_eq!(
            over,
            TokenError::TooLong {
                limit: MAX_ACCESS_TOKEN_LEN,
                found: MAX_ACCESS_TOKEN_LEN + 1
            }
        );
    }

    #[test]
    fn refresh_tokens_are_printable() {
        assert!(RefreshToken::new("0A".repeat(32)).is_ok());
        assert!(RefreshToken::new("a\u{1b}[2J").is_err());
        assert!(RefreshToken::new("x".repeat(MAX_REFRESH_TOKEN_LEN)).is_ok());
        assert!(RefreshToken::new("x".repeat(MAX_REFRESH_TOKEN_LEN + 1)).is_err());
    }

    #[test]
    fn auth_201_id_tokens_travel_in_a_url() {
        assert!(RawIdToken::new("eyJ.a-_.A1").is_ok());
        for bad in ["", "a.b.c=", "a b", "a&b", "a+b/c"] {
            assert!(RawIdToken::new(bad).is_err(), "{bad}");
        }
        for (length, fine) in [
            (MAX_ID_TOKEN_LEN - 1, true),
            (MAX_ID_TOKEN_LEN, true),
            (MAX_ID_TOKEN_LEN + 1, false),
        ] {
            assert_eq!(
                RawIdToken::new("x".repeat(length)).is_ok(),
                fine,
                "{length}"
            );
        }
        let shown = format!("{:?}", RawIdToken::new("secret").unwrap());
        assert_eq!(shown, "RawIdToken(redacted)");
    }

    #[test]
    fn auth_228_229_reference_tokens_are_opaque() {
        let dotted = ReferenceToken::new(demodb(), "enrt_x.y.z").unwrap_err();
        assert_eq!(dotted, TokenError::BadCharacter { position: 7 });
        let usual = ReferenceToken::new(demodb(), format!("enrt_{}", "A".repeat(64))).unwrap();
        assert!(usual.has_usual_length());
        let short = ReferenceToken::new(demodb(), format!("enrt_{}", "X".repeat(32))).unwrap();
        assert!(!short.has_usual_length());
        for bad in ["", "enrt_", "eyJhbGciOi", "enrt_a b", "ENRT_abc"] {
            assert!(ReferenceToken::new(demodb(), bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn auth_245_debug_shows_the_last_six_of_long_tokens_only() {
        let value = "enrt_ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        let shown = format!("{:?}", ReferenceToken::new(demodb(), value).unwrap());
        assert!(
            shown.contains("enrt_...456789") && !shown.contains("STUV"),
            "{shown}"
        );
        let short = format!(
            "{:?}",
            ReferenceToken::new(demodb(), "enrt_secret").unwrap()
        );
        assert!(!short.contains("secret"), "{short}");
        assert_eq!(
            format!("{:?}", AccessToken::new("secret").unwrap()),
            "AccessToken(redacted)"
        );
        assert_eq!(
            format!("{:?}", RefreshToken::new("secret").unwrap()),
            "RefreshToken(redacted)"
        );
    }
}
