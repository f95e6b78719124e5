//! Random values, and the digests made of them.

use ring::digest;
use ring::rand::{SecureRandom, SystemRandom};

use crate::error::SandboxError;

pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], SandboxError> {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| SandboxError::Random)?;
    Ok(bytes)
}

pub(crate) fn sha256(data: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, data).as_ref());
    hash
}

pub(crate) fn sha512(data: &[u8]) -> digest::Digest {
    digest::digest(&digest::SHA512, data)
}

pub(crate) fn upper_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |value: u8| char::from(DIGITS[usize::from(value)]);
    bytes
        .iter()
        .flat_map(|b| [digit(b >> 4), digit(b & 15)])
        .collect()
}

/// A GUID that follows from a text.
pub(crate) fn guid_of(text: &str) -> String {
    let hex = upper_hex(&sha256(text.as_bytes())[..16]).to_lowercase();
    [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ]
    .join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_is_upper_case() {
        assert_eq!(upper_hex(&[0x0a, 0xff, 0x10]), "0AFF10");
    }
}
