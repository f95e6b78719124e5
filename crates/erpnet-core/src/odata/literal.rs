//! Literals: how values are written in a filter (OData URL conventions section 5.1.1.6, and ERP.net's own).

use erpnet_types::Timestamp;

use super::decimal::Decimal;
use super::expression::Expression;
use super::fault::QueryFault;
use super::guid::Guid;
use super::text::Text;
use super::values::EntityRef;

/// What may stand on the right of a comparison: texts, `bool`, whole numbers, [`Decimal`], [`Guid`], [`EntityRef`],
/// [`Timestamp`], an [`Expression`] such as another field, [`Null`], `Option` of any (`None` is null), and what the
/// functions [`reference()`], [`enumeration`], [`date`], [`date_time`] and [`literal`] make.
///
/// Floats are not among them: a price is no float.
///
/// ```compile_fail
/// let _ = erpnet_core::odata::field("Price").eq(15.45_f64);
/// ```
pub trait Operand: Write {}

impl<T: Write> Operand for T {}

/// Closes [`Operand`].
pub trait Write {
    /// Appends the literal.
    fn write(self, text: &mut Text);
}

/// The literal `null`.
#[derive(Clone, Copy, Debug)]
pub struct Null;

/// A reference in a filter; see [`reference()`].
#[derive(Clone, Debug)]
pub struct ReferenceLiteral<'a> {
    set: &'a str,
    id: Result<Guid, QueryFault>,
}

/// A member of an enumeration in a filter; see [`enumeration`].
#[derive(Clone, Copy, Debug)]
pub struct EnumLiteral<'a> {
    enumeration: &'a str,
    member: &'a str,
}

/// A date or a date with time in a filter; see [`date`] and [`date_time`].
#[derive(Clone, Copy, Debug)]
pub struct DateLiteral<'a> {
    text: &'a str,
    timed: bool,
}

/// A literal of the caller's own writing; see [`literal`].
#[derive(Clone, Copy, Debug)]
pub struct RawLiteral<'a>(&'a str);

/// A reference to an entity, as ERP.net's filters write it: a string with set and id.
///
/// ```
/// use erpnet_core::odata::{field, reference};
///
/// let group = reference("General_Products_ProductGroups", "0bf6b45c-7ec1-484d-9f84-00072b77fabb");
/// assert_eq!(
///     field("ProductGroup").eq(group).text()?,
///     "ProductGroup eq 'General_Products_ProductGroups(0bf6b45c-7ec1-484d-9f84-00072b77fabb)'"
/// );
/// # Ok::<(), erpnet_core::Error>(())
/// ```
pub fn reference<I>(set: &str, id: I) -> ReferenceLiteral<'_>
where
    I: TryInto<Guid>,
    QueryFault: From<I::Error>,
{
    let id = id.try_into().map_err(QueryFault::from);
    ReferenceLiteral { set, id }
}

/// A member of an enumeration with its type: `Erp.General_DocumentState'Released'`. The bare text `"Released"` serves as
/// well.
#[must_use]
pub fn enumeration<'a>(enumeration: &'a str, member: &'a str) -> EnumLiteral<'a> {
    EnumLiteral {
        enumeration,
        member,
    }
}

/// A day: `2026-01-01`, or with the `Z` that the instance takes as well, `2026-01-01Z`.
#[must_use]
pub fn date(text: &str) -> DateLiteral<'_> {
    DateLiteral { text, timed: false }
}

/// An instant: `2026-01-01T08:30:00Z`, `2026-01-01T08:30:00.000+02:00`; an offset is required. The Domain API looks at the
/// day only. A [`Timestamp`] serves as well.
#[must_use]
pub fn date_time(text: &str) -> DateLiteral<'_> {
    DateLiteral { text, timed: true }
}

/// A literal as you write it, for types that have no function here: `literal("duration'P1D'")`.
#[must_use]
pub fn literal(text: &str) -> RawLiteral<'_> {
    RawLiteral(text)
}

impl Write for &str {
    fn write(self, text: &mut Text) {
        text.quoted(self);
    }
}

impl Write for String {
    fn write(self, text: &mut Text) {
        text.quoted(&self);
    }
}

impl Write for &String {
    fn write(self, text: &mut Text) {
        text.quoted(self);
    }
}

impl Write for bool {
    fn write(self, text: &mut Text) {
        text.push(if self { "true" } else { "false" });
    }
}

impl Write for Null {
    fn write(self, text: &mut Text) {
        text.push("null");
    }
}

impl<T: Write> Write for Option<T> {
    fn write(self, text: &mut Text) {
        match self {
            Some(value) => value.write(text),
            None => Null.write(text),
        }
    }
}

macro_rules! written_as_displayed {
    ($($type:ty)*) => {$(
        impl Write for $type {
            fn write(self, text: &mut Text) {
                text.put(self);
            }
        }
    )*};
}

written_as_displayed!(Decimal Timestamp);

macro_rules! whole_numbers {
    ($($type:ty)*) => {$(
        impl Write for $type {
            fn write(self, text: &mut Text) {
                let number = i128::from(self);
                if number < 0 {
                    text.push("-");
                }
                text.number(u64::try_from(number.unsigned_abs()).unwrap_or_default());
            }
        }
    )*};
}

whole_numbers!(i8 i16 i32 i64 u8 u16 u32 u64);

impl Write for Guid {
    fn write(self, text: &mut Text) {
        self.with_text(|id| text.push(id));
    }
}

impl Write for &EntityRef {
    fn write(self, text: &mut Text) {
        // Its set is a name, so nothing needs doubling.
        text.push("'");
        text.put(self);
        text.push("'");
    }
}

impl Write for EntityRef {
    fn write(self, text: &mut Text) {
        (&self).write(text);
    }
}

impl Write for Expression {
    fn write(self, text: &mut Text) {
        text.append(self.into_text());
    }
}

impl Write for ReferenceLiteral<'_> {
    fn write(self, text: &mut Text) {
        text.push("'");
        text.name("an entity set", self.set);
        text.push("(");
        match self.id {
            Ok(id) => id.with_text(|id| text.push(id)),
            Err(fault) => text.fail(fault),
        }
        text.push(")'");
    }
}

impl Write for EnumLiteral<'_> {
    fn write(self, text: &mut Text) {
        text.path("an enumeration", self.enumeration);
        text.push("'");
        // Flags are listed with commas.
        text.list(
            "a member of an enumeration",
            ",",
            self.member.split(','),
            |text, member| {
                text.name("a member of an enumeration", member);
            },
        );
        text.push("'");
    }
}

impl Write for DateLiteral<'_> {
    fn write(self, text: &mut Text) {
        let valid = if self.timed {
            is_date_time(self.text)
        } else {
            is_date(self.text)
        };
        if !valid {
            let (expected, why) = if self.timed {
                (
                    "a date with time",
                    "it is not written like `2026-01-01T08:30:00Z` or `2026-01-01T08:30:00+02:00`",
                )
            } else {
                ("a date", "it is not a day written like `2026-01-01`")
            };
            text.fail(QueryFault::value(expected, why));
        }
        text.push(self.text);
    }
}

impl Write for RawLiteral<'_> {
    fn write(self, text: &mut Text) {
        text.raw("a literal", self.0);
    }
}

fn is_date(text: &str) -> bool {
    is_day(text.strip_suffix('Z').unwrap_or(text))
}

fn number(text: &str, digits: usize) -> Option<u32> {
    let all = text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
    all.then(|| text.parse().ok()).flatten()
}

fn is_day(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let mut next = |digits| parts.next().and_then(|part| number(part, digits));
    let (Some(year), Some(month), Some(day)) = (next(4), next(2), next(2)) else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day)
}

fn is_date_time(text: &str) -> bool {
    let Some((day, rest)) = text.split_once('T') else {
        return false;
    };
    let (time, offset) = match rest.strip_suffix('Z') {
        Some(time) => (time, None),
        None => match rest.rfind(['+', '-']) {
            Some(at) => {
                let (time, offset) = rest.split_at(at);
                (time, offset.get(1..))
            }
            None => return false,
        },
    };
    let minutes = |text: &str| match text.split_once(':') {
        Some((hours, minutes)) => {
            number(hours, 2).is_some_and(|h| h < 24) && number(minutes, 2).is_some_and(|m| m < 60)
        }
        None => false,
    };
    let (clock, fraction) = match time.split_once('.') {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (time, None),
    };
    let fraction_fits = fraction.is_none_or(|digits| {
        (1..=12).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
    });
    let clock_fits = match clock.rsplit_once(':') {
        Some((start, seconds)) if start.contains(':') => {
            minutes(start) && number(seconds, 2).is_some_and(|s| s < 60)
        }
        _ => minutes(clock) && fraction.is_none(),
    };
    is_day(day) && clock_fits && fraction_fits && offset.is_none_or(minutes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Reason;

    fn written(operand: impl Operand) -> Result<String, QueryFault> {
        let mut text = Text::new();
        operand.write(&mut text);
        match text.finished() {
            Ok(text) => Ok(text.to_owned()),
            Err(error) => match error.reason() {
                Reason::Query(fault) => Err(fault.clone()),
                other => panic!("{other}"),
            },
        }
    }

    #[test]
    fn each_type_has_its_literal() {
        let id = Guid::parse("0bf6b45c-7ec1-484d-9f84-00072b77fabb").unwrap();
        for (found, expected) in [
            (written("it's 'so'"), "'it''s ''so'''"),
            (written(""), "''"),
            (written(String::from("Ä & 100%")), "'Ä & 100%'"),
            (written(true), "true"),
            (written(Null), "null"),
            (written(None::<&str>), "null"),
            (written(Some(5)), "5"),
            (written(i64::MIN), "-9223372036854775808"),
            (written(u64::MAX), "18446744073709551615"),
            (written(Decimal::new(-1545, 2).unwrap()), "-15.45"),
            (written(id), "0bf6b45c-7ec1-484d-9f84-00072b77fabb"),
            (
                written(reference("X_Y", id)),
                "'X_Y(0bf6b45c-7ec1-484d-9f84-00072b77fabb)'",
            ),
            (
                written(reference("X_Y", "0BF6B45C-7ec1-484d-9f84-00072b77fabb")),
                "'X_Y(0bf6b45c-7ec1-484d-9f84-00072b77fabb)'",
            ),
            (
                written(enumeration("Erp.General_DocumentState", "Released")),
                "Erp.General_DocumentState'Released'",
            ),
            (written(enumeration("Erp.Flags", "A,B")), "Erp.Flags'A,B'"),
            (written(date("2026-01-01")), "2026-01-01"),
            (
                written(Timestamp::from_unix_millis(1_549_000_000_500)),
                "2019-02-01T05:46:40.500Z",
            ),
            (written(literal("duration'P1D'")), "duration'P1D'"),
        ] {
            assert_eq!(found.as_deref(), Ok(expected));
        }
    }

    #[test]
    fn values_that_are_not_what_they_claim_are_refused() {
        assert!(matches!(
            written("a\nb"),
            Err(QueryFault::ControlCharacter { code: 10, .. })
        ));
        assert!(matches!(
            written("a\u{85}b"),
            Err(QueryFault::ControlCharacter { code: 0x85, .. })
        ));
        assert!(matches!(
            written("a\u{0}"),
            Err(QueryFault::ControlCharacter { code: 0, .. })
        ));
        assert!(matches!(
            written(literal("")),
            Err(QueryFault::Empty { .. })
        ));
        assert!(matches!(
            written(literal("1\t")),
            Err(QueryFault::ControlCharacter { .. })
        ));
        assert!(matches!(
            written(reference("X_Y", "1/../2")),
            Err(QueryFault::Value { .. })
        ));
        assert!(matches!(
            written(reference("X Y", Guid::from_u128(1))),
            Err(QueryFault::Name { .. })
        ));
        assert!(matches!(
            written(enumeration("E", "A'B")),
            Err(QueryFault::Name { .. })
        ));
        assert!(written("\u{a0}é").is_ok());
    }

    #[test]
    fn dates_are_checked_to_the_day_and_minute() {
        for good in [
            "2026-01-01",
            "2020-02-29",
            "2000-02-29Z",
            "2020-01-01Z",
            "9999-12-31",
        ] {
            assert!(written(date(good)).is_ok(), "{good}");
        }
        for bad in [
            "",
            "2026-1-1",
            "2026-13-01",
            "2026-00-01",
            "2026-02-29",
            "1900-02-29",
            "2026-04-31",
            "26-01-01",
            "2026-01-01T00:00:00Z",
            "2026-01-01ZZ",
            "2026-01-0'",
        ] {
            assert!(
                matches!(written(date(bad)), Err(QueryFault::Value { .. })),
                "{bad}"
            );
        }
        for good in [
            "2012-01-01T00:00:00Z",
            "2019-02-01T00:00:00.000Z",
            "2026-01-01T08:30:00+02:00",
            "2026-01-01T08:30:59.1234567-11:30",
            "2026-01-01T08:30Z",
        ] {
            assert!(written(date_time(good)).is_ok(), "{good}");
        }
        for bad in [
            "2012-01-01",
            "2012-01-01T00:00:00",
            "2012-01-01T24:00:00Z",
            "2012-01-01T00:60:00Z",
            "2012-01-01T00:00:60Z",
            "2012-01-01T00:00:00.Z",
            "2012-01-01T00:00:00+2:00",
            "2012-01-01T00:00:00+02:00Z",
            "2012-01-01 00:00:00Z",
            "2012-01-01T00Z",
            "2012-01-01T08:30.5Z",
            "2012-01-01T00:00:00+",
        ] {
            assert!(
                matches!(written(date_time(bad)), Err(QueryFault::Value { .. })),
                "{bad}"
            );
        }
    }
}
