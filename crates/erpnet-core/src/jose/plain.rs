//! The characters of a JSON text that stand for themselves (RFC 8259 section 7): all but quotes, backslashes and controls.
//! Most of a token or a document is made of them, so that they are looked at many at a time.

/// Where the characters that stand for themselves end: looked at eight at a time, and many at a time where a text is long.
#[inline]
pub(super) fn plain_until(bytes: &[u8], start: usize) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    let (eights, tail) = rest.as_chunks::<8>();
    let mut at = start;
    for (index, eight) in eights.iter().enumerate() {
        let special = special_in(u64::from_le_bytes(*eight));
        if special != 0 {
            return at + special.trailing_zeros() as usize / 8;
        }
        at += 8;
        if index == 7 {
            return plain_until(bytes, long_plain_until(bytes, at));
        }
    }
    at + tail.iter().take_while(|byte| is_plain(**byte)).count()
}

/// The same in steps of thirty-two; the end is somewhere in the next.
fn long_plain_until(bytes: &[u8], start: usize) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    let blocks = rest.as_chunks::<32>().0.iter();
    start + 32 * blocks.take_while(|block| all_plain(block)).count()
}

fn is_plain(byte: u8) -> bool {
    byte >= 0x20 && byte != b'"' && byte != b'\\'
}

/// Without a branch, so that the processor may look at many at once.
#[inline]
fn all_plain(block: &[u8; 32]) -> bool {
    let special = |byte: u8| (byte < 0x20) | (byte == b'"') | (byte == b'\\');
    let found = block
        .iter()
        .fold(0, |found, byte| found | u8::from(special(*byte)));
    found == 0
}

/// The highest bit of each byte that is a quote, a backslash or below the space; one above such a byte may be marked by
/// mistake, one below is not.
#[inline]
fn special_in(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let (quote, backslash) = (word ^ (ONES * 0x22), word ^ (ONES * 0x5c));
    let special = (quote.wrapping_sub(ONES) & !quote)
        | (backslash.wrapping_sub(ONES) & !backslash)
        | (word.wrapping_sub(ONES * 0x20) & !word);
    special & HIGH
}
