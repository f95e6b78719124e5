//! Revoking a refresh token (RFC 7009, AUTH-088).

use std::time::Duration;

use erpnet_types::{ClientId, RefreshToken, ScopeSet, Secret};
use http::StatusCode;
use zeroize::Zeroize;

use crate::document::{self, Raw};
use crate::error::{Error, OAuthError, Reason};
use crate::flow::{Exchange, Replay, Transmit};
use crate::provider::ProviderMetadata;
use crate::reading;
use crate::time::Now;
use crate::token::TokenRequest;

/// `POST {revocation_endpoint}` with `token_type_hint=refresh_token`. A token that the authority does not know counts as
/// revoked (RFC 7009 section 2.2). Access tokens are JWTs, which nobody can revoke, so there is no request for them.
#[derive(Debug)]
pub struct RevokeRefreshToken {
    endpoint: http::Uri,
    client_id: ClientId,
    secret: Option<Secret>,
    token: RefreshToken,
    deadline: Duration,
}

impl RevokeRefreshToken {
    /// Prepares the request; a public application has no secret.
    ///
    /// # Errors
    /// [`Reason::Unsupported`] when the authority names no such endpoint.
    pub fn new(
        provider: &ProviderMetadata,
        client_id: ClientId,
        secret: Option<Secret>,
        token: RefreshToken,
        deadline: Duration,
    ) -> Result<Self, Error> {
        let endpoint = provider.revocation_endpoint.clone();
        Ok(Self {
            endpoint: endpoint.ok_or(Reason::Unsupported {
                what: "revocation endpoint",
            })?,
            client_id,
            secret,
            token,
            deadline,
        })
    }
}

impl Exchange for RevokeRefreshToken {
    type Output = ();

    const DOING: &'static str = "token revocation";

    fn uri(&self) -> &http::Uri {
        &self.endpoint
    }

    fn request(&self) -> Result<Transmit, Error> {
        TokenRequest::without_grant(&self.client_id, self.secret.as_ref())
            .field("token", self.token.expose())
            .field("token_type_hint", "refresh_token")
            .transmit(&self.endpoint, self.deadline)
    }

    /// A token that is revoked twice is revoked.
    fn replay(&self) -> Replay {
        Replay::Safe
    }

    fn read(&self, mut reply: http::Response<Vec<u8>>, _now: Now) -> Result<(), Error> {
        let read = self.verdict(&reply);
        reply.body_mut().zeroize();
        read
    }
}

impl RevokeRefreshToken {
    fn verdict(&self, reply: &http::Response<Vec<u8>>) -> Result<(), Error> {
        let status = reply.status();
        // A login or proxy page is nobody's word that the token is revoked.
        if status == StatusCode::OK && !reading::looks_like_html(reply) {
            return Ok(());
        }
        if status.is_client_error()
            && let Ok(members) = document::members(reply.body(), ["error", "error_description"])
            && let [Some(error), description] = members
        {
            let (code, description) = (error.text(), description.and_then(Raw::text));
            let code = code.as_deref().unwrap_or("(not a text)");
            let mut secrets = vec![self.token.expose()];
            secrets.extend(self.secret.as_ref().map(Secret::expose));
            let error = OAuthError::new(code, description.as_deref(), status.as_u16(), &secrets);
            return Err(Reason::OAuth(error.asked("revocation", &ScopeSet::empty())).into());
        }
        reading::json(reply, "an answer of the revocation endpoint")?;
        Err(Reason::Status {
            expected: "status 200 of the revocation endpoint",
            status: status.as_u16(),
            page: "",
        }
        .into())
    }
}
