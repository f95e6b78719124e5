//! Randomness, as an argument.

use ring::hkdf;
use zeroize::Zeroizing;

/// Fresh random bytes that the driver drew from the operating system. Moved in, used once, wiped.
///
/// ```
/// use erpnet_core::Entropy;
///
/// let entropy = Entropy::from_bytes([7; 32]); // a test's; a driver fills it from the system
/// assert_eq!(format!("{entropy:?}"), "Entropy(redacted)");
/// ```
pub struct Entropy(Zeroizing<[u8; 32]>);

impl Entropy {
    /// Takes over 32 bytes from a cryptographically secure generator.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// A mark that nobody can guess and no other text has: 32 hexadecimal digits.
    pub(crate) fn into_mark(self) -> String {
        self.0
            .iter()
            .take(16)
            .fold(String::with_capacity(32), |mut mark, byte| {
                // Writing to a `String` cannot fail.
                let _ = std::fmt::Write::write_fmt(&mut mark, format_args!("{byte:02x}"));
                mark
            })
    }

    /// Its parts: one that seeds retry jitter, which is not secret but different from client to client, and two that key
    /// a hash, which are.
    pub(crate) fn into_parts(self) -> (u64, (u64, u64)) {
        let mut words = self.0.chunks_exact(8).map(|word| {
            word.iter()
                .rev()
                .fold(0_u64, |value, byte| (value << 8) | u64::from(*byte))
        });
        let mut next = || words.next().unwrap_or_default();
        (next(), (next(), next()))
    }

    /// Its first bytes, where one value is wanted and no more.
    pub(crate) fn into_bytes<const N: usize>(self) -> Zeroizing<[u8; N]> {
        const { assert!(N <= 32, "a draw has 32 bytes") };
        let mut bytes = Zeroizing::new([0; N]);
        for (to, from) in bytes.iter_mut().zip(self.0.iter()) {
            *to = *from;
        }
        bytes
    }

    /// Several independent values out of one draw, one for each label (HKDF-SHA256, RFC 5869): knowing some of them tells
    /// nothing about the others.
    pub(crate) fn derive<const N: usize>(&self, label: &[u8]) -> Zeroizing<[u8; N]> {
        let mut bytes = Zeroizing::new([0; N]);
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, b"erpnet").extract(&self.0[..]);
        let labels = [label];
        // It fails for more than 255 hashes' worth of output only; `N` is a small constant everywhere.
        let okm = prk.expand(&labels, Wanted(N));
        if okm.and_then(|okm| okm.fill(&mut bytes[..])).is_err() {
            debug_assert!(false, "at most 8160 bytes can be derived");
        }
        bytes
    }
}

struct Wanted(usize);

impl hkdf::KeyType for Wanted {
    fn len(&self) -> usize {
        self.0
    }
}

impl std::fmt::Debug for Entropy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Entropy(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_157_derived_values_are_independent_and_repeatable() {
        let entropy = || Entropy::from_bytes([7; 32]);
        let (state, nonce) = (
            entropy().derive::<32>(b"state"),
            entropy().derive::<32>(b"nonce"),
        );
        assert_ne!(*state, *nonce);
        assert_eq!(*state, *entropy().derive::<32>(b"state"));
        assert_ne!(*state, *Entropy::from_bytes([8; 32]).derive::<32>(b"state"));
        assert_ne!(*state, [0; 32]);
    }
}
