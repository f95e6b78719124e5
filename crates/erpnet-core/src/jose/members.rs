//! The members of a payload: found once, read when wanted (AUTH-258).

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::Deserialize;

use super::fault::TokenFault;
use super::scan;
use super::seen::SeenNames;
use crate::error::clean_text;

const PART: &str = "payload";

/// The most members of one payload.
pub const MAX_CLAIMS: usize = 256;

/// A JSON object whose members are located but not yet read: one pass, one buffer. Duplicates are refused, for two
/// readers could take different ones.
#[derive(Clone)]
pub struct Members {
    text: String,
    places: Vec<Place>,
}

/// Where a member stands in the text. A name with escapes is kept decoded.
#[derive(Clone)]
struct Place {
    name: Name,
    value: Range<u32>,
}

#[derive(Clone)]
enum Name {
    Plain(Range<u32>),
    Decoded(Box<str>),
}

impl Members {
    /// Locates the members of a JSON object.
    ///
    /// # Errors
    /// [`TokenFault`] when it is no object, has trailing text, a member twice, or more than [`MAX_CLAIMS`] members.
    pub fn parse(text: String) -> Result<Self, TokenFault> {
        let mut places: Vec<Place> = Vec::with_capacity(32);
        let mut seen = SeenNames::default();
        for member in scan::object(&text) {
            let member = member.map_err(|error| error.in_part(PART))?;
            let name = member.decoded_name().map_err(|error| error.in_part(PART))?;
            let is = |place: &Place| name_of(&text, &place.name) == name;
            if seen.may_repeat(&name) && places.iter().any(is) {
                let member = clean_text(&name, 64);
                return Err(TokenFault::DuplicateMember { part: PART, member });
            }
            if places.len() == MAX_CLAIMS {
                return Err(TokenFault::TooManyClaims { limit: MAX_CLAIMS });
            }
            let name = match name {
                Cow::Borrowed(name) => Name::Plain(range_in(&text, name)),
                Cow::Owned(name) => Name::Decoded(name.into_boxed_str()),
            };
            let value = range_in(&text, member.value);
            places.push(Place { name, value });
        }
        Ok(Self { text, places })
    }

    /// The names, in the order in which they came.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.places
            .iter()
            .map(|place| name_of(&self.text, &place.name))
    }

    /// A member's value as JSON text.
    #[must_use]
    pub fn raw(&self, name: &str) -> Option<&str> {
        let place = self.places.iter().find(|place| {
            place.name.len() == name.len() && name_of(&self.text, &place.name) == name
        })?;
        slice(&self.text, &place.value)
    }

    /// A member's value in the shape that the caller expects; `None` when it is absent or `null`.
    ///
    /// # Errors
    /// [`TokenFault::InvalidClaim`] when it has another shape: an error for this claim only (AUTH-250).
    pub fn read<'a, T: Deserialize<'a>>(
        &'a self,
        name: &str,
        expected: &'static str,
    ) -> Result<Option<T>, TokenFault> {
        let Some(raw) = self.raw(name) else {
            return Ok(None);
        };
        let invalid = |_| TokenFault::InvalidClaim {
            claim: clean_text(name, 64),
            expected,
        };
        serde_json::from_str(raw).map_err(invalid)
    }

    /// A text member, borrowed where it has no escapes.
    ///
    /// # Errors
    /// [`TokenFault::InvalidClaim`] when it is no text.
    pub fn text(&self, name: &str) -> Result<Option<Cow<'_, str>>, TokenFault> {
        let Some(raw) = self.raw(name) else {
            return Ok(None);
        };
        text_of(raw, name)
    }
}

/// Reads a JSON string; the common case, no escapes, is only cut out.
pub(crate) fn text_of<'a>(raw: &'a str, name: &str) -> Result<Option<Cow<'a, str>>, TokenFault> {
    let inner = raw
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    match inner {
        Some(plain) if !plain.contains('\\') => Ok(Some(Cow::Borrowed(plain))),
        _ => {
            let invalid = |_| TokenFault::InvalidClaim {
                claim: clean_text(name, 64),
                expected: "a text",
            };
            let owned: Option<String> = serde_json::from_str(raw).map_err(invalid)?;
            Ok(owned.map(Cow::Owned))
        }
    }
}

impl Name {
    /// In bytes; most names are told apart by it.
    fn len(&self) -> usize {
        match self {
            Self::Plain(range) => range.len(),
            Self::Decoded(name) => name.len(),
        }
    }
}

fn name_of<'a>(text: &'a str, name: &'a Name) -> &'a str {
    match name {
        Name::Plain(range) => slice(text, range).unwrap_or_default(),
        Name::Decoded(name) => name,
    }
}

fn slice<'a>(text: &'a str, range: &Range<u32>) -> Option<&'a str> {
    text.get(range.start as usize..range.end as usize)
}

/// Where a part borrowed from `text` stands in it.
fn range_in(text: &str, part: &str) -> Range<u32> {
    let start = part.as_ptr() as usize - text.as_ptr() as usize;
    // Payloads are bounded by `MAX_TOKEN_LEN`, far below 4 GiB.
    let (start, end) = (u32::try_from(start), u32::try_from(start + part.len()));
    start.unwrap_or(0)..end.unwrap_or(0)
}

/// Shows the names only: values identify people (AUTH-263).
impl fmt::Debug for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<Members, TokenFault> {
        Members::parse(text.to_owned())
    }

    #[test]
    fn auth_258_every_member_stays_readable() {
        let members = parse(r#"{ "iss":"x", "n" : 1.5, "esc\u0061ped":"\u0430", "nested":{"a":[1,{"b":2}]}, "nil":null }"#).unwrap();
        assert_eq!(
            members.names().collect::<Vec<_>>(),
            ["iss", "n", "escaped", "nested", "nil"]
        );
        assert_eq!(members.text("iss").unwrap().unwrap(), "x");
        assert_eq!(members.text("escaped").unwrap().unwrap(), "а");
        assert_eq!(members.read::<f64>("n", "a number").unwrap(), Some(1.5));
        assert_eq!(members.raw("nested"), Some(r#"{"a":[1,{"b":2}]}"#));
        assert_eq!(members.text("nil").unwrap(), None);
        assert_eq!(members.text("absent").unwrap(), None);
        let wrong = members.text("n").unwrap_err();
        assert_eq!(
            wrong,
            TokenFault::InvalidClaim {
                claim: "n".into(),
                expected: "a text"
            }
        );
    }

    #[test]
    fn duplicates_are_refused_however_they_are_spelled() {
        for twice in [r#"{"a":1,"a":2}"#, r#"{"a":1,"b":2,"\u0061":3}"#] {
            let fault = parse(twice).unwrap_err();
            assert_eq!(
                fault,
                TokenFault::DuplicateMember {
                    part: "payload",
                    member: "a".into()
                }
            );
        }
    }

    #[test]
    fn odd_payloads_are_refused() {
        for odd in [
            "",
            "[]",
            "1",
            "\"x\"",
            "{",
            "{}x",
            "{} {}",
            r#"{"a":1,}"#,
            r#"{"a":01}"#,
            "{\"a\":\"\n\"}",
        ] {
            assert!(
                matches!(parse(odd), Err(TokenFault::NotJson { .. })),
                "{odd}"
            );
        }
        let many = |n: usize| {
            parse(&format!(
                "{{{}}}",
                (0..n)
                    .map(|i| format!("\"m{i}\":{i}"))
                    .collect::<Vec<_>>()
                    .join(",")
            ))
        };
        assert_eq!(
            many(MAX_CLAIMS - 1).unwrap().names().count(),
            MAX_CLAIMS - 1
        );
        assert_eq!(many(MAX_CLAIMS).unwrap().names().count(), MAX_CLAIMS);
        assert_eq!(
            many(MAX_CLAIMS + 1).unwrap_err(),
            TokenFault::TooManyClaims { limit: MAX_CLAIMS }
        );
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(5000), "]".repeat(5000));
        if let Ok(members) = parse(&deep) {
            assert!(members.read::<serde_json::Value>("a", "x").is_err());
        }
    }

    proptest! {
        #[test]
        fn agrees_with_serde_json_on_any_text(text in "[\\{\\}\\[\\]\":,a-c0-9\\\\ u]{0,40}") {
            let theirs = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&text);
            match (parse(&text), theirs) {
                (Ok(ours), Ok(theirs)) => {
                    for name in ours.names() {
                        let read: serde_json::Value = ours.read(name, "x").unwrap().unwrap_or_default();
                        prop_assert_eq!(&read, &theirs[name]);
                    }
                }
                (Err(TokenFault::DuplicateMember { .. }), Ok(_)) | (Err(_), Err(_)) => {}
                (ours, theirs) => prop_assert!(false, "{ours:?} {theirs:?}"),
            }
        }
    }
}
