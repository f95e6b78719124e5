//! The documents of an authority: metadata, key sets, token answers. One pass finds the members that are wanted and
//! borrows them; all else is passed over, but has to be JSON.
//!
//! A tree of values would take up to eighty times the memory of its text, which is for the sender to choose. This takes
//! none.

use std::borrow::Cow;
use std::fmt;

use crate::error::clean_text;
use crate::jose::members::text_of;
use crate::jose::scan::{self, Member, NotJson};
use crate::jose::scan_list::{self, Step};

/// The JSON of a member or an item, of any type. Never `null`: that is as good as absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Raw<'a> {
    json: &'a str,
    /// Whether it is known to be a text without escapes.
    is_plain_text: bool,
}

/// Why a text is no document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// Bytes that are no UTF-8 (RFC 8259 section 8.1).
    NotUtf8,
    /// No object, or not JSON.
    NotJson(NotJson),
    /// A wanted member comes twice: two readers could take different ones.
    Twice(&'static str),
}

/// The wanted members of a JSON object, in the order of their names.
///
/// ```ignore
/// let [issuer, scopes] = members(br#"{"issuer":"https://id.erp.net/id"}"#, ["issuer", "scopes_supported"])?;
/// ```
///
/// # Errors
/// [`Malformed`], also for what is not wanted.
pub(crate) fn members<'a, const N: usize>(
    json: &'a [u8],
    names: [&'static str; N],
) -> Result<[Option<Raw<'a>>; N], Malformed> {
    let text = std::str::from_utf8(json).map_err(|_| Malformed::NotUtf8)?;
    members_of(text, names)
}

fn members_of<'a, const N: usize>(
    text: &'a str,
    names: [&'static str; N],
) -> Result<[Option<Raw<'a>>; N], Malformed> {
    let mut found = [None; N];
    for member in scan::object(text) {
        take(member.map_err(Malformed::NotJson)?, names, &mut found)?;
    }
    Ok(found.map(|member| member.filter(|raw| raw.json != "null")))
}

#[inline]
fn take<'a, const N: usize>(
    member: Member<'a>,
    names: [&'static str; N],
    found: &mut [Option<Raw<'a>>; N],
) -> Result<(), Malformed> {
    let name = member.decoded_name().map_err(Malformed::NotJson)?;
    let place = names.iter().zip(found).find(|(wanted, _)| **wanted == name);
    if let Some((wanted, place)) = place
        && place.replace(Raw::of(member)).is_some()
    {
        return Err(Malformed::Twice(wanted));
    }
    Ok(())
}

/// The wanted members of each item of the list `name` in a JSON object, one item after the other; nothing for an item that
/// is no object, or has one of them twice. Whether there is such a list.
///
/// # Errors
/// [`Malformed`], after the items before it.
pub(crate) fn items<'a, const N: usize>(
    json: &'a [u8],
    name: &'static str,
    names: [&'static str; N],
    mut item: impl FnMut(Option<[Option<Raw<'a>>; N]>),
) -> Result<bool, Malformed> {
    let text = std::str::from_utf8(json).map_err(|_| Malformed::NotUtf8)?;
    let (mut found, mut good) = ([None; N], true);
    let (times, is_list) = scan_list::object_with_list(text, name, |step| match step {
        Step::Member(member) => good &= take(member, names, &mut found).is_ok(),
        Step::Item { is_object } => {
            let found = std::mem::replace(&mut found, [None; N]);
            let good = std::mem::replace(&mut good, true) && is_object;
            item(good.then(|| found.map(|member| member.filter(|raw| raw.json != "null"))));
        }
    })
    .map_err(Malformed::NotJson)?;
    match times {
        0 => Ok(false),
        1 => Ok(is_list),
        _ => Err(Malformed::Twice(name)),
    }
}

impl<'a> Raw<'a> {
    fn of(member: Member<'a>) -> Self {
        Self {
            json: member.value,
            is_plain_text: member.is_plain_text,
        }
    }

    fn item(json: &'a str) -> Self {
        Self {
            json,
            is_plain_text: false,
        }
    }

    /// Its text, when it is one; borrowed where it has no escapes.
    pub(crate) fn text(self) -> Option<Cow<'a, str>> {
        let inner = self.json.strip_prefix('"')?.strip_suffix('"')?;
        if self.is_plain_text {
            return Some(Cow::Borrowed(inner));
        }
        text_of(self.json, "").ok().flatten()
    }

    /// Its number, when it is one that can be represented.
    pub(crate) fn number(self) -> Option<f64> {
        serde_json::from_str(self.json).ok()
    }

    /// Its items, when it is a list.
    pub(crate) fn items(self) -> Option<impl Iterator<Item = Self>> {
        // It has been found to be JSON: there is no error among the items.
        Some(
            scan::array(self.json)?
                .map_while(Result::ok)
                .map(Self::item),
        )
    }

    /// Whether it is `true`.
    pub(crate) fn is_true(self) -> bool {
        self.json == "true"
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8 => f.write_str("bytes that are no UTF-8"),
            Self::NotJson(error) => write!(f, "no JSON object ({error})"),
            Self::Twice(member) => write!(f, "`{}` twice", clean_text(member, 64)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn a_and_b(json: &[u8]) -> Result<[Option<Raw<'_>>; 2], Malformed> {
        members(json, ["a", "b"])
    }

    #[test]
    fn wanted_members_are_found_and_null_is_none() {
        let json = br#" {"x":{"a":1},"\u0061":"\u00e9\n","x":[],"b":null} "#;
        let [a, b] = a_and_b(json).unwrap();
        assert_eq!(a.unwrap().text().unwrap(), "\u{e9}\n");
        assert_eq!(b, None);
        let [a, b] = a_and_b(br#"{"b":[1,"x",null,{}],"a":true}"#).unwrap();
        let texts: Vec<_> = b.unwrap().items().unwrap().map(Raw::text).collect();
        assert_eq!(texts, [None, Some("x".into()), None, None]);
        assert!(a.unwrap().is_true() && a.unwrap().items().is_none());
    }

    #[test]
    fn items_are_stepped_through_and_odd_ones_are_none() {
        let read = |json: &str| {
            let mut all = Vec::new();
            let there = items(json.as_bytes(), "l", ["a"], |item| {
                all.push(item.map(|[a]| a.map(|raw| raw.json.to_owned())));
            });
            there.map(|there| (there, all))
        };
        let all = read(
            r#"{"x":[{"a":9}],"l":[{"a":1,"b":[]},{},7,{"a":1,"\u0061":2}, {"a":null}],"y":{}}"#,
        );
        let expected = vec![
            Some(Some("1".to_owned())),
            Some(None),
            None,
            None,
            Some(None),
        ];
        assert_eq!(all, Ok((true, expected)));
        assert_eq!(read(r#"{"l":[]}"#), Ok((true, vec![])));
        for none in ["{}", r#"{"l":{}}"#, r#"{"l":null}"#, r#"{"l":"x"}"#] {
            assert_eq!(read(none), Ok((false, vec![])), "{none}");
        }
        for twice in [r#"{"l":[],"l":[]}"#, r#"{"l":null,"\u006c":[]}"#] {
            assert_eq!(read(twice), Err(Malformed::Twice("l")), "{twice}");
        }
        for bad in [
            "[]",
            r#"{"l":[}"#,
            r#"{"l":[{"a":1}"#,
            r#"{"l":[{"a" 1}]}"#,
            r#"{"l":[]}x"#,
            r#"{"l":[1,]}"#,
        ] {
            assert!(matches!(read(bad), Err(Malformed::NotJson(_))), "{bad}");
        }
    }

    #[test]
    fn numbers_are_those_that_can_be_represented() {
        let number = |text| Raw::item(text).number();
        assert_eq!(number("3600"), Some(3600.0));
        assert_eq!(number("-0.5e1"), Some(-5.0));
        for none in ["1e999", "\"1\"", "true", "[1]", "{}"] {
            assert_eq!(number(none), None, "{none}");
        }
    }

    #[test]
    fn what_is_no_document_is_refused_wanted_or_not() {
        for (json, expected) in [
            (&b"{\"x\":\"\xff\"}"[..], "bytes that are no UTF-8"),
            (b"[]", "no JSON object (expected an object at byte 0)"),
            (b"", "no JSON object (expected an object at byte 0)"),
            (
                b"{\"x\":01}",
                "no JSON object (expected a comma or the end of the object at byte 6)",
            ),
            (b"{}{}", "no JSON object (expected the end at byte 2)"),
            (b"{\"a\":1,\"a\":1}", "`a` twice"),
            (b"{\"a\":null,\"\\u0061\":1}", "`a` twice"),
        ] {
            assert_eq!(a_and_b(json).unwrap_err().to_string(), expected);
        }
    }

    proptest! {
        #[test]
        fn agrees_with_serde_json_on_any_text(text in "[\\{\\}\\[\\]\":,a-c0-9\\\\ u]{0,40}") {
            let theirs = serde_json::from_str::<serde_json::Map<String, Value>>(&text);
            match (a_and_b(text.as_bytes()), theirs) {
                (Ok([ours, _]), Ok(theirs)) => {
                    let theirs = theirs.get("a").filter(|value| !value.is_null());
                    prop_assert_eq!(ours.is_some(), theirs.is_some());
                    let texts = (ours.and_then(Raw::text), theirs.and_then(Value::as_str));
                    prop_assert_eq!(texts.0.as_deref(), texts.1);
                    let numbers = (ours.and_then(Raw::number), theirs.and_then(Value::as_f64));
                    prop_assert_eq!(numbers.0, numbers.1);
                }
                (Err(Malformed::Twice(_)), Ok(_)) | (Err(_), Err(_)) => {}
                (ours, theirs) => prop_assert!(false, "{ours:?} {theirs:?}"),
            }
        }
    }
}
