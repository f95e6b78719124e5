//! Filters as trees: made at random, written by the SDK's builder, read by a parser of the tests' own or by a foreign one.

mod parse;

use erpnet::Timestamp;
use erpnet::odata::{Decimal, Expression, Filter, Guid, Null, date, field, reference};
use proptest::prelude::*;
use serde_json::{Value, json};

pub use parse::parse;

/// A value in a filter.
#[derive(Clone, Debug)]
pub enum Literal {
    /// Any text.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// A decimal by mantissa and scale.
    Decimal(i128, u8),
    /// True or false.
    Bool(bool),
    /// Nothing.
    Null,
    /// An id.
    Id(u128),
    /// A reference by set and id: to OData, a text.
    Reference(&'static str, u128),
    /// A day.
    Day(u32, u32, u32),
    /// An instant, in milliseconds.
    Instant(i64),
}

/// A condition.
#[derive(Clone, Debug)]
pub enum Condition {
    /// A comparison: attribute, function of it, operator, value.
    Compare(String, Option<&'static str>, &'static str, Literal),
    /// One of several values.
    In(String, Vec<Literal>),
    /// `contains` and its like.
    Test(&'static str, String, String),
    /// Every one.
    All(Vec<Condition>),
    /// At least one.
    Any(Vec<Condition>),
    /// The opposite.
    Not(Box<Condition>),
}

/// Names that are no words of the language.
fn path() -> impl Strategy<Value = String> {
    proptest::collection::vec("[A-Z]_[A-Za-z0-9_]{0,8}", 1..3).prop_map(|names| names.join("/"))
}

/// Texts with everything that means something to OData or to a URL, and any other character but control characters.
pub fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z'\"%&#+ ;,()=?/$@\\\\]{0,16}",
        "\\PC{0,12}".prop_map(|text| text.chars().filter(|c| !c.is_control()).collect()),
        Just("' or 1 eq 1 or 'a' eq '".to_owned()),
    ]
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        4 => text().prop_map(Literal::Text),
        1 => any::<i64>().prop_map(Literal::Whole),
        1 => (-(1_i128 << 95)..(1 << 95), 1..=28_u8).prop_map(|(mantissa, scale)| Literal::Decimal(mantissa, scale)),
        1 => any::<bool>().prop_map(Literal::Bool),
        1 => Just(Literal::Null),
        1 => any::<u128>().prop_map(Literal::Id),
        1 => any::<u128>().prop_map(|id| Literal::Reference("General_Products_Products", id)),
        1 => (1900_u32..2200, 1_u32..13, 1_u32..29).prop_map(|(year, month, day)| Literal::Day(year, month, day)),
        1 => (0_i64..7_258_118_400_000).prop_map(Literal::Instant),
    ]
}

/// Whole filters, some levels deep, in standard OData.
pub fn condition() -> impl Strategy<Value = Condition> {
    let operator = prop_oneof![
        Just("eq"),
        Just("ne"),
        Just("gt"),
        Just("ge"),
        Just("lt"),
        Just("le")
    ];
    let function = proptest::option::of(prop_oneof![
        Just("tolower"),
        Just("toupper"),
        Just("trim"),
        Just("length"),
        Just("year"),
        Just("month"),
        Just("day")
    ]);
    let test = prop_oneof![Just("contains"), Just("startswith"), Just("endswith")];
    let leaf = prop_oneof![
        4 => (path(), function, operator, literal()).prop_map(|(path, f, op, value)| Condition::Compare(path, f, op, value)),
        1 => (path(), proptest::collection::vec(literal(), 2..4)).prop_map(|(path, values)| Condition::In(path, values)),
        2 => (test, path(), text()).prop_map(|(test, path, text)| Condition::Test(test, path, text)),
    ];
    leaf.prop_recursive(4, 20, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Condition::All),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Condition::Any),
            inner.prop_map(|inner| Condition::Not(Box::new(inner))),
        ]
    })
}

impl Literal {
    fn day(&self) -> String {
        match self {
            Self::Day(year, month, day) => format!("{year:04}-{month:02}-{day:02}"),
            other => panic!("{other:?} is no day"),
        }
    }

    /// What it means, as the judge prints it.
    fn meaning(&self) -> Value {
        let id = |bits: u128| Guid::from_u128(bits).to_string();
        match self {
            Self::Text(text) => json!(["text", text]),
            Self::Whole(number) => json!(["int", number.to_string()]),
            Self::Decimal(mantissa, scale) => json!(["decimal", decimal_text(*mantissa, *scale)]),
            Self::Bool(value) => json!(["bool", value.to_string()]),
            Self::Null => json!(["null"]),
            Self::Id(bits) => json!(["id", id(*bits)]),
            Self::Reference(set, bits) => json!(["text", format!("{set}({})", id(*bits))]),
            Self::Day(..) => json!(["date", self.day()]),
            Self::Instant(millis) => {
                json!(["instant", Timestamp::from_unix_millis(*millis).to_string()])
            }
        }
    }
}

/// Digits with a point, worked out on text.
fn decimal_text(mantissa: i128, scale: u8) -> String {
    let digits = format!(
        "{:0>width$}",
        mantissa.unsigned_abs(),
        width = usize::from(scale) + 1
    );
    let (whole, fraction) = digits.split_at(digits.len() - usize::from(scale));
    format!("{}{whole}.{fraction}", if mantissa < 0 { "-" } else { "" })
}

impl Condition {
    /// Written by the builder.
    pub fn filter(&self) -> Filter {
        match self {
            Self::Compare(path, function, operator, value) => {
                let left = match *function {
                    None => field(path),
                    Some("tolower") => field(path).to_lower(),
                    Some("toupper") => field(path).to_upper(),
                    Some("trim") => field(path).trim(),
                    Some("length") => field(path).length(),
                    Some("year") => field(path).year(),
                    Some("month") => field(path).month(),
                    Some("day") => field(path).day(),
                    Some(other) => panic!("{other}"),
                };
                compare(left, operator, value)
            }
            Self::In(path, values) => {
                // One type a list, as callers have it; mixed ones through their text.
                let literals: Vec<_> = values.iter().map(literal_text).collect();
                field(path).is_in(literals.iter().map(|text| erpnet::odata::literal(text)))
            }
            Self::Test(test, path, text) => match *test {
                "contains" => field(path).contains(text),
                "startswith" => field(path).starts_with(text),
                _ => field(path).ends_with(text),
            },
            Self::All(inner) => Filter::all(inner.iter().map(Self::filter)),
            Self::Any(inner) => Filter::any(inner.iter().map(Self::filter)),
            Self::Not(inner) => !inner.filter(),
        }
    }

    /// What it means, as the judge prints it: a condition within one of the same sort is part of it.
    pub fn meaning(&self) -> Value {
        let path = |path: &str| {
            let mut names = vec!["path"];
            names.extend(path.split('/'));
            json!(names)
        };
        match self {
            Self::Compare(name, None, operator, value) => {
                json!([operator, path(name), value.meaning()])
            }
            Self::Compare(name, Some(function), operator, value) => {
                json!([operator, ["call", function, path(name)], value.meaning()])
            }
            Self::In(name, values) => {
                let mut list = vec![json!("list")];
                list.extend(values.iter().map(Literal::meaning));
                json!(["in", path(name), list])
            }
            Self::Test(test, name, text) => json!(["call", test, path(name), ["text", text]]),
            Self::All(inner) => joined("and", inner),
            Self::Any(inner) => joined("or", inner),
            Self::Not(inner) => json!(["not", inner.meaning()]),
        }
    }
}

fn joined(name: &str, inner: &[Condition]) -> Value {
    let mut all = vec![json!(name)];
    for part in inner.iter().map(Condition::meaning) {
        match part {
            Value::Array(parts) if parts[0] == name => all.extend(parts.into_iter().skip(1)),
            part => all.push(part),
        }
    }
    Value::Array(all)
}

fn compare(left: Expression, operator: &str, value: &Literal) -> Filter {
    macro_rules! with {
        ($value:expr) => {
            match operator {
                "eq" => left.eq($value),
                "ne" => left.ne($value),
                "gt" => left.gt($value),
                "ge" => left.ge($value),
                "lt" => left.lt($value),
                _ => left.le($value),
            }
        };
    }
    match value {
        Literal::Text(text) => with!(text),
        Literal::Whole(number) => with!(*number),
        Literal::Decimal(mantissa, scale) => with!(Decimal::new(*mantissa, *scale).unwrap()),
        Literal::Bool(value) => with!(*value),
        Literal::Null => with!(Null),
        Literal::Id(bits) => with!(Guid::from_u128(*bits)),
        Literal::Reference(set, bits) => with!(reference(set, Guid::from_u128(*bits))),
        Literal::Day(..) => with!(date(&value.day())),
        Literal::Instant(millis) => with!(Timestamp::from_unix_millis(*millis)),
    }
}

fn literal_text(value: &Literal) -> String {
    let filter = compare(field("A"), "eq", value);
    filter
        .text()
        .unwrap()
        .strip_prefix("A eq ")
        .unwrap()
        .to_owned()
}
