//! One call with one token, as an exchange.

use std::sync::Arc;

use erpnet_access::{
    CallDecision, CallFacts, Explanation, Operation, Readings, evaluate_call, explain_call,
};
use erpnet_types::Timestamp;
use http::Method;
use http::header::{ACCEPT, ACCEPT_LANGUAGE, CONTENT_TYPE};
use serde::de::DeserializeOwned;
use url::Url;

use super::fault::ApiFault;
use super::path::resolve;
use super::request::{ApiRequest, ApiSite};
use crate::connection::{ApiToken, Options, Preflight};
use crate::error::{Error, Reason};
use crate::flow::{Exchange, Limits, Replay, Transmit};
use crate::reading;
use crate::time::Now;

/// How much of a body is searched for the licence error, in bytes.
const SEARCHED: usize = 64 * 1024;

/// The name by which the instance says that no licence is free (AUTH-278).
const LICENCE_ERROR: &[u8] = b"maximumlicensecountexceeded";

/// One attempt of an [`ApiRequest`] with one token.
pub struct ApiCall {
    request: ApiRequest,
    uri: http::Uri,
    token: Arc<ApiToken>,
    limits: Limits,
    forecast: Forecast,
}

/// A successful answer.
#[derive(Clone)]
pub struct ApiReply {
    response: http::Response<Vec<u8>>,
    uri: http::Uri,
}

impl ApiCall {
    /// Binds a request to a site's root and a token, and forecasts its end.
    ///
    /// # Errors
    /// [`Reason::Query`] for a query with a fault; [`Reason::PathRefused`] when the path leads outside the root; [`Reason::NeedsUser`] when a token that acts as no
    /// person would go to the Profile site; [`Reason::Denied`] in strict mode.
    pub fn new(
        request: ApiRequest,
        root: &Url,
        token: Arc<ApiToken>,
        options: &Options,
        now: Timestamp,
    ) -> Result<Self, Error> {
        if let Some(fault) = &request.fault {
            return Err(fault.clone());
        }
        if request.site == ApiSite::Profile
            && token.capabilities().works_with_profile == Some(false)
        {
            return Err(Reason::NeedsUser.into());
        }
        let uri = resolve(root, &request.path)?;
        let limits = Limits {
            body: options.api_body,
            deadline: options.api_deadline,
        };
        // Relative to the root, for sites can live on any path.
        let below = uri.path().strip_prefix(root.path()).unwrap_or_default();
        let forecast = Forecast {
            facts: token.facts(now),
            operation: match request.site {
                ApiSite::DomainApi => Operation::parse(request.method.as_str(), below),
                ApiSite::Profile => Operation::Me,
            },
            readings: options.readings,
            now,
        };
        if options.preflight == Preflight::Strict && !forecast.decide().may_send() {
            return Err(Reason::Denied(Box::new(forecast.explain())).into());
        }
        Ok(Self {
            request,
            uri,
            token,
            limits,
            forecast,
        })
    }

    /// What the access model expects of the call.
    #[must_use]
    pub fn forecast(&self) -> CallDecision {
        self.forecast.decide()
    }

    /// The token that the call carries.
    #[must_use]
    pub fn token(&self) -> &Arc<ApiToken> {
        &self.token
    }

    fn forbidden(&self) -> Reason {
        Reason::Forbidden {
            operation: self.request.method.to_string(),
            granted: self.token.scopes().cloned(),
            explanation: Box::new(self.forecast.explain()),
        }
    }
}

/// Shows no query.
impl std::fmt::Debug for ApiCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiCall")
            .field("request", &self.request)
            .field("token", &self.token)
            .finish()
    }
}

/// What the access model is asked, before the call and once more when it was refused.
#[derive(Debug)]
struct Forecast {
    facts: CallFacts,
    operation: Operation,
    readings: Readings,
    now: Timestamp,
}

impl Forecast {
    fn decide(&self) -> CallDecision {
        evaluate_call(&self.facts, self.operation, self.now, &self.readings)
    }

    fn explain(&self) -> Explanation {
        explain_call(&self.facts, self.operation, self.now, &self.readings, None)
    }
}

impl Exchange for ApiCall {
    type Output = ApiReply;

    const DOING: &'static str = "api call";

    fn uri(&self) -> &http::Uri {
        &self.uri
    }

    fn request(&self) -> Result<Transmit, Error> {
        let mut builder = http::Request::builder()
            .method(self.request.method.clone())
            .uri(&self.uri);
        builder = builder.header(ACCEPT, self.request.accept.clone());
        if !self.request.body.is_empty() {
            builder = builder.header(CONTENT_TYPE, self.request.content_type.clone());
        }
        if let Some(language) = &self.request.accept_language {
            builder = builder.header(ACCEPT_LANGUAGE, language);
        }
        let (name, value) = self.token.header()?;
        let request = builder.header(name, value).body(self.request.body.clone());
        let request =
            request.map_err(|_| Error::config("the request has a header that cannot be sent"))?;
        Ok(Transmit::new(request, self.limits))
    }

    fn replay(&self) -> Replay {
        match self.request.method {
            Method::GET | Method::HEAD => Replay::Safe,
            _ => Replay::IfNotProcessed,
        }
    }

    /// A 500 with an error body is the instance's verdict, not a hiccup (AUTH-273); a full house is not waited for here
    /// (AUTH-279).
    fn is_busy(&self, reply: &http::Response<Vec<u8>>) -> bool {
        if says_licence(reply.body()) {
            return false;
        }
        match reply.status().as_u16() {
            500 => ApiFault::read(500, reply.body()).is_none(),
            429 | 502 | 503 | 504 => true,
            _ => false,
        }
    }

    fn read(&self, reply: http::Response<Vec<u8>>, _now: Now) -> Result<ApiReply, Error> {
        let status = reply.status();
        if status.is_success() {
            if reading::looks_like_html(&reply) {
                let found = reading::describe(&reply);
                return Err(Reason::NotJson {
                    expected: self.request.site.answer(),
                    found,
                }
                .into());
            }
            return Ok(ApiReply {
                response: reply,
                uri: self.uri.clone(),
            });
        }
        if status.is_redirection() {
            return Err(reading::redirected(&reply).into());
        }
        // Where the licence error stands is not documented, so it is looked for first and everywhere (G34).
        if says_licence(reply.body()) {
            return Err(Reason::LicenceExhausted.into());
        }
        let reason = match status.as_u16() {
            401 if self.token.capabilities().can_renew => Reason::Unauthorized,
            401 => Reason::ReferenceTokenRejected,
            403 => self.forbidden(),
            429 => Reason::RateLimited,
            code => match ApiFault::read_without(&[self.token.expose()], code, reply.body()) {
                // Behind 502 and the like there is no instance, only a gateway.
                Some(fault) if code <= 500 => Reason::Api(fault),
                _ => {
                    let page = if reading::looks_like_html(&reply) {
                        " and an HTML page"
                    } else {
                        ""
                    };
                    Reason::Status {
                        expected: self.request.site.answer(),
                        status: code,
                        page,
                    }
                }
            },
        };
        Err(reason.into())
    }
}

/// Whether a body says that no licence is free, wherever it does (AUTH-278, G34).
pub(crate) fn says_licence(body: &[u8]) -> bool {
    let searched = body.get(..SEARCHED).unwrap_or(body);
    searched
        .windows(LICENCE_ERROR.len())
        .any(|window| window.eq_ignore_ascii_case(LICENCE_ERROR))
}

impl ApiReply {
    /// The status: 2xx.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &http::HeaderMap {
        self.response.headers()
    }

    /// The body as it came.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.response.body()
    }

    /// The body in the caller's type.
    ///
    /// # Errors
    /// [`Reason::NotJson`] when it has another shape; the message names the place, not the data.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(self.response.body()).map_err(|error| {
            let found = match error.classify() {
                serde_json::error::Category::Data => {
                    // serde's other messages repeat what they found.
                    let text = error.to_string();
                    let missing = text
                        .split(" at line ")
                        .next()
                        .filter(|text| text.starts_with("missing field"));
                    let missing = missing.map(|text| format!(": {text}")).unwrap_or_default();
                    format!(
                        "JSON of another shape (line {}, column {}){missing}",
                        error.line(),
                        error.column()
                    )
                }
                _ => reading::describe(&self.response),
            };
            let reason = Reason::NotJson {
                expected: "JSON in the shape that the caller asked for",
                found,
            };
            Error::from(reason).at(ApiCall::DOING, &self.uri)
        })
    }
}

/// Shows the size, not the data.
impl std::fmt::Debug for ApiReply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "ApiReply(status {}, {} bytes)",
            self.status(),
            self.bytes().len()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_278_the_licence_error_is_found_anywhere() {
        for body in [
            r#"{"error":{"message":"x","type":"MaximumLicenseCountExceeded"}}"#,
            "Erp.MaximumLicenseCountExceededException: no",
            r#"{"info":"maximumLICENSEcountExceeded"}"#,
        ] {
            assert!(says_licence(body.as_bytes()), "{body}");
        }
        assert!(!says_licence(b"") && !says_licence(b"MaximumLicense"));
        let at = |n: usize| {
            says_licence(&[vec![b' '; n - LICENCE_ERROR.len()], LICENCE_ERROR.to_vec()].concat())
        };
        assert!(at(SEARCHED - 1) && at(SEARCHED) && !at(SEARCHED + 1));
    }
}
