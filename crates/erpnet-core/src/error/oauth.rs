//! Errors in the form of RFC 6749 section 5.2, as an authority answers them.

use std::borrow::Cow;
use std::fmt;

use erpnet_types::ScopeSet;

use super::kind::ErrorKind;
use super::{clean_text, strike};

/// The most characters of `error_description` that are kept.
pub const MAX_DESCRIPTION: usize = 300;

/// The most characters of an `error` code that are kept.
pub const MAX_CODE: usize = 64;

/// An answer of the token endpoint: code, bounded description, status (AUTH-335, AUTH-336).
///
/// The description is a hint and never matched on. Control characters are taken out of it and known secrets are
/// struck, for a server may echo what it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuthError {
    code: String,
    description: Option<String>,
    status: u16,
    grant_type: &'static str,
    requested: ScopeSet,
}

impl OAuthError {
    /// Builds the error from what came over the wire; `secrets` are struck from the text.
    pub(crate) fn new(
        code: &str,
        description: Option<&str>,
        status: u16,
        secrets: &[&str],
    ) -> Self {
        let kept = |text: &str, limit: usize| clean_text(&strike(text, secrets), limit);
        Self {
            code: kept(code, MAX_CODE),
            description: description
                .map(|text| kept(text, MAX_DESCRIPTION))
                .filter(|t| !t.is_empty()),
            status,
            grant_type: "",
            requested: ScopeSet::empty(),
        }
    }

    /// Adds what was asked: the same code means different things for different grants (AUTH-335).
    pub(crate) fn asked(mut self, grant_type: &'static str, requested: &ScopeSet) -> Self {
        self.grant_type = grant_type;
        self.requested = requested.clone();
        self
    }

    /// The scopes that were requested.
    #[must_use]
    pub fn requested(&self) -> &ScopeSet {
        &self.requested
    }

    fn has_user(&self) -> bool {
        self.grant_type != "client_credentials"
    }

    /// The `error` code, for example `invalid_client`.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The `error_description`, if there was one: bounded and cleaned.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// The HTTP status. IdentityServer4 answers 400 even for `invalid_client` (AUTH-336).
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    pub(crate) fn kind(&self) -> ErrorKind {
        match self.code.as_str() {
            "invalid_grant" if self.has_user() => ErrorKind::ReauthRequired,
            "access_denied" if self.has_user() => ErrorKind::UserCancelled,
            "invalid_grant" => ErrorKind::RegistrationMismatch,
            "temporarily_unavailable" | "server_error" => ErrorKind::Unavailable,
            "invalid_client"
            | "unauthorized_client"
            | "invalid_scope"
            | "unsupported_grant_type"
            | "invalid_redirect_uri" => ErrorKind::RegistrationMismatch,
            _ => ErrorKind::Protocol,
        }
    }

    pub(crate) fn is_transient(&self) -> bool {
        matches!(
            self.code.as_str(),
            "temporarily_unavailable" | "server_error"
        )
    }

    /// What to check, in order, for a client-credentials request (section 13; AUTH-226, AUTH-340, AUTH-342).
    pub(crate) fn advice(&self) -> Cow<'static, str> {
        if self.code == "invalid_scope" && !self.requested.is_empty() {
            return format!(
                "requested: `{}`. Each of these must stand in the record's `Scope`, in the same case; nothing is granted in \
                 part (AUTH-142, AUTH-342). Request fewer scopes, or have an administrator add the missing one",
                self.requested
            )
            .into();
        }
        self.fixed_advice().into()
    }

    fn fixed_advice(&self) -> &'static str {
        match self.code.as_str() {
            "invalid_client" => {
                "the authority does not say which of these it is (AUTH-226); check in this order: \
                 (1) the client id is the record's `ApplicationUri`, in the same case; \
                 (2) the secret is the plain one and `ApplicationSecretHash` is base64(SHA-256(secret)), \
                 not rotated since; (3) `ClientType` is `Confidential`; (4) `IsEnabled` is true; \
                 (5) the application is registered in this instance, not in another"
            }
            "unauthorized_client" => {
                "this flow is not enabled for the application: set `SystemUserAllowed` to true and choose a \
                 `SystemUser` in the record (AUTH-210); an instance from before 2025-11 may expect the client id \
                 with the suffix `-service` (AUTH-211)"
            }
            "invalid_scope" => {
                "every requested scope must stand in the record's `Scope`, in the same case; nothing is granted in \
                 part (AUTH-142). Request fewer scopes, or have an administrator add the missing one"
            }
            "unsupported_grant_type" => {
                "the authority does not offer this grant to the application: check `SystemUserAllowed` in the record"
            }
            "invalid_grant" if !self.has_user() => {
                "the request or its credentials are malformed (AUTH-226): check client id and secret as for `invalid_client`"
            }
            "invalid_grant" => {
                "the sign-in, code or refresh token is used up, expired or revoked: sign in again"
            }
            "invalid_request" => {
                "the authority could not read the request: a proxy may have changed its method or content type \
                 (AUTH-085)"
            }
            "temporarily_unavailable" | "server_error" => {
                "the authority is busy or failing: try again later"
            }
            _ => "the authority answered a code that the standards do not know: look into its log",
        }
    }
}

impl fmt::Display for OAuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the authority answered `{}` (status {})",
            self.code, self.status
        )?;
        match &self.description {
            Some(description) => write!(f, ": {description}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_are_bounded_cleaned_and_struck() {
        let hostile = format!(
            "\u{1b}[2Jyour secret s3cret-s3cret\r\n{}",
            "x".repeat(100_000)
        );
        let error = OAuthError::new("invalid_client", Some(&hostile), 400, &["s3cret-s3cret"]);
        let shown = error.to_string();
        assert!(
            !shown.contains("s3cret") && !shown.contains('\u{1b}') && !shown.contains('\n'),
            "{shown}"
        );
        let description = error.description().unwrap();
        assert_eq!(description.chars().count(), MAX_DESCRIPTION + 1);
        for (length, cut) in [
            (MAX_DESCRIPTION - 1, false),
            (MAX_DESCRIPTION, false),
            (MAX_DESCRIPTION + 1, true),
        ] {
            let error = OAuthError::new("x", Some(&"y".repeat(length)), 400, &[]);
            assert_eq!(error.description().unwrap().ends_with('…'), cut, "{length}");
        }
    }

    #[test]
    fn auth_340_invalid_client_names_every_cause() {
        let advice = OAuthError::new("invalid_client", None, 400, &[]).advice();
        for cause in [
            "ApplicationUri",
            "ApplicationSecretHash",
            "ClientType",
            "IsEnabled",
            "instance",
        ] {
            assert!(advice.contains(cause), "{cause}");
        }
    }
}
