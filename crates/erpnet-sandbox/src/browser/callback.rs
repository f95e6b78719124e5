//! What the browser carries to the application.

use std::fmt;

/// What the browser carries to the application.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Callback {
    /// A redirect: the whole URL, with its query or fragment.
    Get {
        /// The URL.
        url: String,
    },
    /// A form, of `response_mode=form_post`.
    Post {
        /// Where it goes: the redirect URI.
        url: String,
        /// The fields.
        form: Vec<(String, String)>,
    },
}

impl Callback {
    /// The parameters, wherever they travel: of the form, the query or the fragment.
    #[must_use]
    pub fn parameters(&self) -> Vec<(String, String)> {
        let url = match self {
            Self::Post { form, .. } => return form.clone(),
            Self::Get { url } => url,
        };
        let (rest, fragment) = url.split_once('#').unwrap_or((url, ""));
        let query = rest.split_once('?').map_or("", |(_, query)| query);
        let fragment = if fragment == "_=_" { "" } else { fragment };
        let parts = [query, fragment].into_iter();
        let parse = |part: &'_ str| {
            let pairs = url::form_urlencoded::parse(part.as_bytes());
            pairs.into_owned().collect::<Vec<_>>()
        };
        parts.flat_map(parse).collect()
    }

    /// The first parameter of this name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        let mut parameters = self.parameters().into_iter();
        parameters
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    }

    /// Where it goes, with the query and fragment of a redirect.
    #[must_use]
    pub fn url(&self) -> &str {
        match self {
            Self::Get { url } | Self::Post { url, .. } => url,
        }
    }

    /// The body of a form, encoded; `None` for a redirect.
    #[must_use]
    pub fn body(&self) -> Option<String> {
        match self {
            Self::Get { .. } => None,
            Self::Post { form, .. } => {
                let mut body = url::form_urlencoded::Serializer::new(String::new());
                Some(body.extend_pairs(form).finish())
            }
        }
    }
}

/// Without the parameters: there is a code among them.
impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (method, url) = match self {
            Self::Get { url } => ("GET", url),
            Self::Post { url, .. } => ("POST", url),
        };
        let end = url.find(['?', '#']).unwrap_or(url.len());
        write!(f, "Callback({method} {})", &url[..end])
    }
}
