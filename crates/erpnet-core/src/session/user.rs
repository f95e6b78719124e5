//! Who signed in, as it is kept with a session.

use std::borrow::Cow;
use std::fmt;

use erpnet_types::Timestamp;

use crate::id_token::{IdToken, Identity};

/// What the sign-in's ID token said about the person: what the session view goes by. It stays as it was, while the ID token
/// that is kept beside it follows the refreshes, which may leave `sid` out (AUTH-196).
#[derive(Clone, PartialEq, Eq)]
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

/// Shows the authority and the kind only: the values identify people (AUTH-263).
impl fmt::Debug for SignedInUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedInUser")
            .field("identity", &self.identity())
            .field("auth_time", &self.auth_time)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_263_debug_names_nobody() {
        let user = SignedInUser {
            issuer: "https://demodb.my.erp.net/id".to_owned(),
            subject: "j.doe".to_owned(),
            user_id: Some("9da64839-a8d0-491d-aebb-4d18fa42b014".to_owned()),
            session_id: Some("D1FFEDFE".to_owned()),
            auth_time: None,
        };
        let shown = format!("{user:?}");
        assert!(shown.contains("demodb.my.erp.net"), "{shown}");
        for hidden in ["j.doe", "9da64839", "D1FFEDFE"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
    }
}
