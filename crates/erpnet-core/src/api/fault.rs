//! The Domain API's own errors: business rules, validation, anything with a JSON body (AUTH-273..277).

use std::fmt;

use serde::Deserialize;

use crate::error::{clean_text, strike, strike_tokens};
use crate::reading::{First, Lazy, parse_object};

/// The longest text in an error body that is looked at, in bytes: what is longer was not written to be read.
const MAX_TEXT: usize = 256 * 1024;

/// The most characters of a message that are kept.
pub const MAX_MESSAGE: usize = 1000;

/// The most bytes of `info` that are kept.
pub const MAX_INFO: usize = 16 * 1024;

/// The most parameters of a message that are kept.
pub const MAX_PARAMETERS: usize = 32;

/// The most characters of a parameter, and of the type, that are kept.
const MAX_WORD: usize = 200;

/// An error body, flat or wrapped in `error` (AUTH-274, G35): of a call, or of a part of a batch.
///
/// ```
/// use erpnet_core::api::ApiFault;
///
/// let body = r#"{"error":{"message":"No 'A1'. (Constraint R27159)","code":2029,"messageFormat":"No '{0}'.",
///     "parameters":["A1"],"info":"at Erp.Save() in ..."}}"#;
/// let fault = ApiFault::read(500, body.as_bytes()).ok_or("no error body")?;
/// assert_eq!((fault.code(), fault.rule(), fault.parameters()), (2029, Some("R27159"), &["A1".to_owned()][..]));
/// assert!(!fault.to_string().contains("Erp.Save")); // a stack trace is for the log of an operator
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ApiFault {
    status: u16,
    message: String,
    code: i64,
    fault_type: Option<String>,
    details: Box<Details>,
}

/// What few callers ask for.
#[derive(Clone, PartialEq, Eq)]
struct Details {
    message_format: Option<String>,
    parameters: Vec<String>,
    info: Option<String>,
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
        let text = |member: Lazy<'_>| member.text_within(MAX_TEXT);
        let cleaned = |text: &str, limit| clean_text(&strike(text, secrets), limit);
        let parameters: Option<First<'_, MAX_PARAMETERS>> = fault.parameters.read();
        let parameters = parameters.into_iter().flat_map(|first| first.0);
        let parameters = parameters.map(|parameter| match text(parameter) {
            Some(text) => cleaned(&text, MAX_WORD),
            None => parameter
                .raw_within(MAX_TEXT)
                .map_or(String::new(), |raw| cleaned(raw, MAX_WORD)),
        });
        let parameters = parameters.collect();
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
            fault_type: text(fault.kind).map(|kind| cleaned(&kind, MAX_WORD)),
            details: Box::new(Details {
                message_format: text(fault.message_format)
                    .map(|format| cleaned(&format, MAX_MESSAGE)),
                parameters,
                info: text(fault.info)
                    .map(|info| bounded(&strike_tokens(&strike(&info, secrets))).to_owned()),
            }),
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

    /// The message with places for the [parameters](Self::parameters), `{0}` and so on: the same for every occurrence of an
    /// error, and therefore fit for decisions (AUTH-276).
    #[must_use]
    pub fn message_format(&self) -> Option<&str> {
        self.details.message_format.as_deref()
    }

    /// What stands in the places of the format; null is empty.
    #[must_use]
    pub fn parameters(&self) -> &[String] {
        &self.details.parameters
    }

    /// What the instance tells its operators, which can be a stack trace of several lines: not for users, not for logs that
    /// others read. Neither `Display` nor `Debug` shows it (AUTH-277).
    #[must_use]
    pub fn info(&self) -> Option<&str> {
        self.details.info.as_deref()
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

/// Shows how much `info` there is, not what it says (AUTH-277).
impl fmt::Debug for ApiFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiFault")
            .field("status", &self.status)
            .field("message", &self.message)
            .field("code", &self.code)
            .field("fault_type", &self.fault_type)
            .field("message_format", &self.details.message_format)
            .field("parameters", &self.details.parameters)
            .field("info_len", &self.info().map(str::len))
            .finish()
    }
}

fn bounded(text: &str) -> &str {
    let mut end = text.len().min(MAX_INFO);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
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
    fn auth_276_277_format_parameters_and_info_are_kept_apart() {
        let body = r#"{"message":"Duplicate 'A' in 'T'","code":2129,"messageFormat":"Duplicate '{0}' in '{1}'",
            "parameters":["A",null,7,{"x":1}],"info":"System.Exception\r\n  at Erp.X()","type":"E"}"#;
        for body in [body.to_owned(), format!(r#"{{"error":{body}}}"#)] {
            let fault = ApiFault::read(500, body.as_bytes()).unwrap();
            assert_eq!(fault.message_format(), Some("Duplicate '{0}' in '{1}'"));
            assert_eq!(fault.parameters(), ["A", "", "7", r#"{"x":1}"#]);
            assert_eq!(fault.info(), Some("System.Exception\r\n  at Erp.X()"));
            let shown = format!(
                "{fault} {fault:?} {:?}",
                crate::Error::from(crate::Reason::Api(fault.clone()))
            );
            assert!(
                !shown.contains("Erp.X") && !shown.contains("System.Exception"),
                "{shown}"
            );
        }
        // A server may echo the token.
        let body = serde_json::json!({ "info": "Bearer s3cret", "parameters": ["s3cret"], "messageFormat": "s3cret" });
        let fault = ApiFault::read_without(&["s3cret"], 500, body.to_string().as_bytes()).unwrap();
        let all = format!("{fault:?}{:?}", fault.info());
        assert!(!all.contains("s3cret"), "{all}");
        // Lists of another shape are none.
        let fault = ApiFault::read(
            500,
            br#"{"code":1,"parameters":"x","info":5,"messageFormat":[]}"#,
        )
        .unwrap();
        assert_eq!(
            (
                fault.parameters().len(),
                fault.info(),
                fault.message_format()
            ),
            (0, None, None)
        );
    }

    #[test]
    fn info_and_parameters_are_bounded() {
        let info = |n: usize| {
            let body = serde_json::json!({ "info": "x".repeat(n) }).to_string();
            ApiFault::read(500, body.as_bytes())
                .unwrap()
                .info()
                .unwrap()
                .len()
        };
        assert_eq!(
            [MAX_INFO - 1, MAX_INFO, MAX_INFO + 1].map(info),
            [MAX_INFO - 1, MAX_INFO, MAX_INFO]
        );
        let wide = serde_json::json!({ "info": "ж".repeat(MAX_INFO) }).to_string();
        assert!(
            ApiFault::read(500, wide.as_bytes())
                .unwrap()
                .info()
                .unwrap()
                .len()
                <= MAX_INFO
        );
        let parameters = |n: usize| {
            let body = serde_json::json!({ "parameters": vec!["x"; n] }).to_string();
            ApiFault::read(500, body.as_bytes())
                .unwrap()
                .parameters()
                .len()
        };
        assert_eq!(
            [MAX_PARAMETERS - 1, MAX_PARAMETERS, MAX_PARAMETERS + 1].map(parameters),
            [MAX_PARAMETERS - 1, MAX_PARAMETERS, MAX_PARAMETERS]
        );
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
