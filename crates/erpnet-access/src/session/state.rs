//! What the machine knows.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use erpnet_types::Timestamp;
use serde::Serialize;

use super::{IDLE_SECONDS, SERVICE_ABSOLUTE_SECONDS};
use crate::readings::{ServiceSessionKey, SessionReadings};

/// What a session belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionKind {
    /// A user's access token.
    Interactive,
    /// An access token of client credentials.
    Service,
    /// A PAT or a SAT.
    Reference,
    /// ErpLogin (AUTH-385).
    Legacy,
}

/// A token as the machine sees it: names instead of values. Pass any label that tells tokens apart, never a token.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Token {
    /// What kind of session it opens.
    pub kind: SessionKind,
    /// Whom it acts as: the user or the system user.
    pub user: String,
    /// For users, the `sid` (AUTH-206); for services and ErpLogin, the application.
    pub group: String,
    /// A label for the token itself.
    pub label: String,
    /// When it ends; `None` for what has no known end.
    pub expires: Option<Timestamp>,
    /// An external user: takes no licence (AUTH-328).
    pub is_external: bool,
}

impl Token {
    fn new(
        kind: SessionKind,
        user: &str,
        group: &str,
        label: &str,
        expires: Option<Timestamp>,
    ) -> Self {
        let (user, group, label) = (user.to_owned(), group.to_owned(), label.to_owned());
        Self {
            kind,
            user,
            group,
            label,
            expires,
            is_external: false,
        }
    }

    /// A user's access token with its `sid`.
    #[must_use]
    pub fn user(user: &str, sid: &str, label: &str, expires: Timestamp) -> Self {
        Self::new(SessionKind::Interactive, user, sid, label, Some(expires))
    }

    /// An access token of an application that acts as `system_user`.
    #[must_use]
    pub fn service(system_user: &str, client_id: &str, label: &str, expires: Timestamp) -> Self {
        Self::new(
            SessionKind::Service,
            system_user,
            client_id,
            label,
            Some(expires),
        )
    }

    /// A PAT or SAT that acts as `user`.
    #[must_use]
    pub fn reference(user: &str, label: &str) -> Self {
        Self::new(SessionKind::Reference, user, "", label, None)
    }

    /// An ErpLogin session of `user` with an application. `label` stands for database and password (AUTH-387).
    #[must_use]
    pub fn legacy(user: &str, app: &str, label: &str) -> Self {
        Self::new(SessionKind::Legacy, user, app, label, None)
    }

    /// The same for an external user.
    #[must_use]
    pub fn of_external(mut self) -> Self {
        self.is_external = true;
        self
    }
}

/// What identifies a session: the same key is the same session (AUTH-312, AUTH-322, AUTH-323).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionKey {
    /// A user's `sid`: one session for all applications of one sign-in.
    User(String),
    /// A service token, or its application and system user (G29).
    Service(String),
    /// A reference token (G30).
    Reference(String),
    /// ErpLogin's database, application, user and password, as one label (AUTH-387).
    Legacy(String),
}

impl SessionKey {
    /// The key of a token. G29 is decided here.
    #[must_use]
    pub fn of(token: &Token, readings: &SessionReadings) -> Self {
        match token.kind {
            SessionKind::Interactive => Self::User(token.group.clone()),
            SessionKind::Service => match readings.service_key {
                ServiceSessionKey::PerToken => Self::Service(token.label.clone()),
                ServiceSessionKey::PerClientAndUser => {
                    Self::Service(format!("{}\u{0}{}", token.group, token.user))
                }
            },
            SessionKind::Reference => Self::Reference(token.label.clone()),
            SessionKind::Legacy => Self::Legacy(format!(
                "{}\u{0}{}\u{0}{}",
                token.group, token.user, token.label
            )),
        }
    }
}

/// An open session: one licence slot.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Session {
    /// Whom it belongs to.
    pub user: String,
    /// What kind it is.
    pub kind: SessionKind,
    /// When it was opened.
    pub opened: Timestamp,
    /// When it was last used.
    pub last_used: Timestamp,
    /// Whether it sits on its user's reserved seat (AUTH-326).
    pub holds_reserved: bool,
}

impl Session {
    /// When it closes if nothing more happens (AUTH-313, AUTH-314, G30).
    #[must_use]
    pub fn closes(&self, readings: &SessionReadings) -> Timestamp {
        let idle = self.last_used.after(Duration::from_secs(IDLE_SECONDS));
        let absolute = match self.kind {
            SessionKind::Service => true,
            SessionKind::Reference => readings.reference_hour_limit,
            SessionKind::Interactive | SessionKind::Legacy => false,
        };
        if absolute {
            idle.min(
                self.opened
                    .after(Duration::from_secs(SERVICE_ABSOLUTE_SECONDS)),
            )
        } else {
            idle
        }
    }

    /// Whether it is over. G32 is decided here.
    #[must_use]
    pub fn is_over(&self, now: Timestamp, readings: &SessionReadings) -> bool {
        let closes = self.closes(readings);
        if readings.closed_at_limit {
            now >= closes
        } else {
            now > closes
        }
    }
}

/// The licences of an instance and who holds them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SessionState {
    pub(super) total: u32,
    pub(super) reserved: BTreeSet<String>,
    pub(super) readings: SessionReadings,
    pub(super) sessions: BTreeMap<SessionKey, Session>,
    pub(super) revoked: BTreeSet<String>,
    pub(super) now: Timestamp,
}

impl SessionState {
    /// An instance with so many licences, nobody in.
    #[must_use]
    pub fn new(licences: u32) -> Self {
        Self {
            total: licences,
            reserved: BTreeSet::new(),
            readings: SessionReadings::default(),
            sessions: BTreeMap::new(),
            revoked: BTreeSet::new(),
            now: Timestamp::from_unix_millis(i64::MIN),
        }
    }

    /// The same with a seat reserved for each of these accounts (AUTH-326).
    #[must_use]
    pub fn reserving<'a>(mut self, accounts: impl IntoIterator<Item = &'a str>) -> Self {
        self.reserved
            .extend(accounts.into_iter().map(str::to_owned));
        self
    }

    /// The same under other readings of the open points.
    #[must_use]
    pub fn reading(mut self, readings: SessionReadings) -> Self {
        self.readings = readings;
        self
    }

    /// How the open points are read.
    #[must_use]
    pub const fn readings(&self) -> &SessionReadings {
        &self.readings
    }

    /// All licences.
    #[must_use]
    pub const fn total(&self) -> u32 {
        self.total
    }

    /// The licences in use: one per session (AUTH-321).
    #[must_use]
    pub fn used(&self) -> u32 {
        u32::try_from(self.sessions.len()).unwrap_or(u32::MAX)
    }

    /// The licences not in use.
    #[must_use]
    pub fn free(&self) -> u32 {
        self.total.saturating_sub(self.used())
    }

    /// The open sessions.
    pub fn sessions(&self) -> impl Iterator<Item = (&SessionKey, &Session)> {
        self.sessions.iter()
    }

    /// The session that a token would use, if it is open.
    #[must_use]
    pub fn session_of(&self, token: &Token) -> Option<&Session> {
        self.sessions.get(&SessionKey::of(token, &self.readings))
    }

    /// Whether the next call with this token opens a session, hence takes a slot.
    #[must_use]
    pub fn would_open(&self, token: &Token, now: Timestamp) -> bool {
        let session = self.session_of(token);
        !token.is_external && session.is_none_or(|session| session.is_over(now, &self.readings))
    }
}
