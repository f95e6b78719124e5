//! What is compared: attributes, and functions of them.

use super::dialect::Uses;
use super::filter::{Filter, Level};
use super::literal::Operand;
use super::text::Text;

/// An attribute, or a function of one. Compared with a value, it becomes a [`Filter`].
///
/// ```
/// use erpnet_core::odata::field;
///
/// let filter = field("SalesOrder/State").ge("Released").and(field("Product/Name").to_lower().contains("bike"));
/// assert_eq!(filter.text()?, "SalesOrder/State ge 'Released' and contains(tolower(Product/Name),'bike')");
/// # Ok::<(), erpnet_core::Error>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct Expression {
    text: Text,
}

/// An attribute by its path: `PartNumber`, `SalesOrder/Customer`, `CustomProperty_color`. An amount or a quantity is
/// compared by its number: `LineAmountValue`.
pub fn field(path: &str) -> Expression {
    let mut text = Text::new();
    text.path("a path of attributes", path);
    Expression { text }
}

impl Expression {
    /// An expression as you write it: `Expression::raw("Price mul 2")`. Put parentheses where it needs them.
    pub fn raw(expression: &str) -> Self {
        let mut text = Text::new();
        text.raw("an expression", expression);
        Self { text }
    }

    pub(super) fn into_text(self) -> Text {
        self.text
    }

    fn compare(mut self, operator: &str, uses: Uses, value: impl Operand) -> Filter {
        self.text.note(uses);
        self.text.push(operator);
        value.write(&mut self.text);
        Filter::new(self.text, Level::Atom)
    }

    /// Equal.
    pub fn eq(self, value: impl Operand) -> Filter {
        self.compare(" eq ", Uses::NONE, value)
    }

    /// Not equal. Standard OData; the Domain API's documentation does not list it.
    pub fn ne(self, value: impl Operand) -> Filter {
        self.compare(" ne ", Uses::NE, value)
    }

    /// Greater. Standard OData; the Domain API's documentation does not list it.
    pub fn gt(self, value: impl Operand) -> Filter {
        self.compare(" gt ", Uses::GT, value)
    }

    /// Greater or equal.
    pub fn ge(self, value: impl Operand) -> Filter {
        self.compare(" ge ", Uses::NONE, value)
    }

    /// Less. Standard OData; the Domain API's documentation does not list it.
    pub fn lt(self, value: impl Operand) -> Filter {
        self.compare(" lt ", Uses::LT, value)
    }

    /// Less or equal.
    pub fn le(self, value: impl Operand) -> Filter {
        self.compare(" le ", Uses::NONE, value)
    }

    /// One of several values; at least one.
    pub fn is_in<T: Operand>(mut self, values: impl IntoIterator<Item = T>) -> Filter {
        self.text.push(" in (");
        self.text
            .list("the list of `in`", ", ", values, |text, value| {
                value.write(text);
            });
        self.text.push(")");
        Filter::new(self.text, Level::Atom)
    }

    /// The same with one value and without parentheses, as the documentation writes it, too.
    pub fn is_in_one(self, value: impl Operand) -> Filter {
        self.compare(" in ", Uses::NONE, value)
    }

    /// Matches a pattern: an operator of the Table API (AUTH-298).
    pub fn like(self, pattern: &str) -> Filter {
        self.compare(" like ", Uses::LIKE, pattern)
    }

    fn test(mut self, function: &str, uses: Uses, value: impl Operand) -> Filter {
        self.text.note(uses);
        self.text.wrap(function, ",");
        value.write(&mut self.text);
        self.text.push(")");
        Filter::new(self.text, Level::Call)
    }

    /// Contains a text. On a multi-language text: in any language; on a reference: in what it shows.
    pub fn contains(self, text: impl Operand) -> Filter {
        self.test("contains(", Uses::TEXT, text)
    }

    /// Begins with a text.
    pub fn starts_with(self, text: impl Operand) -> Filter {
        self.test("startswith(", Uses::TEXT, text)
    }

    /// Ends with a text.
    pub fn ends_with(self, text: impl Operand) -> Filter {
        self.test("endswith(", Uses::TEXT, text)
    }

    /// Equal, or null: ERP.net's `equalnull`.
    pub fn eq_or_null(self, value: impl Operand) -> Filter {
        self.test("equalnull(", Uses::NULL_AWARE, value)
    }

    /// Less, equal, or null: ERP.net's `lessequalnull`.
    pub fn le_or_null(self, value: impl Operand) -> Filter {
        self.test("lessequalnull(", Uses::NULL_AWARE, value)
    }

    /// Greater, equal, or null: ERP.net's `greaterequalnull`.
    pub fn ge_or_null(self, value: impl Operand) -> Filter {
        self.test("greaterequalnull(", Uses::NULL_AWARE, value)
    }

    fn call(mut self, function: &str) -> Self {
        self.text.wrap(function, ")");
        self.text.note(Uses::FUNCTION);
        self
    }

    /// In lower case.
    pub fn to_lower(self) -> Self {
        self.call("tolower(")
    }

    /// In upper case.
    pub fn to_upper(self) -> Self {
        self.call("toupper(")
    }

    /// Without blanks at both ends.
    pub fn trim(self) -> Self {
        self.call("trim(")
    }

    /// How many characters.
    pub fn length(self) -> Self {
        self.call("length(")
    }

    /// Where a text begins, from 0; -1 when it is not there.
    pub fn index_of(mut self, text: impl Operand) -> Self {
        self.text.push(",");
        text.write(&mut self.text);
        self.call("indexof(")
    }

    /// With another text behind it.
    pub fn concat(mut self, text: impl Operand) -> Self {
        self.text.push(",");
        text.write(&mut self.text);
        self.call("concat(")
    }

    /// From a character on, counted from 0, and at most `length` of them.
    pub fn substring(mut self, start: u32, length: Option<u32>) -> Self {
        self.text.push(",");
        self.text.number(u64::from(start));
        if let Some(length) = length {
            self.text.push(",");
            self.text.number(u64::from(length));
        }
        self.call("substring(")
    }

    /// The day of an instant.
    pub fn date(self) -> Self {
        self.call("date(")
    }

    /// The year.
    pub fn year(self) -> Self {
        self.call("year(")
    }

    /// The month, from 1.
    pub fn month(self) -> Self {
        self.call("month(")
    }

    /// The day of the month, from 1.
    pub fn day(self) -> Self {
        self.call("day(")
    }

    /// The hour.
    pub fn hour(self) -> Self {
        self.call("hour(")
    }

    /// Year and month: ERP.net's `yearmonth`, for groups.
    pub fn year_month(self) -> Self {
        self.call("yearmonth(")
    }
}

/// Shows that it is one, not what it says: values may be in it.
impl std::fmt::Debug for Expression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Expression({} bytes)", self.text.len())
    }
}
