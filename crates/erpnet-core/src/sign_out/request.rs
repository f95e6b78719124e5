//! The end-session URL and what comes back from there (OpenID Connect RP-Initiated Logout 1.0).

use std::fmt;

use erpnet_types::RawIdToken;
use url::Url;
use zeroize::Zeroizing;

use crate::error::{Error, Reason};
use crate::hash;
use crate::provider::ProviderMetadata;

/// The longest URL that a browser is sent to, in bytes: servers on ASP.NET Core read a request line of 8 KiB.
pub const MAX_SIGN_OUT_URL: usize = 8000;

/// Builds the address that a browser is sent to. The application never calls it itself (AUTH-200).
///
/// ```
/// use erpnet_core::{Error, provider::ProviderMetadata, sign_out::SignOut};
/// use erpnet_types::RawIdToken;
///
/// fn goodbye(provider: &ProviderMetadata, id_token: &RawIdToken, state: &str) -> Result<String, Error> {
///     let url = SignOut::at(provider)?
///         .id_token_hint(id_token)
///         .return_to("https://app.example.com/signed-out", state)
///         .url()?;
///     Ok(url.expose().to_owned())
/// }
/// ```
#[derive(Clone)]
pub struct SignOut<'a> {
    endpoint: &'a http::Uri,
    hint: Option<&'a RawIdToken>,
    back: Option<(&'a str, &'a str)>,
}

/// An address that holds an ID token: for the `Location` of a redirect, not for a log.
#[derive(Clone)]
pub struct SignOutUrl(Zeroizing<String>);

/// How a browser came back from a sign-out. The user is signed out here in any case: what differs is whether this
/// application asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignOutReturn {
    /// With the `state` that it was sent away with.
    Expected,
    /// Without any: an authority that forgot it, or somebody who opened the address by hand.
    WithoutState,
    /// With another: the end of another sign-out, or a forged request. Worth a line in the log.
    OtherState,
}

impl<'a> SignOut<'a> {
    /// Starts with the authority's `end_session_endpoint`.
    ///
    /// # Errors
    /// [`Reason::Unsupported`] when the authority names none.
    pub fn at(provider: &'a ProviderMetadata) -> Result<Self, Error> {
        let endpoint = provider.end_session_endpoint.as_ref();
        Ok(Self {
            endpoint: endpoint.ok_or(Reason::Unsupported {
                what: "end-session endpoint",
            })?,
            hint: None,
            back: None,
        })
    }

    /// The ID token of the session, which may have expired. Without it the authority asks the user, and does not send
    /// the browser back (AUTH-201).
    #[must_use]
    pub fn id_token_hint(mut self, token: &'a RawIdToken) -> Self {
        self.hint = Some(token);
        self
    }

    /// Where the browser is to come back to: an entry of the record's `ImpersonateLogoutUrl`, letter by letter, from the
    /// configuration and never from a request; and a fresh `state` to recognise it by. Do not depend on it (AUTH-202).
    #[must_use]
    pub fn return_to(mut self, post_logout_redirect_uri: &'a str, state: &'a str) -> Self {
        self.back = Some((post_logout_redirect_uri, state));
        self
    }

    /// The address.
    ///
    /// # Errors
    /// An error of kind [`Config`](crate::ErrorKind::Config) when the return address is not absolute, has a fragment, or
    /// stands without a hint; when `state` is empty; when it is all longer than [`MAX_SIGN_OUT_URL`].
    pub fn url(&self) -> Result<SignOutUrl, Error> {
        let mut pairs: Vec<(&str, &str)> = Vec::with_capacity(3);
        if let Some(hint) = self.hint {
            pairs.push(("id_token_hint", hint.expose()));
        }
        if let Some((back, state)) = self.back {
            self.check_return(back, state)?;
            pairs.extend([("post_logout_redirect_uri", back), ("state", state)]);
        }
        let endpoint = self.endpoint.to_string();
        let room: usize = pairs
            .iter()
            .map(|(name, value)| name.len() + 3 * value.len() + 2)
            .sum();
        // Room for the worst case, so that no copy of the ID token is left behind by a growing buffer.
        let mut text = String::with_capacity(endpoint.len() + 1 + room);
        text.push_str(&endpoint);
        if !pairs.is_empty() {
            text.push(if endpoint.contains('?') { '&' } else { '?' });
            let start = text.len();
            let mut form = form_urlencoded::Serializer::for_suffix(text, start);
            form.extend_pairs(pairs);
            text = form.finish();
        }
        let url = SignOutUrl(Zeroizing::new(text));
        if url.0.len() > MAX_SIGN_OUT_URL {
            return Err(Error::config(format!(
                "expected a sign-out address of at most {MAX_SIGN_OUT_URL} bytes, found {}: leave out the ID token; the \
                 authority asks the user then",
                url.0.len()
            )));
        }
        Ok(url)
    }

    fn check_return(&self, back: &str, state: &str) -> Result<(), Error> {
        if self.hint.is_none() {
            return Err(Error::config(
                "expected an ID token with the return address: the authority honours it with one only (AUTH-201)",
            ));
        }
        if state.is_empty() {
            return Err(Error::config(
                "expected a `state` with the return address, found an empty one",
            ));
        }
        match Url::parse(back) {
            Ok(url) if url.fragment().is_none() => Ok(()),
            Ok(_) => Err(Error::config(
                "expected a return address without a fragment (`#`)",
            )),
            Err(_) => Err(Error::config(
                "expected an absolute return address, as it stands in `ImpersonateLogoutUrl`",
            )),
        }
    }
}

/// Shows what is there, not what it is.
impl fmt::Debug for SignOut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignOut")
            .field("endpoint", self.endpoint)
            .field("hint", &self.hint)
            .field("return_to", &self.back.map(|(uri, _)| uri))
            .finish()
    }
}

impl SignOutUrl {
    /// The address itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SignOutUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignOutUrl(redacted)")
    }
}

impl SignOutReturn {
    /// Reads the query of the address that the browser came back to, and compares `state` in constant time. Two states
    /// are another one.
    ///
    /// ```
    /// use erpnet_core::sign_out::SignOutReturn;
    ///
    /// assert_eq!(SignOutReturn::read("state=af0ifjsldkj", "af0ifjsldkj"), SignOutReturn::Expected);
    /// assert_eq!(SignOutReturn::read("", "af0ifjsldkj"), SignOutReturn::WithoutState);
    /// assert_eq!(SignOutReturn::read("?state=x", "af0ifjsldkj"), SignOutReturn::OtherState);
    /// ```
    #[must_use]
    pub fn read(query: &str, state: &str) -> Self {
        let query = query.strip_prefix('?').unwrap_or(query);
        let mut states = form_urlencoded::parse(query.as_bytes())
            .filter(|(name, _)| name == "state")
            .map(|(_, value)| value);
        match (states.next(), states.next()) {
            (None, _) => Self::WithoutState,
            (Some(found), None) if hash::equal(state, &found) => Self::Expected,
            _ => Self::OtherState,
        }
    }
}
