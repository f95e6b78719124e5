//! An application that calls the APIs as its users.

use std::fmt;

use erpnet_types::{ClientId, Instance, Scope, ScopeSet, Secret};

use super::redirect::RedirectUri;
use super::registration::{PROFILE, Registration, ResponseType, redirect, scopes, secret, set_of};
use super::scopes::UserScopes;
use crate::connection::Options;
use crate::error::Error;

/// An application that signs users in and calls the APIs of one instance as them.
///
/// ```
/// use erpnet_core::InteractiveApp;
/// use erpnet_types::Instance;
///
/// // A native application: public, PKCE, a registered loopback redirect.
/// let demodb = Instance::parse("demodb")?;
/// let desktop = InteractiveApp::public(demodb.clone(), "com.example/desktop", "http://127.0.0.1:8400/cb")?;
/// assert_eq!(desktop.scopes().to_string(), "openid profile read");
///
/// // A web application: confidential, hybrid by default.
/// let web = InteractiveApp::confidential(demodb, "com.example/web", "the secret", "https://app.example.com/cb")?
///     .with_scopes("openid profile read update offline_access")?
///     .with_post_logout_redirect_uri("https://app.example.com/bye")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct InteractiveApp {
    pub(crate) instance: Instance,
    pub(crate) registration: Registration,
    pub(crate) options: Options,
}

impl InteractiveApp {
    /// A public application: no secret anywhere, PKCE (AUTH-093). It asks for `openid profile read`.
    ///
    /// # Errors
    /// An error of kind [`Config`](crate::ErrorKind::Config) when id or redirect URI are malformed.
    pub fn public<I, R>(instance: Instance, client_id: I, redirect_uri: R) -> Result<Self, Error>
    where
        I: TryInto<ClientId>,
        I::Error: fmt::Display,
        R: AsRef<str>,
    {
        Self::new(instance, client_id, None, redirect_uri)
    }

    /// A confidential application: a backend that keeps a secret (AUTH-094). It asks for `openid profile read`, by
    /// `code id_token` where a form can be posted to it.
    ///
    /// # Errors
    /// An error of kind [`Config`](crate::ErrorKind::Config) when id, secret or redirect URI are malformed.
    pub fn confidential<I, S, R>(
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
        Self::new(instance, client_id, Some(secret), redirect_uri)
    }

    fn new<I, R>(
        instance: Instance,
        client_id: I,
        secret: Option<Secret>,
        redirect_uri: R,
    ) -> Result<Self, Error>
    where
        I: TryInto<ClientId>,
        I::Error: fmt::Display,
        R: AsRef<str>,
    {
        let scopes = UserScopes::for_instance(&set_of(PROFILE.into_iter().chain([Scope::READ])))?;
        Ok(Self {
            instance,
            registration: Registration::new(client_id, secret, redirect_uri, scopes)?,
            options: Options::default(),
        })
    }

    /// Asks for these scopes instead, space-delimited; `openid` is added. `offline_access` asks for a refresh token
    /// (AUTH-189); whether a public application gets one is not settled (AUTH-190).
    ///
    /// # Errors
    /// As [`UserScopes::for_instance`].
    pub fn with_scopes(mut self, text: &str) -> Result<Self, Error> {
        self.registration.scopes = UserScopes::for_instance(&scopes(text)?)?;
        Ok(self)
    }

    /// Asks for these scopes only when a session is refreshed: an application that a person let write, and that goes on by
    /// itself with reading (RFC 6749 section 6). Where fewer were granted, the refresh asks for what was granted.
    ///
    /// # Errors
    /// An error of kind [`Config`](crate::ErrorKind::Config) for a scope that the sign-in does not ask for.
    pub fn with_refresh_scopes(mut self, text: &str) -> Result<Self, Error> {
        let fewer = UserScopes::for_instance(&scopes(text)?)?.as_set().clone();
        let asked = self.registration.scopes.as_set();
        if !fewer.is_subset(asked) {
            return Err(Error::config(format!(
                "refresh scopes: expected some of `{asked}`, found `{}` beside them",
                fewer.difference(asked)
            )));
        }
        self.registration.refresh_scopes = Some(fewer);
        Ok(self)
    }

    /// Asks for another response type than the default, for a record that is set up for it (AUTH-163).
    ///
    /// # Errors
    /// For combinations that cannot work, with what to do instead.
    pub fn with_response_type(mut self, response_type: ResponseType) -> Result<Self, Error> {
        self.registration.set_response_type(response_type)?;
        Ok(self)
    }

    /// Names another registered redirect URI: the loopback ports of a native application, of which the first free one is
    /// listened on. No port is used that is not registered (AUTH-106).
    ///
    /// # Errors
    /// When it cannot be a redirect URI.
    pub fn or_redirect_uri(mut self, uri: &str) -> Result<Self, Error> {
        self.registration.add_redirect(uri)?;
        Ok(self)
    }

    /// Where the browser comes back to after signing out: an entry of `ImpersonateLogoutUrl` (AUTH-201).
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

    /// The instance.
    #[must_use]
    pub fn instance(&self) -> &Instance {
        &self.instance
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

    /// The scopes that are requested.
    #[must_use]
    pub fn scopes(&self) -> &ScopeSet {
        self.registration.scopes.as_set()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEB: &str = "https://app.example.com/cb";

    fn demodb() -> Instance {
        Instance::parse("demodb").unwrap()
    }

    #[test]
    fn auth_163_164_response_types_by_client_and_redirect() {
        let public = |uri| InteractiveApp::public(demodb(), "PK", uri).unwrap();
        let confidential = |uri| InteractiveApp::confidential(demodb(), "PK", "s", uri).unwrap();
        let default = |app: &InteractiveApp| app.registration.response_type;
        assert_eq!(default(&public(WEB)), ResponseType::Code);
        assert_eq!(default(&confidential(WEB)), ResponseType::CodeIdToken);
        assert_eq!(default(&confidential("myapp://cb")), ResponseType::Code);
        let hybrid = ResponseType::CodeIdToken;
        for (app, fine) in [
            (public(WEB), false),
            (confidential(WEB), true),
            (confidential("myapp://cb"), false),
            (confidential("http://127.0.0.1:8400/cb"), true),
        ] {
            assert_eq!(
                app.clone().with_response_type(hybrid).is_ok(),
                fine,
                "{app:?}"
            );
            let takes_forms = app.redirect_uri().takes_forms();
            let posted = app.clone().with_response_type(ResponseType::CodeFormPost);
            assert_eq!(posted.is_ok(), takes_forms);
            assert!(app.with_response_type(ResponseType::Code).is_ok());
        }
    }

    #[test]
    fn auth_164_every_redirect_counts_whichever_is_said_first() {
        let web = || InteractiveApp::confidential(demodb(), "PK", "s", WEB).unwrap();
        assert!(web().or_redirect_uri("myapp://cb").is_err());
        let code = web().with_response_type(ResponseType::Code);
        let both = code
            .and_then(|app| app.or_redirect_uri("myapp://cb"))
            .unwrap();
        for posted in [ResponseType::CodeIdToken, ResponseType::CodeFormPost] {
            assert!(both.clone().with_response_type(posted).is_err());
        }
    }

    #[test]
    fn a_refresh_asks_for_no_more_than_the_sign_in() {
        let app = || {
            let app = InteractiveApp::confidential(demodb(), "PK", "s", WEB).unwrap();
            app.with_scopes("read update offline_access").unwrap()
        };
        assert!(app().with_refresh_scopes("read offline_access").is_ok());
        let error = app().with_refresh_scopes("profile read").unwrap_err();
        assert!(
            error.to_string().ends_with("found `profile` beside them"),
            "{error}"
        );
    }

    #[test]
    fn auth_093_misuse_is_refused_with_words() {
        let error =
            InteractiveApp::public(demodb(), "PK", "http://app.example.com/cb").unwrap_err();
        assert!(error.to_string().starts_with("redirect URI: "), "{error}");
        let error = InteractiveApp::confidential(demodb(), "PK", "hunter2\n", WEB).unwrap_err();
        assert!(!error.to_string().contains("hunter2"));
    }
}
