//! Why a callback cannot be read.

use super::callback::{MAX_CALLBACK_MEMBERS, ResponseMode};
use crate::error::{Error, ErrorKind, Reason};

/// What is wrong with the form of a callback; nothing of its content is repeated (AUTH-208).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallbackFault {
    /// The whole, or a member, is longer than any honest one.
    #[error("expected a {what} of at most {limit} bytes, found {found}")]
    TooLong {
        /// `callback` for the whole, or the member.
        what: &'static str,
        /// The limit.
        limit: usize,
        /// The length found.
        found: usize,
    },
    /// More than [`MAX_CALLBACK_MEMBERS`].
    #[error("expected at most {MAX_CALLBACK_MEMBERS} members, found more")]
    TooManyMembers,
    /// A member came twice (AUTH-170).
    #[error("expected each member once, found `{member}` twice")]
    Duplicate {
        /// Which; `another member` for one that has no meaning here.
        member: &'static str,
    },
    /// Broken percent-encoding, or bytes that are not UTF-8.
    #[error("expected percent-encoded UTF-8, found something else in {what}")]
    Encoding {
        /// The member, or `a member's name`.
        what: &'static str,
    },
    /// Characters that RFC 6749 does not allow in this member.
    #[error("expected printable ASCII in `{member}`, found something else")]
    Characters {
        /// Which.
        member: &'static str,
    },
    /// The answer stands behind `#`, where a server never sees it.
    #[error(
        "expected the answer in the query, found it behind `#`: the sign-in was started with `response_mode=fragment`"
    )]
    InFragment,
    /// It came by another way than was asked for (AUTH-168).
    #[error("expected the answer by `{expected}`, found it by `{found}`")]
    WrongMode {
        /// What was asked for.
        expected: ResponseMode,
        /// How it came.
        found: ResponseMode,
    },
    /// A member that has to be there.
    #[error("expected `{member}`, found none")]
    Missing {
        /// Which.
        member: &'static str,
    },
    /// A pasted text without a query.
    #[error("expected an address with `?code=` or `?error=` in it, found none")]
    NoQuery,
    /// No `state`, or not the one of this sign-in (AUTH-171).
    #[error("expected the `state` of this sign-in, found another or none")]
    WrongState,
    /// The sign-in was answered before.
    #[error("expected one answer to a sign-in, found a second")]
    Repeated,
}

impl CallbackFault {
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::Duplicate { .. }
            | Self::WrongMode { .. }
            | Self::Missing {
                member: "iss" | "state",
            }
            | Self::WrongState
            | Self::Repeated => ErrorKind::Security,
            Self::InFragment => ErrorKind::Config,
            Self::TooLong { .. }
            | Self::TooManyMembers
            | Self::Encoding { .. }
            | Self::Characters { .. }
            | Self::Missing { .. }
            | Self::NoQuery => ErrorKind::Protocol,
        }
    }

    pub(crate) fn advice(&self) -> &'static str {
        match self {
            Self::InFragment => {
                "ask for `code` with `response_mode=query`, or for `code id_token` with `form_post` (AUTH-164): an answer \
                 in the fragment is for scripts in the page and is not accepted from an address"
            }
            Self::NoQuery => {
                "copy the whole address from the browser's address bar, after the sign-in, when the page says that it \
                 cannot be reached; it begins with the redirect URI and holds `code` and `state`"
            }
            Self::Duplicate { .. } => {
                "do not use any of it: a member that comes twice means that something between added one (RFC 6749 section \
                 3.1); sign in again"
            }
            Self::WrongMode { .. } => {
                "do not use it: the authority answers by the way that the request names. Pass a redirect's query to \
                 `from_query` and a posted body to `from_form`"
            }
            Self::Missing { member: "iss" } => {
                "do not use it: the authority's metadata promises `iss` in every answer (RFC 9207), so this one may be \
                 another authority's"
            }
            Self::WrongState => {
                "do not use it: it belongs to another sign-in, or somebody else made it (AUTH-171). Finish the sign-in that \
                 was started last, in the same browser, or start again"
            }
            Self::Repeated => {
                "nothing is lost: the first answer counts and a code is good for one exchange (AUTH-176)"
            }
            Self::Missing { .. }
            | Self::TooLong { .. }
            | Self::TooManyMembers
            | Self::Encoding { .. }
            | Self::Characters { .. } => {
                "it was not sent by the authority in this form: look for a proxy that rewrites addresses, and pass query or \
                 body exactly as they came; sign in again"
            }
        }
    }
}

impl From<CallbackFault> for Error {
    fn from(fault: CallbackFault) -> Self {
        Reason::Callback(fault).into()
    }
}
