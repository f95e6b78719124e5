//! Conditions, combined.

use super::dialect::Uses;
use super::fault::QueryFault;
use super::text::Text;
use crate::error::Error;

/// A condition for `$filter`, made by comparing an [`Expression`](super::Expression), combined by [`and`](Self::and),
/// [`or`](Self::or) and `!`. Parentheses come by themselves.
///
/// ```
/// use erpnet_core::odata::{Filter, field};
///
/// let open = field("State").eq("New").or(field("State").eq("Planned"));
/// let filter = field("Void").eq(false).and(open);
/// assert_eq!(filter.text()?, "Void eq false and (State eq 'New' or State eq 'Planned')");
/// // What the builder does not know, in your own words:
/// let filter = filter.and(Filter::raw("Lines/any(l:l/QuantityValue gt 5)"));
/// assert!(filter.text()?.ends_with(" and (Lines/any(l:l/QuantityValue gt 5))"));
/// # Ok::<(), erpnet_core::Error>(())
/// ```
///
/// A fault - a name that is none, a control character in a text - is kept and comes out where the query is used.
#[derive(Clone)]
#[must_use]
pub struct Filter {
    text: Text,
    level: Level,
}

/// How tightly a condition holds together.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// A function: nothing around it changes it.
    Call,
    /// A comparison.
    Atom,
    /// Conditions joined by `and`.
    And,
    /// Conditions joined by `or`, or text whose structure is not known.
    Or,
}

impl Filter {
    pub(super) fn new(text: Text, level: Level) -> Self {
        Self { text, level }
    }

    pub(super) fn into_text(self) -> Text {
        self.text
    }

    /// A condition as you write it. Combined with others, it is put in parentheses.
    pub fn raw(condition: &str) -> Self {
        let mut text = Text::new();
        text.raw("a filter", condition);
        Self::new(text, Level::Or)
    }

    /// Every one of them; at least one.
    pub fn all(filters: impl IntoIterator<Item = Self>) -> Self {
        Self::joined(filters, Self::and)
    }

    /// At least one of them; at least one is given.
    pub fn any(filters: impl IntoIterator<Item = Self>) -> Self {
        Self::joined(filters, Self::or)
    }

    fn joined(filters: impl IntoIterator<Item = Self>, join: fn(Self, Self) -> Self) -> Self {
        filters.into_iter().reduce(join).unwrap_or_else(|| {
            let mut text = Text::new();
            text.fail(QueryFault::Empty {
                what: "a list of filters",
            });
            Self::new(text, Level::Or)
        })
    }

    /// Both.
    pub fn and(mut self, mut other: Self) -> Self {
        for side in [&mut self, &mut other] {
            if side.level == Level::Or {
                side.text.wrap("(", ")");
            }
        }
        self.join(" and ", other, Level::And)
    }

    /// Either, or both. Standard OData; neither API's documentation has it: `in` covers values of one attribute.
    pub fn or(mut self, other: Self) -> Self {
        self.text.note(Uses::OR);
        self.join(" or ", other, Level::Or)
    }

    fn join(mut self, operator: &str, other: Self, level: Level) -> Self {
        self.text.push(operator);
        self.text.append(other.text);
        self.level = level;
        self
    }

    /// What is written so far, readable, not percent-encoded. It holds the application's data: do not log it lightly.
    ///
    /// # Errors
    /// [`Reason::Query`](crate::Reason::Query) with the first fault in it.
    pub fn text(&self) -> Result<&str, Error> {
        self.text.finished()
    }
}

impl std::ops::Not for Filter {
    type Output = Self;

    /// The opposite. Standard OData; neither API's documentation has it.
    fn not(mut self) -> Self {
        if self.level == Level::Call {
            self.text.wrap("not ", "");
        } else {
            self.text.wrap("not (", ")");
        }
        self.level = Level::Atom;
        self.text.note(Uses::NOT);
        self
    }
}

impl std::ops::BitAnd for Filter {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        self.and(other)
    }
}

impl std::ops::BitOr for Filter {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.or(other)
    }
}

/// Shows the length, not the data.
impl std::fmt::Debug for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Filter({} bytes)", self.text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::odata::{Dialect, field};

    fn a(name: &str) -> Filter {
        field(name).eq(1)
    }

    #[test]
    fn parentheses_stand_where_they_are_needed() {
        for (filter, text) in [
            (
                a("A").and(a("B")).and(a("C")),
                "A eq 1 and B eq 1 and C eq 1",
            ),
            (
                a("A").or(a("B")).and(a("C")),
                "(A eq 1 or B eq 1) and C eq 1",
            ),
            (
                a("A").and(a("B").or(a("C"))),
                "A eq 1 and (B eq 1 or C eq 1)",
            ),
            (a("A").and(a("B")).or(a("C")), "A eq 1 and B eq 1 or C eq 1"),
            (!a("A"), "not (A eq 1)"),
            (!field("A").contains("x"), "not contains(A,'x')"),
            (!!field("A").contains("x"), "not (not contains(A,'x'))"),
            (
                !(a("A") | a("B")) & a("C"),
                "not (A eq 1 or B eq 1) and C eq 1",
            ),
            (a("A").and(Filter::raw("x or y")), "A eq 1 and (x or y)"),
            (Filter::raw("x"), "x"),
            (
                Filter::all([a("A"), a("B") | a("C")]),
                "A eq 1 and (B eq 1 or C eq 1)",
            ),
            (Filter::any([a("A"), a("B")]), "A eq 1 or B eq 1"),
        ] {
            assert_eq!(filter.text().unwrap(), text);
        }
    }

    #[test]
    fn the_first_fault_comes_out() {
        let filter = a("A").and(field("b c").eq("x\ny")).or(field("").eq(1));
        let error = filter.text().unwrap_err();
        assert_eq!(
            error.to_string(),
            "the query cannot be sent: expected a path of attributes, found `b c`: a name has letters, digits and `_` only"
        );
        assert!(Filter::all([]).text().is_err());
        assert!(Filter::raw(" ").text().is_err());
        assert!(Filter::raw("a\r\nb").text().is_err());
        assert!(field("A").is_in::<&str>([]).text().is_err());
    }

    #[test]
    fn auth_298_the_table_api_refuses_what_it_does_not_know() {
        let check = |filter: &Filter, dialect: Dialect| dialect.check(filter.text.uses());
        let documented = field("A")
            .ge(1)
            .and(field("A").le(5))
            .and(field("B").is_in(["x"]))
            .and(a("C"));
        for dialect in [Dialect::Any, Dialect::DomainApi, Dialect::TableApi] {
            assert_eq!(check(&documented, dialect), Ok(()));
        }
        assert_eq!(check(&field("A").like("x%"), Dialect::TableApi), Ok(()));
        assert!(check(&field("A").like("x%"), Dialect::DomainApi).is_err());
        assert_eq!(check(&field("A").eq_or_null(1), Dialect::DomainApi), Ok(()));
        for (filter, name) in [
            (a("A").or(a("B")), "or"),
            (!a("A"), "not"),
            (field("A").ne(1), "ne"),
            (field("A").gt(1), "gt"),
            (field("A").lt(1), "lt"),
            (field("A").to_lower().eq("x"), "functions of attributes"),
        ] {
            for dialect in [Dialect::DomainApi, Dialect::TableApi] {
                let fault = check(&a("Z").and(filter.clone()), dialect).unwrap_err();
                assert!(
                    matches!(fault, QueryFault::Dialect { operator, .. } if operator == name),
                    "{name}"
                );
            }
            assert_eq!(check(&filter, Dialect::Any), Ok(()));
        }
        for filter in [field("A").contains("x"), field("A").eq_or_null(1)] {
            assert_eq!(check(&filter, Dialect::DomainApi), Ok(()));
            assert!(check(&filter, Dialect::TableApi).is_err());
        }
    }

    #[test]
    fn debug_shows_no_data() {
        let shown = format!(
            "{:?} {:?}",
            field("Name").eq("secret"),
            field("Name").concat("secret")
        );
        assert!(!shown.contains("secret"), "{shown}");
    }
}
