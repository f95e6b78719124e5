//! Which signature algorithms are accepted (RFC 7518 section 3.1): an allow-list, and nothing outside it.

use std::fmt;

/// A signature algorithm that can be allowed. There is no `none` and no HMAC: neither can be (AUTH-068).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256: what ERP.net signs with (AUTH-068).
    Rs256,
    /// RSASSA-PSS with SHA-256, MGF1 with SHA-256 and a salt of 32 bytes.
    Ps256,
    /// ECDSA on P-256 with SHA-256; the signature is R and S, 32 bytes each.
    Es256,
}

const ALL: [SignatureAlgorithm; 3] = [
    SignatureAlgorithm::Rs256,
    SignatureAlgorithm::Ps256,
    SignatureAlgorithm::Es256,
];

impl SignatureAlgorithm {
    /// The name in headers and keys, to the letter.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
        }
    }

    const fn bit(self) -> u8 {
        match self {
            Self::Rs256 => 1,
            Self::Ps256 => 2,
            Self::Es256 => 4,
        }
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The algorithms that are accepted: exactly `RS256` by default, and never none at all.
///
/// ```
/// use erpnet_core::jose::{SignatureAlgorithm, SignatureAlgorithms};
///
/// let allowed = SignatureAlgorithms::default();
/// assert_eq!(allowed.named("RS256"), Some(SignatureAlgorithm::Rs256));
/// assert_eq!(allowed.named("ES256"), None);
///
/// let wider = allowed.and(SignatureAlgorithm::Es256);
/// assert_eq!(wider.to_string(), "`RS256` or `ES256`");
/// assert_eq!(wider.named("none"), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SignatureAlgorithms(u8);

impl SignatureAlgorithms {
    /// Exactly `RS256` (AUTH-068).
    pub const RS256: Self = Self::only(SignatureAlgorithm::Rs256);

    /// Exactly this one.
    #[must_use]
    pub const fn only(algorithm: SignatureAlgorithm) -> Self {
        Self(algorithm.bit())
    }

    /// This one as well.
    #[must_use]
    pub const fn and(self, algorithm: SignatureAlgorithm) -> Self {
        Self(self.0 | algorithm.bit())
    }

    /// Whether an algorithm is allowed.
    #[must_use]
    pub const fn contains(self, algorithm: SignatureAlgorithm) -> bool {
        self.0 & algorithm.bit() != 0
    }

    /// The allowed algorithm with exactly this name (RFC 7515 section 4.1.1: case-sensitive).
    #[must_use]
    pub fn named(self, name: &str) -> Option<SignatureAlgorithm> {
        self.iter().find(|algorithm| algorithm.name() == name)
    }

    /// The allowed algorithms.
    pub fn iter(self) -> impl Iterator<Item = SignatureAlgorithm> {
        ALL.into_iter()
            .filter(move |algorithm| self.contains(*algorithm))
    }
}

impl Default for SignatureAlgorithms {
    fn default() -> Self {
        Self::RS256
    }
}

impl fmt::Display for SignatureAlgorithms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, algorithm) in self.iter().enumerate() {
            let or = if index > 0 { " or " } else { "" };
            write!(f, "{or}`{algorithm}`")?;
        }
        Ok(())
    }
}

impl fmt::Debug for SignatureAlgorithms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_068_only_what_is_allowed_has_a_name() {
        let all = ALL
            .into_iter()
            .fold(SignatureAlgorithms::RS256, SignatureAlgorithms::and);
        for name in [
            "none", "None", "", "HS256", "HS384", "HS512", "RS384", "RS512", "PS384", "PS512",
            "ES384", "ES512", "ES256K", "EdDSA", "rs256", "RS256 ",
        ] {
            assert_eq!(all.named(name), None, "{name:?}");
        }
        for algorithm in ALL {
            let only = SignatureAlgorithms::only(algorithm);
            assert_eq!(all.named(algorithm.name()), Some(algorithm));
            assert_eq!(only.iter().collect::<Vec<_>>(), [algorithm]);
            for other in ALL {
                assert_eq!(only.named(other.name()).is_some(), other == algorithm);
            }
        }
        assert_eq!(
            SignatureAlgorithms::default(),
            SignatureAlgorithms::only(SignatureAlgorithm::Rs256)
        );
    }
}
