//! A sign-in that the authority answered with an error (RFC 6749 section 4.1.2.1, OpenID Connect Core 3.1.2.6).

use std::fmt;

use crate::error::{ErrorKind, MAX_CODE, MAX_DESCRIPTION, clean_text, strike};

/// The error of a callback: code and bounded description, without control characters, tokens and the attempt's secrets.
///
/// IdentityServer4 sends five codes back; whatever is wrong with the registration stays on its own page (AUTH-172).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInRefused {
    code: String,
    description: Option<String>,
}

/// Codes that are kept as they are, even where a member of the same callback repeats one.
const KNOWN: [&str; 10] = [
    "access_denied",
    "login_required",
    "consent_required",
    "interaction_required",
    "account_selection_required",
    "temporarily_unavailable",
    "server_error",
    "unauthorized_client",
    "invalid_scope",
    "unsupported_response_type",
];

/// Shorter members are no secrets, and striking them would make any text unreadable.
const SHORTEST_SECRET: usize = 8;

impl SignInRefused {
    pub(crate) fn new(code: &str, description: Option<&str>, secrets: &[&str]) -> Self {
        let mut secrets = secrets.to_vec();
        secrets.retain(|secret| secret.len() >= SHORTEST_SECRET);
        let kept = |text: &str, limit: usize| clean_text(&strike(text, &secrets), limit);
        Self {
            code: match KNOWN.contains(&code) {
                true => code.to_owned(),
                false => kept(code, MAX_CODE),
            },
            description: description
                .map(|text| kept(text, MAX_DESCRIPTION))
                .filter(|text| !text.is_empty()),
        }
    }

    /// The `error` code, for example `access_denied`.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The `error_description`, if there was one. Escape it where it is shown.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    pub(crate) fn kind(&self) -> ErrorKind {
        match self.code.as_str() {
            // AUTH-174.
            "access_denied" => ErrorKind::UserCancelled,
            // AUTH-187: what `prompt=none` gives.
            "login_required"
            | "consent_required"
            | "interaction_required"
            | "account_selection_required" => ErrorKind::ReauthRequired,
            "temporarily_unavailable" | "server_error" => ErrorKind::Unavailable,
            "unauthorized_client" | "invalid_scope" | "unsupported_response_type" => {
                ErrorKind::RegistrationMismatch
            }
            _ => ErrorKind::Protocol,
        }
    }

    pub(crate) fn is_transient(&self) -> bool {
        self.kind() == ErrorKind::Unavailable
    }

    pub(crate) fn advice(&self) -> &'static str {
        match self.code.as_str() {
            "access_denied" => {
                "the user did not sign in or did not agree: return to where they were, and offer the sign-in again \
                 (AUTH-174)"
            }
            "login_required" => {
                "nobody is signed in at the authority: start a sign-in without `prompt=none` (AUTH-187)"
            }
            "consent_required" | "interaction_required" | "account_selection_required" => {
                "the authority has to ask the user something: start a sign-in without `prompt=none` (AUTH-187)"
            }
            "temporarily_unavailable" | "server_error" => {
                "the authority is busy or failing: try again later"
            }
            "unauthorized_client" | "unsupported_response_type" => {
                "the application may not sign in this way: check `ImpersonateAsInternalUserAllowed` or \
                 `ImpersonateAsCommunityUserAllowed`, and `ClientType` (AUTH-163), in the record"
            }
            "invalid_scope" => {
                "every requested resource scope must stand in the record's `Scope`, in the same case (AUTH-142)"
            }
            _ => {
                "the authority answered a code that it does not send by its documentation (AUTH-172): look into its log, \
                 and for something between that answers in its place"
            }
        }
    }
}

impl fmt::Display for SignInRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the sign-in ended with `{}`", self.code)?;
        match &self.description {
            Some(description) => write!(f, ": {description}"),
            None => Ok(()),
        }
    }
}
