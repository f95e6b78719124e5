//! Ids: every entity of ERP.net has one of these.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::fault::QueryFault;

/// An id, 128 bits, written `edf2bd2a-7e4d-e111-a06c-00155d00050a`; read in either case, written in lower case.
///
/// ```
/// use erpnet_core::odata::Guid;
///
/// let id = Guid::parse("EDF2BD2A-7e4d-e111-a06c-00155d00050a")?;
/// assert_eq!(id.to_string(), "edf2bd2a-7e4d-e111-a06c-00155d00050a");
/// assert!(Guid::parse("../x").is_err());
/// # Ok::<(), erpnet_core::odata::QueryFault>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Guid(u128);

/// The hyphen between both halves.
const MIDDLE: usize = 18;

/// What is no digit.
const NONE: u8 = 0xff;

/// What each byte is worth as a hexadecimal digit.
const DIGITS: [u8; 256] = {
    let mut digits = [NONE; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        if let Some(digit) = (byte as char).to_digit(16) {
            #[expect(clippy::indexing_slicing, reason = "constant evaluation, in bounds")]
            {
                digits[byte as usize] = digit as u8;
            }
        }
        byte += 1;
    }
    digits
};

/// Where the hyphens stand.
const fn is_hyphen(at: usize) -> bool {
    matches!(at, 8 | 13 | 18 | 23)
}

impl Guid {
    /// Reads one.
    ///
    /// # Errors
    /// [`QueryFault::Value`] for anything but 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12.
    pub fn parse(text: &str) -> Result<Self, QueryFault> {
        let fault = || {
            QueryFault::value(
                "an id",
                "it is not 32 hexadecimal digits grouped 8-4-4-4-12",
            )
        };
        let bytes: &[u8; 36] = text.as_bytes().try_into().map_err(|_| fault())?;
        // Half by half: machine words are quicker than wide ones.
        let (mut high, mut half, mut wrong) = (0_u64, 0_u64, false);
        for (at, byte) in bytes.iter().enumerate() {
            if is_hyphen(at) {
                wrong |= *byte != b'-';
                if at == MIDDLE {
                    (high, half) = (half, 0);
                }
                continue;
            }
            let digit = DIGITS.get(usize::from(*byte)).copied().unwrap_or(NONE);
            wrong |= digit == NONE;
            half = (half << 4) | u64::from(digit & 15);
        }
        if wrong {
            return Err(fault());
        }
        Ok(Self((u128::from(high) << 64) | u128::from(half)))
    }

    /// Its text, without the machinery of formatting.
    pub(super) fn with_text<T>(self, take: impl FnOnce(&str) -> T) -> T {
        let mut text = [b'-'; 36];
        let (high, mut rest) = ((self.0 >> 64) as u64, self.0 as u64);
        for (at, place) in text.iter_mut().enumerate().rev() {
            if is_hyphen(at) {
                if at == MIDDLE {
                    rest = high;
                }
                continue;
            }
            let digit = (rest & 15) as u8;
            *place = if digit < 10 {
                b'0' + digit
            } else {
                b'a' + digit - 10
            };
            rest >>= 4;
        }
        take(std::str::from_utf8(&text).unwrap_or_default())
    }

    /// From its bits, the first digit highest.
    #[must_use]
    pub const fn from_u128(bits: u128) -> Self {
        Self(bits)
    }

    /// Its bits, the first digit highest.
    #[must_use]
    pub const fn as_u128(self) -> u128 {
        self.0
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_text(|text| f.write_str(text))
    }
}

impl fmt::Debug for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Guid({self})")
    }
}

impl FromStr for Guid {
    type Err = QueryFault;

    fn from_str(text: &str) -> Result<Self, QueryFault> {
        Self::parse(text)
    }
}

impl TryFrom<&str> for Guid {
    type Error = QueryFault;

    fn try_from(text: &str) -> Result<Self, QueryFault> {
        Self::parse(text)
    }
}

impl TryFrom<&String> for Guid {
    type Error = QueryFault;

    fn try_from(text: &String) -> Result<Self, QueryFault> {
        Self::parse(text)
    }
}

impl Serialize for Guid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Guid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_one_spelling_is_an_id() {
        for bad in [
            "",
            "edf2bd2a7e4de111a06c00155d00050a",
            "{edf2bd2a-7e4d-e111-a06c-00155d00050a}",
            "edf2bd2a-7e4d-e111-a06c-00155d00050",
            "edf2bd2a-7e4d-e111-a06c-00155d00050a0",
            "edf2bd2a-7e4d-e111-a06c-00155d00050g",
            "edf2bd2a-7e4d-e111-a06c/00155d00050a",
            "+df2bd2a-7e4d-e111-a06c-00155d00050a",
        ] {
            assert!(Guid::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn ids_survive_text_and_json(bits: u128) {
            let id = Guid::from_u128(bits);
            prop_assert_eq!(Guid::parse(&id.to_string()), Ok(id));
            let json = serde_json::to_string(&id).unwrap();
            prop_assert_eq!(serde_json::from_str::<Guid>(&json).unwrap(), id);
        }

        #[test]
        fn nothing_makes_it_panic(text in "\\PC{0,40}") {
            let _ = Guid::parse(&text);
        }
    }
}
