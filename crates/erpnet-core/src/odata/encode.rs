//! Percent-encoding (RFC 3986 section 2.1): what a URL parser would otherwise change, misread or cut off.

/// Bytes that stand for themselves in the value of a query option: unreserved ones, and those delimiters that mean
/// nothing to a query string. `'` is encoded because URL parsers do so (WHATWG URL, special-query percent-encode set),
/// `+` because many read it as a blank.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        #[expect(clippy::indexing_slicing, reason = "constant evaluation, in bounds")]
        {
            plain[byte as usize] = byte.is_ascii_alphanumeric()
                || matches!(
                    byte,
                    b'-' | b'.'
                        | b'_'
                        | b'~'
                        | b'!'
                        | b'$'
                        | b'('
                        | b')'
                        | b'*'
                        | b','
                        | b';'
                        | b':'
                        | b'@'
                        | b'/'
                        | b'?'
                        | b'='
                );
        }
        byte += 1;
    }
    plain
};

/// The value of a query option.
pub(super) fn push_value(out: &mut String, text: &str) {
    push(out, text, |byte| {
        PLAIN.get(usize::from(byte)).copied().unwrap_or(false)
    });
}

/// A part of a path, or a name of an option: nothing that ends it.
pub(super) fn push_segment(out: &mut String, text: &str) {
    push(out, text, |byte| {
        PLAIN.get(usize::from(byte)).copied().unwrap_or(false)
            && !matches!(byte, b'/' | b'?' | b'=' | b';')
    });
}

fn push(out: &mut String, text: &str, plain: impl Fn(u8) -> bool) {
    // Where the bytes begin that are not copied yet: all plain, and therefore whole characters.
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        if plain(byte) {
            continue;
        }
        if from < at {
            out.push_str(text.get(from..at).unwrap_or_default());
        }
        out.push('%');
        out.push(digit(byte >> 4));
        out.push(digit(byte & 15));
        from = at + 1;
    }
    out.push_str(text.get(from..).unwrap_or_default());
}

fn digit(half: u8) -> char {
    char::from(if half < 10 {
        b'0' + half
    } else {
        b'A' + half - 10
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value(text: &str) -> String {
        let mut out = String::new();
        push_value(&mut out, text);
        out
    }

    #[test]
    fn what_means_something_to_a_query_string_is_encoded() {
        for (text, encoded) in [
            ("", ""),
            ("a b", "a%20b"),
            ("a+b", "a%2Bb"),
            ("100%", "100%25"),
            ("%41", "%2541"),
            ("a&b#c", "a%26b%23c"),
            ("'\"`", "%27%22%60"),
            ("Ä€😀", "%C3%84%E2%82%AC%F0%9F%98%80"),
            ("\\|<>[]{}^", "%5C%7C%3C%3E%5B%5D%7B%7D%5E"),
            ("$top=1;(a/b),c:d@e!*~?", "$top=1;(a/b),c:d@e!*~?"),
        ] {
            assert_eq!(value(text), encoded);
        }
        let mut segment = String::new();
        push_segment(&mut segment, "a/b?c=d;e'f");
        assert_eq!(segment, "a%2Fb%3Fc%3Dd%3Be%27f");
    }

    proptest! {
        #[test]
        fn a_url_parser_changes_nothing_and_a_server_reads_the_same(text in "\\PC{0,40}") {
            let url = url::Url::parse(&format!("https://h/x?k={}", value(&text))).unwrap();
            prop_assert_eq!(url.query().unwrap(), format!("k={}", value(&text)));
            let pairs: Vec<_> = url.query_pairs().collect();
            prop_assert_eq!(pairs.len(), 1);
            prop_assert_eq!(pairs[0].1.as_ref(), text);
        }
    }
}
