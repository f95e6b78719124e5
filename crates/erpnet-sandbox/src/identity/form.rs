//! Parameters of requests, from a query or a form body.

use http::Method;

use crate::reply::Call;

/// Parameters in the order sent. Of a repeated name the first value counts.
#[derive(Clone, Default)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    pub(crate) fn parse(encoded: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(encoded).into_owned().collect())
    }

    /// The query of a GET, the form of a POST; `None` for anything else (AUTH-085).
    pub(crate) fn of(call: &Call) -> Option<Self> {
        if call.is_read() {
            Some(Self::parse(
                call.query.as_deref().unwrap_or_default().as_bytes(),
            ))
        } else {
            Self::of_post(call)
        }
    }

    /// The form of a POST; `None` for anything else (AUTH-085).
    pub(crate) fn of_post(call: &Call) -> Option<Self> {
        let is_form = call.media_type() == "application/x-www-form-urlencoded";
        (call.method == Method::POST && is_form).then(|| Self::parse(&call.body))
    }

    /// The value, unless it is missing or blank.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(known, _)| known == name)?;
        Some(value.as_str()).filter(|value| !value.trim().is_empty())
    }

    /// The first name that is there more than once (RFC 6749, section 3.1).
    pub(crate) fn repeated(&self) -> Option<&str> {
        let mut names = self.0.iter().enumerate();
        let before = |at: usize, name: &str| self.0[..at].iter().any(|(known, _)| known == name);
        names
            .find(|(at, (name, _))| before(*at, name))
            .map(|(_, (name, _))| name.as_str())
    }

    /// The parameters in their canonical encoding.
    pub(crate) fn encoded(&self) -> String {
        encode(
            self.0
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str())),
        )
    }
}

/// Encodes parameters for a query, a fragment or a form.
pub(crate) fn encode<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_values_count_as_missing_and_the_first_wins() {
        let form = Form::parse(b"a=&b=+&c=1&c=2&d=x%2Fy");
        assert_eq!(
            (form.get("a"), form.get("b"), form.get("z")),
            (None, None, None)
        );
        assert_eq!((form.get("c"), form.get("d")), (Some("1"), Some("x/y")));
        assert_eq!(form.repeated(), Some("c"));
        assert_eq!(Form::parse(b"a=1&b=1").repeated(), None);
        assert_eq!(Form::parse(b"a=%7E+%2F").encoded(), "a=%7E+%2F");
    }
}
