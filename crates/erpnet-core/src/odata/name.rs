//! Names: what may stand where an attribute, a reference or an entity set is named.

use super::fault::QueryFault;

/// The longest name between two slashes, in characters (OData URL conventions, `odataIdentifier`).
pub const MAX_NAME: usize = 128;

/// Last segments that are no names.
const SEGMENT_WORDS: [&str; 3] = ["$ref", "$count", "$value"];

/// What a byte is to a name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    Digit,
    Separator,
    Other,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Other; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        #[expect(clippy::indexing_slicing, reason = "constant evaluation, in bounds")]
        {
            classes[byte as usize] = match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'_' => Class::Letter,
                b'0'..=b'9' => Class::Digit,
                b'/' | b'.' => Class::Separator,
                _ => Class::Other,
            };
        }
        byte += 1;
    }
    classes
};

/// Whether it is a name, or a path of names, in ASCII, as nearly all are: a quick look, so that the long one is rare.
pub(super) fn is_plain(path: &str, separators: bool) -> bool {
    let (mut length, mut begins) = (0, true);
    for byte in path.bytes() {
        match CLASSES
            .get(usize::from(byte))
            .copied()
            .unwrap_or(Class::Other)
        {
            Class::Letter => (length, begins) = (length + 1, false),
            Class::Digit if !begins => length += 1,
            Class::Separator if separators && !begins => (length, begins) = (0, true),
            _ => return false,
        }
        if length > MAX_NAME {
            return false;
        }
    }
    !begins
}

/// A path of names: `PartNumber`, `SalesOrder/Customer`, `Lines/$ref`, `Erp.General_Document/State`.
pub(super) fn check_path(what: &'static str, path: &str) -> Result<(), QueryFault> {
    let fault = |why| Err(QueryFault::name(what, path, why));
    if path.is_empty() {
        return Err(QueryFault::Empty { what });
    }
    let mut segments = path.split('/').peekable();
    let mut first = true;
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        if !first && last && SEGMENT_WORDS.contains(&segment) {
            return Ok(());
        }
        // A type name in front of a derived attribute carries its namespace.
        for part in segment.split('.') {
            if let Err(why) = identifier(part) {
                return fault(why);
            }
        }
        first = false;
    }
    Ok(())
}

/// One name, without slash or dot.
pub(super) fn check_name(what: &'static str, name: &str) -> Result<(), QueryFault> {
    if name.is_empty() {
        return Err(QueryFault::Empty { what });
    }
    identifier(name).map_err(|why| QueryFault::name(what, name, why))
}

fn identifier(name: &str) -> Result<(), &'static str> {
    let mut chars = name.chars();
    match chars.next() {
        None => return Err("a part of it is empty"),
        Some(c) if c.is_ascii_alphabetic() || c == '_' || (!c.is_ascii() && c.is_alphabetic()) => {}
        Some(_) => return Err("a name begins with a letter or `_`"),
    }
    // Codes of custom properties become names, in any script.
    let part =
        |c: char| c.is_ascii_alphanumeric() || c == '_' || (!c.is_ascii() && c.is_alphanumeric());
    if !chars.all(part) {
        return Err("a name has letters, digits and `_` only");
    }
    if name.len() > MAX_NAME && name.chars().count() > MAX_NAME {
        return Err("a name has at most 128 characters");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_identifiers_and_paths_of_them() {
        for good in [
            "Id",
            "_x",
            "CustomProperty_цвят",
            "SalesOrder/Customer",
            "Lines/$ref",
            "Lines/$count",
            "Erp.General_Document/State",
            "Größe",
        ] {
            assert_eq!(check_path("a path", good), Ok(()), "{good}");
            assert!(!is_plain(good, true) || good.is_ascii(), "{good}");
        }
        for bad in [
            "", "1x", "a b", "a'b", "a/", "/a", "a//b", "$ref", "$ref/a", "a/$ref/b", "a&b", "a?b",
            "a#b", "a%20", "a(b)", "a,b", "a;b", "a=b", "..", "a\nb", "a..b", "x-y", "a\u{0}",
        ] {
            assert!(check_path("a path", bad).is_err(), "{bad}");
            assert!(
                check_name("a name", bad).is_err() && !is_plain(bad, true),
                "{bad}"
            );
        }
        assert!(check_name("a name", "a/b").is_err() && check_name("a name", "a.b").is_err());
    }

    #[test]
    fn names_have_a_length() {
        for one in ["x", "ж"] {
            let of = |n: usize| check_path("a path", &one.repeat(n)).is_ok();
            assert!(of(MAX_NAME - 1) && of(MAX_NAME) && !of(MAX_NAME + 1));
        }
    }

    proptest! {
        #[test]
        fn the_quick_look_sees_no_more_than_the_long_one(path in "[a-cA-C0-1_./ ж'$]{0,12}") {
            if is_plain(&path, true) {
                prop_assert_eq!(check_path("a path", &path), Ok(()));
                prop_assert!(path.is_ascii());
            }
            prop_assert!(!is_plain(&path, false) || check_name("a name", &path).is_ok());
        }
    }
}
