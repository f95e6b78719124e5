//! How a sign-in's ID tokens are checked: by the application's registration, in each of the places where one can come.

use std::sync::Arc;
use std::time::Duration;

use erpnet_types::AccessToken;

use super::pending::{Accepted, PendingSignIn};
use super::registration::Registration;
use crate::error::Error;
use crate::id_token::{Attempt, IdToken, IdTokenRules, IdTokenVerifier};
use crate::jose::KeySet;
use crate::time::{Now, ServerClock};

/// What every check of one application goes by.
pub(crate) struct IdTokenChecks {
    rules: Arc<IdTokenRules>,
    clock: Option<ServerClock>,
}

impl IdTokenChecks {
    pub(crate) fn new(
        issuer: &str,
        registration: &Registration,
        tolerance: Duration,
        clock: Option<ServerClock>,
    ) -> Self {
        let rules = IdTokenRules::new(issuer, registration.client_id.clone()).tolerance(tolerance);
        let trusted = registration.trusted_audiences.iter();
        let rules = trusted.fold(rules, IdTokenRules::trust_audience);
        Self {
            rules: Arc::new(rules),
            clock,
        }
    }

    fn with(&self, keys: &Arc<KeySet>) -> IdTokenVerifier {
        IdTokenVerifier::new(Arc::clone(&self.rules), Arc::clone(keys), self.clock)
    }

    /// Whether fresh keys could help with this token (AUTH-073).
    pub(crate) fn needs_other_keys(&self, keys: &Arc<KeySet>, token: &str) -> bool {
        self.with(keys).needs_other_keys(token)
    }

    /// The one that came through the browser with its code.
    pub(crate) fn front(
        &self,
        keys: &Arc<KeySet>,
        token: &str,
        accepted: &Accepted,
        now: Now,
    ) -> Result<IdToken, Error> {
        let attempt = attempt(&accepted.pending);
        self.with(keys)
            .front_channel(token, &accepted.code, &attempt, now)
    }

    /// The one from the token endpoint.
    pub(crate) fn back(
        &self,
        keys: &Arc<KeySet>,
        token: &str,
        access: &AccessToken,
        accepted: &Accepted,
        now: Now,
    ) -> Result<IdToken, Error> {
        let attempt = attempt(&accepted.pending);
        self.with(keys)
            .token_endpoint(token, &accepted.code, access, &attempt, now)
    }

    /// The one that came with a refresh.
    pub(crate) fn refreshed(
        &self,
        keys: &Arc<KeySet>,
        token: &str,
        original: &IdToken,
        access: &AccessToken,
        now: Now,
    ) -> Result<IdToken, Error> {
        self.with(keys).refreshed(token, original, access, now)
    }
}

fn attempt(pending: &PendingSignIn) -> Attempt<'_> {
    let attempt = Attempt::new(pending.nonce()).state(pending.state());
    match pending.oldest_sign_in() {
        Some(max_age) => attempt.max_age(max_age, pending.started()),
        None => attempt,
    }
}
