//! From an error back to its cause (section 13).
//!
//! An error is looked up by endpoint, grant and code (AUTH-335), never by its text, which may be absent or localised.
//! What is known locally - the record, the request, the token - then confirms causes or rules them out.

mod cause;
mod context;
mod evidence;
mod table;
mod text;

use std::fmt;

use serde::Serialize;

pub use cause::{Cause, CauseId, Standing};
pub use context::{DiagnosisContext, Endpoint, ReceivedError};

use crate::grant::OAuthError;
use crate::rule::RuleId;
use cause::known;
use evidence::{Evidence, examine};
use text::Signal;

/// The stable kinds of errors (AUTH-343).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The application's own configuration or code.
    Config,
    /// The registration at the instance does not match.
    RegistrationMismatch,
    /// The user cancelled.
    UserCancelled,
    /// The user must sign in again.
    ReauthRequired,
    /// The API refused the token.
    TokenRejected,
    /// The API refused the operation.
    Forbidden,
    /// Too many requests.
    RateLimited,
    /// No licence slot is free.
    LicenceExhausted,
    /// The instance refused what was asked, for reasons of business.
    Business,
    /// The answer did not come, or was no answer.
    Transport,
    /// A write was sent, and whether it was done is not known (AUTH-280).
    OutcomeUnknown,
}

impl ErrorKind {
    /// A phrase for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Config => "configuration",
            Self::RegistrationMismatch => "registration mismatch",
            Self::UserCancelled => "cancelled by the user",
            Self::ReauthRequired => "sign-in required",
            Self::TokenRejected => "token rejected",
            Self::Forbidden => "forbidden",
            Self::RateLimited => "rate limited",
            Self::LicenceExhausted => "no licence free",
            Self::Business => "refused by the instance",
            Self::Transport => "no usable answer",
            Self::OutcomeUnknown => "outcome unknown",
        }
    }
}

/// Whether trying again can help (table "retry").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// Not without a change.
    Never,
    /// Once, with a new token (AUTH-267).
    OnceWithNewToken,
    /// After a pause, growing (AUTH-272).
    WithBackoff,
    /// After minutes, without new tokens or sessions (AUTH-279).
    AfterMinutes,
}

/// What is behind an error. Prints as a few lines for a terminal; serialises to the same as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// What was received, in a few words. Never a token, a secret or a code (AUTH-339).
    pub received: String,
    /// The stable kind.
    pub kind: ErrorKind,
    /// Whether trying again can help.
    pub retry: Retry,
    /// Whether a user must act.
    pub needs_user: bool,
    /// The causes, the likeliest first: confirmed ones, then open ones in the order of experience.
    pub causes: Vec<Cause>,
    /// The causes that local evidence rules out.
    pub ruled_out: Vec<Cause>,
}

/// Finds the causes of an error.
///
/// ```
/// use erpnet_access::{DiagnosisContext, Endpoint, Grant, ReceivedError, TrustedApplication, diagnose};
/// use erpnet_types::SecretHash;
///
/// let mut record = TrustedApplication::new("com.example/job");
/// record.application_secret_hash = Some(SecretHash::from_bytes([7; 32]).into());
/// record.is_enabled = false;
/// let error = ReceivedError { code: Some("invalid_client"), ..ReceivedError::at(Endpoint::Token, 400) };
/// let context = DiagnosisContext {
///     grant: Some(Grant::ClientCredentials), record: Some(&record), ..DiagnosisContext::default()
/// };
/// let diagnosis = diagnose(&error, &context);
/// assert_eq!(diagnosis.causes[0].fields[0].name(), "IsEnabled");
/// ```
#[must_use]
pub fn diagnose(error: &ReceivedError<'_>, context: &DiagnosisContext<'_>) -> Diagnosis {
    let signal = text::signal(error);
    let row = table::lookup(&signal, context);
    let mut causes: Vec<Cause> = Vec::new();
    let mut ruled_out: Vec<Cause> = Vec::new();
    for id in row.causes {
        let facts = known(*id);
        let (standing, evidence) = match examine(*id, context) {
            Evidence::Confirms(text) => (Standing::Confirmed, Some(text)),
            Evidence::RulesOut(text) => (Standing::RuledOut, Some(text)),
            Evidence::Silent => (Standing::Possible, None),
        };
        let cause = Cause {
            id: *id,
            standing,
            rule: facts.rule,
            fields: facts.fields,
            what: facts.what,
            fix: facts.fix,
            evidence,
        };
        if standing == Standing::RuledOut {
            ruled_out.push(cause);
        } else {
            causes.push(cause);
        }
    }
    // Stable: among equals the order of experience stays.
    causes.sort_by_key(|cause| cause.standing);
    Diagnosis {
        received: received(error, &signal),
        kind: row.kind,
        retry: row.retry,
        needs_user: row.needs_user,
        causes,
        ruled_out,
    }
}

fn received(error: &ReceivedError<'_>, signal: &Signal) -> String {
    let mut parts: Vec<String> = Vec::new();
    match signal {
        Signal::OAuth(oauth) => parts.push(format!("`{oauth}`")),
        Signal::LicenceExhausted => parts.push("`MaximumLicenseCountExceeded`".to_owned()),
        Signal::InvalidTransaction => parts.push("`Invalid TransactionId`".to_owned()),
        Signal::NoCallback => parts.push("no callback".to_owned()),
        Signal::RenamedSet => parts.push("an entity set that was renamed".to_owned()),
        Signal::BasicRefused(_) => parts.push("a refusal of Basic authentication".to_owned()),
        Signal::NotJson => parts.push("an answer that is no JSON".to_owned()),
        Signal::Status(_) => {}
    }
    if let Some(status) = error.status {
        parts.push(format!("HTTP {status}"));
    }
    if parts.is_empty() {
        parts.push("an error".to_owned());
    }
    parts.push(error.endpoint.as_str().to_owned());
    parts.join(", ")
}

impl Diagnosis {
    /// The likeliest cause.
    #[must_use]
    pub fn first(&self) -> Option<&Cause> {
        self.causes.first()
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} ({})", self.received, self.kind.as_str())?;
        for (index, cause) in self.causes.iter().enumerate() {
            let certain = if cause.standing == Standing::Confirmed {
                " [confirmed]"
            } else {
                ""
            };
            writeln!(
                f,
                "  {}. {}{certain} [{}]",
                index + 1,
                cause.what,
                cause.rule
            )?;
            if let Some(evidence) = &cause.evidence {
                writeln!(f, "     seen: {evidence}")?;
            }
            if !cause.fields.is_empty() {
                let names: Vec<_> = cause.fields.iter().map(|field| field.name()).collect();
                writeln!(f, "     check: {}", names.join(", "))?;
            }
            writeln!(f, "     fix: {}", cause.fix)?;
        }
        for cause in &self.ruled_out {
            let evidence = cause.evidence.as_deref().unwrap_or_default();
            writeln!(f, "  not: {} ({evidence})", cause.what)?;
        }
        let advice = match self.retry {
            Retry::Never => "do not retry: the answer stays the same until something is changed",
            Retry::OnceWithNewToken => "get a new token and try once more",
            Retry::WithBackoff => "wait and try again, each time longer",
            Retry::AfterMinutes => {
                "wait minutes, with the same token, and open nothing new meanwhile"
            }
        };
        writeln!(f, "  {advice}")?;
        if self.needs_user {
            writeln!(f, "  a user must act")
        } else {
            Ok(())
        }
    }
}

/// Whether an OAuth error can be told from its name alone, for callers that have no context.
impl From<OAuthError> for ErrorKind {
    fn from(error: OAuthError) -> Self {
        match error {
            OAuthError::InvalidClient
            | OAuthError::UnauthorizedClient
            | OAuthError::InvalidScope
            | OAuthError::InvalidRedirectUri => Self::RegistrationMismatch,
            OAuthError::InvalidGrant
            | OAuthError::LoginRequired
            | OAuthError::ConsentRequired
            | OAuthError::InteractionRequired
            | OAuthError::AccountSelectionRequired => Self::ReauthRequired,
            OAuthError::AccessDenied => Self::UserCancelled,
            OAuthError::InvalidRequest
            | OAuthError::UnsupportedResponseType
            | OAuthError::UnsupportedGrantType => Self::Config,
        }
    }
}

/// The rule behind a cause's place in the list, for whoever wants to read on.
impl From<CauseId> for RuleId {
    fn from(id: CauseId) -> Self {
        known(id).rule
    }
}
