//! What came back from the authorize endpoint: parsed, bounded, not yet judged.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::callback_fault::CallbackFault;
use super::members::{Members, without_fragment};
use super::refused::SignInRefused;
use crate::error::{Error, Reason};
use crate::jose::MAX_TOKEN_LEN;

/// The longest callback that is read, in bytes as sent: a front-channel ID token is the largest honest member.
pub const MAX_CALLBACK: usize = 64 * 1024;

/// The most members of a callback, known or not.
pub const MAX_CALLBACK_MEMBERS: usize = 32;

/// The longest authorization code, in bytes. IdentityServer4 issues 64 by default.
pub const MAX_CALLBACK_CODE: usize = 4096;

/// The longest `state`, in bytes: far above what this library sends.
pub const MAX_CALLBACK_STATE: usize = 1024;

/// How a callback came: it must be the way that was asked for (AUTH-168).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResponseMode {
    /// As the query of the redirect URI.
    Query,
    /// As the body of a form that the browser posts to the redirect URI.
    FormPost,
}

impl ResponseMode {
    /// The value of the parameter `response_mode`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::FormPost => "form_post",
        }
    }
}

impl fmt::Display for ResponseMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The answer of the authorize endpoint, as the browser carried it to the redirect URI (RFC 6749 section 4.1.2, OpenID
/// Connect Core 3.1.2.5 and 3.3.2.5).
///
/// Nothing in it is proved: anyone can make a browser open a redirect URI. Compare `state` first, in constant time, with
/// [`Callback::state_is`], and look at nothing else before (AUTH-171); then at [`Callback::refusal`], and at the code
/// only when there is none (AUTH-173).
///
/// Unknown members are tolerated, as are `scope` and `session_state` (AUTH-169); a member that comes twice is not
/// (AUTH-170); one without a value counts as absent (RFC 6749 section 3.1). Code, state and ID token are wiped on drop;
/// `Debug` says which members came and nothing of what they hold (AUTH-208).
///
/// ```
/// use erpnet_core::sign_in::{Callback, ResponseMode};
///
/// let callback = Callback::from_query("code=c0de&state=af0ifjsldkj&session_state=x.y")?;
/// assert_eq!(callback.mode(), ResponseMode::Query);
/// assert!(callback.state_is("af0ifjsldkj") && callback.refusal().is_none());
/// assert_eq!(callback.code(), Some("c0de"));
/// assert!(!format!("{callback:?}").contains("c0de"));
/// # Ok::<(), erpnet_core::Error>(())
/// ```
pub struct Callback {
    mode: ResponseMode,
    members: Members,
}

impl Callback {
    /// Reads the query of a redirect URI as it came, still percent-encoded. A leading `?` and the trailing `#_=_` of error
    /// redirects are passed over (AUTH-172).
    ///
    /// # Errors
    /// [`Reason::Callback`] with the cause: too long, a member twice, unreadable encoding, an answer in the fragment.
    pub fn from_query(query: &str) -> Result<Self, Error> {
        let query = query.strip_prefix('?').unwrap_or(query);
        let query = without_fragment(bounded(query)?)?;
        Self::read(ResponseMode::Query, query.as_bytes())
    }

    /// Reads the body of a form that the browser posted, `application/x-www-form-urlencoded`.
    ///
    /// # Errors
    /// As [`Callback::from_query`].
    pub fn from_form(body: &[u8]) -> Result<Self, Error> {
        let body = body.strip_suffix(b"#_=_").unwrap_or(body);
        Self::read(ResponseMode::FormPost, body)
    }

    /// Reads an address that a person copied from the browser: quotes around it, blanks and line breaks in it are passed
    /// over, and only its query is read. Whether it is the registered redirect's address is not looked at: `state` is
    /// what proves it.
    ///
    /// # Errors
    /// As [`Callback::from_query`], and [`CallbackFault::NoQuery`] when there is none.
    pub fn from_url(pasted: &str) -> Result<Self, Error> {
        let pasted = bounded(pasted)?;
        let mut url = Zeroizing::new(String::with_capacity(pasted.len()));
        url.extend(
            pasted
                .chars()
                .filter(|c| !c.is_whitespace() && !c.is_control()),
        );
        let url = url.trim_matches(['"', '\'', '`', '<', '>', '“', '”', '„', '«', '»']);
        let url = without_fragment(url)?;
        let Some((_, query)) = url.split_once('?') else {
            return Err(CallbackFault::NoQuery.into());
        };
        Self::read(ResponseMode::Query, query.as_bytes())
    }

    fn read(mode: ResponseMode, encoded: &[u8]) -> Result<Self, Error> {
        within("callback", encoded.len(), MAX_CALLBACK)?;
        let members = Members::parse(encoded)?;
        let length = |member: &Option<Zeroizing<String>>| member.as_ref().map_or(0, |m| m.len());
        within("code", length(&members.code), MAX_CALLBACK_CODE)?;
        within("state", length(&members.state), MAX_CALLBACK_STATE)?;
        within("id_token", length(&members.id_token), MAX_TOKEN_LEN)?;
        Ok(Self { mode, members })
    }

    /// How it came.
    #[must_use]
    pub fn mode(&self) -> ResponseMode {
        self.mode
    }

    /// The `state`, to find the attempt that it claims to belong to: printable ASCII, at most [`MAX_CALLBACK_STATE`] bytes.
    /// It is a secret of the attempt; compare it with [`Callback::state_is`].
    #[must_use]
    pub fn state(&self) -> Option<&str> {
        self.members.state.as_ref().map(|state| state.as_str())
    }

    /// Whether it carries exactly this `state`, in time that depends on the lengths only (AUTH-171). Without `state` it
    /// never does.
    #[must_use]
    pub fn state_is(&self, expected: &str) -> bool {
        self.state()
            .is_some_and(|state| state.as_bytes().ct_eq(expected.as_bytes()).into())
    }

    /// The authorization code: a secret, good for one exchange (AUTH-176).
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.members.code.as_ref().map(|code| code.as_str())
    }

    /// The front-channel ID token of `code id_token`, not verified.
    #[must_use]
    pub fn id_token(&self) -> Option<&str> {
        self.members.id_token.as_ref().map(|token| token.as_str())
    }

    /// The issuer that the answer names (RFC 9207); older servers send none.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.members.iss.as_deref()
    }

    /// The `error` code as it came: text from outside, to be bounded and escaped before it is shown.
    /// [`Callback::refusal`] does that.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        self.members.error.as_deref()
    }

    /// The `error_description` as it came, like [`Callback::error`].
    #[must_use]
    pub fn error_description(&self) -> Option<&str> {
        self.members.error_description.as_deref()
    }

    /// The `error_uri` as it came, like [`Callback::error`]. Do not open it: it proves nothing about who wrote it.
    #[must_use]
    pub fn error_uri(&self) -> Option<&str> {
        self.members.error_uri.as_deref()
    }

    /// The error that it carries, bounded, cleaned and with a kind; `None` when it carries none. An error wins over a code
    /// in the same answer (AUTH-173). Ask after the `state` matched: before that anyone may have written it.
    #[must_use]
    pub fn refusal(&self) -> Option<Error> {
        let code = self.error()?;
        let secrets = [self.code(), self.state(), self.id_token()].map(Option::unwrap_or_default);
        let refused = SignInRefused::new(code, self.error_description(), &secrets);
        Some(Reason::SignInRefused(refused).into())
    }
}

fn bounded(text: &str) -> Result<&str, Error> {
    within("callback", text.len(), MAX_CALLBACK)?;
    Ok(text)
}

fn within(what: &'static str, found: usize, limit: usize) -> Result<(), Error> {
    if found > limit {
        return Err(CallbackFault::TooLong { what, limit, found }.into());
    }
    Ok(())
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callback")
            .field("mode", &self.mode)
            .field("members", &self.members)
            .finish()
    }
}
