//! Text that is being written, with the first fault in it: parts of a query as readable OData, the query percent-encoded.

use super::buffer::Buffer;
use super::dialect::Uses;
use super::encode;
use super::fault::{QueryFault, no_control};
use super::name::{check_name, check_path, is_plain};
use crate::error::Error;

/// A text in the making. Nothing public makes one: it is how [`Operand`](super::Operand) is closed.
#[derive(Clone)]
pub struct Text {
    buffer: Buffer,
    fault: Option<Box<QueryFault>>,
    uses: Uses,
    encoded: bool,
}

impl Text {
    pub(super) fn new() -> Self {
        Self {
            buffer: Buffer::new(),
            fault: None,
            uses: Uses::NONE,
            encoded: false,
        }
    }

    /// One that percent-encodes what is pushed, with room for so many bytes.
    pub(super) fn encoded(room: usize) -> Self {
        Self {
            buffer: Buffer::with_capacity(room),
            encoded: true,
            ..Self::new()
        }
    }

    pub(super) fn as_str(&self) -> &str {
        self.buffer.as_str()
    }

    pub(super) fn len(&self) -> usize {
        self.buffer.len()
    }

    /// The text, if it has no fault.
    pub(super) fn finished(&self) -> Result<&str, Error> {
        match &self.fault {
            None => Ok(self.buffer.as_str()),
            Some(fault) => Err(QueryFault::clone(fault).into()),
        }
    }

    pub(super) fn uses(&self) -> Uses {
        self.uses
    }

    pub(super) fn note(&mut self, uses: Uses) {
        self.uses = self.uses.and(uses);
    }

    /// Keeps the first fault.
    pub(super) fn fail(&mut self, fault: QueryFault) {
        self.fault.get_or_insert_with(|| Box::new(fault));
    }

    pub(super) fn check(&mut self, outcome: Result<(), QueryFault>) {
        if let Err(fault) = outcome {
            self.fail(fault);
        }
    }

    pub(super) fn push(&mut self, text: &str) {
        if self.encoded {
            encode::push_value(self.buffer.heap(), text);
        } else {
            self.buffer.push(text);
        }
    }

    /// What is encoded already, or needs no encoding.
    pub(super) fn push_plain(&mut self, text: &str) {
        self.buffer.push(text);
    }

    /// The same, somewhere inside.
    pub(super) fn insert_plain(&mut self, at: usize, text: &str) {
        self.buffer.heap().insert_str(at, text);
    }

    pub(super) fn put(&mut self, value: impl std::fmt::Display) {
        // `write_str` below does not fail.
        let _ = std::fmt::Write::write_fmt(self, format_args!("{value}"));
    }

    /// A whole number, without the machinery of formatting.
    pub(super) fn number(&mut self, number: u64) {
        let mut digits = [0; 20];
        let (mut rest, mut first) = (number, digits.len());
        for place in digits.iter_mut().rev() {
            *place = b'0' + (rest % 10) as u8;
            rest /= 10;
            first -= 1;
            if rest == 0 {
                break;
            }
        }
        let digits = digits.get(first..).unwrap_or_default();
        self.push_plain(std::str::from_utf8(digits).unwrap_or_default());
    }

    /// A path of names.
    pub(super) fn path(&mut self, what: &'static str, path: &str) {
        if is_plain(path, true) {
            self.push_plain(path);
        } else {
            self.check(check_path(what, path));
            self.push(path);
        }
    }

    /// One name.
    pub(super) fn name(&mut self, what: &'static str, name: &str) {
        if is_plain(name, false) {
            self.push_plain(name);
        } else {
            self.check(check_name(what, name));
            self.push(name);
        }
    }

    /// Text of the caller's, as it is.
    pub(super) fn raw(&mut self, what: &'static str, text: &str) {
        if text.trim().is_empty() {
            self.fail(QueryFault::Empty { what });
        }
        self.check(no_control(what, text));
        self.push(text);
    }

    /// A string literal: quotes around it, those inside doubled (OData URL conventions section 5.1.1.6.1).
    pub(super) fn quoted(&mut self, text: &str) {
        self.check(no_control("a text", text));
        self.push("'");
        let mut parts = text.split('\'');
        self.push(parts.next().unwrap_or_default());
        for part in parts {
            self.push("''");
            self.push(part);
        }
        self.push("'");
    }

    /// What another text holds.
    pub(super) fn append(&mut self, mut other: Self) {
        if self.fault.is_none() {
            self.fault = other.fault.take();
        }
        self.note(other.uses);
        self.push(other.buffer.as_str());
    }

    /// Puts the text between `before` and `after`.
    pub(super) fn wrap(&mut self, before: &str, after: &str) {
        self.buffer.push_front(before);
        self.push(after);
    }

    /// Items with a separator; at least one.
    pub(super) fn list<T>(
        &mut self,
        what: &'static str,
        separator: &str,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T),
    ) {
        let mut empty = true;
        for item in items {
            if !empty {
                self.push(separator);
            }
            empty = false;
            write(self, item);
        }
        if empty {
            self.fail(QueryFault::Empty { what });
        }
    }
}

impl std::fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.push(text);
        Ok(())
    }
}
