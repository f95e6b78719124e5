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

    /// The part that seeds retry jitter: not secret, only different from client to client.
    pub(crate) fn into_seed(self) -> u64 {
        let mut seed = [0; 8];
        seed.iter_mut()
            .zip(self.0.iter())
            .for_each(|(to, from)| *to = *from);
        u64::from_le_bytes(seed)
    }
}

impl std::fmt::Debug for Entropy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Entropy(redacted)")
    }
}
