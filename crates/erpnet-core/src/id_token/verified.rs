//! The claims of an ID token that passed verification (section 10 of the rules).

use std::borrow::Cow;

use erpnet_types::{RawIdToken, Timestamp};
use serde::de::DeserializeOwned;

use super::check::{self, Moment};
use super::identity::Identity;
use super::rules::IdTokenRules;
use crate::claims::{self, strings, time};
use crate::error::{Error, Reason};
use crate::jose::{Compact, Members, TokenFault};

/// A verified ID token: who signed in, when and how. ERP.net puts no profile into it: names and addresses come from the
/// access token's claims, the userinfo endpoint or the Profile site (AUTH-183), so most of what can be asked here
/// can be absent. A claim of the wrong shape is an error for that claim alone (AUTH-250).
#[derive(Clone, Debug)]
pub struct IdToken {
    raw: RawIdToken,
    members: Members,
    expires: Timestamp,
    issued_at: Timestamp,
    auth_time: Option<Timestamp>,
}

impl IdToken {
    pub(super) fn check(
        token: &str,
        members: Members,
        rules: &IdTokenRules,
        moment: Moment,
    ) -> Result<Self, TokenFault> {
        check::issuer(&members, rules)?;
        check::audience(&members, rules)?;
        let times = check::times(&members, rules, moment)?;
        check::subject(&members)?;
        Ok(Self {
            raw: raw(token)?,
            expires: times.expires,
            issued_at: times.issued_at,
            auth_time: time(&members, "auth_time")?,
            members,
        })
    }

    /// Reads an ID token again that was verified when it came and kept where only this application writes: the session
    /// store. It may have expired since. Neither signature nor times nor audience are checked, so nothing that came over
    /// the network may pass through here.
    ///
    /// # Errors
    /// [`Reason::IdToken`] when it is no ID token at all.
    pub fn from_store(stored: RawIdToken) -> Result<Self, Error> {
        let read = || {
            let members = Members::parse(Compact::split(stored.expose())?.payload()?)?;
            check::subject(&members)?;
            let missing = TokenFault::MissingClaim;
            members.text("iss")?.ok_or(missing("iss"))?;
            strings(&members, "aud")?;
            Ok((
                time(&members, "exp")?.ok_or(missing("exp"))?,
                time(&members, "iat")?.ok_or(missing("iat"))?,
                time(&members, "auth_time")?,
                members,
            ))
        };
        let (expires, issued_at, auth_time, members) =
            read().map_err(|fault| Error::from(Reason::IdToken(fault)))?;
        Ok(Self {
            raw: stored,
            members,
            expires,
            issued_at,
            auth_time,
        })
    }

    /// Requires that the ID token of the callback is about the same sign-in as this one of the token endpoint: `iss`,
    /// `sub` and `nonce` are equal (AUTH-182).
    ///
    /// # Errors
    /// [`Reason::IdToken`] with [`TokenFault::ChangedClaim`].
    pub fn check_same_sign_in(&self, front_channel: &Self) -> Result<(), Error> {
        check::same_sign_in(self, front_channel).map_err(|fault| Reason::IdToken(fault).into())
    }

    /// The token as it came, for the `id_token_hint` of a sign-out and for the session store.
    #[must_use]
    pub fn raw(&self) -> &RawIdToken {
        &self.raw
    }

    /// Who signed in. Without the profile ERP.net names no stable id here, so this is issuer and `sub` as a rule;
    /// [`Identity::new`] takes the id from elsewhere.
    #[must_use]
    pub fn identity(&self) -> Identity {
        Identity::new(self.issuer(), self.user_id().as_deref(), self.subject())
    }

    /// The issuer: the authority.
    #[must_use]
    pub fn issuer(&self) -> Cow<'_, str> {
        self.text("iss").unwrap_or_default()
    }

    /// The user's login name, which can change (AUTH-252); unique with the issuer only (AUTH-052).
    #[must_use]
    pub fn subject(&self) -> Cow<'_, str> {
        self.text("sub").unwrap_or_default()
    }

    /// The audiences: this application, and those that are trusted.
    #[must_use]
    pub fn audiences(&self) -> Vec<Cow<'_, str>> {
        strings(&self.members, "aud").unwrap_or_default()
    }

    /// When it ends, by the authority's clock: 300 s after it was issued by default. The session does not end with it.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        self.expires
    }

    /// When it was issued. A refresh may repeat the old one (AUTH-196).
    #[must_use]
    pub fn issued_at(&self) -> Timestamp {
        self.issued_at
    }

    /// When the user signed in, by the authority's clock.
    #[must_use]
    pub fn auth_time(&self) -> Option<Timestamp> {
        self.auth_time
    }

    /// `sid`, the session at the authority: the key of a licence slot. Absent after a refresh (AUTH-196).
    #[must_use]
    pub fn session_id(&self) -> Option<Cow<'_, str>> {
        self.text("sid")
    }

    /// `idp`, who checked the credentials: `local` is ERP.net itself, anything else an external provider (AUTH-204).
    #[must_use]
    pub fn identity_provider(&self) -> Option<Cow<'_, str>> {
        self.text("idp")
    }

    /// Whether an external provider checked the credentials (AUTH-204).
    #[must_use]
    pub fn is_federated(&self) -> bool {
        self.identity_provider().is_some_and(|idp| idp != "local")
    }

    /// `tid`, the tenant at the external provider (AUTH-204).
    #[must_use]
    pub fn tenant(&self) -> Option<Cow<'_, str>> {
        self.text("tid")
    }

    /// `amr`, how the credentials were checked, for example `pwd`; one text or an array of texts.
    ///
    /// # Errors
    /// [`TokenFault::InvalidClaim`] when it is neither.
    pub fn authentication_methods(&self) -> Result<Vec<Cow<'_, str>>, TokenFault> {
        strings(&self.members, "amr")
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

    pub(super) fn members(&self) -> &Members {
        &self.members
    }

    fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.members.text(name).ok().flatten()
    }
}

fn raw(token: &str) -> Result<RawIdToken, TokenFault> {
    RawIdToken::new(token).map_err(|_| TokenFault::Malformed("characters that no ID token has"))
}
