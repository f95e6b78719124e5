//! The forms of an HTML page, as far as sign-in pages need: no scripts, no nesting, no select lists.

use std::borrow::Cow;

/// A form, ready to be filled in and sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// `action` as written; empty for the page itself.
    pub action: String,
    /// Whether it is sent by `POST`.
    pub post: bool,
    id: Option<String>,
    fields: Vec<Field>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Field {
    name: String,
    value: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Sent as it is; `true` when a person cannot see it.
    Text { hidden: bool },
    /// Sent when it is ticked.
    Box { ticked: bool },
    /// Sent when it is the one pressed.
    Button { pressed: bool },
}

impl Form {
    /// Whether there is a field of this name for a person to fill in.
    #[must_use]
    pub fn asks_for(&self, name: &str) -> bool {
        let visible = |field: &&Field| matches!(field.kind, Kind::Text { hidden: false });
        self.fields
            .iter()
            .filter(visible)
            .any(|field| field.name == name)
    }

    /// Types into a field.
    ///
    /// # Panics
    /// When the form does not ask for it.
    #[must_use]
    pub fn fill(mut self, name: &str, value: &str) -> Self {
        assert!(self.asks_for(name), "no field `{name}` in {self:?}");
        for field in &mut self.fields {
            if field.name == name {
                value.clone_into(&mut field.value);
            }
        }
        self
    }

    /// Presses one of the buttons, in the place of the first.
    ///
    /// # Panics
    /// When there is no such button.
    #[must_use]
    pub fn press(mut self, name: &str, value: &str) -> Self {
        let mut found = false;
        for field in &mut self.fields {
            let wanted = field.name == name && field.value == value;
            if let Kind::Button { pressed } = &mut field.kind {
                *pressed = wanted;
                found |= wanted;
            }
        }
        assert!(found, "no button {name}={value} in {self:?}");
        self
    }

    /// What is sent, in the order of the page. Without [`Form::press`], the first button counts as pressed.
    #[must_use]
    pub fn entries(&self) -> Vec<(String, String)> {
        let chosen = |field: &Field| matches!(field.kind, Kind::Button { pressed: true });
        let is_button = |field: &Field| matches!(field.kind, Kind::Button { .. });
        let pressed = self
            .fields
            .iter()
            .position(chosen)
            .or_else(|| self.fields.iter().position(is_button));
        let sent = self
            .fields
            .iter()
            .enumerate()
            .filter(|(at, field)| match field.kind {
                Kind::Text { .. } => true,
                Kind::Box { ticked } => ticked,
                Kind::Button { .. } => Some(*at) == pressed,
            });
        sent.filter(|(_, field)| !field.name.is_empty())
            .map(|(_, field)| (field.name.clone(), field.value.clone()))
            .collect()
    }
}

/// The forms of a page, with the buttons that name theirs from outside.
#[must_use]
pub fn forms(page: &str) -> Vec<Form> {
    let mut forms: Vec<Form> = Vec::new();
    let mut strays: Vec<(String, Field)> = Vec::new();
    let mut open = false;
    for tag in Tags(page) {
        match tag.name.as_str() {
            "form" => {
                open = true;
                let method = tag.get("method").unwrap_or_default();
                forms.push(Form {
                    action: tag.get("action").unwrap_or_default(),
                    post: method.eq_ignore_ascii_case("post"),
                    id: tag.get("id"),
                    fields: Vec::new(),
                });
            }
            "/form" => open = false,
            "input" | "button" | "textarea" => {
                let Some(field) = field(&tag) else { continue };
                match (tag.get("form"), forms.last_mut()) {
                    (Some(owner), _) => strays.push((owner, field)),
                    (None, Some(form)) if open => form.fields.push(field),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    for (owner, field) in strays {
        let form = forms
            .iter_mut()
            .find(|form| form.id.as_deref() == Some(&*owner));
        form.expect("a button's form is on the page")
            .fields
            .push(field);
    }
    forms
}

fn field(tag: &Tag) -> Option<Field> {
    let default = if tag.name == "button" {
        "submit"
    } else {
        "text"
    };
    let written = tag.get("type").unwrap_or_else(|| default.to_owned());
    let kind = match written.to_ascii_lowercase().as_str() {
        "submit" | "image" => Kind::Button { pressed: false },
        "button" | "reset" => return None,
        "checkbox" | "radio" => Kind::Box {
            ticked: tag.get("checked").is_some(),
        },
        kind => Kind::Text {
            hidden: kind == "hidden",
        },
    };
    if tag.get("disabled").is_some() {
        return None;
    }
    let unset = if matches!(kind, Kind::Box { .. }) {
        "on"
    } else {
        ""
    };
    Some(Field {
        name: tag.get("name").unwrap_or_default(),
        value: tag.get("value").unwrap_or_else(|| unset.to_owned()),
        kind,
    })
}

struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    fn get(&self, name: &str) -> Option<String> {
        let found = self.attributes.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone())
    }
}

/// The tags of a page, without those in comments, scripts and styles.
struct Tags<'a>(&'a str);

impl Iterator for Tags<'_> {
    type Item = Tag;

    fn next(&mut self) -> Option<Tag> {
        loop {
            let (_, rest) = self.0.split_once('<')?;
            if let Some(comment) = rest.strip_prefix("!--") {
                self.0 = comment.split_once("-->").map_or("", |(_, after)| after);
                continue;
            }
            let (tag, rest) = tag(rest);
            self.0 = rest;
            if tag.name == "script" || tag.name == "style" {
                let end = format!("</{}", tag.name);
                let at = rest.to_ascii_lowercase().find(&end);
                self.0 = at.map_or("", |at| &rest[at..]);
            }
            return Some(tag);
        }
    }
}

/// Reads a tag behind its `<`; returns what follows its `>`.
fn tag(text: &str) -> (Tag, &str) {
    let end = text
        .find(|c: char| c.is_whitespace() || c == '>')
        .unwrap_or(text.len());
    let mut tag = Tag {
        name: text[..end].trim_end_matches('/').to_ascii_lowercase(),
        attributes: Vec::new(),
    };
    if text.starts_with('/') {
        tag.name = text[..end].to_ascii_lowercase();
    }
    let mut rest = &text[end..];
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if let Some(after) = rest.strip_prefix('>') {
            return (tag, after);
        }
        if rest.is_empty() {
            return (tag, rest);
        }
        let end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/'))
            .unwrap_or(rest.len())
            .max(1);
        let name = rest[..end].to_ascii_lowercase();
        let mut value = Cow::Borrowed("");
        rest = rest[end..].trim_start();
        if let Some(written) = rest.strip_prefix('=') {
            let written = written.trim_start();
            let (raw, after) = match written.chars().next() {
                Some(quote @ ('"' | '\'')) => {
                    let inner = &written[1..];
                    inner.split_once(quote).unwrap_or((inner, ""))
                }
                _ => {
                    let end = written
                        .find(|c: char| c.is_whitespace() || c == '>')
                        .unwrap_or(written.len());
                    written.split_at(end)
                }
            };
            value = unescape(raw);
            rest = after;
        }
        tag.attributes.push((name, value.into_owned()));
    }
}

/// The character references that pages write in attributes.
fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let reference = after
            .split_once(';')
            .and_then(|(name, after)| Some((character(name)?, after)));
        rest = if let Some((character, after)) = reference {
            plain.push(character);
            after
        } else {
            plain.push('&');
            after
        };
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

fn character(name: &str) -> Option<char> {
    let number = match name {
        "amp" => return Some('&'),
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        _ => name.strip_prefix('#')?,
    };
    let hex = number.strip_prefix(['x', 'X']);
    let code = match hex {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn fields_buttons_and_boxes_are_sent_as_browsers_send_them() {
        let page = r#"<!-- <form action=no> --><script>"<form>"</script>
            <FORM method=POST action="/a?b=1&amp;c=2"><input type=hidden name=t value='x&#x27;y&#39;"'>
            <input name=login><INPUT type=checkbox name=keep checked><input type=checkbox name=no>
            <button name=go value=1>Go</button><button name=go value=2>Other</button></form>"#;
        let forms = forms(page);
        assert_eq!((forms.len(), forms[0].post), (1, true));
        assert_eq!(forms[0].action, "/a?b=1&c=2");
        assert!(forms[0].asks_for("login") && !forms[0].asks_for("t"));
        let filled = forms[0].clone().fill("login", "jane");
        let mut sent = vec![
            pair("t", "x'y'\""),
            pair("login", "jane"),
            pair("keep", "on"),
        ];
        sent.push(pair("go", "1"));
        assert_eq!(filled.entries(), sent);
        sent[3] = pair("go", "2");
        assert_eq!(filled.press("go", "2").entries(), sent);
    }

    #[test]
    fn a_button_outside_belongs_to_the_form_that_it_names() {
        let page = r#"<form id="f" action=/out><input type="hidden" name="xsrf" value="1"/></form>
            <button form="f" type="submit" value="yes" name="logout">Yes</button><button form="f" type="submit">No</button>"#;
        let forms = forms(page);
        assert_eq!(
            forms[0].entries(),
            [pair("xsrf", "1"), pair("logout", "yes")]
        );
        assert_eq!(
            forms[0].clone().press("", "").entries(),
            [pair("xsrf", "1")]
        );
        assert!(!forms[0].post);
    }

    #[test]
    fn broken_pages_end() {
        for page in [
            "<form",
            "<form a=\"",
            "<form><input name=",
            "<!--",
            "<script>",
            "< / >",
            "<a =>",
        ] {
            let _ = forms(page);
        }
    }
}
