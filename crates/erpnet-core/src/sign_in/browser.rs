//! Binding a sign-in to the browser that began it: a cookie per attempt.
//!
//! Whoever can make a browser open a link can make it deliver somebody else's answer, and so sign it in as somebody else
//! (login CSRF). `state` alone does not prevent that: it is in the link. So every web sign-in sets a cookie, and an answer
//! counts only in the browser that has it.
//!
//! ```text
//! begin:    Location: {url}                    Set-Cookie: __Host-erpnet-{attempt}={sealed attempt, or a secret}
//! answer:   Cookie: __Host-erpnet-{attempt}    state ─▶ {attempt} ─▶ the cookie's name
//! ```

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use erpnet_types::ClientId;
use ring::digest;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::callback::{Callback, ResponseMode};
use super::callback_fault::CallbackFault;
use super::pending::PendingSignIn;
use super::request::{SignInStart, SignInUrl};
use super::seal::SealingKeys;
use super::token_text;
use crate::entropy::Entropy;
use crate::error::{Error, Reason};
use crate::time::Now;

/// How every attempt's cookie begins. The prefix `__Host-` makes browsers insist on `Secure`, on the path `/` and on no
/// `Domain`, so that no other host can set it.
pub const COOKIE_PREFIX: &str = "__Host-erpnet-";

/// The most attempts that [`Attempts`] holds.
pub const MAX_ATTEMPTS: usize = 100_000;

/// The longest `Cookie` header that is read, in bytes.
pub const MAX_COOKIES: usize = 64 * 1024;

/// What to answer to a browser that wants to sign in: a redirect there, with this cookie.
#[must_use = "the browser needs both"]
pub struct WebStart {
    /// Where the browser goes: the `Location` of a 303.
    pub url: SignInUrl,
    /// The value of a `Set-Cookie` header. Holds a secret.
    pub set_cookie: Zeroizing<String>,
}

/// Where attempts are between request and answer.
#[derive(Debug)]
#[non_exhaustive]
pub enum Binding {
    /// In the browser itself, sealed: nothing is held here, and every process with the keys can finish the sign-in.
    Sealed(SealingKeys),
    /// In this process: for one process behind a login of its own, as anyone who begins sign-ins fills it.
    Held(Attempts),
}

/// Attempts held in this process, for a server that is one process. Bounded; each is taken once.
#[derive(Debug)]
pub struct Attempts {
    held: HashMap<[u8; 16], Held>,
    capacity: usize,
    state_alone: bool,
}

struct Held {
    pending: PendingSignIn,
    binding: [u8; 32],
}

impl Binding {
    /// Prepares the answer to the browser. Several attempts of one browser do not disturb each other: each has a cookie
    /// of its own name.
    ///
    /// # Errors
    /// Those of [`SealingKeys::seal`]; [`Reason::TooManyAttempts`].
    pub fn begin(
        &mut self,
        start: SignInStart,
        life: Duration,
        entropy: Entropy,
        now: Now,
    ) -> Result<WebStart, Error> {
        let SignInStart { url, pending } = start;
        let name = cookie_name(&pending.state);
        // A form posted from the authority's site carries `None` cookies only (AUTH-167).
        let same_site = match pending.response_mode() {
            ResponseMode::Query => "Lax",
            ResponseMode::FormPost => "None",
        };
        let value = match self {
            Self::Sealed(keys) => Zeroizing::new(keys.seal(&pending, entropy)?),
            Self::Held(attempts) => {
                let secret = token_text(&entropy.into_bytes::<32>()[..]);
                attempts.put(pending, &secret, life, now)?;
                secret
            }
        };
        let life = life.as_secs();
        let attributes = format!("Path=/; Max-Age={life}; Secure; HttpOnly; SameSite={same_site}");
        let set_cookie = Zeroizing::new(format!("{name}={}; {attributes}", value.as_str()));
        Ok(WebStart { url, set_cookie })
    }

    /// Finds the attempt that this answer belongs to, if the browser that brings it is the one that began it. `cookies`
    /// is the request's `Cookie` header; several headers are joined with `; `.
    ///
    /// # Errors
    /// [`Reason::BrowserNotBound`] without the attempt's cookie, [`Reason::SealBroken`] with one that is not ours, and
    /// [`Reason::Callback`] without `state`.
    pub fn find(
        &mut self,
        callback: &Callback,
        cookies: Option<&str>,
        client_id: &ClientId,
    ) -> Result<PendingSignIn, Error> {
        let state = callback.state().filter(|state| !state.is_empty());
        let missing = || Error::from(CallbackFault::Missing { member: "state" });
        let state = state.ok_or_else(missing)?;
        let value = cookie(cookies.unwrap_or_default(), &cookie_name(state));
        match self {
            Self::Sealed(keys) => {
                let value = value.ok_or_else(|| Error::from(Reason::BrowserNotBound))?;
                let pending = keys.open(value, client_id)?;
                if !pending.answers(callback) {
                    return Err(CallbackFault::WrongState.into());
                }
                Ok(pending)
            }
            Self::Held(attempts) => attempts.take(state, value),
        }
    }

    /// The value of the `Set-Cookie` header that takes the attempt's cookie away again: part of every answer to a
    /// callback, whatever came of it.
    #[must_use]
    pub fn clear_cookie(callback: &Callback) -> String {
        let name = cookie_name(callback.state().unwrap_or_default());
        format!("{name}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=None")
    }
}

impl Default for Attempts {
    fn default() -> Self {
        Self::with_capacity(MAX_ATTEMPTS)
    }
}

impl Attempts {
    /// Room for so many attempts, at most [`MAX_ATTEMPTS`]. When it is full of attempts that may still be answered, new
    /// ones are refused: to give up old ones would let anyone end other people's sign-ins.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            held: HashMap::new(),
            capacity: capacity.min(MAX_ATTEMPTS),
            state_alone: false,
        }
    }

    /// Accepts an answer from a browser without the cookie. **Allows login CSRF**: for callers that are no browsers, such
    /// as tests (AUTH-167).
    #[must_use]
    pub fn insecure_allow_state_alone(mut self) -> Self {
        self.state_alone = true;
        self
    }

    /// How many it has room for.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// How many are held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Whether none is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    fn put(
        &mut self,
        pending: PendingSignIn,
        secret: &str,
        life: Duration,
        now: Now,
    ) -> Result<(), Error> {
        if self.held.len() >= self.capacity {
            self.held
                .retain(|_, held| !held.pending.is_older_than(life, now));
        }
        if self.held.len() >= self.capacity {
            return Err(Reason::TooManyAttempts {
                limit: self.capacity,
            }
            .into());
        }
        let binding = hash(secret);
        self.held
            .insert(attempt(&pending.state), Held { pending, binding });
        Ok(())
    }

    /// An attempt whose cookie is wrong stays: somebody else's answer must not end it.
    fn take(&mut self, state: &str, cookie: Option<&str>) -> Result<PendingSignIn, Error> {
        let id = attempt(state);
        let bound = match (self.held.get(&id), cookie) {
            (None, _) => return Err(Reason::AttemptUnknown.into()),
            (Some(held), Some(value)) => held.binding.ct_eq(&hash(value)).into(),
            (Some(_), None) => self.state_alone,
        };
        if !bound {
            return Err(Reason::BrowserNotBound.into());
        }
        let held = self.held.remove(&id);
        held.map(|held| held.pending)
            .ok_or_else(|| Reason::AttemptUnknown.into())
    }
}

/// Names an attempt without telling its `state`.
fn attempt(state: &str) -> [u8; 16] {
    let mut id = [0; 16];
    for (to, from) in id.iter_mut().zip(hash(state)) {
        *to = from;
    }
    id
}

fn cookie_name(state: &str) -> String {
    format!("{COOKIE_PREFIX}{}", token_text(&attempt(state)).as_str())
}

fn hash(text: &str) -> [u8; 32] {
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    digest.as_ref().try_into().unwrap_or([0; 32])
}

/// The value of a cookie (RFC 6265 section 4.2). Sent twice it counts as absent: one of them is somebody else's.
fn cookie<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    if header.len() > MAX_COOKIES {
        return None;
    }
    let mut values = header.split(';').filter_map(|pair| {
        let (found, value) = pair.trim().split_once('=')?;
        (found == name).then_some(value)
    });
    let value = values.next()?;
    values.next().is_none().then_some(value)
}

impl fmt::Debug for WebStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebStart")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pending.fmt(f)
    }
}
