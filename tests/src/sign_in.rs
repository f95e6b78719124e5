//! One good sign-in, of which every part can be made wrong.

use std::sync::Arc;
use std::time::Duration;

use erpnet_core::hash::left_half;
use erpnet_core::id_token::{Attempt, IdToken, IdTokenRules, IdTokenVerifier};
use erpnet_core::jose::{KeySet, TokenFault};
use erpnet_core::{Error, Now, Reason, ServerClock};
use erpnet_types::{AccessToken, ClientId, Timestamp};
use serde_json::{Value, json};

use crate::gateway::fault_name;
use crate::instance::START;
use crate::signing::Key;

/// The authority.
pub const ISSUER: &str = "https://demodb.my.erp.net/id";

/// The application that users sign in to.
pub const CLIENT_ID: &str = "com.example/portal";

/// What the authorization request held.
pub const NONCE: &str = "n-0S6_WzA2Mj";

/// What the authorization request held.
pub const STATE: &str = "af0ifjsldkj";

/// What the callback brought.
pub const CODE: &str = "5D2CE1A0B47F4A4F90C1A3F3D7E8B6A1";

/// What the token endpoint returned.
pub const ACCESS_TOKEN: &str = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxZl0z9K3vx5KF0Y";

/// The way on which an ID token comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// In the callback of `code id_token`.
    Front,
    /// From the token endpoint.
    Back,
    /// With a refresh.
    Refresh,
}

/// All of them.
pub const WAYS: [Way; 3] = [Way::Front, Way::Back, Way::Refresh];

/// An authority's key, an application's rules, and a moment.
#[derive(Debug)]
pub struct SignIn {
    /// What signs.
    pub key: Key,
    /// What is published.
    pub jwks: Vec<Value>,
    /// What holds for every token.
    pub rules: IdTokenRules,
    /// The age asked for with the request, and when that was sent.
    pub max_age: Option<(Duration, Timestamp)>,
    /// The authority's clock.
    pub clock: Option<ServerClock>,
    /// The moment of verification.
    pub now: Now,
}

impl Default for SignIn {
    fn default() -> Self {
        let key = Key::development(1);
        let client_id = ClientId::parse(CLIENT_ID).expect("a proper client id");
        Self {
            jwks: vec![key.jwk(), Key::development(2).jwk()],
            key,
            rules: IdTokenRules::new(ISSUER, client_id),
            max_age: None,
            clock: None,
            now: Now {
                wall: Timestamp::from_unix_seconds(START),
                mono: Duration::from_secs(100),
            },
        }
    }
}

impl SignIn {
    /// The documented claims of an ID token (AUTH-183), as they come on one way.
    #[must_use]
    pub fn claims(way: Way) -> Value {
        let mut claims = json!({
            "nbf": START, "exp": START + 300, "iss": ISSUER, "aud": CLIENT_ID, "nonce": NONCE, "iat": START,
            "s_hash": left_half(STATE), "sid": "D1FFEDFE4CB32300D26C265B9BD374FB", "sub": "j.doe",
            "auth_time": START - 286, "idp": "local", "amr": ["pwd"],
        });
        match way {
            Way::Front => claims["c_hash"] = json!(left_half(CODE)),
            Way::Back => claims["at_hash"] = json!(left_half(ACCESS_TOKEN)),
            Way::Refresh => {
                claims["at_hash"] = json!(left_half(ACCESS_TOKEN));
                // AUTH-196
                let members = claims.as_object_mut().expect("an object");
                members.retain(|name, _| !["nonce", "s_hash", "sid"].contains(&name.as_str()));
            }
        }
        claims
    }

    /// The same with some of them replaced, and those that are `{"gone": true}` taken away.
    #[must_use]
    pub fn claims_with(way: Way, change: &Value) -> Value {
        let mut claims = Self::claims(way);
        for (name, value) in change.as_object().into_iter().flatten() {
            if *value == json!({ "gone": true }) {
                claims.as_object_mut().expect("an object").remove(name);
            } else {
                claims[name] = value.clone();
            }
        }
        claims
    }

    /// A good token but for these claims.
    #[must_use]
    pub fn token(&self, way: Way, change: &Value) -> String {
        self.token_with(&json!({}), &Self::claims_with(way, change))
    }

    /// A token with other members in its header, `null` for none, and with just these claims.
    #[must_use]
    pub fn token_with(&self, header: &Value, claims: &Value) -> String {
        let mut full = json!({ "typ": "JWT" });
        for (name, value) in header.as_object().into_iter().flatten() {
            full[name] = value.clone();
        }
        self.key.token(&full, claims)
    }

    /// What verifies.
    ///
    /// # Panics
    /// When the published keys are no key set.
    #[must_use]
    pub fn verifier(&self) -> IdTokenVerifier {
        let keys = KeySet::parse(json!({ "keys": self.jwks }).to_string().as_bytes());
        let keys = Arc::new(keys.expect("a proper key set"));
        IdTokenVerifier::new(Arc::new(self.rules.clone()), keys, self.clock)
    }

    /// The request of this sign-in.
    #[must_use]
    pub fn attempt(&self) -> Attempt<'static> {
        let attempt = Attempt::new(NONCE).state(STATE);
        match self.max_age {
            Some((age, sent)) => attempt.max_age(age, sent),
            None => attempt,
        }
    }

    /// The ID token of the sign-in that a refresh continues.
    #[must_use]
    pub fn original(&self) -> IdToken {
        let raw = self.token(Way::Back, &json!({}));
        let raw = erpnet_types::RawIdToken::new(raw).expect("a proper token");
        IdToken::from_store(raw).expect("a proper token")
    }

    /// Verifies.
    ///
    /// # Errors
    /// The verifier's own.
    pub fn verify(&self, way: Way, token: &str) -> Result<IdToken, Error> {
        let (verifier, attempt) = (self.verifier(), self.attempt());
        let access_token = AccessToken::new(ACCESS_TOKEN).expect("a proper token");
        match way {
            Way::Front => verifier.front_channel(token, CODE, &attempt, self.now),
            Way::Back => verifier.token_endpoint(token, CODE, &access_token, &attempt, self.now),
            Way::Refresh => verifier.refreshed(token, &self.original(), &access_token, self.now),
        }
    }

    /// The name of the first check that a token fails, with the claim where there is one: `MissingClaim(nonce)`; `ok` when
    /// none.
    ///
    /// # Panics
    /// When it fails for another cause, or its error shows more of it than it should.
    #[must_use]
    pub fn verdict(&self, way: Way, token: &str) -> String {
        let Err(error) = self.verify(way, token) else {
            return "ok".to_owned();
        };
        let shown = format!("{error} {error:?} {}", error.advice());
        for secret in [CODE, ACCESS_TOKEN, STATE, NONCE] {
            assert!(!shown.contains(secret), "{shown}");
        }
        let quiet = shown.len() < 5000 && !shown.contains(char::is_control);
        assert!(quiet, "{shown}");
        let Reason::IdToken(fault) = error.reason() else {
            panic!("{error:?}");
        };
        match fault {
            TokenFault::MissingClaim(claim) => format!("MissingClaim({claim})"),
            TokenFault::InvalidClaim { claim, .. } => format!("InvalidClaim({claim})"),
            TokenFault::DuplicateMember { member, .. } => format!("DuplicateMember({member})"),
            TokenFault::HashMismatch { claim, .. } => format!("HashMismatch({claim})"),
            TokenFault::ChangedClaim { claim, .. } => format!("ChangedClaim({claim})"),
            other => fault_name(other),
        }
    }
}
