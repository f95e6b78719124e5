//! The compact serialisation (RFC 7515 section 7.1), read strictly.

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::fault::TokenFault;

/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN_LEN: usize = erpnet_types::token::MAX_ACCESS_TOKEN_LEN;

/// The longest signature that is decoded: RSA with 8192 bits.
const MAX_SIGNATURE_LEN: usize = 1024;

/// Unpadded, url-safe, and without spare bits in the last character: one text for one value.
const STRICT: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(false),
);

/// A token in its three parts. Nothing in it is to be believed before the signature is verified.
#[derive(Clone, Copy)]
pub struct Compact<'a> {
    signing_input: &'a str,
    header: &'a str,
    payload: &'a str,
    signature: &'a str,
}

impl<'a> Compact<'a> {
    /// Splits a token.
    ///
    /// # Errors
    /// [`TokenFault`] when it is too large, opaque, encrypted, or not in three parts.
    pub fn split(token: &'a str) -> Result<Self, TokenFault> {
        if token.len() > MAX_TOKEN_LEN {
            return Err(TokenFault::TooLarge {
                limit: MAX_TOKEN_LEN,
                found: token.len(),
            });
        }
        if token.starts_with(erpnet_types::token::REFERENCE_PREFIX) {
            return Err(TokenFault::Reference);
        }
        let Some((signing_input, signature)) = token.rsplit_once('.') else {
            return Err(TokenFault::Malformed("one part"));
        };
        let Some((header, payload)) = signing_input.split_once('.') else {
            return Err(TokenFault::Malformed("two parts"));
        };
        // The search is much faster than the count, which only a bad token needs.
        if payload.contains('.') {
            return Err(match payload.split('.').count() {
                3 => TokenFault::Encrypted,
                _ => TokenFault::Malformed("more than three parts"),
            });
        }
        Ok(Self {
            signing_input,
            header,
            payload,
            signature,
        })
    }

    /// What the signature is over.
    #[must_use]
    pub fn signing_input(&self) -> &'a [u8] {
        self.signing_input.as_bytes()
    }

    /// The decoded header.
    ///
    /// # Errors
    /// [`TokenFault::Malformed`] when it is not strict base64url.
    pub fn header(&self) -> Result<Vec<u8>, TokenFault> {
        STRICT
            .decode(self.header)
            .map_err(|_| TokenFault::Malformed("a header that is not base64url"))
    }

    /// The decoded payload, as text.
    ///
    /// # Errors
    /// [`TokenFault::Malformed`] when it is not strict base64url of UTF-8.
    pub fn payload(&self) -> Result<String, TokenFault> {
        let bytes = STRICT.decode(self.payload);
        let bytes = bytes.map_err(|_| TokenFault::Malformed("a payload that is not base64url"))?;
        String::from_utf8(bytes).map_err(|_| TokenFault::Malformed("a payload that is not UTF-8"))
    }

    /// Decodes the signature and hands it on, without allocating.
    pub(crate) fn with_signature<T>(
        &self,
        use_it: impl FnOnce(&[u8]) -> T,
    ) -> Result<T, TokenFault> {
        let malformed = TokenFault::Malformed("a signature that is not base64url");
        let mut buffer = [0; MAX_SIGNATURE_LEN];
        match STRICT.decode_slice(self.signature, &mut buffer) {
            Ok(length) => buffer.get(..length).map(use_it).ok_or(malformed),
            Err(_) => Err(malformed),
        }
    }
}

impl std::fmt::Debug for Compact<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Compact({} bytes)",
            self.signing_input.len() + 1 + self.signature.len()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_into_exactly_three() {
        for (token, why) in [
            ("", "one part"),
            ("a", "one part"),
            ("a.b", "two parts"),
            ("a.b.c.d", "more than three parts"),
        ] {
            assert_eq!(
                Compact::split(token).unwrap_err(),
                TokenFault::Malformed(why)
            );
        }
        assert_eq!(
            Compact::split("a.b.c.d.e").unwrap_err(),
            TokenFault::Encrypted
        );
        assert_eq!(
            Compact::split("enrt_x.y.z").unwrap_err(),
            TokenFault::Reference
        );
        assert!(Compact::split("a.b.c").is_ok());
        let long = |n: usize| Compact::split(&format!("a.{}.c", "b".repeat(n - 4))).err();
        assert_eq!(long(MAX_TOKEN_LEN - 1), None);
        assert_eq!(long(MAX_TOKEN_LEN), None);
        assert_eq!(
            long(MAX_TOKEN_LEN + 1),
            Some(TokenFault::TooLarge {
                limit: MAX_TOKEN_LEN,
                found: MAX_TOKEN_LEN + 1
            })
        );
    }

    #[test]
    fn base64url_is_strict() {
        let header = |text: &str| Compact::split(&format!("{text}.e30.AA")).unwrap().header();
        assert_eq!(header("e30").unwrap(), b"{}");
        for odd in ["e30=", "e3 0", "e3\n0", "e31", "e-+0", "e3/0", "e"] {
            assert!(header(odd).is_err(), "{odd:?}");
        }
    }
}
