//! `GET {authority}/.well-known/openid-configuration` (AUTH-056).

use std::time::Duration;

use super::metadata::{EndpointRules, ProviderMetadata};
use crate::error::{Error, Reason};
use crate::flow::{Exchange, Limits, Replay, Transmit};
use crate::jose::SignatureAlgorithms;
use crate::reading;
use crate::time::Now;

/// The longest discovery document that is read, in bytes.
pub const MAX_DOCUMENT: usize = 256 * 1024;

/// Asks an authority for its metadata.
#[derive(Debug)]
pub struct Discovery {
    issuer: String,
    rules: EndpointRules,
    uri: http::Uri,
    deadline: Duration,
    algorithms: SignatureAlgorithms,
}

impl Discovery {
    /// Prepares the request for the authority with this issuer.
    ///
    /// # Errors
    /// None in practice: an issuer is a URL.
    pub fn new(issuer: &str, rules: EndpointRules, deadline: Duration) -> Result<Self, Error> {
        let uri = format!("{issuer}/.well-known/openid-configuration");
        let uri = uri
            .parse()
            .map_err(|_| Error::config("the authority's URL cannot be written as a request"))?;
        Ok(Self {
            issuer: issuer.to_owned(),
            rules,
            uri,
            deadline,
            algorithms: SignatureAlgorithms::default(),
        })
    }

    /// Accepts an authority that signs with one of these, where `RS256` is expected otherwise (AUTH-069).
    #[must_use]
    pub fn with_algorithms(mut self, algorithms: SignatureAlgorithms) -> Self {
        self.algorithms = algorithms;
        self
    }
}

impl Exchange for Discovery {
    type Output = ProviderMetadata;

    const DOING: &'static str = "OpenID discovery";

    fn uri(&self) -> &http::Uri {
        &self.uri
    }

    fn request(&self) -> Result<Transmit, Error> {
        reading::get(
            &self.uri,
            Limits {
                body: MAX_DOCUMENT,
                deadline: self.deadline,
            },
        )
    }

    fn replay(&self) -> Replay {
        Replay::Safe
    }

    /// Only a 200 with a JSON object is metadata; a page or a redirect to one is a wrong address (AUTH-063).
    fn read(&self, reply: http::Response<Vec<u8>>, _now: Now) -> Result<ProviderMetadata, Error> {
        let document = "an OpenID Connect discovery document";
        let read = reading::success(&reply, document, |body| {
            if reply.status() != http::StatusCode::OK {
                let found = reading::describe(&reply);
                return Err(Reason::NotAnIdentityServer { found }.into());
            }
            ProviderMetadata::parse_with(body, &self.issuer, &self.rules, self.algorithms)
        });
        match read {
            Ok(metadata) => Ok(metadata),
            Err(error) => match error.reason() {
                Reason::NotJson { found, .. } => Err(Reason::NotAnIdentityServer {
                    found: found.clone(),
                }
                .into()),
                Reason::Redirected { to, .. } => Err(Reason::NotAnIdentityServer {
                    found: format!("a redirect to {to}"),
                }
                .into()),
                Reason::Status { status: 404, .. } => Err(Reason::NotAnIdentityServer {
                    found: reading::describe(&reply),
                }
                .into()),
                _ => Err(error),
            },
        }
    }
}
