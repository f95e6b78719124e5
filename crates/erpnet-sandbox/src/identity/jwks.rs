//! `GET /id/.well-known/openid-configuration/jwks` (AUTH-060, AUTH-071).

use http::StatusCode;

use crate::reply::{Call, Reply};
use crate::state::{State, lock};

pub(crate) fn answer(state: &State, call: &Call) -> Reply {
    if !call.is_read() {
        return Reply::page(StatusCode::METHOD_NOT_ALLOWED);
    }
    Reply::ok(&lock(&state.keys).jwks())
}
