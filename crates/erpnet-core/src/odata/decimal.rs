//! Decimals that never were floats.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::fault::QueryFault;

/// The most digits after the point: those of the instance's own decimals (96 bits and a scale).
pub const MAX_SCALE: u8 = 28;

/// The largest mantissa, without sign.
pub const MAX_MANTISSA: u128 = (1 << 96) - 1;

/// A decimal number, exactly as written: a whole number and how many of its digits stand after the point.
///
/// It is no arithmetic library: it carries amounts and quantities between JSON, filters and the library of your choice
/// (through text, or [`mantissa`](Self::mantissa) and [`scale`](Self::scale)). `2` and `2.00` are equal, and each is
/// written as it came.
///
/// ```
/// use erpnet_core::odata::Decimal;
///
/// let price: Decimal = "15.450".parse()?;
/// assert_eq!((price.mantissa(), price.scale()), (15450, 3));
/// assert_eq!(price, Decimal::new(1545, 2)?);
/// assert_eq!(price.to_string(), "15.450");
/// # Ok::<(), erpnet_core::odata::QueryFault>(())
/// ```
///
/// In JSON it is a number; numbers in quotes are read as well. It is read from JSON text directly: from a
/// `serde_json::Value`, or below `#[serde(flatten)]`, the digits have been through a float already or cannot be read.
#[derive(Clone, Copy)]
pub struct Decimal {
    mantissa: i128,
    scale: u8,
}

impl Decimal {
    /// `mantissa` with `scale` of its digits after the point: `new(1545, 2)` is 15.45.
    ///
    /// # Errors
    /// [`QueryFault::Value`] above [`MAX_MANTISSA`] or [`MAX_SCALE`].
    pub fn new(mantissa: i128, scale: u8) -> Result<Self, QueryFault> {
        if scale > MAX_SCALE || mantissa.unsigned_abs() > MAX_MANTISSA {
            return Err(QueryFault::value(
                "a decimal number",
                "it has more digits than the instance keeps: 28 after the point, 96 bits in all",
            ));
        }
        Ok(Self { mantissa, scale })
    }

    /// Reads `-12.50`: digits, a point with digits on both sides, a minus. No exponent, no blanks, no grouping.
    ///
    /// # Errors
    /// [`QueryFault::Value`] for anything else, or for more digits than [`Decimal::new`] takes.
    pub fn parse(text: &str) -> Result<Self, QueryFault> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
            Some(_) => return Err(not_a_number()),
            None => (digits, ""),
        };
        if whole.is_empty() || whole.len() > 64 {
            return Err(not_a_number());
        }
        let mut mantissa = 0_i128;
        for byte in whole.bytes().chain(fraction.bytes()) {
            if !byte.is_ascii_digit() {
                return Err(not_a_number());
            }
            mantissa = mantissa
                .saturating_mul(10)
                .saturating_add(i128::from(byte - b'0'));
        }
        let scale = u8::try_from(fraction.len()).unwrap_or(u8::MAX);
        Self::new(if negative { -mantissa } else { mantissa }, scale)
    }

    /// A number as JSON may write it, with an exponent.
    fn from_json(text: &str) -> Result<Self, QueryFault> {
        let Some((base, exponent)) = text.split_once(['e', 'E']) else {
            return Self::parse(text);
        };
        let exponent: i32 = exponent.parse().map_err(|_| not_a_number())?;
        let Self {
            mut mantissa,
            scale,
        } = Self::parse(base)?;
        let mut scale = i32::from(scale).saturating_sub(exponent);
        if mantissa == 0 {
            return Self::new(0, 0);
        }
        while scale < 0 {
            mantissa = mantissa.checked_mul(10).ok_or_else(not_a_number)?;
            scale += 1;
        }
        while scale > i32::from(MAX_SCALE) && mantissa % 10 == 0 {
            mantissa /= 10;
            scale -= 1;
        }
        Self::new(mantissa, u8::try_from(scale).unwrap_or(u8::MAX))
    }

    /// All its digits as a whole number.
    #[must_use]
    pub const fn mantissa(self) -> i128 {
        self.mantissa
    }

    /// How many of the digits stand after the point.
    #[must_use]
    pub const fn scale(self) -> u8 {
        self.scale
    }

    /// The part before the point, and what is behind it in units of 10^-28.
    fn parts(self) -> (i128, i128) {
        let one = 10_i128.pow(u32::from(self.scale));
        let unit = 10_i128.pow(u32::from(MAX_SCALE.saturating_sub(self.scale)));
        (self.mantissa / one, self.mantissa % one * unit)
    }
}

fn not_a_number() -> QueryFault {
    QueryFault::value("a decimal number", "it is not written like `-12.50`")
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = 10_u128.pow(u32::from(self.scale));
        let digits = self.mantissa.unsigned_abs();
        if self.mantissa < 0 {
            f.write_str("-")?;
        }
        match usize::from(self.scale) {
            0 => write!(f, "{digits}"),
            width => write!(f, "{}.{:0width$}", digits / one, digits % one),
        }
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Decimal({self})")
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for Decimal {}

impl std::hash::Hash for Decimal {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        self.parts().cmp(&other.parts())
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl FromStr for Decimal {
    type Err = QueryFault;

    fn from_str(text: &str) -> Result<Self, QueryFault> {
        Self::parse(text)
    }
}

macro_rules! from_whole_numbers {
    ($($number:ty)*) => {$(
        impl From<$number> for Decimal {
            fn from(number: $number) -> Self {
                Self { mantissa: i128::from(number), scale: 0 }
            }
        }
    )*};
}

from_whole_numbers!(i8 i16 i32 i64 u8 u16 u32 u64);

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw = RawValue::from_string(self.to_string());
        raw.map_err(serde::ser::Error::custom)?
            .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let text = raw.get();
        let inner = text
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'));
        Self::from_json(inner.unwrap_or(text)).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn digits_are_kept_as_written() {
        for text in [
            "0",
            "-1",
            "12948.77",
            "0.0000000000000000000000000001",
            "-0.10",
            "79228162514264337593543950335",
        ] {
            assert_eq!(Decimal::parse(text).unwrap().to_string(), text);
        }
        // Beyond what a double holds.
        let json = "12345678901234567890.12345678";
        assert_eq!(
            serde_json::from_str::<Decimal>(json).unwrap().to_string(),
            json
        );
        assert_eq!(
            serde_json::to_string(&Decimal::parse(json).unwrap()).unwrap(),
            json
        );
    }

    #[test]
    fn only_plain_numbers_are_numbers() {
        for bad in [
            "", "-", "+1", ".5", "5.", "1,5", "1e3", " 1", "1 ", "--1", "1.-5", "0x1", "NaN",
            "1.2.3", "٣",
        ] {
            assert!(Decimal::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn json_writes_numbers_in_several_ways() {
        for (json, text) in [
            ("3.55", "3.55"),
            ("\"3.55\"", "3.55"),
            ("1.5E+3", "1500"),
            ("1e-5", "0.00001"),
            ("-2.5e1", "-25"),
            ("0e99", "0"),
            (
                "1000000000000000000000000000000E-30",
                "1.000000000000000000000000000000",
            ),
        ] {
            let read = serde_json::from_str::<Decimal>(json);
            match read {
                Ok(read) => assert_eq!(read, Decimal::from_json(text).unwrap_or(read), "{json}"),
                Err(_) => assert!(json.starts_with("1000000"), "{json}"),
            }
        }
        for bad in [
            "null",
            "true",
            "[]",
            "{}",
            "\"\"",
            "\"x\"",
            "1e99",
            "1e-99",
            "1e999999999999",
        ] {
            assert!(serde_json::from_str::<Decimal>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn digits_have_limits() {
        let scale = |n| Decimal::new(1, n).is_ok();
        assert!(scale(MAX_SCALE - 1) && scale(MAX_SCALE) && !scale(MAX_SCALE + 1));
        let most = i128::try_from(MAX_MANTISSA).unwrap();
        let of = |m: i128| Decimal::new(m, 0).is_ok() && Decimal::new(-m, 0).is_ok();
        assert!(of(most - 1) && of(most) && !of(most + 1));
        assert!(Decimal::parse(&"9".repeat(200)).is_err());
        assert!(Decimal::parse(&format!("0.{}", "0".repeat(300))).is_err());
    }

    proptest! {
        #[test]
        fn text_and_json_carry_every_digit(mantissa in -(1_i128 << 95)..(1 << 95), scale in 0..=MAX_SCALE) {
            let number = Decimal::new(mantissa, scale).unwrap();
            let text = number.to_string();
            let again = Decimal::parse(&text).unwrap();
            prop_assert_eq!((again.mantissa(), again.scale()), (mantissa, scale));
            let json: Decimal = serde_json::from_str(&serde_json::to_string(&number).unwrap()).unwrap();
            prop_assert_eq!((json.mantissa(), json.scale()), (mantissa, scale));
        }

        #[test]
        fn order_is_that_of_numbers(a in -1_000_000_i64..1_000_000, b in -1_000_000_i64..1_000_000, scale in 0_u8..6) {
            let of = |n: i64| Decimal::new(i128::from(n), scale).unwrap();
            prop_assert_eq!(of(a).cmp(&of(b)), a.cmp(&b));
            prop_assert_eq!(of(a), Decimal::new(i128::from(a) * 100, scale + 2).unwrap());
        }

        #[test]
        fn nothing_makes_it_panic(text in "[-+0-9.eE]{0,50}") {
            let _ = (Decimal::parse(&text), Decimal::from_json(&text));
        }
    }
}
