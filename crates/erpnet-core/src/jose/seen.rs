//! Whether a name comes twice, without comparing it to all others.

/// Names seen so far, as bits: what was not seen is known at once, what may have been is to be looked for.
#[derive(Default)]
pub(crate) struct SeenNames(u64);

impl SeenNames {
    /// Whether the name may have been there before.
    pub(crate) fn may_repeat(&mut self, name: &str) -> bool {
        let bytes = name.as_bytes();
        let end = |byte: Option<&u8>| byte.copied().map_or(0, u64::from);
        let hash = (bytes.len() as u64).wrapping_mul(31)
            ^ end(bytes.first()).wrapping_mul(7)
            ^ (end(bytes.last()) << 2);
        let bit = 1 << (hash % 64);
        let maybe = self.0 & bit != 0;
        self.0 |= bit;
        maybe
    }
}
