//! Multipart bodies (RFC 2046 section 5.1), read leniently: bare line feeds, a first delimiter that is gone.

/// The longest boundary (RFC 2046 section 5.1.1).
const MAX_BOUNDARY: usize = 70;

/// A body, cut at its delimiters.
pub(super) struct Split<'a> {
    /// The parts that a delimiter ends.
    pub(super) parts: Vec<&'a [u8]>,
    /// What follows the last delimiter, when none closes the body: a part that breaks off.
    pub(super) open: Option<&'a [u8]>,
}

/// The boundary that a `Content-Type` of `multipart/mixed` names.
pub(super) fn boundary(content_type: &str) -> Option<&str> {
    let (media, parameters) = content_type.split_once(';')?;
    if !media.trim().eq_ignore_ascii_case("multipart/mixed") {
        return None;
    }
    let value = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("boundary")
            .then(|| value.trim())
    })?;
    let value = value
        .strip_prefix('"')
        .and_then(|v| v.strip_suffix('"'))
        .unwrap_or(value);
    (1..=MAX_BOUNDARY).contains(&value.len()).then_some(value)
}

pub(super) fn split<'a>(body: &'a [u8], boundary: &str) -> Split<'a> {
    let mut parts = Vec::new();
    let mut rest = body;
    // Before the first delimiter stands a preamble, to be passed over, unless it is a part itself.
    let mut inside = begins_like_a_part(body);
    let mut at = 0;
    while at < rest.len() {
        let (before, from) = rest.split_at(at);
        let (line, next) = line(from);
        match delimiter(line, boundary) {
            None => at += from.len() - next.len(),
            Some(closing) => {
                if inside {
                    parts.push(without_line_end(before));
                }
                if closing {
                    return Split { parts, open: None };
                }
                (rest, at, inside) = (next, 0, true);
            }
        }
    }
    let open = (inside && !rest.is_empty()).then_some(rest);
    Split { parts, open }
}

/// Some when the line is a delimiter; whether it closes the body.
fn delimiter(line: &[u8], boundary: &str) -> Option<bool> {
    let rest = line
        .strip_prefix(b"--")?
        .strip_prefix(boundary.as_bytes())?;
    match rest.trim_ascii() {
        b"" => Some(false),
        b"--" => Some(true),
        _ => None,
    }
}

fn begins_like_a_part(body: &[u8]) -> bool {
    body.get(..8)
        .is_some_and(|start| start.eq_ignore_ascii_case(b"content-"))
}

/// The first line, without its end, and what follows.
pub(super) fn line(text: &[u8]) -> (&[u8], &[u8]) {
    match text.iter().position(|b| *b == b'\n') {
        Some(at) => {
            let (line, next) = text.split_at(at);
            (
                line.strip_suffix(b"\r").unwrap_or(line),
                next.get(1..).unwrap_or_default(),
            )
        }
        None => (text, &[]),
    }
}

/// The line end before a delimiter belongs to the delimiter.
fn without_line_end(part: &[u8]) -> &[u8] {
    let part = part.strip_suffix(b"\n").unwrap_or(part);
    part.strip_suffix(b"\r").unwrap_or(part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(body: &str) -> (Vec<String>, Option<String>) {
        let split = split(body.as_bytes(), "b");
        let text = |part: &[u8]| String::from_utf8_lossy(part).into_owned();
        (
            split.parts.into_iter().map(text).collect(),
            split.open.map(text),
        )
    }

    #[test]
    fn bodies_are_cut_at_delimiters_and_nowhere_else() {
        for (body, parts, open) in [
            ("--b\r\nx\r\n--b\r\ny\r\n--b--\r\n", vec!["x", "y"], None),
            ("--b\nx\n--b--", vec!["x"], None),
            (
                "preamble\r\n--b \r\nx\r\n--b--\r\nepilogue",
                vec!["x"],
                None,
            ),
            (
                "--b\r\n--bc\r\n--b-\r\nx--b\r\n--b--",
                vec!["--bc\r\n--b-\r\nx--b"],
                None,
            ),
            ("--b\r\nx\r\n\r\n--b--", vec!["x\r\n"], None),
            ("--b\r\n--b--", vec![""], None),
            ("--b--", vec![], None),
            ("--b\r\nx\r\n--b\r\ny", vec!["x"], Some("y")),
            (
                "Content-Type: a\r\n--b\r\ny\r\n--b--",
                vec!["Content-Type: a", "y"],
                None,
            ),
            ("", vec![], None),
            ("nothing", vec![], None),
        ] {
            let found = cut(body);
            assert_eq!(found.0, parts, "{body:?}");
            assert_eq!(found.1.as_deref(), open, "{body:?}");
        }
    }

    #[test]
    fn boundaries_are_named_in_several_ways() {
        for (header, found) in [
            ("multipart/mixed; boundary=abc", Some("abc")),
            (
                "Multipart/Mixed;charset=utf-8; Boundary=\"a b\"",
                Some("a b"),
            ),
            ("multipart/mixed", None),
            ("multipart/mixed; boundary=", None),
            ("application/json; boundary=abc", None),
            ("", None),
        ] {
            assert_eq!(boundary(header), found, "{header}");
        }
        let of =
            |n: usize| boundary(&format!("multipart/mixed; boundary={}", "x".repeat(n))).is_some();
        assert!(of(MAX_BOUNDARY - 1) && of(MAX_BOUNDARY) && !of(MAX_BOUNDARY + 1));
    }

    proptest! {
        #[test]
        fn what_was_joined_is_found_again(parts in proptest::collection::vec("[a-z\\r\\n -]{0,20}", 0..6)) {
            let mut body = String::new();
            for part in &parts {
                body.push_str(&format!("--q7\r\n{part}\r\n"));
            }
            body.push_str("--q7--\r\n");
            let found = split(body.as_bytes(), "q7");
            let texts: Vec<_> = found.parts.iter().map(|part| String::from_utf8_lossy(part).into_owned()).collect();
            prop_assert_eq!(texts, parts);
        }

        #[test]
        fn nothing_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 0..80)) {
            split(&body, "b");
        }
    }
}
