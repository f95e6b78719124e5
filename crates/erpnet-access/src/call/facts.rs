//! What is known about the token that a call presents.

use erpnet_types::{
    InstanceAuthority, ReferenceToken, ReferenceTokenKind, ScopeSet, Timestamp,
    authority::GLOBAL_ISSUER,
};
use serde::Serialize;

use crate::scopes::ScopeFlags;
use crate::user::UserType;

/// What kind of token is presented (table "capability by token kind").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// None at all.
    #[default]
    Missing,
    /// An access token of a signed-in user (`sub` is present, AUTH-255).
    User,
    /// An access token of client credentials (`client_system_user` and no `sub`, AUTH-255).
    Service,
    /// A personal access token, PAT: acts as the user who issued it (AUTH-234).
    Personal,
    /// A service access token, SAT: acts as the application's system user (AUTH-234).
    ServiceReference,
    /// A reference token of unknown kind: only the operator knows (AUTH-238).
    Reference,
    /// An ID token: says who signed in, opens nothing (AUTH-075).
    Id,
}

impl TokenKind {
    /// Every value: for tables over all of them.
    pub const ALL: [Self; 7] = [
        Self::Missing,
        Self::User,
        Self::Service,
        Self::Personal,
        Self::ServiceReference,
        Self::Reference,
        Self::Id,
    ];

    /// Whether it is an opaque `enrt_` token (AUTH-228).
    #[must_use]
    pub const fn is_reference(self) -> bool {
        matches!(
            self,
            Self::Personal | Self::ServiceReference | Self::Reference
        )
    }

    /// A phrase for it, for messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "no token",
            Self::User => "user access token",
            Self::Service => "service access token",
            Self::Personal => "personal access token (PAT)",
            Self::ServiceReference => "service access token (SAT)",
            Self::Reference => "reference token of unknown kind",
            Self::Id => "ID token",
        }
    }
}

/// How the token travels (AUTH-230, AUTH-231).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Carrier {
    /// `Authorization: Bearer`.
    #[default]
    Bearer,
    /// An API-key header, `X-Api-Key` or `Api-Key`: for reference tokens only.
    ApiKey,
    /// Both in one request.
    Both,
}

/// Who issued the token, compared with the instance that is called (AUTH-040, AUTH-041).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Issuer {
    /// Nobody said: the token is opaque and came from somewhere else.
    #[default]
    NotStated,
    /// The authority of the instance that is called.
    ThisInstance,
    /// The authority of another instance.
    OtherInstance,
    /// The global authority, `https://id.erp.net/id`.
    Global,
}

impl Issuer {
    /// Compares an `iss` claim with the authority of the instance, by exact text (AUTH-057).
    #[must_use]
    pub fn of(iss: &str, authority: &InstanceAuthority) -> Self {
        if iss == authority.issuer() {
            Self::ThisInstance
        } else if iss == GLOBAL_ISSUER {
            Self::Global
        } else {
            Self::OtherInstance
        }
    }
}

/// The audiences of a token, as a set (AUTH-076, AUTH-077, G23).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Audiences(u8);

impl Audiences {
    /// None.
    pub const EMPTY: Self = Self(0);
    /// `DomainAPI`.
    pub const DOMAIN_API: Self = Self(1);
    /// `TableAPI`.
    pub const TABLE_API: Self = Self(2);
    /// `OLAP`, `AppServer`, or a name that this version does not know.
    pub const OTHER: Self = Self(4);
    /// `DomainApi`: the one audience of servers before 2023.
    pub const LEGACY: Self = Self(8);
    /// `{iss}/resources`: present in every token, opens nothing by itself (AUTH-078).
    pub const RESOURCES: Self = Self(16);
    /// What tokens with resource scopes carry today.
    pub const API: Self = Self(1 | 2 | 4 | 16);

    /// The set with these bits: for tables over all sets.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & 31)
    }

    /// Whether all of `other` is in this set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether the sets share an audience.
    #[must_use]
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Both sets together.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The set of the `aud` values of a token issued by `iss`.
    pub fn of<'a>(values: impl IntoIterator<Item = &'a str>, iss: &str) -> Self {
        values.into_iter().fold(Self::EMPTY, |set, value| {
            set.union(match value {
                "DomainAPI" => Self::DOMAIN_API,
                "TableAPI" => Self::TABLE_API,
                "DomainApi" => Self::LEGACY,
                value if value.strip_prefix(iss) == Some("/resources") => Self::RESOURCES,
                _ => Self::OTHER,
            })
        })
    }
}

/// Whether the application is known to be enabled (AUTH-124).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationState {
    /// Nobody looked.
    #[default]
    NotStated,
    /// `IsEnabled=true`.
    Enabled,
    /// `IsEnabled=false`.
    Disabled,
}

/// What is known about the token that a call presents: small, `Copy`, made once per token and not per call.
///
/// ```
/// use erpnet_access::{CallFacts, Operation, Readings, ScopeFlags, Verdict, evaluate_call};
/// use erpnet_types::Timestamp;
///
/// let now = Timestamp::from_unix_seconds(1_766_505_200);
/// let token = CallFacts::service(ScopeFlags::READ, now);
/// let decision = evaluate_call(&token, Operation::EntityWrite, now, &Readings::default());
/// assert_eq!(decision.verdict, Verdict::Deny);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct CallFacts {
    /// What kind of token it is.
    pub kind: TokenKind,
    /// How it travels.
    pub carrier: Carrier,
    /// Who issued it. For a reference token: which instance it was bound to (AUTH-043).
    pub issuer: Issuer,
    /// Its audiences; `None` when they cannot be seen. Reference tokens have none to see.
    pub audiences: Option<Audiences>,
    /// Its granted scopes; `None` when they are not known. For reference tokens: as the operator declared (AUTH-155).
    pub scopes: Option<ScopeFlags>,
    /// The kind of the user it acts as, for user tokens and PATs.
    pub user: UserType,
    /// Whether its application is known to be enabled.
    pub application: ApplicationState,
    /// From when it is valid; `None` when not known.
    pub not_before: Option<Timestamp>,
    /// When it ends; `None` when not known. For reference tokens this is advisory (AUTH-238).
    pub expires: Option<Timestamp>,
}

/// The claims of an access token that decide, borrowed from wherever they were parsed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Claims<'a> {
    /// `iss`.
    pub issuer: &'a str,
    /// `aud`, one or several.
    pub audiences: &'a [&'a str],
    /// `scope`; `None` when the claim is absent.
    pub scopes: Option<&'a ScopeSet>,
    /// Whether `sub` is present: the mark of a user token (AUTH-255).
    pub has_subject: bool,
    /// Whether `client_system_user` is present: the mark of a service token (AUTH-255).
    pub has_system_user: bool,
    /// `user_type`.
    pub user_type: Option<&'a str>,
    /// `nbf`.
    pub not_before: Option<Timestamp>,
    /// `exp`.
    pub expires: Option<Timestamp>,
}

/// How long access tokens live, typically, in seconds (table "lifetimes").
const ACCESS_TOKEN_SECONDS: i64 = 3600;

impl CallFacts {
    /// A fresh access token of an internal user, issued by the called instance at `now`.
    #[must_use]
    pub fn user(scopes: ScopeFlags, now: Timestamp) -> Self {
        Self {
            user: UserType::Internal,
            ..Self::jwt(TokenKind::User, scopes, now)
        }
    }

    /// A fresh access token of client credentials, issued by the called instance at `now`.
    #[must_use]
    pub fn service(scopes: ScopeFlags, now: Timestamp) -> Self {
        Self::jwt(TokenKind::Service, scopes, now)
    }

    /// A PAT of the called instance, with the scopes and the kind of user that its operator declares.
    #[must_use]
    pub const fn personal(scopes: ScopeFlags, user: UserType) -> Self {
        Self {
            user,
            ..Self::reference(TokenKind::Personal, scopes)
        }
    }

    /// A SAT of the called instance, with the scopes that its operator declares.
    #[must_use]
    pub const fn service_reference(scopes: ScopeFlags) -> Self {
        Self::reference(TokenKind::ServiceReference, scopes)
    }

    fn jwt(kind: TokenKind, scopes: ScopeFlags, now: Timestamp) -> Self {
        // A token without resource scopes has no API audience (AUTH-078).
        let resource = ScopeFlags::RESOURCE | ScopeFlags::SEC | ScopeFlags::DOMAIN_API;
        let audiences = if scopes.intersects(resource) {
            Audiences::API
        } else {
            Audiences::RESOURCES
        };
        Self {
            kind,
            carrier: Carrier::Bearer,
            issuer: Issuer::ThisInstance,
            audiences: Some(audiences),
            scopes: Some(scopes),
            user: UserType::NotStated,
            application: ApplicationState::NotStated,
            not_before: Some(now),
            expires: Some(now.shifted(ACCESS_TOKEN_SECONDS * 1000)),
        }
    }

    const fn reference(kind: TokenKind, scopes: ScopeFlags) -> Self {
        Self {
            kind,
            carrier: Carrier::Bearer,
            issuer: Issuer::ThisInstance,
            audiences: None,
            scopes: Some(scopes),
            user: UserType::NotStated,
            application: ApplicationState::NotStated,
            not_before: None,
            expires: None,
        }
    }

    /// The facts of a verified JWT, for calls to the instance of `authority`. A token with neither mark of AUTH-255
    /// counts as a user's without a known kind of user.
    #[must_use]
    pub fn from_claims(claims: &Claims<'_>, authority: &InstanceAuthority) -> Self {
        let service = claims.has_system_user && !claims.has_subject;
        Self {
            kind: if service {
                TokenKind::Service
            } else {
                TokenKind::User
            },
            carrier: Carrier::Bearer,
            issuer: Issuer::of(claims.issuer, authority),
            audiences: Some(Audiences::of(
                claims.audiences.iter().copied(),
                claims.issuer,
            )),
            scopes: claims.scopes.map(ScopeFlags::from),
            user: claims
                .user_type
                .map_or(UserType::NotStated, UserType::from_name),
            application: ApplicationState::NotStated,
            not_before: claims.not_before,
            expires: claims.expires,
        }
    }

    /// The facts of a reference token, for calls to the instance of `authority`: everything but the binding is what
    /// its operator declared (AUTH-238).
    #[must_use]
    pub fn from_reference(
        token: &ReferenceToken,
        declared: Option<&ScopeSet>,
        authority: &InstanceAuthority,
    ) -> Self {
        let kind = match token.kind() {
            ReferenceTokenKind::Personal => TokenKind::Personal,
            ReferenceTokenKind::Service => TokenKind::ServiceReference,
            ReferenceTokenKind::Unknown => TokenKind::Reference,
        };
        let here = token.instance() == authority.instance();
        Self {
            issuer: if here {
                Issuer::ThisInstance
            } else {
                Issuer::OtherInstance
            },
            scopes: declared.map(ScopeFlags::from),
            expires: token.expires(),
            ..Self::reference(kind, ScopeFlags::EMPTY)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use erpnet_types::Instance;

    fn demodb() -> InstanceAuthority {
        InstanceAuthority::default_for(Instance::parse("demodb").unwrap()).unwrap()
    }

    #[test]
    fn auth_255_kind_follows_the_marks() {
        for (sub, system, kind) in [
            (true, false, TokenKind::User),
            (true, true, TokenKind::User),
            (false, true, TokenKind::Service),
            (false, false, TokenKind::User),
        ] {
            let claims = Claims {
                has_subject: sub,
                has_system_user: system,
                ..Claims::default()
            };
            assert_eq!(CallFacts::from_claims(&claims, &demodb()).kind, kind);
        }
    }

    #[test]
    fn auth_040_041_057_issuers_compare_exactly() {
        for (iss, issuer) in [
            ("https://demodb.my.erp.net/id", Issuer::ThisInstance),
            ("https://demodb.my.erp.net/id/", Issuer::OtherInstance),
            ("https://DEMODB.my.erp.net/id", Issuer::OtherInstance),
            ("https://id.erp.net/id", Issuer::Global),
        ] {
            assert_eq!(Issuer::of(iss, &demodb()), issuer, "{iss}");
        }
    }

    #[test]
    fn auth_077_078_audiences_are_a_set() {
        let iss = "https://demodb.my.erp.net/id";
        let all = [
            "DomainAPI",
            "TableAPI",
            "OLAP",
            "AppServer",
            "https://demodb.my.erp.net/id/resources",
        ];
        assert_eq!(Audiences::of(all, iss), Audiences::API);
        assert_eq!(
            Audiences::of(["https://demodb.my.erp.net/id/resources"], iss),
            Audiences::RESOURCES
        );
        assert_eq!(Audiences::of(["DomainApi"], iss), Audiences::LEGACY);
        assert_eq!(Audiences::of([], iss), Audiences::EMPTY);
    }

    #[test]
    fn auth_043_reference_tokens_are_bound() {
        let elsewhere = Instance::parse("other").unwrap();
        let token = ReferenceToken::new(elsewhere, format!("enrt_{}", "0A".repeat(32))).unwrap();
        let facts = CallFacts::from_reference(&token, None, &demodb());
        assert_eq!(
            (facts.kind, facts.issuer),
            (TokenKind::Reference, Issuer::OtherInstance)
        );
        assert_eq!(facts.scopes, None);
    }
}
