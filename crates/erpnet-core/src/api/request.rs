//! What a caller asks of an API.

use std::fmt;

use serde::Serialize;

use crate::error::Error;

/// The site that a call goes to. Each has a root of its own, which the call does not leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ApiSite {
    /// The OData root of the Domain API.
    #[default]
    DomainApi,
    /// The Profile site, wherever auto-discovery finds it (AUTH-029). Tokens that act as no person are not sent there
    /// (AUTH-221, AUTH-244).
    Profile,
}

/// A call below a site's root, the Domain API's as a rule: method, path, body. The token is added on the way.
///
/// ```
/// use erpnet_core::api::ApiRequest;
///
/// let read = ApiRequest::get("Crm_Customers?$top=10").accept_language("bg");
/// assert_eq!(read.method(), http::Method::GET);
/// ```
#[derive(Clone)]
pub struct ApiRequest {
    pub(super) method: http::Method,
    pub(super) path: String,
    pub(super) body: Vec<u8>,
    pub(super) accept_language: Option<String>,
    pub(super) site: ApiSite,
}

impl ApiRequest {
    /// A call with any method; the path is relative to the OData root.
    #[must_use]
    pub fn new(method: http::Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            body: Vec::new(),
            accept_language: None,
            site: ApiSite::DomainApi,
        }
    }

    /// `GET {profile}/me`: the user that the token acts as. [`ProfileMe`](crate::profile::ProfileMe) reads the answer.
    #[must_use]
    pub fn me() -> Self {
        Self::get("me").at(ApiSite::Profile)
    }

    /// Goes to another site than the Domain API; the path is relative to that site's root.
    #[must_use]
    pub fn at(mut self, site: ApiSite) -> Self {
        self.site = site;
        self
    }

    /// The site.
    #[must_use]
    pub fn site(&self) -> ApiSite {
        self.site
    }

    /// A read.
    #[must_use]
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(http::Method::GET, path)
    }

    /// Sets a JSON body.
    ///
    /// # Errors
    /// An error of kind [`Config`](crate::ErrorKind::Config) when the value cannot be written as JSON.
    pub fn json(mut self, value: &impl Serialize) -> Result<Self, Error> {
        self.body = serde_json::to_vec(value).map_err(|error| {
            Error::config(format!("the body cannot be written as JSON: {error}"))
        })?;
        Ok(self)
    }

    /// Asks for a language of messages and texts (AUTH-296).
    #[must_use]
    pub fn accept_language(mut self, language: impl Into<String>) -> Self {
        self.accept_language = Some(language.into());
        self
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &http::Method {
        &self.method
    }

    /// The path, relative to the site's root.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl ApiSite {
    /// What is expected from there, for errors.
    pub(super) fn answer(self) -> &'static str {
        match self {
            Self::DomainApi => "an answer of the Domain API",
            Self::Profile => "an answer of the Profile site",
        }
    }
}

/// Shows neither query nor body: both hold the application's data.
impl fmt::Debug for ApiRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiRequest")
            .field("method", &self.method)
            .field("path", &self.path.split('?').next().unwrap_or_default())
            .field("body_len", &self.body.len())
            .finish_non_exhaustive()
    }
}
