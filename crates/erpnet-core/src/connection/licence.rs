//! What the next call is expected to do to the instance's licences, by the model of sessions (section 12 of the rules).

use std::time::Duration;

use erpnet_access::SessionReadings;
use erpnet_access::session::{Event, SessionState, Token};
use erpnet_types::Timestamp;

use super::api_token::{ApiToken, TokenValue};
use super::machine::Connection;
use crate::error::{Error, Reason};
use crate::time::Now;

/// A session at the application server, as far as this connection's own calls tell: other applications of the same sign-in
/// use it too (AUTH-323), and the server may have restarted (AUTH-320).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LicenceView {
    /// Whether the next call is expected to open a session, and so to take a licence slot (AUTH-312).
    pub next_call_opens: bool,
    /// When the open session ends without another call, by the wall clock (AUTH-313, AUTH-314).
    pub closes: Option<Timestamp>,
}

/// The sessions that this connection's calls opened. It runs on the monotonic clock, so that a step of the wall clock opens
/// and closes nothing.
#[derive(Debug)]
pub(super) struct LicenceModel(SessionState);

impl LicenceModel {
    pub(super) fn new(readings: SessionReadings) -> Self {
        Self(SessionState::new(u32::MAX).reading(readings))
    }

    /// A call that the application server took.
    fn called(&mut self, token: &ApiToken, mono: Duration) {
        let state = std::mem::replace(&mut self.0, SessionState::new(0));
        let (state, _) = state.step(&Event::Call(named(token)), at(mono));
        self.0 = state;
    }

    fn view(&self, token: &ApiToken, now: Now) -> LicenceView {
        let token = named(token);
        let mono = at(now.mono);
        let open = self.0.session_of(&token);
        let readings = self.0.readings();
        let closes = open.filter(|session| !session.is_over(mono, readings));
        LicenceView {
            next_call_opens: self.0.would_open(&token, mono),
            closes: closes.map(|session| now.wall.after(session.closes(readings).since(mono))),
        }
    }
}

/// The token as the model sees it: names, never the token. Whether it has ended is for the server to say, so here it never
/// does.
fn named(token: &ApiToken) -> Token {
    let forever = Timestamp::from_unix_millis(i64::MAX);
    let label = token.generation.to_string();
    match &token.value {
        TokenValue::Service(_) => Token::service("", "", &label, forever),
        // The sessions of all refreshed tokens of one sign-in are one (AUTH-199, AUTH-206).
        TokenValue::User { user, .. } => {
            let sid = user.session_id.as_deref().unwrap_or(&user.subject);
            Token::user(&user.subject, sid, &label, forever)
        }
        TokenValue::Reference(..) => Token::reference("", &label),
    }
}

fn at(mono: Duration) -> Timestamp {
    Timestamp::EPOCH.after(mono)
}

impl Connection {
    /// What the next call is expected to do to the instance's licences; `None` without a token.
    #[must_use]
    pub fn licence_view(&self, now: Now) -> Option<LicenceView> {
        let token = self.token.last()?;
        Some(self.licences.view(token, now))
    }

    /// Takes note of a call, by how it ended: an answer of the application server means that a session was there.
    pub(super) fn note_call<T>(&mut self, token: &ApiToken, outcome: &Result<T, Error>, now: Now) {
        let taken = match outcome {
            Ok(_) => true,
            Err(error) => matches!(
                error.reason(),
                Reason::Api(_) | Reason::Forbidden { .. } | Reason::OutcomeUnknown(_)
            ),
        };
        if taken {
            self.licences.called(token, now.mono);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use erpnet_types::{AccessToken, ScopeSet};

    fn token(generation: u64, sid: Option<&str>) -> ApiToken {
        let text = AccessToken::new("a").unwrap();
        let value = match sid {
            None => TokenValue::Service(text),
            Some(sid) => TokenValue::User {
                token: text,
                user: Box::new(crate::session::SignedInUser {
                    issuer: String::new(),
                    subject: "anna".to_owned(),
                    user_id: None,
                    session_id: Some(sid.to_owned()),
                    auth_time: None,
                }),
                renewable_until: None,
            },
        };
        ApiToken {
            value,
            scopes: None,
            requested: ScopeSet::empty(),
            generation,
            expires: None,
        }
    }

    fn minute(minute: u64) -> Now {
        Now {
            wall: Timestamp::from_unix_seconds(1_000_000),
            mono: Duration::from_secs(60 * minute),
        }
    }

    #[test]
    fn auth_206_312_313_a_users_session_by_sid() {
        let mut model = LicenceModel::new(SessionReadings::default());
        let (first, refreshed) = (token(1, Some("s1")), token(2, Some("s1")));
        assert!(
            model.view(&first, minute(0)).next_call_opens,
            "AUTH-311: a token alone takes nothing"
        );
        model.called(&first, minute(0).mono);
        let view = model.view(&refreshed, minute(5));
        assert!(
            !view.next_call_opens,
            "AUTH-199: the same session after a refresh"
        );
        assert_eq!(
            view.closes,
            Some(minute(5).wall.after(Duration::from_secs(15 * 60)))
        );
        model.called(&refreshed, minute(19).mono);
        assert!(!model.view(&first, minute(38)).next_call_opens);
        assert!(
            model.view(&first, minute(39)).next_call_opens,
            "AUTH-313: idle for 20 minutes"
        );
        assert_eq!(model.view(&first, minute(39)).closes, None);
        assert!(
            model
                .view(&token(3, Some("s2")), minute(20))
                .next_call_opens,
            "another sign-in"
        );
    }

    #[test]
    fn auth_314_324_a_services_session_by_token() {
        let mut model = LicenceModel::new(SessionReadings::default());
        for at in [0, 15, 30, 45] {
            model.called(&token(1, None), minute(at).mono);
        }
        assert!(!model.view(&token(1, None), minute(59)).next_call_opens);
        assert!(
            model.view(&token(1, None), minute(60)).next_call_opens,
            "an hour at most"
        );
        assert!(
            model.view(&token(2, None), minute(50)).next_call_opens,
            "G29: a new token, a new session"
        );
    }
}
