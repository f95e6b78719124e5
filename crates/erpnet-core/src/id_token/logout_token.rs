//! Logout tokens: the authority says that a session ended (OpenID Connect Back-Channel Logout 1.0 section 2.4).

use std::borrow::Cow;

use erpnet_types::Timestamp;
use serde_json::value::RawValue;

use super::check::{self, Moment};
use super::rules::IdTokenRules;
use crate::error::clean_text;
use crate::jose::{Header, Members, TokenFault};

/// The member of `events` that makes a token a logout token.
pub const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// A verified logout token. At least one of subject and session is there.
///
/// It can arrive twice: ending a session that has ended is no error, so nobody has to remember
/// [`token_id`](Self::token_id) for long; who wants to see replays remembers it until [`expires`](Self::expires).
#[derive(Clone, Debug)]
pub struct LogoutToken {
    members: Members,
    expires: Timestamp,
    issued_at: Timestamp,
}

impl LogoutToken {
    pub(super) fn check(
        members: Members,
        rules: &IdTokenRules,
        moment: Moment,
    ) -> Result<Self, TokenFault> {
        check::issuer(&members, rules)?;
        check::audience(&members, rules)?;
        let times = check::times(&members, rules, moment)?;
        // An ID token has one, so that neither can be taken for the other.
        if members.raw("nonce").is_some() {
            return Err(invalid("nonce", "absent, as a logout token has none"));
        }
        event(&members)?;
        let token_id = members
            .text("jti")?
            .ok_or(TokenFault::MissingClaim("jti"))?;
        if token_id.is_empty() {
            return Err(invalid("jti", "a text that is not empty"));
        }
        let session = members.text("sid")?;
        if session.as_deref() == Some("") {
            return Err(invalid("sid", "a text that is not empty"));
        }
        match members.text("sub")? {
            Some(_) => check::subject(&members)?,
            None if session.is_none() => return Err(TokenFault::MissingClaim("sub")),
            None => {}
        }
        Ok(Self {
            expires: times.expires,
            issued_at: times.issued_at,
            members,
        })
    }

    /// The login name of the user whose sessions ended: all of them when there is no session id.
    #[must_use]
    pub fn subject(&self) -> Option<Cow<'_, str>> {
        self.text("sub")
    }

    /// `sid`, the session that ended.
    #[must_use]
    pub fn session_id(&self) -> Option<Cow<'_, str>> {
        self.text("sid")
    }

    /// `jti`, the token's own id.
    #[must_use]
    pub fn token_id(&self) -> Cow<'_, str> {
        self.text("jti").unwrap_or_default()
    }

    /// When it was issued, by the authority's clock.
    #[must_use]
    pub fn issued_at(&self) -> Timestamp {
        self.issued_at
    }

    /// When it ends, by the authority's clock.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        self.expires
    }

    fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.members.text(name).ok().flatten()
    }
}

/// `logout+jwt`, or no special type: authorities from before 2022 write `JWT` or nothing.
pub(super) fn is_logout_token(header: &Header) -> Result<(), TokenFault> {
    let typ = header.token_type().unwrap_or("JWT");
    let known = ["logout+jwt", "application/logout+jwt", "JWT"];
    if known.iter().any(|known| typ.eq_ignore_ascii_case(known)) {
        return Ok(());
    }
    Err(TokenFault::WrongType {
        expected: "`logout+jwt` (a logout token)",
        found: clean_text(typ, 64),
    })
}

/// `events` is an object whose member for back-channel logout is an object.
fn event(members: &Members) -> Result<(), TokenFault> {
    let raw = members
        .raw("events")
        .ok_or(TokenFault::MissingClaim("events"))?;
    let events = Members::parse(raw.to_owned());
    let event: Option<&str> = events
        .as_ref()
        .ok()
        .and_then(|events| events.raw(LOGOUT_EVENT));
    let is_object =
        |text: &str| text.starts_with('{') && serde_json::from_str::<&RawValue>(text).is_ok();
    if event.is_some_and(is_object) {
        return Ok(());
    }
    Err(invalid(
        "events",
        "an object with the event of back-channel logout",
    ))
}

fn invalid(claim: &'static str, expected: &'static str) -> TokenFault {
    TokenFault::InvalidClaim {
        claim: claim.to_owned(),
        expected,
    }
}
