//! The compact serialisation (RFC 7515 section 7.1), read strictly.

use super::base64url;
use super::fault::TokenFault;

/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN_LEN: usize = erpnet_types::token::MAX_ACCESS_TOKEN_LEN;

/// The longest signature that is decoded: that of the largest key.
const MAX_SIGNATURE_LEN: usize = super::jwk::MAX_MODULUS_LEN;

/// The longest header that is decoded without allocating, in bytes: twice what ERP.net's are.
const SMALL_HEADER: usize = 256;

/// The longest payload that is decoded without allocating, in bytes: twice what ERP.net's are.
const SMALL_PAYLOAD: usize = 2 * 1024;

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
        base64url::decode(self.header).ok_or(NO_HEADER)
    }

    /// The decoded payload, as text.
    ///
    /// # Errors
    /// [`TokenFault::Malformed`] when it is not strict base64url of UTF-8.
    pub fn payload(&self) -> Result<String, TokenFault> {
        let bytes = base64url::decode(self.payload).ok_or(NO_PAYLOAD)?;
        String::from_utf8(bytes).map_err(|_| NO_TEXT)
    }

    /// Decodes the header and hands it on; one of the usual length without allocating.
    pub(crate) fn with_header<T>(
        &self,
        use_it: impl FnOnce(&[u8]) -> Result<T, TokenFault>,
    ) -> Result<T, TokenFault> {
        decoded::<SMALL_HEADER, _>(self.header, NO_HEADER, use_it)
    }

    /// Decodes the payload and hands it on; one of the usual length without allocating.
    pub(crate) fn with_payload<T>(
        &self,
        use_it: impl FnOnce(&str) -> Result<T, TokenFault>,
    ) -> Result<T, TokenFault> {
        decoded::<SMALL_PAYLOAD, _>(self.payload, NO_PAYLOAD, |bytes| {
            use_it(std::str::from_utf8(bytes).map_err(|_| NO_TEXT)?)
        })
    }

    /// Decodes the signature and hands it on, without allocating.
    pub(crate) fn with_signature<T>(
        &self,
        use_it: impl FnOnce(&[u8]) -> T,
    ) -> Result<T, TokenFault> {
        let mut buffer = [0; MAX_SIGNATURE_LEN];
        let signature = base64url::decode_into(self.signature, &mut buffer);
        signature.map(use_it).ok_or(NO_SIGNATURE)
    }
}

const NO_HEADER: TokenFault = TokenFault::Malformed("a header that is not base64url");
const NO_PAYLOAD: TokenFault = TokenFault::Malformed("a payload that is not base64url");
const NO_TEXT: TokenFault = TokenFault::Malformed("a payload that is not UTF-8");
const NO_SIGNATURE: TokenFault =
    TokenFault::Malformed("a signature that is not base64url, or too long");

fn decoded<const SMALL: usize, T>(
    text: &str,
    malformed: TokenFault,
    use_it: impl FnOnce(&[u8]) -> Result<T, TokenFault>,
) -> Result<T, TokenFault> {
    if base64url::decoded_len(text.len()) > SMALL {
        return use_it(&base64url::decode(text).ok_or(malformed)?);
    }
    let mut buffer = [0; SMALL];
    use_it(base64url::decode_into(text, &mut buffer).ok_or(malformed)?)
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
