//! Token requests: a form, posted (AUTH-085, AUTH-209).

use std::time::Duration;

use erpnet_types::{ClientId, Scope, ScopeSet, Secret};
use zeroize::Zeroizing;

use crate::error::{Error, Reason};
use crate::flow::{Limits, Transmit};

/// The longest token response that is read, in bytes.
pub const MAX_TOKEN_RESPONSE: usize = 256 * 1024;

/// The scopes of a client-credentials request: resource scopes only, never none (AUTH-138, AUTH-139, AUTH-146).
///
/// ```
/// use erpnet_core::token::ServiceScopes;
/// use erpnet_types::ScopeSet;
///
/// assert_eq!(ServiceScopes::new(&ScopeSet::parse("update")?)?.to_string(), "read update");
/// assert!(ServiceScopes::new(&ScopeSet::parse("read offline_access")?).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ServiceScopes(ScopeSet);

impl ServiceScopes {
    /// Checks a set. `update` brings `read` with it, for whether it implies it is not documented (AUTH-151, G19).
    ///
    /// # Errors
    /// [`Reason::ScopeRefused`] for protocol scopes, `sec` and `DomainApi`; [`Reason::Config`] for an empty set, which
    /// would be granted everything that is configured (AUTH-139). Other scopes pass: the authority knows them.
    pub fn new(scopes: &ScopeSet) -> Result<Self, Error> {
        let refuse = |scope: &Scope, why| {
            Err(Reason::ScopeRefused {
                scope: scope.to_string(),
                flow: "with client credentials",
                why,
            }
            .into())
        };
        if scopes.is_empty() {
            return Err(Error::config(
                "expected at least one scope, found none: an empty request is granted everything configured",
            ));
        }
        for scope in scopes {
            if scope.is_protocol() {
                return refuse(
                    scope,
                    "it is about a signed-in user, and there is none here",
                );
            }
            if *scope == Scope::SEC {
                return refuse(scope, "it is reserved for the platform");
            }
            if *scope == Scope::DOMAIN_API {
                return refuse(
                    scope,
                    "it is obsolete; today's scopes are `read` and `update`",
                );
            }
            let known = [Scope::READ, Scope::UPDATE];
            if let Some(meant) = known
                .iter()
                .find(|k| k.as_str().eq_ignore_ascii_case(scope.as_str()) && *k != scope)
            {
                let why = if *meant == Scope::READ {
                    "scopes are case-sensitive: it is `read`"
                } else {
                    "scopes are case-sensitive: it is `update`"
                };
                return refuse(scope, why);
            }
        }
        let mut scopes = scopes.clone();
        if scopes.contains(&Scope::UPDATE) {
            scopes.insert(Scope::READ);
        }
        Ok(Self(scopes))
    }

    /// The set that is requested.
    #[must_use]
    pub fn as_set(&self) -> &ScopeSet {
        &self.0
    }
}

impl std::fmt::Display for ServiceScopes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A form for the token endpoint, with the client authentication in its body (`client_secret_post`, AUTH-084).
pub struct TokenRequest<'a> {
    client_id: &'a ClientId,
    secret: Option<&'a Secret>,
    fields: Vec<(&'static str, &'a str)>,
}

impl<'a> TokenRequest<'a> {
    /// Starts a form.
    #[must_use]
    pub fn new(
        grant_type: &'static str,
        client_id: &'a ClientId,
        secret: Option<&'a Secret>,
    ) -> Self {
        Self {
            client_id,
            secret,
            fields: vec![("grant_type", grant_type)],
        }
    }

    /// Starts a form for another endpoint that authenticates the client in the same way.
    pub(crate) fn without_grant(client_id: &'a ClientId, secret: Option<&'a Secret>) -> Self {
        Self {
            client_id,
            secret,
            fields: Vec::with_capacity(2),
        }
    }

    /// Adds a field.
    #[must_use]
    pub fn field(mut self, name: &'static str, value: &'a str) -> Self {
        self.fields.push((name, value));
        self
    }

    /// Writes the request. The body is the only place where the secret stands.
    ///
    /// # Errors
    /// None in practice: the endpoint is a parsed URI and the headers are constants.
    pub fn transmit(&self, endpoint: &http::Uri, deadline: Duration) -> Result<Transmit, Error> {
        let secret_len = self.secret.map_or(0, |secret| secret.expose().len());
        // Room for the worst case, so that no copy of the secret is left behind by a growing buffer.
        let fields_len: usize = self
            .fields
            .iter()
            .map(|(name, value)| name.len() + 3 * value.len() + 2)
            .sum();
        let capacity = fields_len + 3 * (self.client_id.as_str().len() + secret_len) + 64;
        let mut form = form_urlencoded::Serializer::new(String::with_capacity(capacity));
        form.extend_pairs(&self.fields)
            .append_pair("client_id", self.client_id.as_str());
        if let Some(secret) = self.secret {
            form.append_pair("client_secret", secret.expose());
        }
        let body = Zeroizing::new(form.finish());
        let request = http::Request::post(endpoint)
            .header(
                http::header::CONTENT_TYPE,
                "application/x-www-form-urlencoded",
            )
            .header(http::header::ACCEPT, "application/json")
            .header(http::header::CACHE_CONTROL, "no-store")
            .body(body.as_bytes().to_vec())
            .map_err(|_| Error::config("the token endpoint cannot be written as a request"))?;
        Ok(Transmit::new(
            request,
            Limits {
                body: MAX_TOKEN_RESPONSE,
                deadline,
            },
        ))
    }
}

/// Shows the names of the fields: their values can be codes and refresh tokens.
impl std::fmt::Debug for TokenRequest<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.fields.iter().map(|(name, _)| name).collect();
        f.debug_struct("TokenRequest")
            .field("client_id", self.client_id)
            .field("fields", &names)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_138_139_146_scopes_for_services() {
        let check = |text: &str| {
            ServiceScopes::new(&ScopeSet::parse(text).unwrap()).map(|scopes| scopes.to_string())
        };
        assert_eq!(check("read").unwrap(), "read");
        assert_eq!(check("update").unwrap(), "read update");
        assert_eq!(check("crm read").unwrap(), "crm read");
        for refused in [
            "openid",
            "read profile",
            "offline_access",
            "sec",
            "DomainApi",
            "Read",
            "UPDATE",
        ] {
            let error = check(refused).unwrap_err();
            assert!(
                matches!(error.reason(), Reason::ScopeRefused { .. }),
                "{refused}: {error}"
            );
        }
        assert!(matches!(check("").unwrap_err().reason(), Reason::Config(_)));
    }

    #[test]
    fn auth_084_085_209_the_form_and_its_headers() {
        let client_id = ClientId::parse("my.trusted.app/first & only").unwrap();
        let secret = Secret::new("p+w=%&ä").unwrap();
        let endpoint: http::Uri = "https://demodb.my.erp.net/id/connect/token"
            .parse()
            .unwrap();
        let request = TokenRequest::new("client_credentials", &client_id, Some(&secret))
            .field("scope", "read update");
        let transmit = request.transmit(&endpoint, Duration::from_secs(9)).unwrap();
        let sent = transmit.request();
        assert_eq!(
            (sent.method(), sent.uri()),
            (&http::Method::POST, &endpoint)
        );
        assert_eq!(
            sent.headers()["content-type"],
            "application/x-www-form-urlencoded"
        );
        assert!(
            !sent.headers().contains_key("authorization"),
            "the secret never stands in a header"
        );
        let body = std::str::from_utf8(sent.body()).unwrap();
        assert_eq!(
            body,
            "grant_type=client_credentials&scope=read+update&client_id=my.trusted.app%2Ffirst+%26+only&client_secret=p%2Bw%3D%25%26%C3%A4"
        );
        assert!(!format!("{request:?} {transmit:?}").contains("p+w"));
    }
}
