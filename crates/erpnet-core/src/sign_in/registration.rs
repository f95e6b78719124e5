//! What an application that signs users in is registered with, and what may be combined (sections 4 and 7 of the rules).

use std::fmt;

use erpnet_types::{ClientId, GlobalAuthority, Instance, Scope, ScopeSet, Secret};

use super::redirect::RedirectUri;
use super::scopes::UserScopes;
use crate::error::Error;

/// What the authorize endpoint is asked to send back. An IdentityServer4 client is set up for one of them (AUTH-163).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResponseType {
    /// `code`, in the query of the redirect.
    Code,
    /// `code`, posted as a form: it stays out of addresses, histories and logs.
    CodeFormPost,
    /// `code id_token`, posted as a form: for confidential applications (AUTH-164).
    CodeIdToken,
}

impl ResponseType {
    /// Whether the answer comes as a form that the browser posts.
    pub(crate) fn is_posted(self) -> bool {
        self != Self::Code
    }

    /// The `response_type` parameter.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Code | Self::CodeFormPost => "code",
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
    /// What is asked for when a session is refreshed, if that is less.
    pub(crate) refresh_scopes: Option<ScopeSet>,
    /// Whether the application calls APIs as its users.
    pub(crate) keeps_sessions: bool,
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

pub(super) const PROFILE: [Scope; 2] = [Scope::OPENID, Scope::PROFILE];

impl Registration {
    pub(super) fn new<I, R>(
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
            refresh_scopes: None,
            keeps_sessions: true,
        })
    }

    /// Every registered redirect, the first one first.
    pub(crate) fn redirects(&self) -> impl Iterator<Item = &RedirectUri> {
        std::iter::once(&self.redirect_uri).chain(&self.other_redirects)
    }

    pub(super) fn set_response_type(&mut self, response_type: ResponseType) -> Result<(), Error> {
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

    pub(super) fn add_redirect(&mut self, uri: &str) -> Result<(), Error> {
        let other = redirect(uri, "redirect URI")?;
        reaches(&other, self.response_type)?;
        self.other_redirects.push(other);
        Ok(())
    }
}

/// Whether the answer can come to this redirect at all.
fn reaches(redirect: &RedirectUri, response_type: ResponseType) -> Result<(), Error> {
    if response_type.is_posted() && !redirect.takes_forms() {
        return Err(Error::config(format!(
            "the answer is posted as a form, which cannot reach `{redirect}`: use `code` in the query, or an `https` \
             redirect (AUTH-164)"
        )));
    }
    Ok(())
}

pub(super) fn redirect(text: &str, what: &str) -> Result<RedirectUri, Error> {
    RedirectUri::parse(text).map_err(|error| Error::config(format!("{what}: {error}")))
}

pub(super) fn secret<S>(secret: S) -> Result<Secret, Error>
where
    S: TryInto<Secret>,
    S::Error: fmt::Display,
{
    secret
        .try_into()
        .map_err(|error| Error::config(format!("client secret: {error}")))
}

pub(super) fn scopes(text: &str) -> Result<ScopeSet, Error> {
    ScopeSet::parse(text).map_err(|error| Error::config(format!("scopes: {error}")))
}

pub(super) fn set_of(scopes: impl IntoIterator<Item = Scope>) -> ScopeSet {
    let mut set = ScopeSet::empty();
    for scope in scopes {
        set.insert(scope);
    }
    set
}
