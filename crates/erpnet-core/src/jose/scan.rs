//! One pass over a JSON object or array (RFC 8259): where its members stand, and that all of it is JSON.
//!
//! Nothing is built and nothing is allocated; a value is read when somebody wants it. serde_json does the same with
//! `RawValue`, at more than twice the cost, which is felt where verification is fast.

use std::borrow::Cow;

use super::fault::TokenFault;
use super::plain::plain_until;

/// How deep arrays and objects may stand in one another.
pub const MAX_DEPTH: usize = 128;

/// A member: its name as it is written between the quotes, escapes included, and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Member<'a> {
    pub(crate) name: &'a str,
    /// Whether the name has escapes.
    escaped: bool,
    pub(crate) value: &'a str,
    /// Whether the value is a text without escapes.
    pub(crate) is_plain_text: bool,
}

impl<'a> Member<'a> {
    /// The name; one without escapes is only borrowed.
    pub(crate) fn decoded_name(&self) -> Result<Cow<'a, str>, NotJson> {
        if !self.escaped {
            return Ok(Cow::Borrowed(self.name));
        }
        // Half a pair of surrogates is grammar, and no text.
        let no_text = |_| NotJson {
            at: 0,
            expected: "names of whole characters",
        };
        serde_json::from_str(&format!("\"{}\"", self.name))
            .map(Cow::Owned)
            .map_err(no_text)
    }
}

/// Where and why a text is no JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotJson {
    at: usize,
    expected: &'static str,
}

impl NotJson {
    /// As the fault of a token.
    #[cold]
    pub(crate) fn in_part(self, part: &'static str) -> TokenFault {
        TokenFault::NotJson {
            part,
            why: self.to_string(),
        }
    }
}

impl std::fmt::Display for NotJson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "expected {} at byte {}", self.expected, self.at)
    }
}

/// The members of an object, in its order; after an error there are no more.
pub(crate) struct Members<'a> {
    scanner: Scanner<'a>,
    next: Next,
}

/// The elements of an array, in its order; after an error there are no more.
pub(crate) struct Elements<'a> {
    scanner: Scanner<'a>,
    next: Next,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    First,
    Another,
    None,
}

/// Reads `text` as an object. All of it has been JSON when the last member was asked for and there was no error.
pub(crate) fn object(text: &str) -> Members<'_> {
    Members {
        scanner: Scanner { text, at: 0 },
        next: Next::First,
    }
}

/// Reads `text` as an array; nothing when it is something else.
pub(crate) fn array(text: &str) -> Option<Elements<'_>> {
    let mut scanner = Scanner { text, at: 0 };
    scanner.blank();
    (scanner.peek() == Some(b'[')).then_some(Elements {
        scanner,
        next: Next::First,
    })
}

impl<'a> Iterator for Members<'a> {
    type Item = Result<Member<'a>, NotJson>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let scanner = &mut self.scanner;
        let member = match self.next {
            Next::None => return None,
            Next::First => scanner.first(b'{', b'}', "an object"),
            Next::Another => scanner.another(b'}', "a comma or the end of the object"),
        };
        let member = member.and_then(|there_is| {
            if !there_is {
                return scanner.end().map(|()| None);
            }
            scanner.member().map(Some)
        });
        self.next = match member {
            Ok(Some(_)) => Next::Another,
            Ok(None) | Err(_) => Next::None,
        };
        member.transpose()
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Result<&'a str, NotJson>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let scanner = &mut self.scanner;
        let element = match self.next {
            Next::None => return None,
            Next::First => scanner.first(b'[', b']', "an array"),
            Next::Another => scanner.another(b']', "a comma or the end of the array"),
        };
        let element = element.and_then(|there_is| {
            if !there_is {
                return scanner.end().map(|()| None);
            }
            scanner.value().map(|(value, _)| Some(value))
        });
        self.next = match element {
            Ok(Some(_)) => Next::Another,
            Ok(None) | Err(_) => Next::None,
        };
        element.transpose()
    }
}

pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Opens an object or array; whether there is anything in it.
    pub(super) fn first(
        &mut self,
        open: u8,
        close: u8,
        expected: &'static str,
    ) -> Result<bool, NotJson> {
        self.blank();
        self.take(open, expected)?;
        self.blank();
        Ok(!self.takes(close))
    }

    /// Passes on to what comes next; whether there is anything more.
    pub(super) fn another(&mut self, close: u8, expected: &'static str) -> Result<bool, NotJson> {
        self.blank();
        if self.takes(close) {
            return Ok(false);
        }
        self.take(b',', expected)?;
        self.blank();
        Ok(true)
    }

    /// A member, its name and value.
    #[inline]
    pub(super) fn member(&mut self) -> Result<Member<'a>, NotJson> {
        let (name, escaped) = self.name_and_colon()?;
        self.value_of(name, escaped)
    }

    /// The name of a member and whether it has escapes; what is blank before the value is passed over.
    #[inline]
    pub(super) fn name_and_colon(&mut self) -> Result<(&'a str, bool), NotJson> {
        let name = self.string("a name")?;
        self.colon()?;
        self.blank();
        Ok(name)
    }

    /// The member of this name whose value is here.
    #[inline]
    pub(super) fn value_of(&mut self, name: &'a str, escaped: bool) -> Result<Member<'a>, NotJson> {
        let (value, is_plain_text) = self.value()?;
        Ok(Member {
            name,
            escaped,
            value,
            is_plain_text,
        })
    }

    /// The value here, which has to be a whole one, and whether it is a text without escapes. Arrays and objects are
    /// counted, not descended into.
    pub(super) fn value(&mut self) -> Result<(&'a str, bool), NotJson> {
        self.blank();
        let start = self.at;
        if self.peek() == Some(b'"') {
            let (_, escaped) = self.string("a text")?;
            return Ok((self.since(start), !escaped));
        }
        // One bit for each open bracket: whether it is a brace. The object around is the first level.
        let (mut braces, mut depth) = (0_u128, 0);
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.string("a text")?;
                }
                Some(open @ (b'{' | b'[')) => {
                    if depth + 1 == MAX_DEPTH {
                        return Err(self.expected("less nesting"));
                    }
                    self.at += 1;
                    self.blank();
                    let is_object = open == b'{';
                    if !self.takes(if is_object { b'}' } else { b']' }) {
                        depth += 1;
                        braces = braces << 1 | u128::from(is_object);
                        if is_object {
                            self.name_and_colon()?;
                        }
                        continue;
                    }
                }
                Some(b'-' | b'0'..=b'9') => self.number()?,
                Some(b't') => self.word("true")?,
                Some(b'f') => self.word("false")?,
                Some(b'n') => self.word("null")?,
                _ => return Err(self.expected("a value")),
            }
            // A value has ended: so may what it stands in.
            loop {
                if depth == 0 {
                    return Ok((self.since(start), false));
                }
                self.blank();
                let in_object = braces & 1 == 1;
                if self.takes(b',') {
                    self.blank();
                    if in_object {
                        self.name_and_colon()?;
                    }
                    break;
                }
                let close = if in_object { b'}' } else { b']' };
                self.take(close, "a comma or the end of an array or object")?;
                braces >>= 1;
                depth -= 1;
            }
        }
    }

    #[inline]
    fn colon(&mut self) -> Result<(), NotJson> {
        self.blank();
        self.take(b':', "a colon")
    }

    /// A string: what stands between its quotes, and whether there are escapes in it.
    fn string(&mut self, expected: &'static str) -> Result<(&'a str, bool), NotJson> {
        self.take(b'"', expected)?;
        let (start, mut escaped) = (self.at, false);
        loop {
            self.at = plain_until(self.text.as_bytes(), self.at);
            match self.peek() {
                Some(b'"') => {
                    let inner = self.since(start);
                    self.at += 1;
                    return Ok((inner, escaped));
                }
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                _ => return Err(self.expected("the end of a text without control characters")),
            }
        }
    }

    fn escape(&mut self) -> Result<(), NotJson> {
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
            Some(b'u') => {
                self.at += 1;
                for _ in 0..4 {
                    if !self.peek().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                        return Err(self.expected("four hexadecimal digits"));
                    }
                    self.at += 1;
                }
            }
            _ => return Err(self.expected("an escape")),
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), NotJson> {
        self.takes(b'-');
        if !self.takes(b'0') {
            self.digits()?;
        }
        if self.takes(b'.') {
            self.digits()?;
        }
        if self.takes(b'e') || self.takes(b'E') {
            if !self.takes(b'+') {
                self.takes(b'-');
            }
            self.digits()?;
        }
        Ok(())
    }

    /// One digit at least.
    fn digits(&mut self) -> Result<(), NotJson> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start {
            return Err(self.expected("a digit"));
        }
        Ok(())
    }

    fn word(&mut self, word: &'static str) -> Result<(), NotJson> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        if !rest.starts_with(word.as_bytes()) {
            return Err(self.expected(word));
        }
        self.at += word.len();
        Ok(())
    }

    pub(super) fn end(&mut self) -> Result<(), NotJson> {
        self.blank();
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.expected("the end")),
        }
    }

    #[inline]
    fn blank(&mut self) {
        while let Some(byte) = self.peek()
            && byte <= b' '
            && matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
        {
            self.at += 1;
        }
    }

    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
    fn takes(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    #[inline]
    fn take(&mut self, byte: u8, expected: &'static str) -> Result<(), NotJson> {
        if self.takes(byte) {
            Ok(())
        } else {
            Err(self.expected(expected))
        }
    }

    /// What was passed over since; it begins and ends at a character of ASCII.
    #[inline]
    fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    #[cold]
    fn expected(&self, expected: &'static str) -> NotJson {
        NotJson {
            at: self.at,
            expected,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn members(text: &str) -> Result<Vec<(&str, &str)>, NotJson> {
        object(text)
            .map(|member| member.map(|member| (member.name, member.value)))
            .collect()
    }

    fn elements(text: &str) -> Result<Option<Vec<&str>>, NotJson> {
        array(text).map(Iterator::collect).transpose()
    }

    #[test]
    fn members_and_elements_are_cut_out_as_they_are() {
        let text = " { \"a\" : 1 , \"b\\u0063\":[ {\"x\":[]} , \"]}\" ],\"\":\"\\\"\" } ";
        assert_eq!(
            members(text).unwrap(),
            [
                ("a", "1"),
                ("b\\u0063", "[ {\"x\":[]} , \"]}\" ]"),
                ("", "\"\\\"\"")
            ]
        );
        assert_eq!(members("{}").unwrap(), []);
        assert_eq!(
            elements("[1, \"a\" ,[2]]").unwrap(),
            Some(vec!["1", "\"a\"", "[2]"])
        );
        assert_eq!(elements(" [ ] ").unwrap(), Some(vec![]));
        assert_eq!(elements("{}").unwrap(), None);
    }

    #[test]
    fn the_error_says_where_and_what() {
        for (text, expected) in [
            ("[]", "expected an object at byte 0"),
            (
                "{\"a\":01}",
                "expected a comma or the end of the object at byte 6",
            ),
            ("{\"a\":tru}", "expected true at byte 5"),
            ("{\"a\":1}x", "expected the end at byte 7"),
            ("{\"a\":1.}", "expected a digit at byte 7"),
            ("{\"a\":\"\\x\"}", "expected an escape at byte 7"),
        ] {
            assert_eq!(members(text).unwrap_err().to_string(), expected, "{text}");
        }
    }

    /// Every length of a text before, at and behind a step of eight, with each sort of end.
    #[test]
    fn strings_end_where_they_end() {
        for length in 0..120 {
            let plain = "xü日"[..].chars().cycle().take(length).collect::<String>();
            for (text, good) in [
                (format!("{{\"{plain}\":\"{plain}\"}}"), true),
                (format!("{{\"a\":\"{plain}\\n{plain}\"}}"), true),
                (format!("{{\"a\":\"{plain}\u{7f}\u{80}\"}}"), true),
                (format!("{{\"a\":\"{plain}\u{1f}\"}}"), false),
                (format!("{{\"a\":\"{plain}\n{plain}\"}}"), false),
                (format!("{{\"a\":\"{plain}\\\"}}"), false),
                (format!("{{\"a\":\"{plain}\\u00g0\"}}"), false),
                (format!("{{\"a\":\"{plain}"), false),
            ] {
                assert_eq!(members(&text).is_ok(), good, "{text}");
                assert_eq!(serde_json::from_str::<Value>(&text).is_ok(), good, "{text}");
            }
        }
    }

    #[test]
    fn nesting_is_bounded() {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            // The object around counts, and so does the innermost pair.
            let nested = |n: usize| format!("{{\"a\":{}1{}}}", open.repeat(n), close.repeat(n));
            assert!(members(&nested(MAX_DEPTH - 2)).is_ok());
            assert!(members(&nested(MAX_DEPTH - 1)).is_ok());
            assert!(members(&nested(MAX_DEPTH)).is_err());
            assert!(members(&nested(100_000)).is_err());
        }
    }

    fn json() -> impl Strategy<Value = String> {
        let piece = proptest::sample::select(vec![
            "{",
            "}",
            "[",
            "]",
            ":",
            ",",
            "\"",
            "\"a\"",
            "\"a\":",
            "1",
            "-",
            "0",
            ".5",
            "e3",
            "E-1",
            "true",
            "null",
            "false",
            " ",
            "\n",
            "\\",
            "\\u00e9",
            "\\\"",
            "\u{1}",
            "é",
            "{\"a\":1}",
            "[1,2]",
        ]);
        proptest::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1024))]
        #[test]
        fn it_takes_what_serde_json_takes(text in json()) {
            // As text and not as numbers: a number may be larger than any type.
            let theirs = serde_json::from_str::<std::collections::BTreeMap<String, Box<serde_json::value::RawValue>>>(&text);
            let object_in = format!("{{\"a\":{text}}}");
            let their_value = serde_json::from_str::<Box<serde_json::value::RawValue>>(&text);
            prop_assert_eq!(members(&text).is_ok(), theirs.is_ok(), "{}", text);
            let theirs = serde_json::from_str::<Box<serde_json::value::RawValue>>(&object_in);
            prop_assert_eq!(members(&object_in).is_ok(), theirs.is_ok(), "{}", object_in);
            if let (Ok(value), Ok(found)) = (their_value, members(&object_in)) {
                prop_assert_eq!(found, [("a", value.get())]);
            }
            if let Ok(array) = serde_json::from_str::<Vec<Box<serde_json::value::RawValue>>>(&text) {
                let theirs: Vec<_> = array.iter().map(|element| element.get()).collect();
                prop_assert_eq!(elements(&text).unwrap(), Some(theirs));
            }
        }
    }
}
