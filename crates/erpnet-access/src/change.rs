//! Changes: what a person can alter so that a decision comes out otherwise.

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::call::TokenKind;
use crate::record::{ClientType, Field, ReferenceTokenPolicy};
use crate::scopes::ScopeFlags;

/// Where a change is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// In the Trusted Application record, by an administrator of the instance (AUTH-130).
    Record,
    /// In the request, by the integrator.
    Request,
    /// In the choice or the age of the token, by the integrator.
    Token,
    /// At the user: another one, or a right.
    User,
    /// In what the caller states about things that cannot be seen.
    Statement,
}

/// One change. Applied to the inputs of a decision, the changes of an explanation raise its verdict; tests hold every
/// explanation to that.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Change {
    /// Request a new token with these scopes in addition.
    RequestScopes(ScopeFlags),
    /// Drop these scopes from the request.
    DropScopes(ScopeFlags),
    /// Name the scopes that are wanted.
    NameScopes,
    /// Add these scopes to the record.
    AddScopes(ScopeFlags),
    /// Use another kind of token.
    UseToken(TokenKind),
    /// Get the token from the authority of the instance that is called.
    UseInstanceAuthority,
    /// Get a new token.
    RenewToken,
    /// Send the token as `Authorization: Bearer`, and in no other header.
    SendAsBearer,
    /// State the kind of the user.
    StateUser,
    /// State the scopes of the token.
    StateScopes,
    /// State the kind of the reference token.
    StateKind,
    /// Let another kind of user sign in: an internal one.
    UseInternalUser,
    /// Ask an administrator of the instance to do it.
    AskAdministrator,
    /// Reactivate the user.
    ActivateUser,
    /// Let the user sign in first.
    SignIn,
    /// Let the user consent.
    Consent,
    /// `IsEnabled=true`.
    Enable,
    /// Use the `client_id` of the record.
    UseClientId(String),
    /// `ClientType`.
    SetClientType(ClientType),
    /// Register this URI in `ImpersonateLoginUrl`.
    RegisterRedirect(String),
    /// Send this URI, which is registered.
    UseRedirect(String),
    /// `ImpersonateAsInternalUserAllowed=true`.
    AllowInternalUsers,
    /// `ImpersonateAsCommunityUserAllowed=true`.
    AllowCommunityUsers,
    /// `SystemUserAllowed=true`.
    AllowSystemUser,
    /// Set `SystemUser`.
    SetSystemUser,
    /// Put the hash of the secret that is in use into `ApplicationSecretHash`.
    SetSecretHash,
    /// Send the secret that belongs to the record.
    SendSecret,
    /// Send no secret.
    OmitSecret,
    /// `ReferenceTokens`.
    SetPolicy(ReferenceTokenPolicy),
    /// Send a PKCE challenge with `S256`.
    SendPkce,
    /// Send the verifier that belongs to the challenge, or none when there was no challenge.
    FixVerifier,
    /// Send a `nonce`.
    SendNonce,
    /// `response_mode=form_post`.
    UseFormPost,
    /// `response_type=code`.
    UseCode,
    /// `response_type=code id_token`.
    UseCodeIdToken,
    /// Choose when the token ends.
    ChooseExpiry,
    /// Set `requestSecret=true` in the install link.
    RequestSecret,
}

impl Change {
    /// Where it is made.
    #[must_use]
    pub const fn place(&self) -> Place {
        match self {
            Self::AddScopes(_)
            | Self::Enable
            | Self::SetClientType(_)
            | Self::RegisterRedirect(_)
            | Self::AllowInternalUsers
            | Self::AllowCommunityUsers
            | Self::AllowSystemUser
            | Self::SetSystemUser
            | Self::SetSecretHash
            | Self::SetPolicy(_) => Place::Record,
            Self::UseToken(_)
            | Self::UseInstanceAuthority
            | Self::RenewToken
            | Self::RequestScopes(_) => Place::Token,
            Self::UseInternalUser
            | Self::AskAdministrator
            | Self::ActivateUser
            | Self::SignIn
            | Self::Consent => Place::User,
            Self::StateUser | Self::StateScopes | Self::StateKind => Place::Statement,
            _ => Place::Request,
        }
    }

    /// The field of the record, when the change is made there.
    #[must_use]
    pub const fn field(&self) -> Option<Field> {
        Some(match self {
            Self::AddScopes(_) => Field::Scope,
            Self::Enable => Field::IsEnabled,
            Self::SetClientType(_) => Field::ClientType,
            Self::RegisterRedirect(_) => Field::ImpersonateLoginUrl,
            Self::AllowInternalUsers => Field::ImpersonateAsInternalUserAllowed,
            Self::AllowCommunityUsers => Field::ImpersonateAsCommunityUserAllowed,
            Self::AllowSystemUser => Field::SystemUserAllowed,
            Self::SetSystemUser => Field::SystemUser,
            Self::SetSecretHash => Field::ApplicationSecretHash,
            Self::SetPolicy(_) => Field::ReferenceTokens,
            _ => return None,
        })
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RequestScopes(scopes) => write!(f, "request a new token with scope `{scopes}`"),
            Self::DropScopes(scopes) => write!(f, "drop `{scopes}` from the requested scopes"),
            Self::NameScopes => f.write_str("name the wanted scopes in the request, for example `read`"),
            Self::AddScopes(scopes) => {
                write!(f, "add `{scopes}` to `Scope` of the trusted application (an administrator does this)")
            }
            Self::UseToken(kind) => write!(f, "call with a {}", kind.as_str()),
            Self::UseInstanceAuthority => {
                f.write_str("get the token from the identity service of the instance that is called (`{instance}/id`)")
            }
            Self::RenewToken => f.write_str("get a new token: refresh it, or request it again"),
            Self::SendAsBearer => f.write_str("send the token as `Authorization: Bearer` and in no other header"),
            Self::StateUser => f.write_str("state the kind of the user (`InternalUser` or `ExternalCommunityUser`)"),
            Self::StateScopes => f.write_str("state the scopes that were chosen when the token was issued"),
            Self::StateKind => f.write_str("state whether the reference token is a PAT or a SAT"),
            Self::UseInternalUser => f.write_str("let an internal user do it"),
            Self::AskAdministrator => f.write_str("ask an administrator of the instance to do it"),
            Self::ActivateUser => f.write_str("reactivate the user"),
            Self::SignIn => f.write_str("let the user sign in again, interactively"),
            Self::Consent => f.write_str("let the user consent"),
            Self::Enable => f.write_str("set `IsEnabled=true` on the trusted application"),
            Self::UseClientId(id) => write!(f, "send `client_id={id}`, letter by letter as in `ApplicationUri`"),
            Self::SetClientType(kind) => write!(f, "set `ClientType={}`", kind.as_str()),
            Self::RegisterRedirect(uri) => write!(f, "add `{uri}` to `ImpersonateLoginUrl`, letter by letter"),
            Self::UseRedirect(uri) => write!(f, "send `redirect_uri={uri}`, which is registered"),
            Self::AllowInternalUsers => f.write_str("set `ImpersonateAsInternalUserAllowed=true`"),
            Self::AllowCommunityUsers => f.write_str("set `ImpersonateAsCommunityUserAllowed=true`"),
            Self::AllowSystemUser => f.write_str("set `SystemUserAllowed=true`"),
            Self::SetSystemUser => f.write_str("set `SystemUser` to a dedicated user with few rights"),
            Self::SetSecretHash => {
                f.write_str("set `ApplicationSecretHash` to the base64 of the SHA-256 of the secret in use")
            }
            Self::SendSecret => f.write_str("send the `client_secret` whose hash is in `ApplicationSecretHash`"),
            Self::OmitSecret => f.write_str("send no `client_secret`: a public client has none"),
            Self::SetPolicy(policy) => write!(f, "set `ReferenceTokens={}`", policy.as_str()),
            Self::SendPkce => f.write_str("send `code_challenge` with `code_challenge_method=S256`"),
            Self::FixVerifier => f.write_str("send the `code_verifier` of the same sign-in attempt"),
            Self::SendNonce => f.write_str("send a fresh `nonce`"),
            Self::UseFormPost => f.write_str("send `response_mode=form_post`"),
            Self::UseCode => f.write_str("send `response_type=code`"),
            Self::UseCodeIdToken => f.write_str("send `response_type=code id_token` with `response_mode=form_post`"),
            Self::ChooseExpiry => f.write_str("choose when the token expires"),
            Self::RequestSecret => f.write_str("set `requestSecret=true` in the install link"),
        }
    }
}

/// The place, the field if there is one, and the sentence.
impl Serialize for Change {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Change", 3)?;
        object.serialize_field("place", &self.place())?;
        match self.field() {
            Some(field) => object.serialize_field("field", field.name())?,
            None => object.skip_field("field")?,
        }
        object.serialize_field("do", &self.to_string())?;
        object.end()
    }
}
