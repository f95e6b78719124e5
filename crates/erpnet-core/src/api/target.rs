//! Where a call goes, however it is written.

use crate::error::Error;
use crate::odata::{NextLink, Query};

/// A path below the root, from text, a [`Query`] or a [`NextLink`]. A query's fault comes out when the call is made.
#[derive(Clone)]
pub struct ApiPath(Result<String, Error>);

impl ApiPath {
    pub(crate) fn into_result(self) -> Result<String, Error> {
        self.0
    }
}

impl From<&str> for ApiPath {
    fn from(path: &str) -> Self {
        Self(Ok(path.to_owned()))
    }
}

impl From<String> for ApiPath {
    fn from(path: String) -> Self {
        Self(Ok(path))
    }
}

impl From<&String> for ApiPath {
    fn from(path: &String) -> Self {
        Self(Ok(path.clone()))
    }
}

impl From<&Query> for ApiPath {
    fn from(query: &Query) -> Self {
        Self(query.path().map(str::to_owned))
    }
}

impl From<Query> for ApiPath {
    fn from(query: Query) -> Self {
        Self::from(&query)
    }
}

impl From<&NextLink> for ApiPath {
    fn from(link: &NextLink) -> Self {
        Self::from(link.as_str())
    }
}

/// Shows no query.
impl std::fmt::Debug for ApiPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Ok(path) => write!(f, "ApiPath({})", path.split('?').next().unwrap_or_default()),
            Err(error) => write!(f, "ApiPath({error})"),
        }
    }
}
