//! What is known locally, held against each cause.

use super::cause::CauseId;
use super::context::DiagnosisContext;
use crate::call::{CallFacts, Issuer, Operation, TokenKind};
use crate::grant::{Credential, Grant};
use crate::record::{ClientType, HashText, TrustedApplication};
use crate::scopes::ScopeFlags;
use crate::user::UserType;
use crate::version::{Feature, Support};

/// What local knowledge says about a cause.
pub(super) enum Evidence {
    Confirms(String),
    RulesOut(String),
    Silent,
}

/// Confirms when `wrong`, rules out when not.
fn either(wrong: bool, confirms: impl Into<String>, rules_out: impl Into<String>) -> Evidence {
    if wrong {
        Evidence::Confirms(confirms.into())
    } else {
        Evidence::RulesOut(rules_out.into())
    }
}

pub(super) fn examine(cause: CauseId, context: &DiagnosisContext<'_>) -> Evidence {
    let by_record = context
        .record
        .map(|record| from_record(cause, record, context));
    match by_record {
        Some(evidence @ (Evidence::Confirms(_) | Evidence::RulesOut(_))) => evidence,
        Some(Evidence::Silent) | None => {
            match context.token.map(|token| from_token(cause, token, context)) {
                Some(evidence @ (Evidence::Confirms(_) | Evidence::RulesOut(_))) => evidence,
                Some(Evidence::Silent) | None => from_request(cause, context),
            }
        }
    }
}

fn from_record(
    cause: CauseId,
    record: &TrustedApplication,
    context: &DiagnosisContext<'_>,
) -> Evidence {
    let confidential = record.client_type == ClientType::Confidential;
    let hash = record.application_secret_hash.as_ref();
    match (cause, context.credential) {
        (CauseId::WrongClientId, _) => match context.client_id {
            None => Evidence::Silent,
            Some(sent) => either(
                sent != record.application_uri,
                format!(
                    "sent `{sent}`, the record says `{}`",
                    record.application_uri
                ),
                "the `client_id` is the record's",
            ),
        },
        (CauseId::Disabled, _) => {
            either(!record.is_enabled, "`IsEnabled=false`", "`IsEnabled=true`")
        }
        (CauseId::PublicSendsSecret | CauseId::ConfidentialSendsNone, _)
            if confidential == (cause == CauseId::PublicSendsSecret) =>
        {
            Evidence::RulesOut(format!("`ClientType={}`", record.client_type))
        }
        (CauseId::PublicSendsSecret | CauseId::ConfidentialSendsNone, Some(sent)) => either(
            (sent == Credential::Absent) == confidential,
            format!(
                "`ClientType={}`, and {}",
                record.client_type,
                sent_words(sent)
            ),
            sent_words(sent),
        ),
        (CauseId::SecretHashMissing, _) if confidential => either(
            hash.is_none(),
            "`ApplicationSecretHash` is empty",
            "`ApplicationSecretHash` is set",
        ),
        (CauseId::SecretHashMalformed, _) => match hash {
            Some(hash) => either(
                !hash.can_match(),
                "`ApplicationSecretHash` is not base64 of a SHA-256",
                "`ApplicationSecretHash` has the right form",
            ),
            None => Evidence::RulesOut("`ApplicationSecretHash` is empty".to_owned()),
        },
        (CauseId::SecretMismatch, Some(Credential::Hash(sent))) => {
            match hash.and_then(HashText::sha256) {
                Some(stored) => either(
                    !stored.ct_eq(&sent),
                    "the hashes differ",
                    "the hashes are equal",
                ),
                None => Evidence::Silent,
            }
        }
        (CauseId::SecretMismatch, Some(Credential::Absent)) => {
            Evidence::RulesOut("no secret was sent".to_owned())
        }
        (CauseId::SecretHashMissing | CauseId::SecretMismatch, _) if !confidential => {
            Evidence::RulesOut(format!("`ClientType={}` has no secret", record.client_type))
        }
        (CauseId::ServiceSuffix, _) if !(record.allows_sign_in() && record.system_user_allowed) => {
            Evidence::RulesOut("the application does not use both flows".to_owned())
        }
        (CauseId::FlowNotEnabled, _) if context.grant == Some(Grant::ClientCredentials) => either(
            !record.system_user_allowed,
            "`SystemUserAllowed=false`",
            "`SystemUserAllowed=true`",
        ),
        (CauseId::SystemUserMissing, _) => either(
            record.system_user.is_none(),
            "`SystemUser` is empty",
            "`SystemUser` is set",
        ),
        (CauseId::NotConfidential, _) => {
            let kind = format!("`ClientType={}`", record.client_type);
            either(!confidential, kind.clone(), kind)
        }
        (CauseId::InternalFlagForServices, _) if record.impersonate_as_internal_user_allowed => {
            Evidence::RulesOut("`ImpersonateAsInternalUserAllowed=true`".to_owned())
        }
        (CauseId::SignInNotEnabled, _) if !record.allows_sign_in() => {
            Evidence::Confirms("both impersonation flags are false".to_owned())
        }
        (CauseId::RedirectNotRegistered, _) => match context.redirect_uri {
            None => Evidence::Silent,
            Some(uri) => redirect(record, uri),
        },
        (CauseId::ScopeNotConfigured | CauseId::NoScopeAtAll | CauseId::ScopeMissing, _) => {
            scopes(cause, record, context)
        }
        (CauseId::TokenRevoked | CauseId::ApplicationChanged, _) if !record.is_enabled => either(
            cause == CauseId::ApplicationChanged,
            "`IsEnabled=false`",
            "the application is disabled",
        ),
        (CauseId::BasicNotConfigured, _) => either(
            !record.basic_authentication_allowed,
            "`BasicAuthenticationAllowed=false`",
            "`BasicAuthenticationAllowed=true`",
        ),
        _ => Evidence::Silent,
    }
}

fn sent_words(sent: Credential) -> &'static str {
    if sent == Credential::Absent {
        "no secret was sent"
    } else {
        "a secret was sent"
    }
}

fn redirect(record: &TrustedApplication, uri: &str) -> Evidence {
    let list = &record.impersonate_login_url;
    if list.contains(uri) {
        return Evidence::RulesOut("the redirect URI is registered letter by letter".to_owned());
    }
    let slashless = |text: &str| text.trim().trim_end_matches('/').to_ascii_lowercase();
    let close = list.items().find(|item| slashless(item) == slashless(uri));
    Evidence::Confirms(match close {
        Some(item) => {
            format!("sent `{uri}`, registered is `{item}`: nearly, and matching is exact")
        }
        None if list.is_empty() => format!("sent `{uri}`, nothing is registered"),
        None => format!("sent `{uri}`, registered is `{list}`"),
    })
}

/// AUTH-342: each offending scope by its name.
fn scopes(cause: CauseId, record: &TrustedApplication, context: &DiagnosisContext<'_>) -> Evidence {
    if cause == CauseId::ScopeMissing {
        return Evidence::Silent;
    }
    let requested = context.requested_scope.unwrap_or_default();
    if requested.trim().is_empty() {
        let empty = record.scope.trim().is_empty();
        return match (cause, context.requested_scope) {
            (CauseId::NoScopeAtAll, _) if empty => {
                Evidence::Confirms("nothing requested, and `Scope` is empty".to_owned())
            }
            (CauseId::NoScopeAtAll, _) => Evidence::RulesOut("`Scope` is not empty".to_owned()),
            (_, Some(_)) => Evidence::RulesOut("no scope was requested".to_owned()),
            (_, None) => Evidence::Silent,
        };
    }
    if cause == CauseId::NoScopeAtAll {
        return Evidence::RulesOut(format!("`{requested}` was requested"));
    }
    let exempt = if context.grant == Some(Grant::ClientCredentials) {
        ScopeFlags::EMPTY
    } else {
        ScopeFlags::PROTOCOL
    };
    let strangers: Vec<&str> = requested
        .split_whitespace()
        .filter(|name| !exempt.contains(ScopeFlags::from_name(name)))
        .filter(|name| !record.scope_names().any(|configured| configured == *name))
        .collect();
    either(
        !strangers.is_empty(),
        format!(
            "not in `Scope` (`{1}`): `{0}`",
            strangers.join("`, `"),
            record.scope
        ),
        "all requested scopes are in `Scope`",
    )
}

fn from_token(cause: CauseId, token: &CallFacts, context: &DiagnosisContext<'_>) -> Evidence {
    let jwt = !token.kind.is_reference();
    match cause {
        CauseId::GlobalToken => match token.issuer {
            Issuer::Global => Evidence::Confirms("`iss` is the global authority".to_owned()),
            Issuer::OtherInstance => {
                Evidence::Confirms("the token is of another instance".to_owned())
            }
            Issuer::ThisInstance => Evidence::RulesOut("the token is of this instance".to_owned()),
            Issuer::NotStated => Evidence::Silent,
        },
        CauseId::NoToken => either(
            token.kind == TokenKind::Missing,
            "there was none",
            "a token was sent",
        ),
        CauseId::IdTokenSent => either(
            token.kind == TokenKind::Id,
            "it is an ID token",
            "it is no ID token",
        ),
        CauseId::TokenExpired if jwt => match (token.expires, context.now) {
            (Some(expires), Some(now)) if now >= expires => {
                Evidence::Confirms(format!("it ended at {expires}"))
            }
            (Some(expires), Some(_)) => {
                Evidence::RulesOut(format!("by this clock it lives until {expires}"))
            }
            _ => Evidence::Silent,
        },
        CauseId::TokenRevoked => match (token.expires, context.now) {
            (Some(expires), Some(now)) if now >= expires => {
                Evidence::Confirms(format!("by its metadata it ended at {expires}"))
            }
            _ => Evidence::Silent,
        },
        CauseId::VersionTooOld => match (
            context.version,
            Feature::ReferenceTokens.support(context.version),
        ) {
            (Some(version), support) => either(
                support == Support::No,
                format!("its version is {version}"),
                format!("its version is {version}, which knows them"),
            ),
            (None, _) => Evidence::Silent,
        },
        CauseId::NoApiAudience if jwt => match token.audiences {
            Some(audiences) => {
                let api = crate::call::Audiences::API;
                let resources = crate::call::Audiences::RESOURCES;
                let any = audiences.union(resources) != resources && audiences.intersects(api);
                either(
                    !any,
                    "its only audience is `{iss}/resources`",
                    "it has an API audience",
                )
            }
            None => Evidence::Silent,
        },
        CauseId::ScopeMissing => scope_missing(token, context),
        CauseId::UserKind => match token.user {
            UserType::ExternalCommunity => {
                Evidence::Confirms("the token is an external user's".to_owned())
            }
            UserType::Internal => Evidence::RulesOut("the token is an internal user's".to_owned()),
            _ if matches!(token.kind, TokenKind::Service | TokenKind::ServiceReference) => {
                Evidence::RulesOut("the token acts as the system user".to_owned())
            }
            _ => Evidence::Silent,
        },
        CauseId::ServiceAtProfile => match context.operation {
            Some(Operation::Me) => match token.kind {
                TokenKind::Service | TokenKind::ServiceReference => {
                    Evidence::Confirms(format!("`/me` with a {}", token.kind.as_str()))
                }
                TokenKind::Reference => Evidence::Silent,
                kind => Evidence::RulesOut(format!("a {} has a user", kind.as_str())),
            },
            Some(_) => Evidence::RulesOut("the call was not to `/me`".to_owned()),
            None => Evidence::Silent,
        },
        CauseId::ReservedNamespace => match context.operation {
            Some(Operation::RegistrationWrite) => {
                Evidence::Confirms("the call changes a trusted application".to_owned())
            }
            Some(Operation::SecurityRead | Operation::SecurityWrite) | None => Evidence::Silent,
            Some(_) => Evidence::RulesOut("the call was not to the security namespace".to_owned()),
        },
        _ => Evidence::Silent,
    }
}

fn scope_missing(token: &CallFacts, context: &DiagnosisContext<'_>) -> Evidence {
    let (Some(scopes), Some(operation)) = (token.scopes, context.operation) else {
        return Evidence::Silent;
    };
    let needed = match operation {
        Operation::EntityRead | Operation::TableRead => ScopeFlags::READ,
        Operation::EntityWrite => ScopeFlags::UPDATE,
        _ => return Evidence::Silent,
    };
    if scopes.contains(needed) {
        return Evidence::RulesOut(format!("the token has `{scopes}`"));
    }
    if needed == ScopeFlags::READ && scopes.contains(ScopeFlags::UPDATE) {
        // G19: `update` may or may not permit reading.
        return Evidence::Silent;
    }
    Evidence::Confirms(format!(
        "the token has `{scopes}`, a {operation} needs `{needed}`"
    ))
}

fn from_request(cause: CauseId, context: &DiagnosisContext<'_>) -> Evidence {
    let Some(requested) = context.requested_scope else {
        return Evidence::Silent;
    };
    let flags = ScopeFlags::from_text(requested);
    match cause {
        CauseId::ProtocolScopeForService => either(
            flags.intersects(ScopeFlags::PROTOCOL),
            format!(
                "`{}` was requested",
                flags.intersection(ScopeFlags::PROTOCOL)
            ),
            "no such scope was requested",
        ),
        CauseId::ScopeWrongCase => {
            let strangers = requested
                .split(' ')
                .filter(|name| ScopeFlags::from_name(name) == ScopeFlags::OTHER);
            let strangers: Vec<&str> = strangers.collect();
            let named = strangers.join("`, `");
            either(
                !strangers.is_empty(),
                format!("`{named}` is not known"),
                "all requested scopes are known",
            )
        }
        CauseId::OpenidMissing => {
            let needs = flags.contains(ScopeFlags::PROFILE) || context.grant == Some(Grant::Hybrid);
            let lacks = needs && !flags.contains(ScopeFlags::OPENID);
            either(
                lacks,
                "`openid` was not requested",
                "`openid` was requested, or is not needed",
            )
        }
        CauseId::LegacyScope => either(
            flags.contains(ScopeFlags::DOMAIN_API),
            "`DomainApi` was requested",
            "`DomainApi` was not requested",
        ),
        CauseId::ProtocolScopesListed if !flags.intersects(ScopeFlags::PROTOCOL) => {
            Evidence::RulesOut("no protocol scope was requested".to_owned())
        }
        _ => Evidence::Silent,
    }
}
