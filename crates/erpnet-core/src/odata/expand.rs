//! What comes along: `$expand` and `$orderby`, with options inside.

use super::fault::QueryFault;
use super::filter::Filter;
use super::options::{Given, MAX_COUNT, Name, order_by, search, select};
use super::text::Text;

/// A reference or a list of children whose entities come along, with options of its own.
///
/// ```
/// use erpnet_core::odata::{Expand, Query};
///
/// let query = Query::of("Crm_Sales_SalesOrders").top(10).expand(
///     Expand::of("Lines").select(["LineNo", "Quantity"]).expand(Expand::of("Product").select(["Name"])),
/// );
/// assert_eq!(
///     query.text()?,
///     "Crm_Sales_SalesOrders?$top=10&$expand=Lines($select=LineNo,Quantity;$expand=Product($select=Name))"
/// );
/// # Ok::<(), erpnet_core::Error>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct Expand {
    text: Text,
    given: Given,
}

impl Expand {
    /// Expands what the path leads to: `ProductGroup`, `SalesOrder/Customer`.
    pub fn of(path: &str) -> Self {
        let mut text = Text::new();
        text.path("a path of references", path);
        Self {
            text,
            given: Given::default(),
        }
    }

    /// An item as you write it: `Expand::raw("Lines($levels=2)")`.
    pub fn raw(item: &str) -> Self {
        let mut text = Text::new();
        text.raw("an item of `$expand`", item);
        Self {
            text,
            given: Given::closed(),
        }
    }

    /// Only the ids of the entities, `Lines/$ref`. Call it first.
    pub fn only_references(self) -> Self {
        self.suffix("/$ref")
    }

    /// Only how many there are, `Lines/$count`. Call it first.
    pub fn only_count(self) -> Self {
        self.suffix("/$count")
    }

    fn suffix(mut self, suffix: &str) -> Self {
        if self.given.is_empty() {
            self.text.push(suffix);
        } else {
            self.text.fail(QueryFault::value(
                "`$ref` or `$count` before options",
                "options were given",
            ));
        }
        self
    }

    fn option(mut self, name: Name, write: impl FnOnce(&mut Text)) -> Self {
        self.text
            .push(if self.given.is_empty() { "(" } else { ";" });
        self.text.check(self.given.add(name));
        self.text.push(name.text());
        self.text.push("=");
        write(&mut self.text);
        self
    }

    /// Which attributes.
    pub fn select<S: AsRef<str>>(self, attributes: impl IntoIterator<Item = S>) -> Self {
        self.option(Name::Select, |text| select(text, attributes))
    }

    /// What comes along inside.
    pub fn expand(self, items: impl IntoIterator<Item = Expand>) -> Self {
        self.option(Name::Expand, |text| expand(text, "`$expand`", items))
    }

    /// Which of the children.
    pub fn filter(self, filter: Filter) -> Self {
        self.option(Name::Filter, |text| text.append(filter.into_text()))
    }

    /// In which order.
    pub fn order_by<'a>(self, order: impl IntoIterator<Item = Order<'a>>) -> Self {
        self.option(Name::OrderBy, |text| order_by(text, order))
    }

    /// How many at most.
    pub fn top(self, count: u32) -> Self {
        self.option(Name::Top, |text| text.count("$top", count, MAX_COUNT))
    }

    /// How many to leave out first.
    pub fn skip(self, count: u32) -> Self {
        self.option(Name::Skip, |text| text.count("$skip", count, MAX_COUNT))
    }

    /// Whether to say how many there are in all.
    pub fn count(self, wanted: bool) -> Self {
        self.option(Name::Count, |text| {
            text.push(if wanted { "true" } else { "false" });
        })
    }

    /// A free text to look for.
    pub fn search(self, phrase: &str) -> Self {
        self.option(Name::Search, |text| search(text, phrase))
    }

    fn finish(mut self) -> Text {
        if self.given.is_open() {
            self.text.push(")");
        }
        self.text
    }
}

/// One, where several may stand.
impl IntoIterator for Expand {
    type Item = Self;
    type IntoIter = std::iter::Once<Self>;

    fn into_iter(self) -> Self::IntoIter {
        std::iter::once(self)
    }
}

impl std::fmt::Debug for Expand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Expand({} bytes)", self.text.len())
    }
}

pub(super) fn expand(text: &mut Text, what: &'static str, items: impl IntoIterator<Item = Expand>) {
    text.list(what, ",", items, |text, item| text.append(item.finish()));
}

/// An attribute to order by; see [`asc`] and [`desc`].
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Order<'a> {
    pub(super) by: &'a str,
    pub(super) descending: bool,
    pub(super) raw: bool,
}

/// Smallest first.
pub fn asc(path: &str) -> Order<'_> {
    Order {
        by: path,
        descending: false,
        raw: false,
    }
}

/// Largest first.
pub fn desc(path: &str) -> Order<'_> {
    Order {
        descending: true,
        ..asc(path)
    }
}

impl<'a> Order<'a> {
    /// An item as you write it: `Order::raw("length(Name) desc")`.
    pub fn raw(item: &'a str) -> Self {
        Self {
            raw: true,
            ..asc(item)
        }
    }
}

/// One, where several may stand.
impl<'a> IntoIterator for Order<'a> {
    type Item = Self;
    type IntoIter = std::iter::Once<Order<'a>>;

    fn into_iter(self) -> Self::IntoIter {
        std::iter::once(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::odata::field;

    fn text(item: Expand) -> Result<String, crate::Error> {
        item.finish().finished().map(str::to_owned)
    }

    #[test]
    fn options_stand_inside() {
        let item = Expand::of("Lines")
            .select(["A", "B"])
            .filter(field("Quantity").ge(1).and(field("Name").eq("a;b)")))
            .order_by([asc("A"), desc("B/C")])
            .top(5)
            .skip(1)
            .count(true)
            .search("x y")
            .expand([Expand::of("P"), Expand::of("Q").only_references()]);
        assert_eq!(
            text(item).unwrap(),
            "Lines($select=A,B;$filter=Quantity ge 1 and Name eq 'a;b)';$orderby=A,B/C desc;$top=5;$skip=1;$count=true;\
             $search=\"x y\";$expand=P,Q/$ref)"
        );
        assert_eq!(
            text(Expand::of("Lines").only_count()).unwrap(),
            "Lines/$count"
        );
        assert_eq!(
            text(Expand::raw("Lines($levels=2)")).unwrap(),
            "Lines($levels=2)"
        );
    }

    #[test]
    fn faults_inside_come_out() {
        for bad in [
            Expand::of("a b"),
            Expand::of(""),
            Expand::of("A").select(["x y"]),
            Expand::of("A").select::<&str>([]),
            Expand::of("A").expand([]),
            Expand::of("A").expand(Expand::of("B").filter(field("1").eq(1))),
            Expand::of("A").order_by([]),
            Expand::of("A").order_by(asc("x desc")),
            Expand::of("A").top(1).top(2),
            Expand::of("A").top(1).only_references(),
            Expand::of("A").search("a\"b"),
            Expand::raw("A(\n)"),
            Expand::raw("A").top(1),
        ] {
            assert!(text(bad.clone()).is_err(), "{}", bad.text.as_str());
        }
    }
}
