//! Why a sign-in over the loopback interface did not come to an answer.

use std::borrow::Cow;
use std::time::Duration;

use crate::error::{Error, ErrorKind, Reason, clean_text};

/// What went wrong on this machine, or did not happen on it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoopbackFault {
    /// Every registered port is in use. No other one is tried (AUTH-106).
    #[error("expected a free port for the registered redirect, found {ports} in use")]
    PortTaken {
        /// The addresses, for example `127.0.0.1:8400`.
        ports: String,
    },
    /// The operating system does not let the program listen.
    #[error("cannot listen on {address}: {why}")]
    CannotListen {
        /// The address.
        address: String,
        /// What the system says.
        why: String,
    },
    /// The time is over and no answer came (AUTH-172, AUTH-344).
    #[error("expected an answer at {redirect} within {} s, none came", .waited.as_secs_f32())]
    NoCallback {
        /// The redirect URI, as it must be registered.
        redirect: String,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The application stopped waiting.
    #[error("the sign-in was cancelled by the application")]
    Cancelled,
    /// The waiting ended before: by an answer, by its time, by the application.
    #[error("expected a sign-in that waits, found one that is over")]
    Over,
}

impl LoopbackFault {
    /// A fault of the operating system, with its own words.
    #[must_use]
    pub fn cannot_listen(address: impl Into<String>, why: &str) -> Self {
        Self::CannotListen {
            address: address.into(),
            why: clean_text(why, 120),
        }
    }

    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::PortTaken { .. } | Self::CannotListen { .. } => ErrorKind::Config,
            // The record is the usual cause, and the one that asking again does not mend.
            Self::NoCallback { .. } => ErrorKind::RegistrationMismatch,
            Self::Cancelled | Self::Over => ErrorKind::UserCancelled,
        }
    }

    pub(crate) fn advice(&self) -> Cow<'static, str> {
        match self {
            Self::PortTaken { .. } => {
                "the port must be one that is registered, so no other is tried (AUTH-106): end the program that uses it \
                 - often another sign-in of this application that still waits -, or register a second redirect with \
                 another port in the record's `ImpersonateLoginUrl` and give the application both"
                    .into()
            }
            Self::CannotListen { .. } => {
                "check that the machine has this address and that the program may listen there: ports below 1024 need \
                 rights, and containers often have no IPv6; a redirect with `127.0.0.1` and a port above 1024 works \
                 nearly everywhere. Without a listener, have the callback's address pasted"
                    .into()
            }
            Self::NoCallback { redirect, .. } => no_callback(redirect).into(),
            Self::Cancelled | Self::Over => "start the sign-in again when the user wants it".into(),
        }
    }
}

/// The causes of the authorize table (section 13), the redirect first (AUTH-344).
fn no_callback(redirect: &str) -> String {
    format!(
        "look at the browser: the authority sends only a finished or cancelled sign-in back; whatever is wrong with the \
         registration stays on its own page (AUTH-172). If it shows an error page, check in the record, in this order: \
         (1) `ImpersonateLoginUrl` holds `{redirect}` exactly - scheme, host, port, case, final slash -, and a list has \
         commas and no blanks (`invalid_request` or `invalid_redirect_uri`; AUTH-118, AUTH-120); \
         (2) `ApplicationUri` is the client id, in the same case, in this instance, and `IsEnabled` is true \
         (`unauthorized_client`; AUTH-110, AUTH-124); \
         (3) `Scope` holds every requested resource scope, in the same case (`invalid_scope`; AUTH-142); \
         (4) `ClientType` is `Public` for a program without a secret, and the response type is the one that the \
         application is allowed: `code` or `code id_token`, never both (`unauthorized_client`; AUTH-163). \
         If the user was signed in and sent nowhere: (5) `ImpersonateAsInternalUserAllowed` for internal users, \
         `ImpersonateAsCommunityUserAllowed` for external ones. \
         If the browser cannot reach {redirect}, it runs on another machine than this program (remote session, container, \
         WSL): have the address that it shows pasted. If there is no browser window, open the sign-in's URL by hand. \
         Otherwise the user did not finish in time: start again"
    )
}

impl From<LoopbackFault> for Error {
    fn from(fault: LoopbackFault) -> Self {
        Reason::Loopback(fault).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_172_344_a_sign_in_without_an_answer_names_every_cause_the_redirect_first() {
        let error = Error::from(LoopbackFault::NoCallback {
            redirect: "http://127.0.0.1:8400/cb".to_owned(),
            waited: Duration::from_secs(300),
        });
        assert_eq!(
            error.to_string(),
            "expected an answer at http://127.0.0.1:8400/cb within 300 s, none came"
        );
        assert_eq!(error.kind(), ErrorKind::RegistrationMismatch);
        let advice = error.advice();
        let causes = [
            "`ImpersonateLoginUrl` holds `http://127.0.0.1:8400/cb` exactly",
            "ApplicationUri",
            "IsEnabled",
            "Scope",
            "ClientType",
            "ImpersonateAsInternalUserAllowed",
            "ImpersonateAsCommunityUserAllowed",
            "another machine",
            "did not finish in time",
        ];
        let places: Vec<usize> = causes
            .iter()
            .map(|cause| advice.find(cause).unwrap_or_else(|| panic!("{cause}")))
            .collect();
        assert!(places.is_sorted(), "{places:?}");
    }

    #[test]
    fn auth_106_a_taken_port_is_named_and_no_other_promised() {
        let error = Error::from(LoopbackFault::PortTaken {
            ports: "127.0.0.1:8400".to_owned(),
        });
        assert!(error.to_string().contains("127.0.0.1:8400"));
        assert!(error.advice().contains("must be one that is registered"));
        assert_eq!(error.kind(), ErrorKind::Config);
        let cancelled = Error::from(LoopbackFault::Cancelled);
        assert_eq!(cancelled.kind(), ErrorKind::UserCancelled);
        let denied = Error::from(LoopbackFault::cannot_listen("127.0.0.1:81", "denied\n"));
        assert_eq!(denied.to_string(), "cannot listen on 127.0.0.1:81: denied");
        assert!(!cancelled.advice().is_empty() && denied.advice().contains("1024"));
    }
}
