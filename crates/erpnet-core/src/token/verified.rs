//! The claims of an access token that passed verification (section 10 of the rules).

use std::borrow::Cow;

use erpnet_types::{ScopeSet, Timestamp};
use serde::de::DeserializeOwned;

use super::verify::AccessTokenRules;
use crate::claims::{self, scopes_of, strings, time};
use crate::jose::{Members, TokenFault};

/// A verified access token's claims. What access is decided on was read eagerly; everything else is read when asked
/// for, in the type that is asked for (AUTH-256, AUTH-258).
///
/// Every claim but `iss`, `aud` and `exp` may be absent. A claim of the wrong shape is an error for that claim alone
/// (AUTH-250).
#[derive(Clone, Debug)]
pub struct VerifiedToken {
    members: Members,
    scopes: ScopeSet,
    expires: Timestamp,
    not_before: Option<Timestamp>,
}

impl VerifiedToken {
    pub(super) fn check(
        members: Members,
        rules: &AccessTokenRules,
        now: Timestamp,
    ) -> Result<Self, TokenFault> {
        rules.check_issuer(members.text("iss")?.as_deref())?;
        let audiences = strings(&members, "aud")?;
        rules.check_audience(audiences.iter().map(Cow::as_ref))?;
        let not_before = time(&members, "nbf")?;
        let expires = rules.check_times(time(&members, "exp")?, not_before, now)?;
        if rules.client_id.is_some() {
            rules.check_client(members.text("client_id")?.as_deref())?;
        }
        let scopes = scopes_of(&strings(&members, "scope")?)?;
        Ok(Self {
            members,
            scopes,
            expires,
            not_before,
        })
    }

    /// A token that ends a day after `now`.
    #[cfg(test)]
    pub(crate) fn for_tests(now: Timestamp) -> Self {
        let expires = now.after(std::time::Duration::from_secs(24 * 3600));
        let members = Members::parse("{}".to_owned()).unwrap();
        Self {
            members,
            scopes: ScopeSet::empty(),
            expires,
            not_before: None,
        }
    }

    /// Whether its times hold at another moment.
    pub(super) fn check_times(
        &self,
        rules: &AccessTokenRules,
        now: Timestamp,
    ) -> Result<(), TokenFault> {
        rules
            .check_times(Some(self.expires), self.not_before, now)
            .map(drop)
    }

    /// The issuer: the instance's authority.
    #[must_use]
    pub fn issuer(&self) -> Cow<'_, str> {
        self.text("iss").unwrap_or_default()
    }

    /// The audiences, as a set (AUTH-076).
    #[must_use]
    pub fn audiences(&self) -> Vec<Cow<'_, str>> {
        strings(&self.members, "aud").unwrap_or_default()
    }

    /// The scopes that were granted (AUTH-079).
    #[must_use]
    pub fn scopes(&self) -> &ScopeSet {
        &self.scopes
    }

    /// When it ends, by the authority's clock.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        self.expires
    }

    /// When it was issued. Older servers leave it out, and a refresh repeats the old one (AUTH-196, AUTH-218).
    #[must_use]
    pub fn issued_at(&self) -> Option<Timestamp> {
        time(&self.members, "iat").ok().flatten()
    }

    /// The application that it was issued to.
    #[must_use]
    pub fn client_id(&self) -> Option<Cow<'_, str>> {
        self.text("client_id")
    }

    /// The user's login name: absent in service tokens, and no stable key (AUTH-217, AUTH-252).
    #[must_use]
    pub fn subject(&self) -> Option<Cow<'_, str>> {
        self.text("sub")
    }

    /// The user's stable id, `id`, or its one-time spelling `sub_id` when that is a GUID (AUTH-252, AUTH-253).
    #[must_use]
    pub fn user_id(&self) -> Option<Cow<'_, str>> {
        claims::user_id(&self.members)
    }

    /// Whether it acts as the application's system user: `client_system_user` and no `sub` (AUTH-255).
    #[must_use]
    pub fn is_service(&self) -> bool {
        self.subject().is_none() && self.system_user().is_some()
    }

    /// The login name of the system user that a service token acts as (AUTH-217).
    #[must_use]
    pub fn system_user(&self) -> Option<Cow<'_, str>> {
        self.text("client_system_user")
            .or_else(|| self.text("system_user"))
    }

    /// The database: an opaque label that may contain blanks (AUTH-259).
    #[must_use]
    pub fn database(&self) -> Option<Cow<'_, str>> {
        self.text("client_db").or_else(|| self.text("db"))
    }

    /// Whether the user is an administrator: for display, never the ground of a right (AUTH-251).
    ///
    /// # Errors
    /// [`TokenFault::InvalidClaim`] when it is neither a boolean nor the text of one.
    pub fn is_admin(&self) -> Result<Option<bool>, TokenFault> {
        self.boolean("is_admin")
    }

    /// The e-mail address, if the identity service vouches for it (AUTH-261).
    #[must_use]
    pub fn verified_email(&self) -> Option<Cow<'_, str>> {
        claims::verified_email(&self.members)
    }

    /// A boolean claim, as JSON or as text in any case (AUTH-250).
    ///
    /// # Errors
    /// [`TokenFault::InvalidClaim`] for anything else.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>, TokenFault> {
        claims::boolean(&self.members, name)
    }

    /// Any claim, in the caller's type; `None` when it is absent or `null`.
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
