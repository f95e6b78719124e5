//! Who signed in, as it is kept with a session.

use std::borrow::Cow;

use erpnet_types::Timestamp;

use crate::id_token::{IdToken, Identity};

/// What the sign-in's ID token said about the person: what later ID tokens are held against (AUTH-196), and what the
/// session view goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedInUser {
    /// The authority.
    pub issuer: String,
    /// `sub`: a login name, which can change hands (AUTH-052).
    pub subject: String,
    /// `id`, the user's stable id, where it is known.
    pub user_id: Option<String>,
    /// `sid`: the authority's session, which is also the licence slot's key (AUTH-206).
    pub session_id: Option<String>,
    /// When the person last proved who they are.
    pub auth_time: Option<Timestamp>,
}

impl SignedInUser {
    pub(crate) fn of(id_token: &IdToken) -> Self {
        Self {
            issuer: id_token.issuer().into_owned(),
            subject: id_token.subject().into_owned(),
            user_id: id_token.user_id().map(Cow::into_owned),
            session_id: id_token.session_id().map(Cow::into_owned),
            auth_time: id_token.auth_time(),
        }
    }

    /// Who it is (AUTH-052).
    #[must_use]
    pub fn identity(&self) -> Identity {
        Identity::new(&*self.issuer, self.user_id.as_deref(), &*self.subject)
    }
}
