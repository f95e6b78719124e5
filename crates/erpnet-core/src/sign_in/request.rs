//! The authorization request: one address for a browser, and what has to be remembered until it comes back.

use std::fmt;
use std::time::Duration;

use http::Uri;
use url::form_urlencoded::byte_serialize;

use super::callback::ResponseMode;
use super::pending::PendingSignIn;
use super::redirect::RedirectUri;
use super::registration::Registration;
use super::token_text;
use crate::entropy::Entropy;
use crate::error::{Error, Reason};
use crate::hash;
use crate::provider::ProviderMetadata;
use crate::time::Now;

/// The most extra parameters of a request.
pub const MAX_EXTRA_PARAMETERS: usize = 16;

/// The longest value of an extra parameter, in bytes.
pub const MAX_EXTRA_VALUE: usize = 1024;

/// The longest return path that is kept with an attempt, in bytes.
pub const MAX_RETURN_TO: usize = 1024;

/// What IdentityServer4 accepts by default, in characters (section 7 of the rules).
const MAX_LOGIN_HINT: usize = 100;
const MAX_UI_LOCALES: usize = 100;
const MAX_ACR_VALUES: usize = 300;

/// Parameters that this crate writes, or must not be written by hand.
const RESERVED: [&str; 20] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "prompt",
    "max_age",
    "login_hint",
    "ui_locales",
    "acr_values",
    "client_secret",
    "id_token_hint",
    "request",
    "request_uri",
    "registration",
];

/// How the authority meets a person (AUTH-184..187).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Prompt {
    /// Show the sign-in page even to somebody who is signed in. The ID token has to prove that it happened: its
    /// `auth_time` must not lie before the request, for an external provider may not have asked again (AUTH-186).
    Login,
    /// Show nothing: somebody who is not signed in comes back with `login_required` (AUTH-187).
    None,
    /// Ask for consent.
    Consent,
    /// Let the person choose an account.
    SelectAccount,
}

impl Prompt {
    fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::None => "none",
            Self::Consent => "consent",
            Self::SelectAccount => "select_account",
        }
    }
}

/// What is particular to one sign-in; everything else is the application's.
///
/// ```
/// use erpnet_core::sign_in::{AuthorizationRequest, Prompt};
///
/// let step_up = AuthorizationRequest::new().prompt(Prompt::Login).return_to("/payments/17");
/// # let _ = step_up;
/// ```
#[derive(Clone, Debug, Default)]
pub struct AuthorizationRequest {
    prompt: Option<Prompt>,
    max_age: Option<Duration>,
    login_hint: Option<String>,
    ui_locales: Option<String>,
    provider: Option<String>,
    tenant: Option<String>,
    extra: Vec<(String, String)>,
    return_to: Option<String>,
    session: Option<String>,
}

/// The address to open in a browser: top-level, never in a frame (AUTH-051, AUTH-207).
///
/// It holds `state` and `nonce`, so `Debug` does not show it, and it does not belong in a log (AUTH-208). To show it to
/// the person who signs in is what it is for.
#[derive(Clone)]
pub struct SignInUrl(String);

/// A sign-in that has begun: send the person to `url`, keep `pending` until the answer comes.
#[derive(Debug)]
#[must_use = "the browser has to be sent there, and the rest kept"]
pub struct SignInStart {
    /// Where the browser goes.
    pub url: SignInUrl,
    /// What the answer is held against.
    pub pending: PendingSignIn,
}

impl AuthorizationRequest {
    /// An ordinary sign-in.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for a particular meeting with the person.
    #[must_use]
    pub fn prompt(mut self, prompt: Prompt) -> Self {
        self.prompt = Some(prompt);
        self
    }

    /// Requires a sign-in no older than this; the ID token has to prove it (OpenID Connect Core 3.1.2.1).
    #[must_use]
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// Proposes a login name.
    #[must_use]
    pub fn login_hint(mut self, login: impl Into<String>) -> Self {
        self.login_hint = Some(login.into());
        self
    }

    /// Proposes languages for the page, in order, such as `bg en`.
    #[must_use]
    pub fn ui_locales(mut self, locales: impl Into<String>) -> Self {
        self.ui_locales = Some(locales.into());
        self
    }

    /// Goes straight to an external provider: `acr_values=idp:NAME`, which IdentityServer4 knows and ERP.net does not
    /// document (AUTH-188).
    #[must_use]
    pub fn provider(mut self, name: impl Into<String>) -> Self {
        self.provider = Some(name.into());
        self
    }

    /// Names a tenant: `acr_values=tenant:NAME` (AUTH-188).
    #[must_use]
    pub fn tenant(mut self, name: impl Into<String>) -> Self {
        self.tenant = Some(name.into());
        self
    }

    /// Adds a parameter of your own; refused when it is one that this crate writes or must not be written.
    #[must_use]
    pub fn parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.extra.push((name.into(), value.into()));
        self
    }

    /// Keeps where in the application the person was (AUTH-166).
    #[must_use]
    pub fn return_to(mut self, place: impl Into<String>) -> Self {
        self.return_to = Some(place.into());
        self
    }

    /// Names the session that comes of it in the session store; by default its name is the authority's `sid`. A
    /// program for one person takes a fixed name, to find its session again in a store that outlives the process.
    #[must_use]
    pub fn session(mut self, name: impl Into<String>) -> Self {
        self.session = Some(name.into());
        self
    }

    /// Writes the request, with fresh `state`, `nonce` and verifier from `entropy` (AUTH-157).
    ///
    /// # Errors
    /// An error of kind [`Config`](crate::ErrorKind::Config) for a parameter that cannot work.
    pub(crate) fn begin(
        self,
        registration: &Registration,
        redirect: Option<&RedirectUri>,
        provider: &ProviderMetadata,
        entropy: &Entropy,
        now: Now,
    ) -> Result<SignInStart, Error> {
        self.check()?;
        let redirect_uri = redirect.unwrap_or(&registration.redirect_uri);
        let state = token_text(&entropy.derive::<32>(b"state")[..]);
        let nonce = token_text(&entropy.derive::<32>(b"nonce")[..]);
        let verifier = token_text(&entropy.derive::<32>(b"pkce verifier")[..]);
        let challenge = hash::s256_challenge(&verifier);
        let scope = registration.scopes.to_string();
        let max_age = self.max_age.map(|age| age.as_secs().to_string());
        let acr_values = self.acr_values();
        let posted = registration.response_type.is_posted();
        let mode = posted.then_some(ResponseMode::FormPost.as_str());
        let mut query = Query::of(&provider.authorization_endpoint);
        query
            .add("client_id", registration.client_id.as_str())
            .add("redirect_uri", redirect_uri.as_str())
            .add("response_type", registration.response_type.as_str())
            .add_some("response_mode", mode)
            .add("scope", &scope)
            .add("state", &state)
            .add("nonce", &nonce)
            .add("code_challenge", &challenge)
            .add("code_challenge_method", "S256")
            .add_some("prompt", self.prompt.map(Prompt::as_str))
            .add_some("max_age", max_age.as_deref())
            .add_some("login_hint", self.login_hint.as_deref())
            .add_some("ui_locales", self.ui_locales.as_deref())
            .add_some("acr_values", acr_values.as_deref());
        for (name, value) in &self.extra {
            query.add(name, value);
        }
        let pending = PendingSignIn {
            state,
            nonce,
            verifier,
            issuer: provider.issuer.clone(),
            client_id: registration.client_id.clone(),
            redirect_uri: redirect_uri.clone(),
            response_type: registration.response_type,
            callback_has_issuer: provider.callback_has_issuer,
            scopes: registration.scopes.as_set().clone(),
            max_age: self.max_age,
            fresh: self.prompt == Some(Prompt::Login),
            started: now.wall,
            return_to: self.return_to,
            session: self.session,
        };
        let url = SignInUrl(query.finish());
        Ok(SignInStart { url, pending })
    }

    fn acr_values(&self) -> Option<String> {
        let idp = self.provider.iter().map(|name| format!("idp:{name}"));
        let tenant = self.tenant.iter().map(|name| format!("tenant:{name}"));
        let values: Vec<_> = idp.chain(tenant).collect();
        (!values.is_empty()).then(|| values.join(" "))
    }

    fn check(&self) -> Result<(), Error> {
        let chars = |text: &Option<String>| text.as_deref().map_or(0, |text| text.chars().count());
        for (what, limit, found) in [
            ("login hint", MAX_LOGIN_HINT, chars(&self.login_hint)),
            ("list of languages", MAX_UI_LOCALES, chars(&self.ui_locales)),
            (
                "provider or tenant",
                MAX_ACR_VALUES,
                chars(&self.acr_values()),
            ),
            (
                "return path",
                MAX_RETURN_TO,
                self.return_to.as_ref().map_or(0, String::len),
            ),
            (
                "name of the session",
                MAX_RETURN_TO,
                self.session.as_ref().map_or(0, String::len),
            ),
        ] {
            if found > limit {
                return Err(Reason::InputTooLong { what, limit, found }.into());
            }
        }
        let blank =
            |name: &Option<String>| name.iter().any(|name| name.contains(char::is_whitespace));
        if blank(&self.provider) || blank(&self.tenant) {
            return Err(Error::config(
                "provider and tenant: expected names without blanks, which separate `acr_values`",
            ));
        }
        if self.prompt == Some(Prompt::None) && self.max_age == Some(Duration::ZERO) {
            return Err(Error::config(
                "`prompt=none` shows nothing, so nobody can sign in anew as `max_age=0` asks",
            ));
        }
        self.check_extra()
    }

    fn check_extra(&self) -> Result<(), Error> {
        if self.extra.len() > MAX_EXTRA_PARAMETERS {
            return Err(Error::config(format!(
                "expected at most {MAX_EXTRA_PARAMETERS} extra parameters, found {}",
                self.extra.len()
            )));
        }
        for (index, (name, value)) in self.extra.iter().enumerate() {
            let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-.".contains(&b);
            if name.is_empty() || name.len() > 64 || !name.bytes().all(plain) {
                return Err(Error::config(
                    "extra parameter: expected a name of letters, digits, `_`, `-` and `.`",
                ));
            }
            // IdentityServer4 reads names in any case.
            let same = |other: &str| other.eq_ignore_ascii_case(name);
            if RESERVED.iter().any(|reserved| same(reserved)) {
                return Err(Error::config(format!(
                    "extra parameter: `{name}` is written by the sign-in itself or must not be sent"
                )));
            }
            if self.extra.iter().take(index).any(|(other, _)| same(other)) {
                return Err(Error::config(format!(
                    "extra parameter: `{name}` is given twice, which RFC 6749 section 3.1 forbids"
                )));
            }
            if value.len() > MAX_EXTRA_VALUE {
                let (limit, found) = (MAX_EXTRA_VALUE, value.len());
                let what = "extra parameter";
                return Err(Reason::InputTooLong { what, limit, found }.into());
            }
        }
        Ok(())
    }
}

impl SignInUrl {
    #[cfg(test)]
    pub(super) fn of(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SignInUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.0.split('?').next().unwrap_or_default();
        write!(f, "SignInUrl({place}?..)")
    }
}

/// A query behind an endpoint, every blank as `%20` (AUTH-158).
pub(crate) struct Query(String);

impl Query {
    pub(crate) fn of(endpoint: &Uri) -> Self {
        Self(endpoint.to_string())
    }

    pub(crate) fn add(&mut self, name: &str, value: &str) -> &mut Self {
        self.0.push(if self.0.contains('?') { '&' } else { '?' });
        for (part, between) in [(name, "="), (value, "")] {
            for piece in byte_serialize(part.as_bytes()) {
                self.0.push_str(if piece == "+" { "%20" } else { piece });
            }
            self.0.push_str(between);
        }
        self
    }

    pub(crate) fn add_some(&mut self, name: &str, value: Option<&str>) -> &mut Self {
        if let Some(value) = value {
            self.add(name, value);
        }
        self
    }

    pub(crate) fn finish(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests;
