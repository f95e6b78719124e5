//! A look at an unverified token, to refuse earlier and never to allow (AUTH-040, AUTH-041, AUTH-078, AUTH-260).

use erpnet_types::authority::GLOBAL_ISSUER;
use erpnet_types::{AccessToken, ClientId, InstanceAuthority, Timestamp};

use crate::claims::{strings, time};
use crate::error::{Error, Reason, clean_text};
use crate::jose::{Compact, Members, TokenFault};

/// What a JWT says about its own times; nothing for a token that is not a JWT.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct StatedTimes {
    pub(crate) expires: Option<Timestamp>,
    pub(crate) valid_from: Option<Timestamp>,
}

/// Refuses a token that the instance's APIs would refuse anyway: issued by the global authority, by another instance,
/// to another application, or for no API. A token that is not a JWT passes, for clients must not require one
/// (AUTH-083).
///
/// # Errors
/// [`Reason::GlobalTokenForInstanceApi`], [`Reason::ForeignToken`] or [`Reason::Token`].
pub fn check_before_sending(
    token: &AccessToken,
    authority: &InstanceAuthority,
    client_id: Option<&ClientId>,
) -> Result<(), Error> {
    stated_times(token, authority, client_id).map(drop)
}

pub(crate) fn stated_times(
    token: &AccessToken,
    authority: &InstanceAuthority,
    client_id: Option<&ClientId>,
) -> Result<StatedTimes, Error> {
    let Some(members) = payload(token) else {
        return Ok(StatedTimes::default());
    };
    if let Ok(Some(issuer)) = members.text("iss") {
        if issuer == GLOBAL_ISSUER && authority.issuer() != GLOBAL_ISSUER {
            return Err(Reason::GlobalTokenForInstanceApi.into());
        }
        if issuer != authority.issuer() {
            let (expected, found) = (authority.issuer().to_owned(), clean_text(&issuer, 200));
            return Err(Reason::ForeignToken { expected, found }.into());
        }
    }
    if let Ok(audiences) = strings(&members, "aud") {
        let resources = format!("{}/resources", authority.issuer());
        if !audiences.is_empty() && audiences.iter().all(|audience| *audience == resources) {
            return Err(TokenFault::NoApiAudience.into());
        }
    }
    if let (Some(expected), Ok(Some(found))) = (client_id, members.text("client_id"))
        && found != expected.as_str()
    {
        let (expected, found) = (expected.to_string(), clean_text(&found, 100));
        return Err(TokenFault::WrongClient { expected, found }.into());
    }
    let read = |name| time(&members, name).ok().flatten();
    Ok(StatedTimes {
        expires: read("exp"),
        valid_from: read("nbf").or_else(|| read("iat")),
    })
}

fn payload(token: &AccessToken) -> Option<Members> {
    let compact = Compact::split(token.expose()).ok()?;
    Members::parse(compact.payload().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use erpnet_types::Instance;
    use serde_json::{Value, json};

    fn check(claims: &Value) -> Result<(), Reason> {
        let token = format!("e30.{}.AA", URL_SAFE_NO_PAD.encode(claims.to_string()));
        check_text(&token)
    }

    fn check_text(token: &str) -> Result<(), Reason> {
        let authority = InstanceAuthority::default_for(Instance::parse("demodb").unwrap()).unwrap();
        let client = ClientId::parse("PK").unwrap();
        let token = AccessToken::new(token).unwrap();
        check_before_sending(&token, &authority, Some(&client))
            .map_err(|error| error.reason().clone())
    }

    #[test]
    fn auth_040_041_foreign_tokens_are_not_sent() {
        assert_eq!(
            check(&json!({"iss": "https://id.erp.net/id"})),
            Err(Reason::GlobalTokenForInstanceApi)
        );
        let foreign = check(&json!({"iss": "https://other.my.erp.net/id"})).unwrap_err();
        assert!(
            foreign.to_string().contains("other.my.erp.net")
                && foreign.to_string().contains("demodb")
        );
        assert_eq!(
            check(&json!({"iss": "https://demodb.my.erp.net/id"})),
            Ok(())
        );
    }

    #[test]
    fn auth_078_260_useless_tokens_are_not_sent() {
        let resources = "https://demodb.my.erp.net/id/resources";
        assert_eq!(
            check(&json!({ "aud": resources })),
            Err(Reason::Token(TokenFault::NoApiAudience))
        );
        assert_eq!(check(&json!({ "aud": [resources, "DomainAPI"] })), Ok(()));
        assert!(matches!(
            check(&json!({"client_id": "pk"})),
            Err(Reason::Token(TokenFault::WrongClient { .. }))
        ));
    }

    #[test]
    fn auth_083_opaque_tokens_pass() {
        for token in ["0A1B2C", "a.b.c", "e30.bm90anNvbg.AA"] {
            assert_eq!(check_text(token), Ok(()), "{token}");
        }
    }
}
