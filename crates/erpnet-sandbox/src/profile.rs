//! `GET /profile/me`: the profile of the user that a token acts as. Service tokens act as nobody (AUTH-221, AUTH-244).

use http::StatusCode;
use serde_json::json;

use crate::guard::{Refusal, authenticate_anywhere};
use crate::random::guid_of;
use crate::reply::{Call, Reply};
use crate::state::State;

pub(crate) fn answer(state: &State, call: &Call) -> Reply {
    let refused = |status, message: &str| {
        let message = message.to_owned();
        Refusal { status, message }.reply()
    };
    let grant = match authenticate_anywhere(state, &call.headers) {
        Err(refusal) => return refusal.reply(),
        Ok(grant) => grant,
    };
    if !call.is_read() {
        return Reply::page(StatusCode::METHOD_NOT_ALLOWED);
    }
    if !grant.has_user {
        return refused(StatusCode::FORBIDDEN, "the token does not act as a user");
    }
    let Some(user) = grant.user else {
        return refused(StatusCode::UNAUTHORIZED, "the user is not known");
    };
    let at = |path: &str| format!("{}/profile/{path}", state.root);
    let profile = json!({
        "id": user.id,
        "login": user.login,
        "name": user.name,
        "email": user.email,
        "phoneNumber": null,
        "isAdmin": user.is_admin,
        "isActive": user.is_active,
        "userType": user.user_type,
        "preferredLanguage": user.locale,
        "pictureUrl": at("me/picture/64"),
        "largePictureUrl": at("me/picture/128"),
        "person": { "id": guid_of(&format!("person {}", user.id)), "name": user.name },
        "domain": { "id": guid_of("default domain"), "name": "default" },
        "instance": { "database": state.options.database, "url": state.root },
        "links": {
            "profile": at(""),
            "changePassword": at("security/password"),
            "accessTokens": at("security/tokens"),
            "devices": at("devices"),
        },
    });
    Reply::ok(&profile).no_store()
}
