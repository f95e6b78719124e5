//! Request by request: what to answer, and whether it is the awaited callback.

use std::fmt;

use zeroize::Zeroizing;

use super::answer::Answer;
use super::page::Page;
use super::redirect::LoopbackRedirect;
use crate::error::{Error, ErrorKind, Reason};
use crate::sign_in::{Callback, CallbackFault, MAX_CALLBACK};

/// The longest request head, in bytes: a callback in the request line, and headers. Browsers send the cookies of every
/// port of `localhost` along.
pub const MAX_LOOPBACK_HEAD: usize = MAX_CALLBACK + 32 * 1024;

/// The most header fields of a request.
pub const MAX_LOOPBACK_HEADERS: usize = 100;

/// The longest request body, in bytes.
pub const MAX_LOOPBACK_BODY: usize = MAX_CALLBACK;

/// The head of a request, as the driver parsed it.
#[derive(Clone, Copy)]
pub struct RequestHead<'a> {
    /// For example `GET`.
    pub method: &'a str,
    /// The request target as it came, for example `/callback?code=..`.
    pub target: &'a str,
    /// Names and values as they came.
    pub headers: &'a [(&'a str, &'a [u8])],
}

/// The target may hold a code, the headers cookies (AUTH-208).
impl fmt::Debug for RequestHead<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestHead")
            .field("method", &self.method)
            .field("headers", &self.headers.len())
            .finish_non_exhaustive()
    }
}

/// What to do with a request.
#[derive(Debug)]
pub struct Judgement {
    /// The response.
    pub answer: Answer,
    /// The awaited callback, once. It may carry an error, or nothing usable: that is for the sign-in to judge.
    pub callback: Option<Callback>,
}

/// Waits for one callback: the one that comes to the registered redirect with the `state` of this sign-in.
///
/// For every request call [`LoopbackJudge::body_length`] with the head, read that much, then [`LoopbackJudge::judge`].
/// Everything else - icons, other paths, forged answers, names rebound to this machine - gets an answer and changes
/// nothing.
///
/// ```
/// use erpnet_core::sign_in::loopback::{LoopbackJudge, RequestHead};
///
/// let redirect = "http://127.0.0.1:8400/cb".parse()?;
/// let mut judge = LoopbackJudge::new(redirect, "af0ifjsldkj");
/// let headers = [("Host", b"127.0.0.1:8400".as_slice())];
/// let get = |target| RequestHead { method: "GET", target, headers: &headers };
///
/// let forged = judge.judge(&get("/cb?code=evil&state=guess"), b"");
/// assert!(forged.answer.status() == 400 && forged.callback.is_none());
/// let awaited = judge.judge(&get("/cb?code=c&state=af0ifjsldkj"), b"");
/// assert!(awaited.answer.status() == 200 && awaited.callback.is_some());
/// # Ok::<(), erpnet_core::Error>(())
/// ```
pub struct LoopbackJudge {
    redirect: LoopbackRedirect,
    state: Zeroizing<String>,
    answered: bool,
}

impl LoopbackJudge {
    /// Waits for the callback with this `state`.
    #[must_use]
    pub fn new(redirect: LoopbackRedirect, expected_state: &str) -> Self {
        Self {
            redirect,
            state: Zeroizing::new(expected_state.to_owned()),
            answered: false,
        }
    }

    /// The redirect that is listened on.
    #[must_use]
    pub fn redirect(&self) -> &LoopbackRedirect {
        &self.redirect
    }

    /// Whether the awaited callback came.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.answered
    }

    /// How many bytes of body belong to the request: at most [`MAX_LOOPBACK_BODY`].
    ///
    /// # Errors
    /// The answer, when the head alone decides.
    pub fn body_length(&self, head: &RequestHead<'_>) -> Result<usize, Answer> {
        self.admit(head)?;
        if head.one("transfer-encoding")?.is_some() {
            return Err(Answer::of(411));
        }
        let length = match head.one("content-length")? {
            None if head.method == "POST" => return Err(Answer::of(411)),
            None => 0,
            Some(text) if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) => {
                text.parse().unwrap_or(usize::MAX)
            }
            Some(_) => return Err(Answer::bad_request()),
        };
        if length > MAX_LOOPBACK_BODY {
            return Err(Answer::of(413));
        }
        Ok(length)
    }

    /// Judges a whole request.
    pub fn judge(&mut self, head: &RequestHead<'_>, body: &[u8]) -> Judgement {
        let callback = match self.admit(head) {
            Err(answer) => return Judgement::from(answer),
            Ok(query) if head.method == "GET" => Callback::from_query(query),
            Ok(_) => Callback::from_form(body),
        };
        // AUTH-171: what does not carry the state is not looked at.
        match callback {
            Ok(callback) if callback.state_is(&self.state) => self.accept(callback),
            _ => Judgement::from(Answer::page(400, Page::NotAwaited)),
        }
    }

    /// Judges an address that a person copied from a browser that cannot reach this machine.
    ///
    /// # Errors
    /// As [`Callback::from_url`], and [`CallbackFault::WrongState`] when it is of another sign-in.
    pub fn judge_pasted(&mut self, pasted: &str) -> Result<Callback, Error> {
        let callback = Callback::from_url(pasted)?;
        if !callback.state_is(&self.state) {
            return Err(CallbackFault::WrongState.into());
        }
        if self.answered {
            return Err(CallbackFault::Repeated.into());
        }
        self.answered = true;
        Ok(callback)
    }

    fn accept(&mut self, callback: Callback) -> Judgement {
        if self.answered {
            return Judgement::from(Answer::page(200, Page::Again));
        }
        self.answered = true;
        let refusal = callback.refusal();
        let page = match refusal.as_ref().map(|error| (error.kind(), error.reason())) {
            Some((ErrorKind::UserCancelled, _)) => Page::Cancelled,
            Some((_, Reason::SignInRefused(refused))) => Page::Failed(Some(refused.code())),
            None if callback.code().is_some() => Page::Received,
            _ => Page::Failed(None),
        };
        Judgement {
            answer: Answer::page(200, page),
            callback: Some(callback),
        }
    }

    /// The query, when the request is for the redirect at all.
    fn admit<'a>(&self, head: &RequestHead<'a>) -> Result<&'a str, Answer> {
        self.check(head).map_err(|answer| match head.method {
            "HEAD" => answer.without_body(),
            _ => answer,
        })
    }

    fn check<'a>(&self, head: &RequestHead<'a>) -> Result<&'a str, Answer> {
        // A name that a foreign page rebound to this machine (DNS rebinding) shows here.
        match head.one("host")? {
            None => return Err(Answer::bad_request()),
            Some(host) if !host.eq_ignore_ascii_case(self.redirect.authority()) => {
                return Err(Answer::of(421));
            }
            Some(_) => {}
        }
        if !head.target.starts_with('/') {
            return Err(Answer::bad_request());
        }
        let (path, query) = head.target.split_once('?').unwrap_or((head.target, ""));
        if path != self.redirect.path() {
            return Err(Answer::of(404));
        }
        match head.method {
            "GET" => Ok(query),
            "POST" if head.is_form()? => Ok(query),
            "POST" => Err(Answer::of(415)),
            _ => Err(Answer::of(405)),
        }
    }
}

impl<'a> RequestHead<'a> {
    /// A header that may come once.
    fn one(&self, name: &str) -> Result<Option<&'a str>, Answer> {
        let mut values = self
            .headers
            .iter()
            .filter(|(found, _)| found.eq_ignore_ascii_case(name));
        let Some((_, value)) = values.next() else {
            return Ok(None);
        };
        match (std::str::from_utf8(value), values.next()) {
            (Ok(value), None) => Ok(Some(value.trim_matches([' ', '\t']))),
            _ => Err(Answer::bad_request()),
        }
    }

    fn is_form(&self) -> Result<bool, Answer> {
        let content_type = self.one("content-type")?.unwrap_or_default();
        let essence = content_type.split(';').next().unwrap_or_default();
        Ok(essence
            .trim()
            .eq_ignore_ascii_case("application/x-www-form-urlencoded"))
    }
}

/// An answer to something else than the awaited callback.
impl From<Answer> for Judgement {
    fn from(answer: Answer) -> Self {
        Self {
            answer,
            callback: None,
        }
    }
}

impl fmt::Debug for LoopbackJudge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoopbackJudge")
            .field("redirect", &self.redirect)
            .field("answered", &self.answered)
            .finish_non_exhaustive()
    }
}
