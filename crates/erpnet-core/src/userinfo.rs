//! The userinfo endpoint: claims about the user who signed in (OpenID Connect Core section 5.3, AUTH-087).

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use erpnet_types::AccessToken;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use serde::de::DeserializeOwned;

use crate::claims;
use crate::error::{Error, Reason};
use crate::flow::{Exchange, Limits, Replay, Transmit};
use crate::id_token::{IdToken, Identity};
use crate::jose::{Members, TokenFault};
use crate::provider::ProviderMetadata;
use crate::reading;
use crate::time::Now;

/// The longest userinfo answer that is read, in bytes.
pub const MAX_USER_INFO: usize = 64 * 1024;

/// `GET {userinfo_endpoint}`, with the access token in the header and nowhere else.
pub struct UserInfoRequest {
    endpoint: http::Uri,
    access_token: AccessToken,
    issuer: String,
    subject: String,
    deadline: Duration,
}

/// What the authority says about the user, believed because it came over TLS from the authority's own endpoint and is
/// about the user of the ID token. Everything but `sub` can be absent; which claims come depends on the scopes.
#[derive(Clone, Debug)]
pub struct UserInfo {
    issuer: String,
    members: Members,
}

/// Why there is no user info.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UserInfoFault {
    /// 401 (RFC 6750 section 3.1).
    #[error("the userinfo endpoint does not accept the access token (status 401)")]
    TokenRejected,
    /// 403: usually the scope `openid` is missing.
    #[error("the userinfo endpoint refuses the access token (status 403)")]
    Forbidden,
    /// A JWT instead of JSON (OpenID Connect Core section 5.3.2).
    #[error("expected userinfo as JSON, found a signed or encrypted answer (`application/jwt`)")]
    Signed,
    /// About another user than the ID token (OpenID Connect Core section 5.3.4).
    #[error("the userinfo answer is about another user: its `sub` is not that of the ID token")]
    OtherSubject,
    /// Not the claims that it should hold.
    #[error("the userinfo answer is not usable: {0}")]
    Claims(TokenFault),
}

impl UserInfoRequest {
    /// Prepares the request for the user of `id_token`, with the access token that came with it.
    ///
    /// # Errors
    /// [`Reason::Unsupported`] when the authority names no such endpoint (AUTH-087).
    pub fn new(
        provider: &ProviderMetadata,
        access_token: AccessToken,
        id_token: &IdToken,
        deadline: Duration,
    ) -> Result<Self, Error> {
        let endpoint = provider.userinfo_endpoint.clone();
        Ok(Self {
            endpoint: endpoint.ok_or(Reason::Unsupported {
                what: "userinfo endpoint",
            })?,
            access_token,
            issuer: id_token.issuer().into_owned(),
            subject: id_token.subject().into_owned(),
            deadline,
        })
    }
}

/// Shows the endpoint only: the subject identifies a person.
impl fmt::Debug for UserInfoRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserInfoRequest")
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

impl Exchange for UserInfoRequest {
    type Output = UserInfo;

    const DOING: &'static str = "userinfo request";

    fn uri(&self) -> &http::Uri {
        &self.endpoint
    }

    fn request(&self) -> Result<Transmit, Error> {
        let bearer = zeroize::Zeroizing::new(format!("Bearer {}", self.access_token.expose()));
        let value = HeaderValue::from_str(&bearer);
        let mut value = value.map_err(|_| Error::config("the token cannot stand in a header"))?;
        value.set_sensitive(true);
        let request = http::Request::get(&self.endpoint)
            .header(ACCEPT, "application/json")
            .header(AUTHORIZATION, value)
            .body(Vec::new())
            .map_err(|_| Error::config("the address cannot be written as a request"))?;
        let limits = Limits {
            body: MAX_USER_INFO,
            deadline: self.deadline,
        };
        Ok(Transmit::new(request, limits))
    }

    fn replay(&self) -> Replay {
        Replay::Safe
    }

    fn read(&self, reply: http::Response<Vec<u8>>, _now: Now) -> Result<UserInfo, Error> {
        match reply.status() {
            StatusCode::UNAUTHORIZED => return Err(UserInfoFault::TokenRejected.into()),
            StatusCode::FORBIDDEN => return Err(UserInfoFault::Forbidden.into()),
            status if status.is_success() && is_jwt(&reply) => {
                return Err(UserInfoFault::Signed.into());
            }
            _ => {}
        }
        reading::json(&reply, "claims about the user")?;
        let claims = || {
            let text = String::from_utf8(reply.into_body())
                .map_err(|_| TokenFault::Malformed("claims that are not UTF-8"))?;
            let members = Members::parse(text)?;
            let subject = members
                .text("sub")?
                .ok_or(TokenFault::MissingClaim("sub"))?;
            let same = subject == self.subject;
            Ok((members, same))
        };
        match claims().map_err(UserInfoFault::Claims)? {
            (_, false) => Err(UserInfoFault::OtherSubject.into()),
            (members, true) => Ok(UserInfo {
                issuer: self.issuer.clone(),
                members,
            }),
        }
    }
}

fn is_jwt(reply: &http::Response<Vec<u8>>) -> bool {
    let content_type = reply.headers().get(CONTENT_TYPE);
    let labelled = content_type
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|value| value.trim().eq_ignore_ascii_case("application/jwt"));
    // Every JWT begins like this, whatever it is labelled: `{"` in base64url.
    labelled || reply.body().starts_with(b"eyJ")
}

impl UserInfo {
    /// Who it is: issuer and stable id if the answer has one, else issuer and `sub` (AUTH-052).
    #[must_use]
    pub fn identity(&self) -> Identity {
        Identity::new(&*self.issuer, self.user_id().as_deref(), self.subject())
    }

    /// The login name, equal to that of the ID token.
    #[must_use]
    pub fn subject(&self) -> Cow<'_, str> {
        self.text("sub").unwrap_or_default()
    }

    /// The user's stable id, `id`, or its one-time spelling `sub_id` when that is a GUID (AUTH-252, AUTH-253).
    #[must_use]
    pub fn user_id(&self) -> Option<Cow<'_, str>> {
        claims::user_id(&self.members)
    }

    /// The name to show.
    #[must_use]
    pub fn name(&self) -> Option<Cow<'_, str>> {
        self.text("name")
    }

    /// The e-mail address, if the identity service vouches for it (AUTH-261).
    #[must_use]
    pub fn verified_email(&self) -> Option<Cow<'_, str>> {
        claims::verified_email(&self.members)
    }

    /// `locale`, a language or a culture: `bg`, `en-US` (AUTH-262).
    #[must_use]
    pub fn locale(&self) -> Option<Cow<'_, str>> {
        self.text("locale")
    }

    /// A boolean claim, as JSON or as text in any case (AUTH-250).
    ///
    /// # Errors
    /// [`TokenFault::InvalidClaim`] for anything else.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>, TokenFault> {
        claims::boolean(&self.members, name)
    }

    /// Any claim, in the caller's type; `None` when it is absent or `null` (AUTH-258).
    ///
    /// # Errors
    /// [`TokenFault::InvalidClaim`] when it has another shape.
    pub fn claim<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, TokenFault> {
        self.members.read(name, "of the type asked for")
    }

    /// The names of all claims.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.members.names()
    }

    fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.members.text(name).ok().flatten()
    }
}

impl From<UserInfoFault> for Error {
    fn from(fault: UserInfoFault) -> Self {
        Reason::UserInfo(fault).into()
    }
}
