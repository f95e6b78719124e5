//! Query options: what is understood, and a refusal for everything else.

use std::cmp::Ordering;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use url::form_urlencoded;

use super::failure::Failure;
use super::generate::Row;
use super::schema::{Field, Set, is_guid};
use crate::builder::NextLinks;

/// The largest `$top` and `$skip`: they are 32-bit integers.
pub(crate) const MAX_COUNT: usize = i32::MAX as usize;

/// The options of a query for a list.
#[derive(Debug, Default)]
pub(crate) struct Query {
    pub(crate) top: Option<usize>,
    pub(crate) skip: usize,
    /// Only rows after this id.
    pub(crate) after: Option<String>,
    pub(crate) count: bool,
    order: Vec<(&'static Field, bool)>,
    select: Option<Vec<&'static Field>>,
    /// `$select`, `$count` and `$orderby` as they came, for the next link.
    kept: Vec<(String, String)>,
}

impl Query {
    pub(crate) fn parse(set: &Set, query: Option<&str>) -> Result<Self, Failure> {
        let mut parsed = Self::default();
        let mut seen = Vec::new();
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            if seen.contains(&name) {
                return Err(Failure::Query(format!(
                    "the query option '{name}' is given twice"
                )));
            }
            match name.as_ref() {
                "$top" => parsed.top = Some(number(&name, &value)?),
                "$skip" => parsed.skip = number(&name, &value)?,
                "$skiptoken" if is_guid(&value) => parsed.after = Some(value.to_lowercase()),
                "$count" => parsed.count = flag(&name, &value)?,
                "$select" => parsed.select = Some(select(set, &value)?),
                "$orderby" => parsed.order = order(set, &value)?,
                _ => {
                    let message =
                        format!("the sandbox does not support the query option '{name}' here");
                    return Err(Failure::Query(message));
                }
            }
            if ["$count", "$select", "$orderby"].contains(&name.as_ref()) {
                parsed.kept.push((name.to_string(), value.into_owned()));
            }
            seen.push(name);
        }
        Ok(parsed)
    }

    /// The options that one entity takes: only `$select`.
    pub(crate) fn parse_single(set: &Set, query: Option<&str>) -> Result<Self, Failure> {
        let parsed = Self::parse(set, query)?;
        let listing = parsed.top.is_some() || parsed.skip > 0 || parsed.after.is_some();
        if listing || parsed.count || !parsed.order.is_empty() {
            let message = "a single entity takes no query option but '$select'";
            return Err(Failure::Query(message.to_owned()));
        }
        Ok(parsed)
    }

    /// Whether rows come in an order of the caller's choice.
    pub(crate) fn is_ordered(&self) -> bool {
        !self.order.is_empty()
    }

    pub(crate) fn compare(&self, a: &Row, b: &Row) -> Ordering {
        let mut order = Ordering::Equal;
        for (field, descending) in &self.order {
            let by_field = compare(&a[field.name], &b[field.name]);
            order = order.then(if *descending {
                by_field.reverse()
            } else {
                by_field
            });
        }
        order
    }

    /// The selected attributes of a row; without a selection, the default ones.
    pub(crate) fn project(&self, set: &Set, row: &Row) -> Row {
        let mut shown = Row::new();
        let id = row["Id"].as_str().unwrap_or_default();
        shown.insert("@odata.id".to_owned(), format!("{}({id})", set.name).into());
        let chosen: Vec<_> = match &self.select {
            Some(fields) => fields.clone(),
            None => set.fields.iter().filter(|field| field.by_default).collect(),
        };
        for field in chosen {
            shown.insert(field.name.to_owned(), row[field.name].clone());
        }
        shown
    }

    /// The link to the rows after this page. By id normally, by count when rows are ordered otherwise: a caller cannot
    /// rely on either (AUTH-281, AUTH-282).
    pub(crate) fn next_link(
        &self,
        root: &str,
        set: &Set,
        last_id: &str,
        form: NextLinks,
    ) -> String {
        let top = self.top.unwrap_or_default();
        let mut options = vec![("$top".to_owned(), top.to_string())];
        options.extend(self.kept.iter().cloned());
        options.push(if self.is_ordered() {
            (
                "$skip".to_owned(),
                self.skip.saturating_add(top).min(MAX_COUNT).to_string(),
            )
        } else {
            ("$skiptoken".to_owned(), last_id.to_owned())
        });
        let (root, dollar) = match form {
            NextLinks::Relative => ("", "$"),
            NextLinks::Absolute => (root, "%24"),
        };
        let pairs: Vec<_> = options
            .iter()
            .map(|(name, value)| {
                let name = name.replace('$', dollar);
                format!("{name}={}", utf8_percent_encode(value, UNSAFE))
            })
            .collect();
        format!("{root}{}?{}", set.name, pairs.join("&"))
    }
}

/// What is percent-encoded in the value of an option.
const UNSAFE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

fn number(name: &str, value: &str) -> Result<usize, Failure> {
    let digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
    let number = value
        .parse()
        .ok()
        .filter(|number| digits && *number <= MAX_COUNT);
    number.ok_or_else(|| {
        Failure::Query(format!(
            "the query option '{name}' takes a number from 0 to {MAX_COUNT}"
        ))
    })
}

fn flag(name: &str, value: &str) -> Result<bool, Failure> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Failure::Query(format!(
            "the query option '{name}' takes true or false"
        ))),
    }
}

fn attribute(set: &Set, name: &str) -> Result<&'static Field, Failure> {
    set.field(name).ok_or_else(|| {
        Failure::Query(format!(
            "could not find a property named '{name}' on type 'Erp.{}'",
            set.entity
        ))
    })
}

fn select(set: &Set, value: &str) -> Result<Vec<&'static Field>, Failure> {
    let all: &'static [Field] = set.fields;
    let mut chosen = Vec::new();
    for name in value.split(',').map(str::trim) {
        match name {
            "*" | "default" => chosen.extend(all.iter().filter(|field| field.by_default)),
            name => chosen.push(attribute(set, name)?),
        }
    }
    Ok(chosen)
}

fn order(set: &Set, value: &str) -> Result<Vec<(&'static Field, bool)>, Failure> {
    let item = |item: &str| {
        let (name, direction) = item.trim().split_once(' ').unwrap_or((item.trim(), "asc"));
        let field = attribute(set, name)?;
        let descending = match direction.trim() {
            "asc" => false,
            "desc" => true,
            other => {
                return Err(Failure::Query(format!(
                    "expected 'asc' or 'desc', found '{other}'"
                )));
            }
        };
        if field.kind.is_simple() {
            Ok((field, descending))
        } else {
            Err(Failure::Query(format!(
                "the property '{name}' cannot be used to order by"
            )))
        }
    };
    value.split(',').map(item).collect()
}

/// Null first, then by value.
fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Number(a), Value::Number(b)) => a
            .as_f64()
            .partial_cmp(&b.as_f64())
            .unwrap_or(Ordering::Equal),
        (Value::String(a), Value::String(b)) => a.cmp(b),
        _ => Ordering::Equal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::odata::schema::SETS;

    fn parse(query: &str) -> Result<Query, Failure> {
        Query::parse(&SETS[0], Some(query))
    }

    #[test]
    fn counts_have_a_limit() {
        let top = |n: usize| parse(&format!("$top={n}")).map(|query| query.top);
        assert_eq!(top(MAX_COUNT - 1).unwrap(), Some(MAX_COUNT - 1));
        assert_eq!(top(MAX_COUNT).unwrap(), Some(MAX_COUNT));
        assert!(top(MAX_COUNT + 1).is_err());
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for good in [
            "",
            "$top=0",
            "$select=default,Id",
            "%24top=5",
            "$orderby=Number desc,Id",
        ] {
            assert!(parse(good).is_ok(), "{good}");
        }
        for bad in [
            "$top=-1",
            "$top=",
            "$top=x",
            "$top=1&$top=2",
            "$filter=Number eq '1'",
            "$expand=Party",
            "$search=x",
            "$apply=x",
            "culture=bg",
            "top=5",
            "$select=Nope",
            "$select=",
            "$orderby=Party",
            "$orderby=Number up",
            "$count=yes",
            "$skiptoken=5",
        ] {
            assert!(matches!(parse(bad), Err(Failure::Query(_))), "{bad}");
        }
        assert!(Query::parse_single(&SETS[0], Some("$select=Id")).is_ok());
        assert!(Query::parse_single(&SETS[0], Some("$top=1")).is_err());
    }

    #[test]
    fn auth_282_next_links_have_two_forms() {
        let query = parse("$top=2&$select=Number,Id&$count=true").unwrap();
        let link = |form| query.next_link("http://h/odata/", &SETS[0], "ID", form);
        assert_eq!(
            link(NextLinks::Relative),
            "Crm_Customers?$top=2&$select=Number%2CId&$count=true&$skiptoken=ID"
        );
        assert_eq!(
            link(NextLinks::Absolute),
            "http://h/odata/Crm_Customers?%24top=2&%24select=Number%2CId&%24count=true&%24skiptoken=ID"
        );
        let ordered = parse("$top=2&$skip=4&$orderby=Number desc").unwrap();
        assert_eq!(
            ordered.next_link("", &SETS[0], "ID", NextLinks::Relative),
            "Crm_Customers?$top=2&$orderby=Number%20desc&$skip=6"
        );
    }
}
