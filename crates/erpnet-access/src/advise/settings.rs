//! The table "required Trusted Application settings per type".

use std::borrow::Cow;

use serde::Serialize;

use crate::preset::ApplicationType;
use crate::record::Field;
use crate::scopes::ScopeFlags;

/// One setting of the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// Which attribute.
    pub field: Field,
    /// To what.
    pub value: Cow<'static, str>,
}

/// The settings that a type of application needs.
#[must_use]
pub fn settings_for(
    application: ApplicationType,
    scopes: ScopeFlags,
    external_users: bool,
) -> Vec<Setting> {
    use ApplicationType as T;
    let signs_in = matches!(
        application,
        T::Spa | T::Web | T::Portal | T::Hybrid | T::GlobalSignIn
    );
    let calls_itself = matches!(
        application,
        T::Portal | T::Hybrid | T::Service | T::AutomationService
    );
    let external = application == T::GlobalSignIn
        || (external_users && matches!(application, T::Portal | T::Hybrid));
    let flag = |value: bool| Cow::Borrowed(if value { "true" } else { "false" });
    let mut settings = Vec::with_capacity(13);
    let mut set = |field, value: Cow<'static, str>| settings.push(Setting { field, value });
    set(
        Field::ApplicationUri,
        "a unique id such as `com.example/app`".into(),
    );
    set(Field::IsEnabled, "true".into());
    let kind = if application == T::Spa {
        "Public"
    } else {
        "Confidential"
    };
    set(Field::ClientType, kind.into());
    let hash = match application {
        T::Spa | T::AutomationPersonal => "(empty)",
        _ => "base64(SHA-256(secret)), computed on your own machine",
    };
    set(Field::ApplicationSecretHash, hash.into());
    set(Field::ImpersonateAsInternalUserAllowed, flag(signs_in));
    set(Field::ImpersonateAsCommunityUserAllowed, flag(external));
    let list = if signs_in {
        "the exact URIs, comma-separated without blanks"
    } else {
        "(empty)"
    };
    set(Field::ImpersonateLoginUrl, list.into());
    set(Field::ImpersonateLogoutUrl, list.into());
    set(Field::SystemUserAllowed, flag(calls_itself));
    set(
        Field::SystemUser,
        if calls_itself {
            "a dedicated user with few rights"
        } else {
            "(none)"
        }
        .into(),
    );
    let scope = if scopes.is_empty() {
        "(empty)".to_owned()
    } else {
        scopes.to_string()
    };
    set(Field::Scope, scope.into());
    let policy = match application {
        T::AutomationPersonal | T::AutomationService => "AdministratorsOnly",
        _ => "None",
    };
    set(Field::ReferenceTokens, policy.into());
    set(Field::BasicAuthenticationAllowed, "false".into());
    settings
}
