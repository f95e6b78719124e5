//! The options of a query, on top and inside `$expand`: their names, each once, and how their values are written.

use super::expand::Order;
use super::fault::{QueryFault, no_control};
use super::text::Text;

/// The largest `$top` and `$skip`: they are 32-bit integers (AUTH-298).
pub const MAX_COUNT: u32 = i32::MAX as u32;

/// An option that the builder knows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    Select,
    Expand,
    Filter,
    OrderBy,
    Top,
    Skip,
    Count,
    Search,
    Apply,
    ExpandGroup,
}

impl Name {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Select => "$select",
            Self::Expand => "$expand",
            Self::Filter => "$filter",
            Self::OrderBy => "$orderby",
            Self::Top => "$top",
            Self::Skip => "$skip",
            Self::Count => "$count",
            Self::Search => "$search",
            Self::Apply => "$apply",
            // An extension of ERP.net: without dollar.
            Self::ExpandGroup => "expandgroup",
        }
    }

    /// The option of this name.
    pub(super) fn of(text: &str) -> Option<Self> {
        let all = [
            Self::Select,
            Self::Expand,
            Self::Filter,
            Self::OrderBy,
            Self::Top,
            Self::Skip,
            Self::Count,
            Self::Search,
            Self::Apply,
            Self::ExpandGroup,
        ];
        all.into_iter().find(|name| name.text() == text)
    }
}

/// Which options were given, one bit each; the highest says that none may follow.
#[derive(Clone, Copy, Default)]
pub(super) struct Given(u16);

const CLOSED: u16 = 1 << 15;

/// Options of the caller's own.
const OTHER: u16 = 1 << 14;

impl Given {
    pub(super) fn closed() -> Self {
        Self(CLOSED)
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 & !CLOSED == 0
    }

    pub(super) fn is_open(self) -> bool {
        !self.is_empty() && self.0 & CLOSED == 0
    }

    pub(super) fn has(self, name: Name) -> bool {
        self.0 & (1 << name as u16) != 0
    }

    pub(super) fn add_other(&mut self) {
        self.0 |= OTHER;
    }

    pub(super) fn add(&mut self, name: Name) -> Result<(), QueryFault> {
        let twice = self.has(name);
        let closed = self.0 & CLOSED != 0;
        self.0 |= 1 << name as u16;
        if closed {
            return Err(QueryFault::value(
                "options inside the text of an item",
                "the item was given as text",
            ));
        }
        if twice {
            return Err(QueryFault::OptionTwice {
                option: name.text().to_owned(),
            });
        }
        Ok(())
    }
}

/// `$select`: attributes, `*`, and ERP.net's `default`.
pub(super) fn select<S: AsRef<str>>(text: &mut Text, attributes: impl IntoIterator<Item = S>) {
    text.list(
        "`$select`",
        ",",
        attributes,
        |text, attribute| match attribute.as_ref() {
            "*" => text.push("*"),
            path => text.path("a path of attributes", path),
        },
    );
}

/// `$orderby`.
pub(super) fn order_by<'a>(text: &mut Text, order: impl IntoIterator<Item = Order<'a>>) {
    text.list("`$orderby`", ",", order, |text, order| {
        if order.raw {
            text.raw("an item of `$orderby`", order.by);
        } else {
            text.path("a path of attributes", order.by);
        }
        if order.descending {
            text.push(" desc");
        }
    });
}

/// `$search`: one phrase in quotes. How a quote or a backslash inside would be written differs between the versions of
/// OData, so neither is.
pub(super) fn search(text: &mut Text, phrase: &str) {
    if phrase.trim().is_empty() {
        text.fail(QueryFault::Empty { what: "`$search`" });
    }
    if phrase.contains(['"', '\\']) {
        text.fail(QueryFault::value(
            "a text to search for",
            "it has a double quote or a backslash, which a phrase cannot hold",
        ));
    }
    text.check(no_control("`$search`", phrase));
    text.push("\"");
    text.push(phrase);
    text.push("\"");
}

impl Text {
    /// A number from 0 to `most`.
    pub(super) fn count(&mut self, option: &'static str, found: u32, most: u32) {
        if found > most {
            self.fail(QueryFault::OutOfRange {
                option,
                least: 0,
                most,
                found,
            });
        }
        self.number(u64::from(found));
    }
}
