//! What a caller asks of an API.

use std::fmt;

use http::HeaderValue;
use serde::Serialize;

use super::target::ApiPath;
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
///
/// // Or by a query, whose fault, if it has one, comes out when the call is made:
/// use erpnet_core::odata::{Query, field};
/// let read = ApiRequest::get(&Query::of("Crm_Customers").filter(field("Number").eq("7")).top(10));
/// assert_eq!(read.path(), "Crm_Customers?$filter=Number%20eq%20%277%27&$top=10");
/// ```
#[derive(Clone)]
pub struct ApiRequest {
    pub(super) method: http::Method,
    pub(super) path: String,
    /// Why there is no path.
    pub(super) fault: Option<Error>,
    pub(super) body: Vec<u8>,
    pub(super) content_type: HeaderValue,
    pub(super) accept: HeaderValue,
    pub(super) accept_language: Option<String>,
    pub(super) site: ApiSite,
}

impl ApiRequest {
    /// A call with any method; the path is relative to the OData root.
    #[must_use]
    pub fn new(method: http::Method, path: impl Into<ApiPath>) -> Self {
        let (path, fault) = match path.into().into_result() {
            Ok(path) => (path, None),
            Err(fault) => (String::new(), Some(fault)),
        };
        let json = HeaderValue::from_static("application/json");
        Self {
            method,
            path,
            fault,
            body: Vec::new(),
            content_type: json.clone(),
            accept: json,
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
    pub fn get(path: impl Into<ApiPath>) -> Self {
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

    /// Sets a body of another type than JSON.
    #[must_use]
    pub fn body(mut self, content_type: HeaderValue, body: Vec<u8>) -> Self {
        self.content_type = content_type;
        self.body = body;
        self
    }

    /// Asks for an answer of another type than JSON.
    #[must_use]
    pub fn accept(mut self, media_type: HeaderValue) -> Self {
        self.accept = media_type;
        self
    }

    /// The same request of another path.
    pub(crate) fn with_path(mut self, path: String) -> Self {
        self.path = path;
        self
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

    /// The body.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.body
    }

    /// The body's type.
    #[must_use]
    pub fn content_type(&self) -> &HeaderValue {
        &self.content_type
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
