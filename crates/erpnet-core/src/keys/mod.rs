//! Fetching the signing keys; see [`jose`](crate::jose) for what they are used for.

use std::time::Duration;

use crate::error::{Error, Reason};
use crate::flow::{Exchange, Limits, Replay, Transmit};
use crate::jose::{KeySet, SignatureRules};
use crate::reading;
use crate::time::Now;

/// The longest key set that is read, in bytes.
pub const MAX_DOCUMENT: usize = 512 * 1024;

/// `GET {jwks_uri}`.
#[derive(Debug)]
pub struct FetchKeys {
    uri: http::Uri,
    deadline: Duration,
    rules: SignatureRules,
}

impl FetchKeys {
    /// Prepares the request for the address in the authority's metadata.
    #[must_use]
    pub fn new(jwks_uri: http::Uri, deadline: Duration) -> Self {
        Self {
            uri: jwks_uri,
            deadline,
            rules: SignatureRules::default(),
        }
    }

    /// Reads the answer for other algorithms than RS256, or for another library.
    #[must_use]
    pub fn with_rules(mut self, rules: SignatureRules) -> Self {
        self.rules = rules;
        self
    }
}

impl Exchange for FetchKeys {
    type Output = KeySet;

    const DOING: &'static str = "key fetch";

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

    fn read(&self, reply: http::Response<Vec<u8>>, _now: Now) -> Result<KeySet, Error> {
        let keys = reading::success(&reply, "a key set", |body| {
            KeySet::parse_with(body, self.rules)
        })?;
        if keys.is_empty() {
            // Known keys outlive a half-deployed server that publishes none.
            let (all, allowed) = (keys.left_out(), self.rules.algorithms);
            let why = format!("none of its {all} keys can verify {allowed}");
            return Err(Reason::KeysInvalid(why).into());
        }
        Ok(keys)
    }
}
