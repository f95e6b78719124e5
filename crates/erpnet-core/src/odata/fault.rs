//! What a query or a value can have wrong with it. Nothing was sent.

use std::convert::Infallible;

use crate::error::{Error, Reason, clean_text};

/// Why a query cannot be written. Names are repeated, values never: those are the application's data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryFault {
    /// A name that is none.
    #[error("expected {what}, found `{found}`: {why}")]
    Name {
        /// What it was to name.
        what: &'static str,
        /// What was given, bounded and cleaned.
        found: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A control character, such as a line break, which no URL carries.
    #[error("{what} has the control character U+{code:04X}; take it out")]
    ControlCharacter {
        /// Where.
        what: &'static str,
        /// Which one.
        code: u32,
    },
    /// A value that is not what it is said to be.
    #[error("expected {expected}: {why}")]
    Value {
        /// What it was to be.
        expected: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Nothing where something belongs.
    #[error("{what} is empty")]
    Empty {
        /// What.
        what: &'static str,
    },
    /// An option that was given before: OData allows each once.
    #[error("the query option `{option}` is given twice; combine both into one")]
    OptionTwice {
        /// Which option.
        option: String,
    },
    /// A number outside its range.
    #[error("expected `{option}` from {least} to {most}, found {found}")]
    OutOfRange {
        /// The option.
        option: &'static str,
        /// The smallest value.
        least: u32,
        /// The largest value.
        most: u32,
        /// The value found.
        found: u32,
    },
    /// A query that is longer than a path may be.
    #[error(
        "expected a query of at most {limit} bytes, found {found}; ask for less at once, or use `$batch`"
    )]
    TooLong {
        /// The limit, [`MAX_PATH`](crate::api::MAX_PATH).
        limit: usize,
        /// The length found, percent-encoded.
        found: usize,
    },
    /// A filter that the API does not understand, by its documentation.
    #[error("the filter uses `{operator}`, which {dialect} does not know")]
    Dialect {
        /// The dialect.
        dialect: &'static str,
        /// The first operator that is not part of it.
        operator: &'static str,
    },
}

impl QueryFault {
    pub(super) fn name(what: &'static str, found: &str, why: &'static str) -> Self {
        let found = clean_text(found, 60);
        Self::Name { what, found, why }
    }

    pub(super) fn value(expected: &'static str, why: &'static str) -> Self {
        Self::Value { expected, why }
    }
}

impl From<QueryFault> for Error {
    fn from(fault: QueryFault) -> Self {
        Reason::Query(fault).into()
    }
}

/// So that a [`Guid`](super::Guid) stands wherever a text that may be one does.
impl From<Infallible> for QueryFault {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// Refuses control characters.
pub(super) fn no_control(what: &'static str, text: &str) -> Result<(), QueryFault> {
    // A byte scan first: nearly every text is free of them.
    let suspicious = text.bytes().any(|b| b < 0x20 || b == 0x7f || b == 0xc2);
    if suspicious && let Some(found) = text.chars().find(|c| c.is_control()) {
        let code = u32::from(found);
        return Err(QueryFault::ControlCharacter { what, code });
    }
    Ok(())
}
