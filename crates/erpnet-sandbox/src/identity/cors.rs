//! Cross-origin calls by browser applications: allowed from the origins of registered redirect URIs (G59).

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderValue, Method, StatusCode};
use url::Url;

use crate::reply::{Call, Reply};
use crate::state::{State, lock};

/// The endpoints that scripts call; pages are not among them.
const PATHS: [&str; 5] = [
    "/id/.well-known/openid-configuration",
    "/id/.well-known/openid-configuration/jwks",
    "/id/connect/token",
    "/id/connect/userinfo",
    "/id/connect/revocation",
];

/// The answer to a preflight request; `None` for other requests.
pub(crate) fn preflight(call: &Call) -> Option<Reply> {
    let asks = call.headers.contains_key(ORIGIN)
        && call.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let is_preflight =
        call.method == Method::OPTIONS && asks && PATHS.contains(&call.path.as_str());
    is_preflight.then(|| Reply::empty(StatusCode::NO_CONTENT))
}

/// Adds what the browser wants to see, if the origin is a registered one.
pub(crate) fn allow(state: &State, call: &Call, mut reply: Reply) -> Reply {
    if !PATHS.contains(&call.path.as_str()) {
        return reply;
    }
    reply = reply.with(VARY, "Origin");
    let Some(origin) = call
        .headers
        .get(ORIGIN)
        .and_then(|origin| origin.to_str().ok())
    else {
        return reply;
    };
    let origin_of = |uri: &str| {
        Url::parse(uri)
            .map(|url| url.origin().ascii_serialization())
            .ok()
    };
    // Schemes without an origin give `null`, which is nobody's.
    let known = origin != "null"
        && lock(&state.apps).all().any(|app| {
            app.enabled
                && app
                    .redirect_uris()
                    .any(|uri| origin_of(uri).as_deref() == Some(origin))
        });
    if known && let Ok(value) = HeaderValue::try_from(origin) {
        reply.headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, value);
        if call.method == Method::OPTIONS {
            reply = reply
                .with(ACCESS_CONTROL_ALLOW_METHODS, "GET, POST")
                .with(ACCESS_CONTROL_ALLOW_HEADERS, "Authorization, Content-Type");
        }
    }
    reply
}
