//! Reference tokens, issued and revoked: the part of [`Sandbox`] that the Instance Manager and the Profile site have.

use std::time::Duration;

use erpnet_types::{ClientId, ReferenceToken, ReferenceTokenKind, Timestamp};

use crate::apps::unknown;
use crate::error::SandboxError;
use crate::reference::{Caller, Issued, permits, permits_scopes};
use crate::sandbox::Sandbox;
use crate::state::lock;
use crate::user::{ADMIN_USER, INTERNAL_USER};
use crate::users;

/// How long a reference token lives when no end is chosen: a year, as the dialogs of the platform propose (AUTH-239).
pub const REFERENCE_TOKEN_LIFETIME: Duration = Duration::from_secs(365 * 24 * 3600);

impl Sandbox {
    /// Issues a reference token that ends after [`REFERENCE_TOKEN_LIFETIME`], if the record's policy lets the caller
    /// have it (AUTH-126). Personal tokens act as [`INTERNAL_USER`] or [`ADMIN_USER`], as the caller is;
    /// [`Sandbox::issue_personal_token`] takes any user.
    ///
    /// # Errors
    /// [`SandboxError::NotIssued`] with the condition that is not met; [`SandboxError::UnknownApplication`].
    pub fn issue_reference_token(
        &self,
        client_id: &ClientId,
        kind: ReferenceTokenKind,
        caller: Caller,
        scopes: &str,
    ) -> Result<ReferenceToken, SandboxError> {
        let expires = self
            .state
            .options
            .clock
            .now()
            .after(REFERENCE_TOKEN_LIFETIME);
        self.issue_reference_token_until(client_id, kind, caller, scopes, expires)
    }

    /// Issues a reference token that ends at a chosen time.
    ///
    /// # Errors
    /// As [`Sandbox::issue_reference_token`].
    pub fn issue_reference_token_until(
        &self,
        client_id: &ClientId,
        kind: ReferenceTokenKind,
        caller: Caller,
        scopes: &str,
        expires: Timestamp,
    ) -> Result<ReferenceToken, SandboxError> {
        let login = match caller {
            Caller::User => INTERNAL_USER,
            Caller::Administrator => ADMIN_USER,
        };
        let user_id = self.user(login).map(|user| user.id);
        self.issue_to(client_id, kind, caller, user_id, scopes, expires)
    }

    /// Issues a personal token to a user, if the record's policy lets them have it (AUTH-126). It ends after
    /// [`REFERENCE_TOKEN_LIFETIME`].
    ///
    /// # Errors
    /// [`SandboxError::UnknownUser`]; as [`Sandbox::issue_reference_token`].
    pub fn issue_personal_token(
        &self,
        client_id: &ClientId,
        login: &str,
        scopes: &str,
    ) -> Result<ReferenceToken, SandboxError> {
        let user = self.user(login).ok_or_else(|| users::unknown(login))?;
        let caller = if user.is_admin {
            Caller::Administrator
        } else {
            Caller::User
        };
        let expires = self.clock().now().after(REFERENCE_TOKEN_LIFETIME);
        self.issue_to(
            client_id,
            ReferenceTokenKind::Personal,
            caller,
            Some(user.id),
            scopes,
            expires,
        )
    }

    fn issue_to(
        &self,
        client_id: &ClientId,
        kind: ReferenceTokenKind,
        caller: Caller,
        user_id: Option<String>,
        scopes: &str,
        expires: Timestamp,
    ) -> Result<ReferenceToken, SandboxError> {
        let app = self
            .application(client_id)
            .ok_or_else(|| unknown(client_id))?;
        let scopes: Vec<_> = scopes.split_whitespace().map(str::to_owned).collect();
        let lenient = self.state.options.admins_issue_service_tokens;
        permits(&app, kind, caller, lenient)
            .and_then(|()| permits_scopes(&app, &scopes))
            .map_err(|reason| SandboxError::NotIssued { reason })?;
        let value = lock(&self.state.reference_tokens).issue(Issued {
            client_id: client_id.clone(),
            kind,
            caller,
            user_id,
            scopes,
            expires,
        })?;
        let token = ReferenceToken::new(self.instance(), value).expect("made to be valid");
        Ok(token.with_kind(kind).with_expiry(expires))
    }

    /// Revokes a reference token, at once (AUTH-241); whether it was in force.
    pub fn revoke_reference_token(&self, token: &ReferenceToken) -> bool {
        lock(&self.state.reference_tokens).revoke(token.expose())
    }
}
