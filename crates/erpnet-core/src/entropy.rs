//! Randomness, as an argument.

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
}

impl std::fmt::Debug for Entropy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Entropy(redacted)")
    }
}
