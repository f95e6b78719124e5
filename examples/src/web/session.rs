//! The application's own session: a random name in a cookie, everything else on the server.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom, SystemRandom};

use super::cookies;

/// The most sessions at a time; after that, the oldest go.
pub const MAX_SESSIONS: usize = 10_000;

/// How long a session lasts.
pub const SESSION_LIFE: Duration = Duration::from_secs(8 * 60 * 60);

/// Who is signed in, by the session's cookie. The browser gets the name of a session and never a token.
#[derive(Debug)]
pub struct Sessions<T> {
    cookie: &'static str,
    held: Mutex<HashMap<String, Held<T>>>,
}

#[derive(Debug)]
struct Held<T> {
    value: T,
    begun: Instant,
}

impl<T: Clone> Sessions<T> {
    /// Sessions in the cookie of this name. It begins with `__Host-`, so that browsers insist on `Secure`, on the path `/`,
    /// and on no other host.
    ///
    /// # Panics
    /// When it does not.
    #[must_use]
    pub fn new(cookie: &'static str) -> Self {
        assert!(cookie.starts_with("__Host-"), "{cookie}");
        Self {
            cookie,
            held: Mutex::default(),
        }
    }

    /// Begins a session; the text of its `Set-Cookie` header. The name is always a new one and the browser's former
    /// session ends: a name that was known before the sign-in is worth nothing after it.
    #[must_use]
    pub fn begin(&self, headers: &HeaderMap, value: T) -> String {
        let name = random_name();
        let former = self.name(headers);
        let mut held = self.lock();
        if let Some(former) = former {
            held.remove(&former);
        }
        if held.len() >= MAX_SESSIONS {
            held.retain(|_, session| session.begun.elapsed() < SESSION_LIFE);
        }
        if held.len() >= MAX_SESSIONS {
            let oldest = held.iter().min_by_key(|(_, session)| session.begun);
            let oldest = oldest.map(|(name, _)| name.clone());
            oldest.and_then(|name| held.remove(&name));
        }
        let begun = Instant::now();
        held.insert(name.clone(), Held { value, begun });
        let cookie = self.cookie;
        format!("{cookie}={name}; Path=/; Secure; HttpOnly; SameSite=Lax")
    }

    /// The session of the browser that sent this.
    #[must_use]
    pub fn find(&self, headers: &HeaderMap) -> Option<T> {
        let name = self.name(headers)?;
        let held = self.lock();
        let session = held.get(&name)?;
        (session.begun.elapsed() < SESSION_LIFE).then(|| session.value.clone())
    }

    /// Ends the browser's session: what it held, and the text of the `Set-Cookie` header that takes the cookie away.
    #[must_use]
    pub fn end(&self, headers: &HeaderMap) -> (Option<T>, String) {
        let name = self.name(headers);
        let ended = name.and_then(|name| self.lock().remove(&name));
        let cookie = self.cookie;
        let clear = format!("{cookie}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax");
        (ended.map(|session| session.value), clear)
    }

    fn name(&self, headers: &HeaderMap) -> Option<String> {
        let cookies = cookies(headers);
        let mut pairs = cookies
            .split(';')
            .filter_map(|pair| pair.trim().split_once('='));
        let found = pairs.find(|(name, _)| *name == self.cookie);
        found.map(|(_, value)| value.to_owned())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Held<T>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// 256 random bits as text: nobody guesses it.
///
/// # Panics
/// When the system has no random bytes.
#[must_use]
pub fn random_name() -> String {
    let mut bytes = [0; 32];
    let random = SystemRandom::new().fill(&mut bytes);
    random.expect("random bytes");
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use axum::http::header::COOKIE;

    use super::*;

    fn with(set_cookie: &str) -> HeaderMap {
        let pair = set_cookie.split(';').next().unwrap();
        let sent = format!("theme=dark; {pair}");
        HeaderMap::from_iter([(COOKIE, HeaderValue::try_from(sent).unwrap())])
    }

    #[test]
    fn a_session_is_found_rotated_and_ended() {
        let sessions = Sessions::new("__Host-test");
        let nobody = HeaderMap::new();
        assert_eq!(sessions.find(&nobody), None::<u8>);
        let first = sessions.begin(&nobody, 1);
        assert!(first.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax"));
        assert_eq!(sessions.find(&with(&first)), Some(1));
        assert_eq!(sessions.find(&with("__Host-test=guess")), None);

        let second = sessions.begin(&with(&first), 2);
        assert_ne!(first, second);
        assert_eq!(
            sessions.find(&with(&first)),
            None,
            "the former name is worth nothing"
        );
        assert_eq!(sessions.find(&with(&second)), Some(2));

        let (ended, clear) = sessions.end(&with(&second));
        assert!(ended == Some(2) && clear.contains("Max-Age=0"));
        assert_eq!(sessions.find(&with(&second)), None);
    }

    #[test]
    fn sessions_are_bounded_and_the_oldest_go() {
        let sessions = Sessions::new("__Host-test");
        let nobody = HeaderMap::new();
        let first = sessions.begin(&nobody, 0);
        for number in 1..MAX_SESSIONS {
            let _ = sessions.begin(&nobody, number);
        }
        assert_eq!(sessions.find(&with(&first)), Some(0), "at the limit");
        let last = sessions.begin(&nobody, MAX_SESSIONS);
        assert_eq!(sessions.find(&with(&first)), None, "above it");
        assert_eq!(sessions.find(&with(&last)), Some(MAX_SESSIONS));
        assert_eq!(sessions.lock().len(), MAX_SESSIONS);
    }
}
