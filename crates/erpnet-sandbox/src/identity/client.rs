//! Who is asking at the token endpoint: the credentials, and whether they are right (AUTH-084, AUTH-086, AUTH-226).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;

use super::form::Form;
use crate::application::{Application, ClientType};
use crate::apps::secret_matches;
use crate::reply::Call;
use crate::state::{State, lock};

/// The longest `client_id` and `client_secret` that are looked at, in characters (AUTH-086).
pub(crate) const MAX_CREDENTIAL_LEN: usize = 100;

struct Credentials {
    id: String,
    secret: Option<String>,
}

impl Credentials {
    fn within_limits(id: String, secret: Option<String>) -> Option<Self> {
        let fits = |text: &str| text.chars().count() <= MAX_CREDENTIAL_LEN;
        let secret = secret.filter(|secret| !secret.is_empty());
        (!id.trim().is_empty() && fits(&id) && secret.as_deref().is_none_or(fits))
            .then_some(Self { id, secret })
    }

    /// `Authorization: Basic`, both halves form-encoded before they are joined (AUTH-084).
    fn from_header(call: &Call) -> Option<Self> {
        let header = call.headers.get(AUTHORIZATION)?.to_str().ok()?;
        let (scheme, encoded) = header.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let pair = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
        let (id, secret) = pair.split_once(':')?;
        Self::within_limits(form_decoded(id)?, Some(form_decoded(secret)?))
    }

    fn from_body(form: &Form) -> Option<Self> {
        let secret = form.get("client_secret").map(str::to_owned);
        Self::within_limits(form.get("client_id")?.to_owned(), secret)
    }
}

fn form_decoded(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    let decoded = percent_encoding::percent_decode_str(&spaced).decode_utf8();
    decoded.ok().map(std::borrow::Cow::into_owned)
}

/// The application that asks, if it is who it says. Wrong secret, unknown id, disabled application and a `None`
/// record give the same answer (AUTH-129, AUTH-226).
pub(crate) fn authenticate(state: &State, call: &Call, form: &Form) -> Option<Application> {
    let given = Credentials::from_header(call).or_else(|| Credentials::from_body(form))?;
    let app = lock(&state.apps).find(&given.id).cloned()?;
    let proven = match app.client_type {
        // A public client needs no secret; one that is sent is not looked at (AUTH-341).
        ClientType::Public => true,
        ClientType::None => false,
        ClientType::Confidential => {
            let record = app.secret_hash.as_deref();
            let pair = record.zip(given.secret.as_deref());
            pair.is_some_and(|(record, secret)| secret_matches(record, secret))
        }
    };
    (app.enabled && proven).then_some(app)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_086_credentials_have_limits() {
        let fits = |id: usize, secret: usize| {
            Credentials::within_limits("i".repeat(id), Some("s".repeat(secret))).is_some()
        };
        let max = MAX_CREDENTIAL_LEN;
        assert!(fits(max - 1, max - 1) && fits(max, max));
        assert!(!fits(max + 1, 1) && !fits(1, max + 1) && !fits(0, 1));
    }
}
