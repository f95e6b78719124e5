//! Signing in and out of the identity service itself: the session behind the cookie.

use super::cookies::{self, Cookie};
use super::sign_ins::Session;
use crate::error::SandboxError;
use crate::random;
use crate::reply::{Call, Reply};
use crate::state::{State, lock};
use crate::user::User;

/// How somebody proved who they are.
pub(crate) struct Proof {
    pub(crate) idp: String,
    pub(crate) tid: Option<String>,
    pub(crate) amr: &'static str,
}

impl Proof {
    pub(crate) fn password() -> Self {
        Self {
            idp: "local".to_owned(),
            tid: None,
            amr: "pwd",
        }
    }
}

/// The session of this browser, and its user as they are now.
pub(crate) fn current(state: &State, call: &Call) -> Option<(Session, User)> {
    let cookie = cookies::read(state, call, Cookie::Session)?;
    let session = lock(&state.sign_ins).sessions.get(&cookie).cloned()?;
    let user = lock(&state.users).by_id(&session.user_id).cloned()?;
    user.is_active.then_some((session, user))
}

/// Signs a user in. The same user keeps the session (AUTH-185); somebody else gets a new one, and what the first one
/// had goes on. Returns the session and the new value of its cookie.
pub(crate) fn begin(
    state: &State,
    call: &Call,
    user: &User,
    proof: Proof,
    signed_in_for: [u8; 32],
) -> Result<(Session, String), SandboxError> {
    let now = state.options.clock.now().unix_seconds();
    let new_sid = random::upper_hex(&random::bytes::<16>()?);
    let old = cookies::read(state, call, Cookie::Session);
    let mut sign_ins = lock(&state.sign_ins);
    let old = old.and_then(|cookie| sign_ins.sessions.take(&cookie));
    let sid = old
        .filter(|session| session.user_id == user.id)
        .map(|session| session.sid);
    let session = Session {
        sid: sid.unwrap_or(new_sid),
        user_id: user.id.clone(),
        auth_time: now,
        idp: proof.idp,
        tid: proof.tid,
        amr: proof.amr.to_owned(),
        signed_in_for: Some(signed_in_for),
        consented_for: None,
    };
    let cookie = sign_ins.sessions.put(session.clone())?;
    Ok((session, cookie))
}

/// Changes the session of this browser.
pub(crate) fn change(state: &State, call: &Call, change: impl FnOnce(&mut Session)) {
    if let Some(cookie) = cookies::read(state, call, Cookie::Session)
        && let Some(session) = lock(&state.sign_ins).sessions.get_mut(&cookie)
    {
        change(session);
    }
}

/// Signs out: ends the session and takes the cookie away.
pub(crate) fn end(state: &State, call: &Call, reply: &mut Reply) {
    if let Some(cookie) = cookies::read(state, call, Cookie::Session) {
        let mut sign_ins = lock(&state.sign_ins);
        let sid = sign_ins
            .sessions
            .get(&cookie)
            .map(|session| session.sid.clone());
        if let Some(sid) = sid {
            sign_ins.end(&sid);
        }
    }
    cookies::set(state, reply, Cookie::Session, "");
}
