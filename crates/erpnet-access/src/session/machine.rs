//! The transitions.

use std::fmt;

use erpnet_types::Timestamp;
use serde::Serialize;

use super::state::{Session, SessionKey, SessionKind, SessionState, Token};

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "event", content = "token", rename_all = "snake_case")]
pub enum Event {
    /// Time passes.
    Tick,
    /// A token is issued (AUTH-220, AUTH-311).
    Issue(Token),
    /// A token is refreshed: the new one has the same `sid` (AUTH-199, AUTH-317).
    Refresh(Token),
    /// An API is called (AUTH-312).
    Call(Token),
    /// The user signs out in the browser (AUTH-319).
    Logout(Token),
    /// ErpLogin's logout (AUTH-386).
    ErpLogout(Token),
    /// A token is revoked (AUTH-318).
    Revoke(Token),
    /// The server restarts (AUTH-320).
    Restart,
}

/// What comes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing about sessions.
    Nothing,
    /// The call was made in a session that was open (AUTH-312).
    Reused,
    /// The call opened a session: a slot was taken. After a close this is a new session under the same key (G31).
    Opened {
        /// Whether it took its user's reserved seat.
        reserved: bool,
    },
    /// The call was made, and takes no licence: an external user (AUTH-328).
    Unlicensed,
    /// The call was refused with 401: the token has expired or was revoked. No session changed.
    Unauthorized,
    /// The call was refused with `MaximumLicenseCountExceeded`. The token stays valid (AUTH-315, AUTH-330).
    LicenceExhausted,
    /// A session was closed, a slot was freed.
    Closed,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "no session changed",
            Self::Reused => "used the open session",
            Self::Opened { reserved: false } => "opened a session, took a licence",
            Self::Opened { reserved: true } => "opened a session on the reserved seat",
            Self::Unlicensed => "done without a licence: an external user",
            Self::Unauthorized => "401: the token has expired or was revoked",
            Self::LicenceExhausted => {
                "MaximumLicenseCountExceeded: no licence is free, the token stays valid"
            }
            Self::Closed => "closed the session, freed a licence",
        })
    }
}

impl SessionState {
    /// One transition. Time that goes backwards counts as standing still.
    #[must_use]
    pub fn step(mut self, event: &Event, now: Timestamp) -> (Self, Outcome) {
        self.now = self.now.max(now);
        self.sweep();
        let outcome = match event {
            // AUTH-311: none of these touches a session. A refresh does not restart the idle timer.
            Event::Tick | Event::Issue(_) | Event::Refresh(_) => Outcome::Nothing,
            Event::Call(token) => self.call(token),
            Event::Logout(token) if token.kind == SessionKind::Interactive => self.close(token),
            // AUTH-319: other sessions have no logout.
            Event::Logout(_) => Outcome::Nothing,
            Event::ErpLogout(token) => self.erp_logout(token),
            Event::Revoke(token) => {
                self.revoked.insert(token.label.clone());
                Outcome::Nothing
            }
            Event::Restart => {
                let any = !self.sessions.is_empty();
                self.sessions.clear();
                if any {
                    Outcome::Closed
                } else {
                    Outcome::Nothing
                }
            }
        };
        (self, outcome)
    }

    /// Closes what is over: the slots are free at once.
    fn sweep(&mut self) {
        let (now, readings) = (self.now, self.readings);
        self.sessions
            .retain(|_, session| !session.is_over(now, &readings));
    }

    fn call(&mut self, token: &Token) -> Outcome {
        let expired = token.expires.is_some_and(|expires| self.now >= expires);
        if expired || self.revoked.contains(&token.label) {
            return Outcome::Unauthorized;
        }
        if token.is_external {
            return Outcome::Unlicensed;
        }
        let key = SessionKey::of(token, &self.readings);
        if let Some(session) = self.sessions.get_mut(&key) {
            session.last_used = self.now;
            return Outcome::Reused;
        }
        let Some(holds_reserved) = self.seat_for(&token.user) else {
            return Outcome::LicenceExhausted;
        };
        let session = Session {
            user: token.user.clone(),
            kind: token.kind,
            opened: self.now,
            last_used: self.now,
            holds_reserved,
        };
        self.sessions.insert(key, session);
        Outcome::Opened {
            reserved: holds_reserved,
        }
    }

    /// The seat for a new session of this user: its reserved one (`true`), one of the shared pool (`false`), or none.
    fn seat_for(&self, user: &str) -> Option<bool> {
        let reserved = self.reserved.contains(user);
        let seated = self
            .sessions
            .values()
            .any(|session| session.holds_reserved && session.user == user);
        if reserved && !seated && self.used() < self.total {
            return Some(true);
        }
        // G33: a reserved account's further sessions compete with everybody, or are refused.
        if reserved && !self.readings.reserved_extra_in_pool {
            return None;
        }
        let seats = u32::try_from(self.reserved.len()).unwrap_or(u32::MAX);
        let pool = self.total.saturating_sub(seats);
        let in_pool = self
            .sessions
            .values()
            .filter(|session| !session.holds_reserved)
            .count();
        (u32::try_from(in_pool).unwrap_or(u32::MAX) < pool).then_some(false)
    }

    fn close(&mut self, token: &Token) -> Outcome {
        match self.sessions.remove(&SessionKey::of(token, &self.readings)) {
            Some(_) => Outcome::Closed,
            None => Outcome::Nothing,
        }
    }

    /// AUTH-386: from 27.1 the logout needs a valid session, answers 200, and keeps it until it idles out.
    fn erp_logout(&mut self, token: &Token) -> Outcome {
        let open = self.session_of(token).is_some();
        match (open, self.readings.erp_logout_keeps_session) {
            (false, true) => Outcome::Unauthorized,
            (true, true) | (false, false) => Outcome::Nothing,
            (true, false) => self.close(token),
        }
    }
}
