//! The Domain API's own errors: business rules, validation, anything with a JSON body (AUTH-273..277).

use std::fmt;

use serde::Deserialize;

use crate::error::{clean_text, strike};
use crate::reading::{Lazy, parse_object};

/// The most characters of a message that are kept.
pub const MAX_MESSAGE: usize = 1000;

/// An error body, flat or wrapped in `error` (AUTH-274, G35). `info`, which can hold a stack trace, is not kept
/// (AUTH-277).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiFault {
    status: u16,
    message: String,
    code: i64,
    fault_type: Option<String>,
}

/// The members of an error, or of what wraps one.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Body<'a> {
    #[serde(borrow)]
    error: Lazy<'a>,
    #[serde(borrow)]
    message: Lazy<'a>,
    #[serde(borrow)]
    code: Lazy<'a>,
    #[serde(borrow, rename = "type")]
    kind: Lazy<'a>,
    #[serde(borrow)]
    info: Lazy<'a>,
    #[serde(borrow, rename = "messageFormat")]
    message_format: Lazy<'a>,
    #[serde(borrow)]
    parameters: Lazy<'a>,
}

impl Body<'_> {
    fn has_any(&self) -> bool {
        let known = [
            self.message,
            self.code,
            self.kind,
            self.info,
            self.message_format,
            self.parameters,
        ];
        known.into_iter().any(Lazy::is_there)
    }
}

impl ApiFault {
    /// Reads an error body; `None` when it is not one.
    #[must_use]
    pub fn read(status: u16, body: &[u8]) -> Option<Self> {
        Self::read_without(&[], status, body)
    }

    /// The same, with what was sent along struck from its texts: a server may echo it.
    pub(super) fn read_without(secrets: &[&str], status: u16, body: &[u8]) -> Option<Self> {
        let outer: Body<'_> = parse_object(body).ok()?;
        let fault = outer.error.read_object().unwrap_or(outer);
        // Any member may be missing or null (AUTH-274), but not all.
        if !fault.has_any() {
            return None;
        }
        let text = |member: Lazy<'_>| member.read::<String>();
        let message = text(fault.message);
        let message = message.as_deref().unwrap_or("no message is given");
        // The instance writes line breaks both as such and as the four characters `\r\n` (AUTH-275).
        let message = clean_text(
            &strike(message, secrets).replace("\\r\\n", " "),
            MAX_MESSAGE,
        );
        #[expect(
            clippy::cast_possible_truncation,
            reason = "codes are small; a huge one saturates"
        )]
        let code = fault.code.read::<f64>().unwrap_or(0.0) as i64;
        Some(Self {
            status,
            message,
            code,
            fault_type: text(fault.kind).map(|t| clean_text(&strike(&t, secrets), 200)),
        })
    }

    /// The HTTP status: 500 for business rules too (AUTH-273).
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The message, in the language of the request: for people, not for decisions (AUTH-276).
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The code; 0 when the instance gives none (AUTH-275).
    #[must_use]
    pub fn code(&self) -> i64 {
        self.code
    }

    /// The instance's name for the sort of error.
    #[must_use]
    pub fn fault_type(&self) -> Option<&str> {
        self.fault_type.as_deref()
    }

    /// The business rule that refused, such as `R27159`: the same in every language (AUTH-276).
    #[must_use]
    pub fn rule(&self) -> Option<&str> {
        self.message
            .split(|c: char| !c.is_ascii_alphanumeric())
            .find(|word| {
                let digits = word.strip_prefix('R').unwrap_or_default();
                digits.len() >= 3 && digits.bytes().all(|b| b.is_ascii_digit())
            })
    }
}

impl fmt::Display for ApiFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the instance answered status {}: {}",
            self.status, self.message
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_274_275_flat_wrapped_and_short() {
        for (body, code, kind) in [
            (
                r#"{"message":"m","code":1005,"type":"T","info":"at Erp.X() in y.cs"}"#,
                1005,
                Some("T"),
            ),
            (
                r#"{"error":{"message":"m","code":12.0,"type":null,"parameters":[]}}"#,
                12,
                None,
            ),
            (r#"{"error":{"message":"m"}}"#, 0, None),
        ] {
            let fault = ApiFault::read(500, body.as_bytes()).unwrap();
            assert_eq!(
                (fault.message(), fault.code(), fault.fault_type()),
                ("m", code, kind)
            );
            assert!(!format!("{fault} {fault:?}").contains("y.cs"), "AUTH-277");
        }
        for none in [
            "",
            "{}",
            "<html>",
            "[]",
            r#"{"error":"invalid_client"}"#,
            r#"{"value":[]}"#,
        ] {
            assert_eq!(ApiFault::read(500, none.as_bytes()), None, "{none}");
        }
    }

    #[test]
    fn auth_274_any_member_may_be_missing_or_null() {
        for body in [
            r#"{"error":{"code":5,"message":null}}"#,
            r#"{"messageFormat":"x"}"#,
            r#"{"message":7,"code":5}"#,
        ] {
            let fault = ApiFault::read(500, body.as_bytes()).unwrap();
            assert_eq!(fault.message(), "no message is given", "{body}");
        }
    }

    #[test]
    fn auth_276_the_rule_is_the_same_in_every_language() {
        for message in [
            "Constraint R27159 failed\\r\\nfor X",
            "Нарушено правило (R27159).",
        ] {
            let body = serde_json::json!({ "message": message }).to_string();
            assert_eq!(
                ApiFault::read(500, body.as_bytes()).unwrap().rule(),
                Some("R27159")
            );
        }
    }

    #[test]
    fn messages_are_bounded() {
        for (length, cut) in [
            (MAX_MESSAGE - 1, false),
            (MAX_MESSAGE, false),
            (MAX_MESSAGE + 1, true),
        ] {
            let body = serde_json::json!({ "message": "x".repeat(length) }).to_string();
            assert_eq!(
                ApiFault::read(500, body.as_bytes())
                    .unwrap()
                    .message()
                    .ends_with('…'),
                cut
            );
        }
    }
}
