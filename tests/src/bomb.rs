//! A compressed bomb: a small document that becomes a large one (RFC 1951, RFC 1952).

/// A gzip member of `{"value":[]}` and at least so many blanks behind it, which is proper JSON.
#[must_use]
pub fn gzip(blanks: usize) -> Vec<u8> {
    let text = br#"{"value":[]} "#;
    let matches = blanks / 258 + 1;
    let mut bits = Bits::default();
    bits.low_first(0b011, 3); // the last block, with the fixed codes
    for byte in text {
        bits.high_first(0x30 + u32::from(*byte), 8);
    }
    for _ in 0..matches {
        bits.high_first(0b1100_0101, 8); // a length of 258
        bits.high_first(0, 5); // from one byte back
    }
    bits.high_first(0, 7); // the end
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    out.extend(bits.bytes);
    let plain = text
        .iter()
        .copied()
        .chain(std::iter::repeat_n(b' ', matches * 258));
    let length = text.len() + matches * 258;
    out.extend(crc32(plain).to_le_bytes());
    out.extend(u32::try_from(length).expect("below 4 GiB").to_le_bytes());
    out
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: u32,
}

impl Bits {
    fn push(&mut self, bit: u32) {
        if self.used.is_multiple_of(8) {
            self.bytes.push(0);
        }
        let last = self.bytes.last_mut().expect("one was pushed");
        *last |= u8::from(bit == 1) << (self.used % 8);
        self.used += 1;
    }

    fn low_first(&mut self, value: u32, count: u32) {
        (0..count).for_each(|n| self.push(value >> n & 1));
    }

    fn high_first(&mut self, value: u32, count: u32) {
        (0..count).rev().for_each(|n| self.push(value >> n & 1));
    }
}

fn crc32(bytes: impl Iterator<Item = u8>) -> u32 {
    let step = |crc: u32| crc >> 1 ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 };
    let table: Vec<u32> = (0..256)
        .map(|byte| (0..8).fold(byte, |crc, _| step(crc)))
        .collect();
    let take = |crc: u32, byte: u8| table[usize::from(crc.to_le_bytes()[0] ^ byte)] ^ crc >> 8;
    !bytes.fold(!0, take)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The well-known check value, and a bomb that the standard tool accepts where it is installed.
    #[test]
    fn the_bomb_is_one() {
        assert_eq!(crc32(b"123456789".iter().copied()), 0xcbf4_3926);
        let bomb = gzip(1 << 20);
        assert!(bomb.len() < 10_000, "{}", bomb.len());
        let path = std::env::temp_dir().join(format!("erpnet-bomb-{}.gz", std::process::id()));
        std::fs::write(&path, bomb).unwrap();
        let unpacked = std::process::Command::new("gzip")
            .arg("-dc")
            .arg(&path)
            .output();
        std::fs::remove_file(&path).unwrap();
        if let Ok(unpacked) = unpacked {
            assert!(unpacked.status.success());
            assert!(
                unpacked.stdout.len() > 1 << 20 && unpacked.stdout.starts_with(b"{\"value\":[]} ")
            );
        }
    }
}
