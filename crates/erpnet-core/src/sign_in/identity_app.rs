//! An application that only identifies its users: at the global authority, or as a portal.

use std::fmt;

use erpnet_types::{ClientId, GlobalAuthority, Instance, Secret};

use super::redirect::RedirectUri;
use super::registration::{
    Home, PROFILE, Registration, ResponseType, redirect, scopes, secret, set_of,
};
use super::scopes::UserScopes;
use crate::connection::Options;
use crate::error::Error;

/// An application that only identifies its users: it gets an ID token and nothing that an API accepts. At the global
/// authority there is nothing else (AUTH-040, AUTH-050); a portal calls the API as a service, with a
/// [`ServiceApp`](crate::ServiceApp) beside this (AUTH-095).
///
/// ```
/// use erpnet_core::IdentityApp;
/// use erpnet_types::{GlobalAuthority, Instance};
///
/// let sso = IdentityApp::global(GlobalAuthority::new()?, "com.example/sso", "the secret", "https://app.example.com/cb")?;
/// let portal = IdentityApp::portal(Instance::parse("demodb")?, "com.example/portal", "the secret", "https://p.example.com/cb")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct IdentityApp {
    pub(crate) home: Home,
    pub(crate) registration: Registration,
    pub(crate) options: Options,
}

impl IdentityApp {
    /// Single sign-on with ERP.net accounts: registered centrally, confidential, hybrid (AUTH-047..049).
    ///
    /// # Errors
    /// An error of kind [`Config`](crate::ErrorKind::Config) when id, secret or redirect URI are malformed.
    pub fn global<I, S, R>(
        authority: GlobalAuthority,
        client_id: I,
        client_secret: S,
        redirect_uri: R,
    ) -> Result<Self, Error>
    where
        I: TryInto<ClientId>,
        I::Error: fmt::Display,
        S: TryInto<Secret>,
        S::Error: fmt::Display,
        R: AsRef<str>,
    {
        let secret = secret(client_secret)?;
        Self::new(
            Home::Global(authority),
            client_id,
            Some(secret),
            redirect_uri,
        )
    }

    /// The same for a public application, such as a native one.
    ///
    /// # Errors
    /// As [`IdentityApp::global`].
    pub fn global_public<I, R>(
        authority: GlobalAuthority,
        client_id: I,
        redirect_uri: R,
    ) -> Result<Self, Error>
    where
        I: TryInto<ClientId>,
        I::Error: fmt::Display,
        R: AsRef<str>,
    {
        Self::new(Home::Global(authority), client_id, None, redirect_uri)
    }

    /// A portal of one instance: internal and external users are identified here, and a service calls the API (AUTH-046,
    /// AUTH-095).
    ///
    /// # Errors
    /// As [`IdentityApp::global`].
    pub fn portal<I, S, R>(
        instance: Instance,
        client_id: I,
        client_secret: S,
        redirect_uri: R,
    ) -> Result<Self, Error>
    where
        I: TryInto<ClientId>,
        I::Error: fmt::Display,
        S: TryInto<Secret>,
        S::Error: fmt::Display,
        R: AsRef<str>,
    {
        let secret = secret(client_secret)?;
        Self::new(
            Home::Instance(instance),
            client_id,
            Some(secret),
            redirect_uri,
        )
    }

    fn new<I, R>(
        home: Home,
        client_id: I,
        secret: Option<Secret>,
        redirect_uri: R,
    ) -> Result<Self, Error>
    where
        I: TryInto<ClientId>,
        I::Error: fmt::Display,
        R: AsRef<str>,
    {
        let scopes = UserScopes::for_identity(&set_of(PROFILE))?;
        let mut registration = Registration::new(client_id, secret, redirect_uri, scopes)?;
        registration.keeps_sessions = false;
        Ok(Self {
            home,
            registration,
            options: Options::default(),
        })
    }

    /// Asks for these scopes instead: protocol scopes only, `openid` is added. No refresh token is kept, so
    /// `offline_access` is of no use here.
    ///
    /// # Errors
    /// As [`UserScopes::for_identity`].
    pub fn with_scopes(mut self, text: &str) -> Result<Self, Error> {
        self.registration.scopes = UserScopes::for_identity(&scopes(text)?)?;
        Ok(self)
    }

    /// As [`InteractiveApp::with_response_type`](crate::InteractiveApp::with_response_type).
    ///
    /// # Errors
    /// For combinations that cannot work, with what to do instead.
    pub fn with_response_type(mut self, response_type: ResponseType) -> Result<Self, Error> {
        self.registration.set_response_type(response_type)?;
        Ok(self)
    }

    /// As [`InteractiveApp::or_redirect_uri`](crate::InteractiveApp::or_redirect_uri).
    ///
    /// # Errors
    /// When it cannot be a redirect URI.
    pub fn or_redirect_uri(mut self, uri: &str) -> Result<Self, Error> {
        self.registration.add_redirect(uri)?;
        Ok(self)
    }

    /// As [`InteractiveApp::with_post_logout_redirect_uri`](crate::InteractiveApp::with_post_logout_redirect_uri).
    ///
    /// # Errors
    /// When it cannot be a redirect URI.
    pub fn with_post_logout_redirect_uri(mut self, uri: &str) -> Result<Self, Error> {
        self.registration.post_logout = Some(redirect(uri, "post-logout redirect URI")?);
        Ok(self)
    }

    /// Also accepts ID tokens that name this audience beside the application.
    #[must_use]
    pub fn trust_audience(mut self, audience: impl Into<String>) -> Self {
        self.registration.trusted_audiences.push(audience.into());
        self
    }

    /// Changes options in place.
    #[must_use]
    pub fn configure(mut self, change: impl FnOnce(&mut Options)) -> Self {
        change(&mut self.options);
        self
    }

    /// The application's id.
    #[must_use]
    pub fn client_id(&self) -> &ClientId {
        &self.registration.client_id
    }

    /// The registered redirect URI.
    #[must_use]
    pub fn redirect_uri(&self) -> &RedirectUri {
        &self.registration.redirect_uri
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_050_095_no_scope_of_an_api() {
        let global = GlobalAuthority::new().unwrap();
        let sso = IdentityApp::global(global, "PK", "s", "https://app.example.com/cb").unwrap();
        assert!(sso.clone().with_scopes("read").is_err());
        assert!(sso.with_scopes("openid offline_access").is_ok());
    }
}
