//! A small reader of filters, written from OData's ABNF and not from the builder: what it reads, it prints as the foreign
//! judge does.

use serde_json::{Value, json};

/// What a filter means, or where it stops making sense.
///
/// # Errors
/// The rest of the text that was not understood.
pub fn parse(filter: &str) -> Result<Value, String> {
    let mut reader = Reader { rest: filter };
    let meaning = reader.either()?;
    if reader.rest.is_empty() {
        Ok(meaning)
    } else {
        Err(reader.rest.to_owned())
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn eat(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn need(&mut self, text: &str) -> Result<(), String> {
        if self.eat(text) {
            Ok(())
        } else {
            Err(self.rest.to_owned())
        }
    }

    fn chain(
        &mut self,
        name: &str,
        next: fn(&mut Self) -> Result<Value, String>,
    ) -> Result<Value, String> {
        let mut parts = vec![next(self)?];
        while self.eat(&format!(" {name} ")) {
            parts.push(next(self)?);
        }
        if parts.len() == 1 {
            return Ok(parts.remove(0));
        }
        // Parentheses around the same operator mean nothing.
        let mut all = vec![json!(name)];
        for part in parts {
            match part {
                Value::Array(inner) if inner[0] == name => all.extend(inner.into_iter().skip(1)),
                part => all.push(part),
            }
        }
        Ok(Value::Array(all))
    }

    fn either(&mut self) -> Result<Value, String> {
        self.chain("or", Self::both)
    }

    fn both(&mut self) -> Result<Value, String> {
        self.chain("and", Self::condition)
    }

    fn condition(&mut self) -> Result<Value, String> {
        if self.eat("not ") {
            return Ok(json!(["not", self.condition()?]));
        }
        if self.eat("(") {
            let inner = self.either()?;
            self.need(")")?;
            return Ok(inner);
        }
        let left = self.operand()?;
        for operator in ["eq", "ne", "gt", "ge", "lt", "le"] {
            if self.eat(&format!(" {operator} ")) {
                return Ok(json!([operator, left, self.operand()?]));
            }
        }
        if self.eat(" in (") {
            let mut list = vec![json!("list"), self.operand()?];
            while self.eat(", ") {
                list.push(self.operand()?);
            }
            self.need(")")?;
            return Ok(json!(["in", left, list]));
        }
        if left[0] == "call" {
            Ok(left)
        } else {
            Err(self.rest.to_owned())
        }
    }

    fn operand(&mut self) -> Result<Value, String> {
        if self.eat("'") {
            return self.text();
        }
        let end = self
            .rest
            .find([' ', '(', ')', ','])
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        if rest.starts_with('(') {
            self.need("(")?;
            let mut call = vec![json!("call"), json!(word), self.operand()?];
            while self.eat(",") {
                call.push(self.operand()?);
            }
            self.need(")")?;
            return Ok(Value::Array(call));
        }
        literal(word).ok_or_else(|| format!("{word}{rest}"))
    }

    fn text(&mut self) -> Result<Value, String> {
        let mut text = String::new();
        loop {
            let (before, rest): (&'a str, &'a str) =
                self.rest.split_once('\'').ok_or("a text without end")?;
            text.push_str(before);
            self.rest = rest;
            if !self.eat("'") {
                return Ok(json!(["text", text]));
            }
            text.push('\'');
        }
    }
}

fn literal(word: &str) -> Option<Value> {
    let digits = word.strip_prefix('-').unwrap_or(word);
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let group = |at: usize| word.as_bytes().get(at) == Some(&b'-');
    Some(match word {
        "null" => json!(["null"]),
        "true" | "false" => json!(["bool", word]),
        _ if all_digits(digits) => json!(["int", word]),
        _ if word.len() == 36 && [8, 13, 18, 23].into_iter().all(group) => json!(["id", word]),
        _ if word.len() == 10 && group(4) && group(7) => json!(["date", word]),
        _ if word.ends_with('Z') && group(4) && group(7) && word.contains('T') => {
            json!(["instant", word])
        }
        _ if digits
            .split_once('.')
            .is_some_and(|(a, b)| all_digits(a) && all_digits(b)) =>
        {
            json!(["decimal", word])
        }
        _ if word.starts_with(|c: char| c.is_ascii_alphabetic()) => {
            let mut path = vec!["path"];
            path.extend(word.split('/'));
            json!(path)
        }
        _ => return None,
    })
}
