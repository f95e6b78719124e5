//! Base64url as signed tokens have it (RFC 7515 section 2): no padding, no other characters, no spare bits, so that there
//! is one text for one value.
//!
//! Of all that is done with a token, only its signature takes longer. Four characters are therefore looked up at once,
//! each in a table that has its bits where they belong in the three bytes.

/// How many bytes so many characters stand for.
pub(super) const fn decoded_len(characters: usize) -> usize {
    characters / 4 * 3 + characters % 4 * 3 / 4
}

/// Decodes into a new buffer; nothing when it is no base64url.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = vec![0; decoded_len(text.len())];
    decode_into(text, &mut bytes)?;
    Some(bytes)
}

/// Decodes to the beginning of `buffer` and returns that; nothing when it is no base64url, or too long.
pub(super) fn decode_into<'b>(text: &str, buffer: &'b mut [u8]) -> Option<&'b [u8]> {
    let bytes = buffer.get_mut(..decoded_len(text.len()))?;
    let (fours, rest) = text.as_bytes().as_chunks::<4>();
    let (threes, rest_of_bytes) = bytes.as_chunks_mut::<3>();
    let mut seen = 0;
    for ([a, b, c, d], three) in fours.iter().zip(threes) {
        let word = of(&FIRST, *a) | of(&SECOND, *b) | of(&THIRD, *c) | of(&FOURTH, *d);
        seen |= word;
        let [first, second, third, _] = word.to_le_bytes();
        *three = [first, second, third];
    }
    let mut last = 0;
    match (rest, rest_of_bytes) {
        ([], []) => {}
        ([a, b], [first]) => {
            last = of(&FIRST, *a) | of(&SECOND, *b);
            [*first, ..] = last.to_le_bytes();
            last &= 0xff00_ff00;
        }
        ([a, b, c], [first, second]) => {
            last = of(&FIRST, *a) | of(&SECOND, *b) | of(&THIRD, *c);
            [*first, *second, ..] = last.to_le_bytes();
            last &= 0xffff_0000;
        }
        _ => return None,
    }
    // Of the last characters no bit may be left over; of the others, only the mark of a bad one is.
    (seen & BAD == 0 && last == 0).then_some(bytes)
}

/// The mark of a character that does not belong there: above the three bytes.
const BAD: u32 = 0xff00_0000;

type Table = [u32; 256];

static FIRST: Table = table(0);
static SECOND: Table = table(1);
static THIRD: Table = table(2);
static FOURTH: Table = table(3);

fn of(table: &Table, character: u8) -> u32 {
    table.get(usize::from(character)).copied().unwrap_or(BAD)
}

/// The six bits of each character at a place in four, as part of a number whose lowest byte is the first of three.
#[expect(
    clippy::indexing_slicing,
    reason = "computed at compile time, where a bad index does not compile"
)]
const fn table(place: u32) -> Table {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut table = [BAD; 256];
    let mut value: u32 = 0;
    while value < 64 {
        let [_, first, second, third] = (value << (18 - 6 * place)).to_be_bytes();
        table[ALPHABET[value as usize] as usize] = u32::from_le_bytes([first, second, third, 0]);
        value += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::alphabet::URL_SAFE;
    use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
    use proptest::prelude::*;

    const STRICT: GeneralPurpose = GeneralPurpose::new(
        &URL_SAFE,
        GeneralPurposeConfig::new()
            .with_encode_padding(false)
            .with_decode_padding_mode(DecodePaddingMode::RequireNone)
            .with_decode_allow_trailing_bits(false),
    );

    #[test]
    fn every_character_at_every_place_of_every_length() {
        for character in 0..=0x7f_u8 {
            for length in 1..=9 {
                for place in 0..length {
                    let mut text = vec![b'A'; length];
                    text[place] = character;
                    let text = String::from_utf8(text).unwrap();
                    assert_eq!(decode(&text), STRICT.decode(&text).ok(), "{text:?}");
                }
            }
        }
        assert_eq!(decode("ä"), None);
        assert_eq!(decode("AA\u{2028}A"), None);
    }

    #[test]
    fn a_buffer_has_to_be_long_enough() {
        let mut buffer = [0; 4];
        for (text, expected) in [
            ("AAAA", Some(3)),
            ("AAAAAA", Some(4)),
            ("AAAAAAA", None),
            ("", Some(0)),
        ] {
            assert_eq!(
                decode_into(text, &mut buffer).map(<[u8]>::len),
                expected,
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn it_is_the_other_implementations_reading(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(decode(&STRICT.encode(&bytes)), Some(bytes));
        }

        #[test]
        fn it_refuses_what_the_other_refuses(text in "[A-Za-z0-9_=+/. -]{0,24}") {
            prop_assert_eq!(decode(&text), STRICT.decode(&text).ok());
        }
    }
}
