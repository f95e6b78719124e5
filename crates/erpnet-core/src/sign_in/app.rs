//! Applications that sign users in: what is registered, and what may be combined (sections 4 and 7 of the rules).

use std::fmt;

use erpnet_types::{ClientId, GlobalAuthority, Instance, Scope, ScopeSet, Secret};

use super::redirect::RedirectUri;
use super::scopes::UserScopes;
use crate::connection::Options;
use crate::error::Error;

/// What the authorize endpoint is asked to send back. An IdentityServer4 client is set up for one of them (AUTH-163).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResponseType {
    /// `code`, in the query of the redirect.
    Code,
    /// `code id_token`, posted as a form: for confidential applications (AUTH-164).
    CodeIdToken,
}

impl ResponseType {
    /// The `response_type` parameter.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::CodeIdToken => "code id_token",
        }
    }
}

/// What both sorts of applications are registered with.
#[derive(Clone, Debug)]
pub(crate) struct Registration {
    pub(crate) client_id: ClientId,
    pub(crate) secret: Option<Secret>,
    pub(crate) redirect_uri: RedirectUri,
    pub(crate) other_redirects: Vec<RedirectUri>,
    pub(crate) post_logout: Option<RedirectUri>,
    pub(crate) scopes: UserScopes,
    pub(crate) response_type: ResponseType,
    pub(crate) trusted_audiences: Vec<String>,
    /// Whether the application calls APIs as its users.
    pub(crate) keeps_sessions: bool,
}

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

/// Whose authority it is.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Home {
    /// An instance's own.
    Instance(Instance),
    /// The global one.
    Global(GlobalAuthority),
}

impl Home {
    pub(crate) fn instance(&self) -> Option<&Instance> {
        match self {
            Self::Instance(instance) => Some(instance),
            Self::Global(_) => None,
        }
    }
}

impl fmt::Display for Home {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instance(instance) => instance.fmt(f),
            Self::Global(authority) => f.write_str(authority.issuer()),
        }
    }
}

impl fmt::Debug for Home {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Home({self})")
    }
}

const PROFILE: [Scope; 2] = [Scope::OPENID, Scope::PROFILE];

impl Registration {
    fn new<I, R>(
        client_id: I,
        secret: Option<Secret>,
        redirect_uri: R,
        scopes: UserScopes,
    ) -> Result<Self, Error>
    where
        I: TryInto<ClientId>,
        I::Error: fmt::Display,
        R: AsRef<str>,
    {
        let client_id = client_id
            .try_into()
            .map_err(|error| Error::config(format!("client id: {error}")))?;
        let redirect_uri = redirect(redirect_uri.as_ref(), "redirect URI")?;
        // AUTH-163: what the quickstarts show for each.
        let hybrid = secret.is_some() && redirect_uri.takes_forms();
        let response_type = if hybrid {
            ResponseType::CodeIdToken
        } else {
            ResponseType::Code
        };
        Ok(Self {
            client_id,
            secret,
            redirect_uri,
            other_redirects: Vec::new(),
            post_logout: None,
            scopes,
            response_type,
            trusted_audiences: Vec::new(),
            keeps_sessions: true,
        })
    }

    /// Every registered redirect, the first one first.
    pub(crate) fn redirects(&self) -> impl Iterator<Item = &RedirectUri> {
        std::iter::once(&self.redirect_uri).chain(&self.other_redirects)
    }

    fn set_response_type(&mut self, response_type: ResponseType) -> Result<(), Error> {
        if response_type == ResponseType::CodeIdToken && self.secret.is_none() {
            return Err(Error::config(
                "`code id_token` is for confidential applications: a public one uses `code` (AUTH-163)",
            ));
        }
        for redirect in self.redirects() {
            reaches(redirect, response_type)?;
        }
        self.response_type = response_type;
        Ok(())
    }

    fn add_redirect(&mut self, uri: &str) -> Result<(), Error> {
        let other = redirect(uri, "redirect URI")?;
        reaches(&other, self.response_type)?;
        self.other_redirects.push(other);
        Ok(())
    }
}

/// Whether the answer can come to this redirect at all.
fn reaches(redirect: &RedirectUri, response_type: ResponseType) -> Result<(), Error> {
    if response_type == ResponseType::CodeIdToken && !redirect.takes_forms() {
        return Err(Error::config(format!(
            "`code id_token` is posted as a form, which cannot reach `{redirect}`: use `code`, or an `https` redirect \
             (AUTH-164)"
        )));
    }
    Ok(())
}

fn redirect(text: &str, what: &str) -> Result<RedirectUri, Error> {
    RedirectUri::parse(text).map_err(|error| Error::config(format!("{what}: {error}")))
}

fn secret<S>(secret: S) -> Result<Secret, Error>
where
    S: TryInto<Secret>,
    S::Error: fmt::Display,
{
    secret
        .try_into()
        .map_err(|error| Error::config(format!("client secret: {error}")))
}

fn scopes(text: &str) -> Result<ScopeSet, Error> {
    ScopeSet::parse(text).map_err(|error| Error::config(format!("scopes: {error}")))
}

fn set_of(scopes: impl IntoIterator<Item = Scope>) -> ScopeSet {
    let mut set = ScopeSet::empty();
    for scope in scopes {
        set.insert(scope);
    }
    set
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
    /// When it cannot be a redirect URI, or the answer could not reach it.
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

    /// As [`InteractiveApp::with_response_type`].
    ///
    /// # Errors
    /// For combinations that cannot work, with what to do instead.
    pub fn with_response_type(mut self, response_type: ResponseType) -> Result<Self, Error> {
        self.registration.set_response_type(response_type)?;
        Ok(self)
    }

    /// As [`InteractiveApp::or_redirect_uri`].
    ///
    /// # Errors
    /// When it cannot be a redirect URI.
    pub fn or_redirect_uri(mut self, uri: &str) -> Result<Self, Error> {
        self.registration.add_redirect(uri)?;
        Ok(self)
    }

    /// As [`InteractiveApp::with_post_logout_redirect_uri`].
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

    const WEB: &str = "https://app.example.com/cb";

    fn demodb() -> Instance {
        Instance::parse("demodb").unwrap()
    }

    #[test]
    fn auth_066_163_164_response_types_by_client_and_redirect() {
        let known = [ResponseType::Code, ResponseType::CodeIdToken];
        assert_eq!(known.map(ResponseType::as_str), ["code", "code id_token"]);
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
            assert!(app.with_response_type(ResponseType::Code).is_ok());
        }
        // Every redirect counts, whichever is said first.
        let own = "myapp://cb";
        assert!(confidential(WEB).or_redirect_uri(own).is_err());
        let code = confidential(WEB).with_response_type(ResponseType::Code);
        let both = code.and_then(|app| app.or_redirect_uri(own)).unwrap();
        assert!(both.with_response_type(hybrid).is_err());
    }

    #[test]
    fn auth_050_093_095_misuse_is_refused_with_words() {
        let sso = IdentityApp::global(GlobalAuthority::new().unwrap(), "PK", "s", WEB).unwrap();
        assert!(sso.clone().with_scopes("read").is_err());
        assert!(sso.with_scopes("openid offline_access").is_ok());
        let error =
            InteractiveApp::public(demodb(), "PK", "http://app.example.com/cb").unwrap_err();
        assert!(error.to_string().starts_with("redirect URI: "), "{error}");
        let error = InteractiveApp::confidential(demodb(), "PK", "hunter2\n", WEB).unwrap_err();
        assert!(!error.to_string().contains("hunter2"));
    }
}
