//! A query for an entity set, written as it goes, percent-encoded.

use super::apply::Apply;
use super::dialect::Dialect;
use super::encode;
use super::expand::{Expand, Order, expand};
use super::fault::{QueryFault, no_control};
use super::filter::Filter;
use super::guid::Guid;
use super::name::check_path;
use super::options::{Given, MAX_COUNT, Name, order_by, search, select};
use super::text::Text;
use crate::api::MAX_PATH;
use crate::error::Error;

/// The most rows of a page, and the number to ask for when everything is read (AUTH-284).
pub const MAX_PAGE_SIZE: u32 = 1000;

/// Room for a usual query, so that it costs one allocation.
const USUAL: usize = 512;

/// What is read from an entity set. Options come out in the order in which they are given, each at most once.
///
/// ```
/// use erpnet_core::api::ApiRequest;
/// use erpnet_core::odata::{Expand, Query, asc, field, reference};
///
/// let group = "0bf6b45c-7ec1-484d-9f84-00072b77fabb";
/// let query = Query::of("General_Products_Products")
///     .filter(
///         field("PartNumber")
///             .starts_with("A'1")
///             .and(field("ProductGroup").eq(reference("General_Products_ProductGroups", group))),
///     )
///     .select(["PartNumber", "Name"])
///     .expand(Expand::of("ProductGroup").select(["Name"]))
///     .order_by(asc("PartNumber"))
///     .top(1000);
///
/// assert!(query.path()?.starts_with("General_Products_Products?$filter=startswith(PartNumber,%27A%27%271%27)%20and%20"));
/// assert!(query.text()?.ends_with("&$expand=ProductGroup($select=Name)&$orderby=PartNumber&$top=1000"));
/// let request = ApiRequest::get(&query); // or `client.get(query.path()?)`
/// # assert_eq!(request.path(), query.path()?);
/// # Ok::<(), erpnet_core::Error>(())
/// ```
///
/// Names are checked and values are written as literals, so no value can become part of the query's structure. What is
/// wrong is kept, and comes out of [`path`](Self::path), or of the call that the query is used in. `Debug` shows no option.
#[derive(Clone)]
#[must_use]
pub struct Query {
    text: Text,
    /// Where the path ends and the options begin.
    path_end: usize,
    given: Given,
    top: Option<u32>,
    dialect: Dialect,
}

impl Query {
    /// A query for an entity set, named as in the model: `General_Products_Products`.
    pub fn of(entity_set: &str) -> Self {
        let mut text = Text::encoded(USUAL);
        text.name("an entity set", entity_set);
        Self {
            path_end: text.len(),
            text,
            given: Given::default(),
            top: None,
            dialect: Dialect::default(),
        }
    }

    fn check(mut self, outcome: Result<(), QueryFault>) -> Self {
        self.text.check(outcome);
        self
    }

    /// Adds to the path, wherever options begin already.
    fn extend_path(mut self, part: &str) -> Self {
        self.text.insert_plain(self.path_end, part);
        self.path_end += part.len();
        self
    }

    /// One entity: `Crm_Sales_SalesOrders(59098bcf-f331-478f-91c2-f5520590f534)`. The id is a [`Guid`] or its text.
    pub fn key<I>(self, id: I) -> Self
    where
        I: TryInto<Guid>,
        QueryFault: From<I::Error>,
    {
        match id.try_into() {
            Ok(id) => {
                let mut part = Text::new();
                part.push("(");
                id.with_text(|id| part.push(id));
                part.push(")");
                self.extend_path(part.as_str())
            }
            Err(fault) => self.check(Err(fault.into())),
        }
    }

    /// One entity by a key that is no id, as you write it: `key_raw("'a/b'")`. Slashes in it stay inside it.
    pub fn key_raw(self, key: &str) -> Self {
        let mut part = String::from("(");
        encode::push_segment(&mut part, key);
        part.push(')');
        let outcome = no_control("a key", key);
        self.check(outcome).extend_path(&part)
    }

    /// What a reference or a list of children of the entity holds: `.key(id).navigate("Lines")`.
    pub fn navigate(self, path: &str) -> Self {
        let outcome = check_path("a path of references", path);
        let mut part = String::from("/");
        // The slashes between names stay.
        encode::push_value(&mut part, path);
        self.check(outcome).extend_path(&part)
    }

    /// Only how many there are, as plain text: `.../$count`.
    pub fn only_count(self) -> Self {
        self.extend_path("/$count")
    }

    fn option(mut self, name: Name, write: impl FnOnce(&mut Text)) -> Self {
        let outcome = self.given.add(name);
        self = self.check(outcome);
        self.begin(name.text());
        write(&mut self.text);
        self
    }

    fn begin(&mut self, name: &str) {
        let first = self.text.len() == self.path_end;
        self.text.push_plain(if first { "?" } else { "&" });
        self.text.push_plain(name);
        self.text.push_plain("=");
    }

    /// Which rows: one condition; combine several with [`Filter::and`].
    pub fn filter(self, filter: Filter) -> Self {
        self.option(Name::Filter, |text| text.append(filter.into_text()))
    }

    /// Which attributes: paths, `*`, and ERP.net's `default` for those that come without `$select`.
    pub fn select<S: AsRef<str>>(self, attributes: impl IntoIterator<Item = S>) -> Self {
        self.option(Name::Select, |text| select(text, attributes))
    }

    /// What comes along: one [`Expand`], or several.
    pub fn expand(self, items: impl IntoIterator<Item = Expand>) -> Self {
        self.option(Name::Expand, |text| expand(text, "`$expand`", items))
    }

    /// In which order: one of [`asc`](super::asc) and [`desc`](super::desc), or several.
    pub fn order_by<'a>(self, order: impl IntoIterator<Item = Order<'a>>) -> Self {
        self.option(Name::OrderBy, |text| order_by(text, order))
    }

    /// How many rows at most. Without it there is no link to a next page (AUTH-283).
    pub fn top(mut self, count: u32) -> Self {
        self.top = Some(count);
        self.option(Name::Top, |text| text.count("$top", count, MAX_COUNT))
    }

    /// How many rows a page has when everything is read: `$top`, held to 1 to [`MAX_PAGE_SIZE`] (AUTH-284).
    /// [`Query::top`] takes any number.
    pub fn page_size(self, rows: u32) -> Self {
        let query = self.top(rows);
        if (1..=MAX_PAGE_SIZE).contains(&rows) {
            return query;
        }
        query.check(Err(QueryFault::OutOfRange {
            option: "a page size",
            least: 1,
            most: MAX_PAGE_SIZE,
            found: rows,
        }))
    }

    /// How many rows to leave out first. To read on, follow the pages' links instead ([`Pages`](super::Pages)).
    pub fn skip(self, count: u32) -> Self {
        self.option(Name::Skip, |text| text.count("$skip", count, MAX_COUNT))
    }

    /// Whether to say how many rows there are in all.
    pub fn count(self, wanted: bool) -> Self {
        self.option(Name::Count, |text| {
            text.push(if wanted { "true" } else { "false" });
        })
    }

    /// A free text to look for, as one phrase.
    pub fn search(self, phrase: &str) -> Self {
        self.option(Name::Search, |text| search(text, phrase))
    }

    /// A search expression as you write it: `"red" AND NOT "bike"`.
    pub fn search_raw(self, expression: &str) -> Self {
        self.option(Name::Search, |text| text.raw("`$search`", expression))
    }

    /// Groups and sums.
    pub fn apply(self, apply: Apply) -> Self {
        self.option(Name::Apply, |text| text.append(apply.into_text()))
    }

    /// Expands references that are keys of groups: ERP.net's `expandgroup`.
    pub fn expand_group(self, items: impl IntoIterator<Item = Expand>) -> Self {
        self.option(Name::ExpandGroup, |text| {
            expand(text, "`expandgroup`", items);
        })
    }

    /// Any other option, as you write it, not percent-encoded: `.raw_option("options", "x")`.
    pub fn raw_option(mut self, name: &str, value: &str) -> Self {
        let known = Name::of(name);
        let outcome = match known {
            Some(known) => self.given.add(known),
            None => {
                self.given.add_other();
                let bare = name.strip_prefix(['$', '@']).unwrap_or(name);
                check_path("a query option", bare)
            }
        };
        self = self
            .check(outcome)
            .check(no_control("a query option", value));
        let mut encoded = String::new();
        encode::push_segment(&mut encoded, name);
        self.begin(&encoded);
        self.text.push(value);
        self
    }

    /// Holds the filter to what an API documents: [`Dialect::TableApi`] for the Table API.
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// The path with its query, percent-encoded, relative to the OData root: for `client.get(query.path()?)`.
    ///
    /// # Errors
    /// [`Reason::Query`](crate::Reason::Query): the first fault, a filter beyond the dialect, or more than
    /// [`MAX_PATH`] bytes.
    pub fn path(&self) -> Result<&str, Error> {
        let path = self.text.finished()?;
        self.dialect.check(self.text.uses())?;
        if path.len() > MAX_PATH {
            return Err(QueryFault::TooLong {
                limit: MAX_PATH,
                found: path.len(),
            }
            .into());
        }
        Ok(path)
    }

    /// The same, readable: as the documentation writes queries. It holds the application's data: do not log it lightly.
    ///
    /// # Errors
    /// As [`Query::path`].
    pub fn text(&self) -> Result<String, Error> {
        let path = self.path()?;
        let mut bytes = Vec::with_capacity(path.len());
        let mut rest = path.bytes();
        while let Some(byte) = rest.next() {
            let digit = |byte: Option<u8>| {
                byte.and_then(|b| char::from(b).to_digit(16))
                    .unwrap_or_default()
            };
            bytes.push(match byte {
                b'%' => {
                    u8::try_from(digit(rest.next()) << 4 | digit(rest.next())).unwrap_or_default()
                }
                byte => byte,
            });
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The `$top` that was given.
    #[must_use]
    pub fn given_top(&self) -> Option<u32> {
        self.top
    }

    pub(super) fn is_grouped(&self) -> bool {
        self.given.has(Name::Apply)
    }
}

/// Shows the path, not the options: values may be in them.
impl std::fmt::Debug for Query {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = self.text.as_str().get(..self.path_end).unwrap_or_default();
        f.debug_struct("Query")
            .field("path", &path)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Reason;
    use crate::odata::{Aggregate, asc, desc, field};

    fn fault(query: &Query) -> QueryFault {
        match query.path().unwrap_err().reason() {
            Reason::Query(fault) => fault.clone(),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn options_come_in_the_order_given() {
        let query = Query::of("A")
            .count(false)
            .skip(0)
            .select(["*"])
            .order_by([asc("B"), desc("C")]);
        assert_eq!(
            query.path().unwrap(),
            "A?$count=false&$skip=0&$select=*&$orderby=B,C%20desc"
        );
        let query = Query::of("A")
            .raw_option("options", "a=b&c")
            .search_raw("x AND NOT y");
        assert_eq!(
            query.path().unwrap(),
            "A?options=a=b%26c&$search=x%20AND%20NOT%20y"
        );
        let query = Query::of("A").order_by(crate::odata::Order::raw("length(B) desc"));
        assert_eq!(query.text().unwrap(), "A?$orderby=length(B) desc");
    }

    #[test]
    fn the_path_can_be_said_after_the_options() {
        let id = "59098bcf-f331-478f-91c2-f5520590f534";
        let query = Query::of("A")
            .top(1)
            .key(id)
            .navigate("Lines/Product")
            .only_count();
        assert_eq!(
            query.path().unwrap(),
            format!("A({id})/Lines/Product/$count?$top=1")
        );
        assert_eq!(
            Query::of("A").key(Guid::from_u128(1)).path().unwrap().len(),
            39
        );
    }

    #[test]
    fn keys_stay_inside_their_parentheses() {
        for bad in [
            "1",
            "a/b",
            "../x",
            "59098bcf-f331-478f-91c2-f5520590f534)/x",
            "",
        ] {
            assert!(
                matches!(fault(&Query::of("A").key(bad)), QueryFault::Value { .. }),
                "{bad}"
            );
        }
        assert_eq!(
            Query::of("A").key_raw("'a/b?c#d%'").path().unwrap(),
            "A(%27a%2Fb%3Fc%23d%25%27)"
        );
        assert!(matches!(
            fault(&Query::of("A").key_raw("a\nb")),
            QueryFault::ControlCharacter { .. }
        ));
        assert!(matches!(
            fault(&Query::of("A").navigate("a b")),
            QueryFault::Name { .. }
        ));
    }

    #[test]
    fn each_option_stands_once() {
        let twice = [
            Query::of("A").top(1).top(2),
            Query::of("A").top(1).raw_option("$top", "2"),
            Query::of("A")
                .filter(field("B").eq(1))
                .filter(field("C").eq(1)),
            Query::of("A").search("x").search_raw("y"),
        ];
        for query in twice {
            assert!(matches!(fault(&query), QueryFault::OptionTwice { .. }));
        }
    }

    #[test]
    fn numbers_have_ranges() {
        let top =
            |n: u32| Query::of("A").top(n).path().is_ok() && Query::of("A").skip(n).path().is_ok();
        assert!(top(0) && top(MAX_COUNT - 1) && top(MAX_COUNT) && !top(MAX_COUNT + 1));
        // AUTH-284: a thousand rows a page, and an override.
        let page = |n: u32| Query::of("A").page_size(n).path().is_ok();
        assert!(
            !page(0)
                && page(1)
                && page(MAX_PAGE_SIZE - 1)
                && page(MAX_PAGE_SIZE)
                && !page(MAX_PAGE_SIZE + 1)
        );
        assert!(Query::of("A").top(MAX_PAGE_SIZE + 1).path().is_ok());
        let nested = |n: u32| {
            Query::of("A")
                .expand(crate::odata::Expand::of("B").top(n))
                .path()
                .is_ok()
        };
        assert!(nested(MAX_COUNT) && !nested(MAX_COUNT + 1));
    }

    #[test]
    fn the_length_is_bounded() {
        let of = |n: usize| {
            let start = Query::of("A").search("").text.len();
            Query::of("A").search(&"x".repeat(n - start))
        };
        assert!(of(MAX_PATH - 1).path().is_ok() && of(MAX_PATH).path().is_ok());
        assert!(
            matches!(fault(&of(MAX_PATH + 1)), QueryFault::TooLong { found, .. } if found == MAX_PATH + 1)
        );
    }

    #[test]
    fn auth_298_the_dialect_is_checked_with_the_query() {
        let query = Query::of("A")
            .filter(field("B").gt(1))
            .dialect(Dialect::TableApi);
        assert!(matches!(
            fault(&query),
            QueryFault::Dialect { operator: "gt", .. }
        ));
        assert!(query.dialect(Dialect::Any).path().is_ok());
        // Inside a group or an expansion, too.
        let apply = Apply::filter(field("B").ne(1)).then(Apply::aggregate([Aggregate::count("N")]));
        assert!(
            Query::of("A")
                .apply(apply)
                .dialect(Dialect::DomainApi)
                .path()
                .is_err()
        );
        let lines = crate::odata::Expand::of("Lines").filter(!field("B").eq(1));
        assert!(
            Query::of("A")
                .expand(lines)
                .dialect(Dialect::DomainApi)
                .path()
                .is_err()
        );
    }

    #[test]
    fn the_first_fault_wins_and_nothing_is_shown() {
        let query = Query::of("A")
            .select(["x y"])
            .filter(field("Name").eq("secret\n"));
        assert!(matches!(fault(&query), QueryFault::Name { .. }));
        let query = Query::of("A").filter(field("Name").eq("secret\n"));
        let error = query.path().unwrap_err();
        assert!(!format!("{query:?}{error}{error:?}").contains("secret"));
        assert_eq!(error.kind(), crate::ErrorKind::Config);
        assert!(query.text().is_err());
    }
}
