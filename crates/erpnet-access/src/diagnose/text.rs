//! What an error says, read from code, status and the few markers that are the same in every language.

use super::cause::CauseId;
use super::context::{Endpoint, ReceivedError};
use crate::grant::OAuthError;

/// What an error says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    OAuth(OAuthError),
    LicenceExhausted,
    InvalidTransaction,
    RenamedSet,
    BasicRefused(CauseId),
    NoCallback,
    NotJson,
    Status(u16),
}

/// How much of a text is searched, in bytes: bodies can be large.
const MAX_SEARCHED: usize = 64 * 1024;

pub(super) fn signal(error: &ReceivedError<'_>) -> Signal {
    let has = |marker: &str| {
        [error.text, error.code]
            .into_iter()
            .flatten()
            .any(|text| contains(text, marker))
    };
    // AUTH-278, G34: in any field, with any status.
    if has("MaximumLicenseCountExceeded") {
        return Signal::LicenceExhausted;
    }
    if error.no_callback {
        return Signal::NoCallback;
    }
    if error.endpoint != Endpoint::Api {
        // AUTH-336: the code counts, not the status. A 5xx is never an OAuth verdict.
        let verdict = error.status.is_none_or(|status| status < 500);
        if let Some(oauth) = error
            .code
            .filter(|_| verdict)
            .and_then(OAuthError::from_code)
        {
            return Signal::OAuth(oauth);
        }
    } else if has("Invalid TransactionId") {
        return Signal::InvalidTransaction;
    } else if has("is no more supported") {
        return Signal::RenamedSet;
    } else if let Some((_, cause)) = BASIC.into_iter().find(|(marker, _)| has(marker)) {
        return Signal::BasicRefused(cause);
    }
    match error.status {
        Some(status @ (401 | 403 | 429)) if error.endpoint == Endpoint::Api => {
            Signal::Status(status)
        }
        Some(status @ 500..) => Signal::Status(if status == 500 && !error.is_json {
            502
        } else {
            status
        }),
        _ if !error.is_json => Signal::NotJson,
        status => Signal::Status(status.unwrap_or(0)),
    }
}

/// AUTH-381: four refusals of Basic.
const BASIC: [(&str, CauseId); 4] = [
    (
        "is not found among the trusted applications",
        CauseId::BasicNotFound,
    ),
    (
        "is configured for system user that is different",
        CauseId::BasicOtherUser,
    ),
    ("is not enabled", CauseId::BasicNotEnabled),
    ("is not configured", CauseId::BasicNotConfigured),
];

fn contains(text: &str, marker: &str) -> bool {
    let bytes = text.as_bytes();
    let bytes = bytes.get(..MAX_SEARCHED).unwrap_or(bytes);
    bytes
        .windows(marker.len())
        .any(|window| window.eq_ignore_ascii_case(marker.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_278_g34_the_licence_marker_counts_everywhere() {
        for status in [200, 401, 403, 500, 503] {
            let text = "error: maximumLICENSEcountexceeded!";
            let error = ReceivedError {
                text: Some(text),
                ..ReceivedError::at(Endpoint::Api, status)
            };
            assert_eq!(signal(&error), Signal::LicenceExhausted);
        }
        let far = format!("{}MaximumLicenseCountExceeded", " ".repeat(MAX_SEARCHED));
        let error = ReceivedError {
            text: Some(&far),
            ..ReceivedError::at(Endpoint::Api, 500)
        };
        assert_eq!(signal(&error), Signal::Status(500));
        let near = format!(
            "{}MaximumLicenseCountExceeded",
            " ".repeat(MAX_SEARCHED - 27)
        );
        let error = ReceivedError {
            text: Some(&near),
            ..ReceivedError::at(Endpoint::Api, 500)
        };
        assert_eq!(signal(&error), Signal::LicenceExhausted);
    }

    #[test]
    fn auth_336_the_code_counts_and_not_the_status() {
        for status in [400, 401, 403] {
            let error = ReceivedError {
                code: Some("invalid_client"),
                ..ReceivedError::at(Endpoint::Token, status)
            };
            assert_eq!(signal(&error), Signal::OAuth(OAuthError::InvalidClient));
        }
        let error = ReceivedError {
            code: Some("invalid_client"),
            ..ReceivedError::at(Endpoint::Token, 502)
        };
        assert_eq!(signal(&error), Signal::Status(502));
    }
}
