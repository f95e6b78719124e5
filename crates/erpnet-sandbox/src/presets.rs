//! Applications by what they are for, and the fields of their records, set one by one.

use std::time::Duration;

use erpnet_types::Secret;

use crate::application::{
    Application, ClientType, ReferenceTokenPolicy, ResponseTypes, SystemUser,
};

impl Application {
    /// A service: client credentials as a system user of its own (AUTH-096), scope `read` (AUTH-145).
    #[must_use]
    pub fn service(application_uri: impl Into<String>) -> Self {
        Self {
            system_user_allowed: true,
            system_user: Some(SystemUser::new("svc.sandbox")),
            ..Self::new(application_uri).scopes("read")
        }
    }

    /// Automation by reference tokens, which administrators issue (AUTH-097), scope `read`.
    #[must_use]
    pub fn automation(application_uri: impl Into<String>) -> Self {
        Self {
            reference_tokens: ReferenceTokenPolicy::AdministratorsOnly,
            ..Self::service(application_uri)
        }
    }

    /// A web application with a server side: internal users sign in (AUTH-094), scope `read`.
    #[must_use]
    pub fn web(application_uri: impl Into<String>, redirect_uri: impl Into<String>) -> Self {
        Self {
            impersonate_as_internal_user_allowed: true,
            impersonate_login_url: Some(redirect_uri.into()),
            ..Self::new(application_uri).scopes("read")
        }
    }

    /// A browser, mobile or native application: internal users sign in, no secret (AUTH-093), scope `read`.
    #[must_use]
    pub fn public(application_uri: impl Into<String>, redirect_uri: impl Into<String>) -> Self {
        Self {
            client_type: ClientType::Public,
            ..Self::web(application_uri, redirect_uri)
        }
    }

    /// A portal: internal and external users sign in, the API is called as the system user (AUTH-095), scope `read`.
    #[must_use]
    pub fn portal(application_uri: impl Into<String>, redirect_uri: impl Into<String>) -> Self {
        Self::web(application_uri, redirect_uri)
            .community_users(true)
            .system_user(SystemUser::new("svc.sandbox"))
    }

    /// A client of the global authority: users sign in, no API is called, the scope is empty (AUTH-048).
    #[must_use]
    pub fn central(application_uri: impl Into<String>, redirect_uri: impl Into<String>) -> Self {
        Self::web(application_uri, redirect_uri)
            .community_users(true)
            .scopes("")
    }

    /// Sets the name that the pages of the identity service show.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Adds a redirect URI to the record's list.
    #[must_use]
    pub fn redirect_uri(mut self, uri: impl AsRef<str>) -> Self {
        append(&mut self.impersonate_login_url, uri.as_ref());
        self
    }

    /// Adds a redirect URI for after signing out to the record's list.
    #[must_use]
    pub fn post_logout_redirect_uri(mut self, uri: impl AsRef<str>) -> Self {
        append(&mut self.impersonate_logout_url, uri.as_ref());
        self
    }

    /// Sets whether internal users may sign in.
    #[must_use]
    pub fn internal_users(mut self, yes: bool) -> Self {
        self.impersonate_as_internal_user_allowed = yes;
        self
    }

    /// Sets whether external (community) users may sign in.
    #[must_use]
    pub fn community_users(mut self, yes: bool) -> Self {
        self.impersonate_as_community_user_allowed = yes;
        self
    }

    /// Sets which response types it may ask for.
    #[must_use]
    pub fn response_types(mut self, types: ResponseTypes) -> Self {
        self.response_types = types;
        self
    }

    /// Sets whether PKCE is required although the application is confidential.
    #[must_use]
    pub fn require_pkce(mut self, yes: bool) -> Self {
        self.require_pkce = yes;
        self
    }

    /// Sets the record's `Scope`.
    #[must_use]
    pub fn scopes(mut self, scope: impl Into<String>) -> Self {
        self.scope = scope.into();
        self
    }

    /// Chooses the secret; otherwise a confidential application gets a random one. Only the hash is kept.
    #[must_use]
    pub fn secret(mut self, secret: impl Into<String>) -> Self {
        self.given_secret = Some(Secret::new(secret));
        self
    }

    /// Sets the system user and allows its use.
    #[must_use]
    pub fn system_user(mut self, user: SystemUser) -> Self {
        self.system_user = Some(user);
        self.system_user_allowed = true;
        self
    }

    /// Sets who may issue reference tokens.
    #[must_use]
    pub fn reference_tokens(mut self, policy: ReferenceTokenPolicy) -> Self {
        self.reference_tokens = policy;
        self
    }

    /// Sets how long the access tokens of this application live.
    #[must_use]
    pub fn access_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.access_token_lifetime = Some(lifetime);
        self
    }
}

fn append(list: &mut Option<String>, uri: &str) {
    match list {
        Some(list) if !list.is_empty() => {
            list.push(',');
            list.push_str(uri);
        }
        _ => *list = Some(uri.to_owned()),
    }
}
