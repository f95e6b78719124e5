//! The token that calls carry, of whichever kind: one interface, with what each kind can do.

use std::fmt;

use erpnet_access::{CallFacts, Carrier, ScopeFlags, TokenKind, UserType};
use erpnet_types::{AccessToken, ReferenceToken, ReferenceTokenKind, ScopeSet, Timestamp};
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};

use crate::error::Error;
use crate::session::SignedInUser;

/// A token for API calls, with what is known about it.
pub struct ApiToken {
    pub(super) value: TokenValue,
    pub(super) scopes: Option<ScopeSet>,
    pub(super) requested: ScopeSet,
    pub(super) generation: u64,
    pub(super) expires: Option<Timestamp>,
}

pub(super) enum TokenValue {
    /// Issued by client credentials.
    Service(AccessToken),
    /// A PAT or SAT, and the header that it travels in.
    Reference(ReferenceToken, TokenHeader),
    /// Issued to a user who signed in.
    User {
        token: AccessToken,
        user: Box<SignedInUser>,
        /// When the refresh tokens are expected to end; `None` without one.
        renewable_until: Option<Timestamp>,
    },
}

/// Which header a reference token travels in: exactly one (AUTH-230..232).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TokenHeader {
    /// `Authorization: Bearer`, for everything that can set it.
    #[default]
    Bearer,
    /// `X-Api-Key`.
    XApiKey,
    /// `Api-Key`.
    ApiKey,
}

/// What a kind of token can do (section 9 of the rules). `None` where only the operator knows: the kind of a reference
/// token cannot be read from it (AUTH-238).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Capabilities {
    /// Acts as a person, not as the application's system user.
    pub has_user: Option<bool>,
    /// Can be renewed without a person: a service's token can, a reference token is reissued by hand (AUTH-240).
    pub can_renew: bool,
    /// Works with the Profile site: needs a user (AUTH-221, AUTH-244).
    pub works_with_profile: Option<bool>,
    /// Can be verified here: a JWT can, a reference token only by its instance (AUTH-228).
    pub can_verify: bool,
}

impl ApiToken {
    /// The token's text, for a header and nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        match &self.value {
            TokenValue::Service(token) | TokenValue::User { token, .. } => token.expose(),
            TokenValue::Reference(token, _) => token.expose(),
        }
    }

    /// What was granted (AUTH-143). Unknown for a reference token whose scopes the operator did not state (AUTH-155).
    #[must_use]
    pub fn scopes(&self) -> Option<&ScopeSet> {
        self.scopes.as_ref()
    }

    /// What was requested and not granted.
    #[must_use]
    pub fn withheld(&self) -> ScopeSet {
        self.scopes
            .as_ref()
            .map_or_else(ScopeSet::empty, |granted| {
                self.requested.difference(granted)
            })
    }

    /// When it ends, by this machine's wall clock at the time it was obtained. Advisory for a reference token.
    #[must_use]
    pub fn expires(&self) -> Option<Timestamp> {
        self.expires
    }

    /// Which token of the connection it is, counted from 1.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The user who signed in, for a token that was issued to one.
    #[must_use]
    pub fn user(&self) -> Option<&SignedInUser> {
        match &self.value {
            TokenValue::User { user, .. } => Some(user),
            TokenValue::Service(_) | TokenValue::Reference(..) => None,
        }
    }

    /// When a person is expected to have to sign in again; `None` for a token that is not renewed by a sign-in.
    #[must_use]
    pub fn sign_in_ends(&self) -> Option<Timestamp> {
        match &self.value {
            TokenValue::User {
                renewable_until, ..
            } => *renewable_until,
            TokenValue::Service(_) | TokenValue::Reference(..) => None,
        }
    }

    /// What this kind of token can do.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        match &self.value {
            TokenValue::Service(_) => Capabilities {
                has_user: Some(false),
                can_renew: true,
                works_with_profile: Some(false),
                can_verify: true,
            },
            TokenValue::User {
                renewable_until, ..
            } => Capabilities {
                has_user: Some(true),
                can_renew: renewable_until.is_some(),
                works_with_profile: Some(true),
                can_verify: true,
            },
            TokenValue::Reference(token, _) => {
                let user = has_user(token.kind());
                Capabilities {
                    has_user: user,
                    can_renew: false,
                    works_with_profile: user,
                    can_verify: false,
                }
            }
        }
    }

    /// What the access model is told about it. A service's token was looked at before it was kept: it is of this
    /// instance, and for its APIs.
    #[must_use]
    pub fn facts(&self, now: Timestamp) -> CallFacts {
        let scopes = self.scopes.as_ref().map(ScopeFlags::from);
        let facts = match &self.value {
            TokenValue::Service(_) => CallFacts::service(scopes.unwrap_or_default(), now),
            TokenValue::User { .. } => CallFacts::user(scopes.unwrap_or_default(), now),
            TokenValue::Reference(token, header) => {
                let stated = scopes.unwrap_or_default();
                let carrier = if *header == TokenHeader::Bearer {
                    Carrier::Bearer
                } else {
                    Carrier::ApiKey
                };
                let facts = match token.kind() {
                    ReferenceTokenKind::Personal => {
                        CallFacts::personal(stated, UserType::NotStated)
                    }
                    ReferenceTokenKind::Service => CallFacts::service_reference(stated),
                    ReferenceTokenKind::Unknown => CallFacts {
                        kind: TokenKind::Reference,
                        ..CallFacts::service_reference(stated)
                    },
                };
                CallFacts { carrier, ..facts }
            }
        };
        CallFacts { scopes, ..facts }
    }

    /// The one header that carries it, its value marked as sensitive.
    ///
    /// # Errors
    /// None in practice: a token's characters fit a header.
    pub fn header(&self) -> Result<(HeaderName, HeaderValue), Error> {
        let (name, scheme) = match &self.value {
            TokenValue::Service(_)
            | TokenValue::User { .. }
            | TokenValue::Reference(_, TokenHeader::Bearer) => (AUTHORIZATION, "Bearer "),
            TokenValue::Reference(_, TokenHeader::XApiKey) => {
                (HeaderName::from_static("x-api-key"), "")
            }
            TokenValue::Reference(_, TokenHeader::ApiKey) => {
                (HeaderName::from_static("api-key"), "")
            }
        };
        let text = zeroize::Zeroizing::new(format!("{scheme}{}", self.expose()));
        let value = HeaderValue::from_str(&text);
        let mut value = value.map_err(|_| Error::config("the token cannot stand in a header"))?;
        value.set_sensitive(true);
        Ok((name, value))
    }
}

/// Whether a reference token acts as a person; only the operator knows (AUTH-238).
pub(super) fn has_user(kind: ReferenceTokenKind) -> Option<bool> {
    match kind {
        ReferenceTokenKind::Personal => Some(true),
        ReferenceTokenKind::Service => Some(false),
        ReferenceTokenKind::Unknown => None,
    }
}

impl fmt::Debug for ApiToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("ApiToken");
        match &self.value {
            TokenValue::Service(token) | TokenValue::User { token, .. } => {
                shown.field("value", token)
            }
            TokenValue::Reference(token, _) => shown.field("value", token),
        };
        shown
            .field("scopes", &self.scopes)
            .field("generation", &self.generation)
            .field("expires", &self.expires)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use erpnet_types::Instance;

    fn reference(kind: ReferenceTokenKind, header: TokenHeader) -> ApiToken {
        let token = ReferenceToken::new(
            Instance::parse("demodb").unwrap(),
            format!("enrt_{}", "A1".repeat(32)),
        )
        .unwrap();
        let value = TokenValue::Reference(token.with_kind(kind), header);
        let requested = ScopeSet::empty();
        ApiToken {
            value,
            scopes: None,
            requested,
            generation: 1,
            expires: None,
        }
    }

    #[test]
    fn auth_230_231_one_header_whatever_the_configuration() {
        let name = |header| {
            reference(ReferenceTokenKind::Unknown, header)
                .header()
                .unwrap()
                .0
                .to_string()
        };
        assert_eq!(name(TokenHeader::Bearer), "authorization");
        assert_eq!(name(TokenHeader::XApiKey), "x-api-key");
        assert_eq!(name(TokenHeader::ApiKey), "api-key");
        assert_eq!(TokenHeader::default(), TokenHeader::Bearer, "AUTH-232");
        let (_, value) = reference(ReferenceTokenKind::Unknown, TokenHeader::XApiKey)
            .header()
            .unwrap();
        assert!(value.is_sensitive());
        assert!(
            value.to_str().unwrap().starts_with("enrt_"),
            "no scheme in an API key"
        );
    }

    #[test]
    fn auth_221_240_244_capabilities_by_kind() {
        let of = |kind| reference(kind, TokenHeader::Bearer).capabilities();
        assert_eq!(
            of(ReferenceTokenKind::Personal).works_with_profile,
            Some(true)
        );
        assert_eq!(
            of(ReferenceTokenKind::Service).works_with_profile,
            Some(false)
        );
        assert_eq!(of(ReferenceTokenKind::Unknown).has_user, None);
        assert!(!of(ReferenceTokenKind::Personal).can_renew);
    }
}
