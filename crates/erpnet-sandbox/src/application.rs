//! The Trusted Application record, as an administrator of the instance would fill it in.

use std::fmt;
use std::time::Duration;

use erpnet_types::{Secret, SecretError};

use crate::random;
use crate::user::User;

/// Whether an application can keep a secret (`ClientType`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientType {
    /// It can: a server.
    #[default]
    Confidential,
    /// It cannot: a browser or a device.
    Public,
    /// A note about an application that does not sign in at all (AUTH-129).
    None,
}

/// Which response types an application may ask for. IdentityServer4 allows a client one of the two, never both; the
/// documentation of ERP.net shows both for confidential applications (AUTH-163, G07).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResponseTypes {
    /// Only `code`.
    Code,
    /// Only `code id_token`.
    CodeIdToken,
    /// What the documentation shows: public applications `code` (G10), confidential ones either.
    #[default]
    Documented,
}

/// Who may issue reference tokens for an application (`ReferenceTokens`, AUTH-126).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReferenceTokenPolicy {
    /// Nobody.
    #[default]
    None,
    /// Any signed-in user may issue personal tokens.
    AuthenticatedUsers,
    /// Only administrators, personal and service tokens.
    AdministratorsOnly,
}

/// The account that an application acts as when no user is there (`SystemUser`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemUser {
    /// The login name.
    pub login: String,
    /// The GUID of the user.
    pub id: String,
    /// The `UserType`, for example `InternalUser` (AUTH-254).
    pub user_type: String,
    /// Whether it is an administrator; it should not be (AUTH-123).
    pub is_admin: bool,
}

impl SystemUser {
    /// An internal user without administrator rights; the id follows from the login.
    #[must_use]
    pub fn new(login: impl Into<String>) -> Self {
        let login = login.into();
        let id = random::guid_of(&login);
        Self {
            login,
            id,
            user_type: "InternalUser".to_owned(),
            is_admin: false,
        }
    }
}

/// A Trusted Application: what `erpnet-sandbox` registers. All fields of the record that matter to sign-in are here,
/// so that every misconfiguration can be tried out too.
///
/// ```
/// use erpnet_sandbox::{Application, ClientType};
///
/// let app = Application::service("com.example/reports").scopes("read update");
/// assert_eq!(app.client_type, ClientType::Confidential);
/// assert!(app.system_user_allowed && app.system_user.is_some());
/// ```
#[derive(Clone)]
pub struct Application {
    /// `ApplicationUri`: the OAuth `client_id`, verbatim, unique in the instance (AUTH-110).
    pub application_uri: String,
    /// `Name`: for display.
    pub name: String,
    /// `ClientType`.
    pub client_type: ClientType,
    /// `ApplicationSecretHash`: padded base64 of the SHA-256 (or SHA-512) of the secret. A text, because a hash in
    /// the wrong spelling is a mistake worth trying out: it never matches (AUTH-113, AUTH-114).
    pub secret_hash: Option<String>,
    /// `IsEnabled`: the kill switch (AUTH-124).
    pub enabled: bool,
    /// `ImpersonateAsInternalUserAllowed`: internal users may sign in.
    pub impersonate_as_internal_user_allowed: bool,
    /// `ImpersonateAsCommunityUserAllowed`: external users may sign in.
    pub impersonate_as_community_user_allowed: bool,
    /// `ImpersonateLoginUrl`: redirect URIs, separated by commas or line breaks, matched exactly: spaces around them
    /// belong to them (AUTH-118..120).
    pub impersonate_login_url: Option<String>,
    /// `ImpersonateLogoutUrl`: redirect URIs after signing out, written and matched in the same way.
    pub impersonate_logout_url: Option<String>,
    /// `SystemUserAllowed`: client credentials and service tokens are allowed, given a system user (AUTH-122).
    pub system_user_allowed: bool,
    /// `SystemUser`.
    pub system_user: Option<SystemUser>,
    /// `Scope`: the ceiling of what can be granted, space-delimited and case-sensitive (AUTH-125).
    pub scope: String,
    /// `ReferenceTokens`, once named `AccessTokens` (AUTH-109).
    pub reference_tokens: ReferenceTokenPolicy,
    /// `BasicAuthenticationAllowed`. Kept, and without effect: the sandbox speaks no legacy Basic.
    pub basic_authentication_allowed: bool,
    /// Which response types it may ask for.
    pub response_types: ResponseTypes,
    /// Whether a confidential application must use PKCE too; public ones always must (AUTH-159).
    pub require_pkce: bool,
    /// How long this application's access tokens live; `None` for the sandbox's default.
    pub access_token_lifetime: Option<Duration>,
    pub(crate) given_secret: Option<Result<Secret, SecretError>>,
}

impl Application {
    /// A record with the defaults of the platform: enabled, confidential, nothing allowed.
    #[must_use]
    pub fn new(application_uri: impl Into<String>) -> Self {
        let application_uri = application_uri.into();
        Self {
            name: application_uri.clone(),
            application_uri,
            client_type: ClientType::Confidential,
            secret_hash: None,
            enabled: true,
            impersonate_as_internal_user_allowed: false,
            impersonate_as_community_user_allowed: false,
            impersonate_login_url: None,
            impersonate_logout_url: None,
            system_user_allowed: false,
            system_user: None,
            scope: String::new(),
            reference_tokens: ReferenceTokenPolicy::None,
            basic_authentication_allowed: false,
            response_types: ResponseTypes::Documented,
            require_pkce: false,
            access_token_lifetime: None,
            given_secret: None,
        }
    }

    /// Whether calls without a user are possible: both fields are needed (AUTH-122).
    pub(crate) fn acting_system_user(&self) -> Option<&SystemUser> {
        self.system_user
            .as_ref()
            .filter(|_| self.system_user_allowed)
    }

    /// The redirect URIs of `ImpersonateLoginUrl`.
    pub(crate) fn redirect_uris(&self) -> impl Iterator<Item = &str> {
        listed(self.impersonate_login_url.as_deref())
    }

    /// The redirect URIs of `ImpersonateLogoutUrl`.
    pub(crate) fn post_logout_redirect_uris(&self) -> impl Iterator<Item = &str> {
        listed(self.impersonate_logout_url.as_deref())
    }

    /// Whether users can sign in at all.
    pub(crate) fn signs_users_in(&self) -> bool {
        self.client_type != ClientType::None
            && (self.impersonate_as_internal_user_allowed
                || self.impersonate_as_community_user_allowed)
    }

    /// Whether this user may sign in.
    pub(crate) fn admits(&self, user: &User) -> bool {
        if user.is_community() {
            self.impersonate_as_community_user_allowed
        } else {
            self.impersonate_as_internal_user_allowed
        }
    }

    /// Whether the record's `Scope` names this scope, case-sensitively.
    pub(crate) fn allows(&self, scope: &str) -> bool {
        self.scope.split(' ').any(|name| name == scope)
    }
}

/// The URIs of a list: no trimming, which is not documented (AUTH-119).
fn listed(list: Option<&str>) -> impl Iterator<Item = &str> {
    let uris = list.unwrap_or_default().split([',', '\n', '\r']);
    uris.filter(|uri| !uri.is_empty())
}

/// Without the secret and its hash.
impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Application")
            .field("application_uri", &self.application_uri)
            .field("client_type", &self.client_type)
            .field("enabled", &self.enabled)
            .field("scope", &self.scope)
            .field("system_user_allowed", &self.system_user_allowed)
            .field("system_user", &self.system_user)
            .field("reference_tokens", &self.reference_tokens)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_115_a_record_does_not_show_its_secret() {
        let mut app = Application::service("a").secret("hunter2hunter2");
        app.secret_hash = Some("T/AGymuI51LwjLeIFxRQXOs9IHnupDKs/ajhWODR2C4=".into());
        let shown = format!("{app:?}");
        assert!(
            !shown.contains("hunter2") && !shown.contains("T/AG"),
            "{shown}"
        );
    }

    #[test]
    fn auth_122_a_system_user_needs_both_fields() {
        let mut app = Application::service("a");
        assert!(app.acting_system_user().is_some());
        app.system_user_allowed = false;
        assert!(app.acting_system_user().is_none());
        let id = &SystemUser::new("svc").id;
        assert_eq!((id.len(), id.matches('-').count()), (36, 4));
    }

    #[test]
    fn auth_135_scopes_are_case_sensitive() {
        let app = Application::new("a").scopes("read update");
        assert!(app.allows("update") && !app.allows("Read") && !app.allows(""));
    }
}
