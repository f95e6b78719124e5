//! `/profile/me`: so far only who is refused (AUTH-221, AUTH-244).

use http::StatusCode;

use crate::guard::{Refusal, authenticate};
use crate::reply::{Call, Reply};
use crate::state::State;

pub(crate) fn answer(state: &State, call: &Call) -> Reply {
    let refused = |status, message: &str| Refusal {
        status,
        message: message.to_owned(),
    };
    let refusal = match authenticate(state, &call.headers) {
        Err(refusal) => refusal,
        Ok(grant) if !grant.has_user => {
            refused(StatusCode::FORBIDDEN, "the token does not act as a user")
        }
        Ok(_) => refused(
            StatusCode::NOT_IMPLEMENTED,
            "the sandbox has no user profiles yet",
        ),
    };
    refusal.reply()
}
