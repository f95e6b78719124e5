//! The two hashes of a sign-in: what binds an ID token to code, access token and state, and what binds a code to whoever
//! asked for it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use subtle::ConstantTimeEq;

/// `at_hash`, `c_hash` and `s_hash` of a text: base64url of the left half of its SHA-256 (OpenID Connect Core section
/// 3.3.2.11, AUTH-181).
///
/// ```
/// // The code of OpenID Connect Core section A.4.
/// assert_eq!(erpnet_core::hash::left_half("Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk"), "LDktKdoQak3Pk0cnXxCltA");
/// ```
#[must_use]
pub fn left_half(text: &str) -> String {
    let hash = digest(&SHA256, text.as_bytes());
    let half = hash.as_ref().split_at_checked(16);
    URL_SAFE_NO_PAD.encode(half.map_or(&[][..], |(left, _)| left))
}

/// The PKCE code challenge of a verifier, by the method `S256` (RFC 7636 section 4.2).
///
/// ```
/// // RFC 7636 appendix B.
/// let challenge = erpnet_core::hash::s256_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
/// assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
/// ```
#[must_use]
pub fn s256_challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}

/// Whether two texts are equal, in time that depends on their lengths only. Nothing equals the empty text.
pub(crate) fn equal(expected: &str, found: &str) -> bool {
    !expected.is_empty() && bool::from(expected.as_bytes().ct_eq(found.as_bytes()))
}
