//! What every ID token of an application has to satisfy.

use std::time::Duration;

use erpnet_types::ClientId;

use crate::token::MAX_TOLERANCE;

/// The longest `sub`, in characters (OpenID Connect Core section 2).
pub const MAX_SUBJECT: usize = 255;

/// Issuer, application and tolerance: the same for all sign-ins of an application. The defaults are the strict reading.
#[derive(Clone, Debug)]
pub struct IdTokenRules {
    pub(super) issuer: String,
    pub(super) client_id: ClientId,
    pub(super) trusted: Vec<String>,
    pub(super) tolerance: Duration,
}

impl IdTokenRules {
    /// The rules for ID tokens that `issuer`, an instance's authority or the global one, issues to `client_id`. Clocks may
    /// differ by 60 s (AUTH-082).
    #[must_use]
    pub fn new(issuer: impl Into<String>, client_id: ClientId) -> Self {
        Self {
            issuer: issuer.into(),
            client_id,
            trusted: Vec::new(),
            tolerance: Duration::from_secs(60),
        }
    }

    /// Accepts ID tokens that are also for this audience. Without it a token for others beside this application is
    /// refused (OpenID Connect Core section 3.1.3.7, step 3).
    #[must_use]
    pub fn trust_audience(mut self, audience: impl Into<String>) -> Self {
        self.trusted.push(audience.into());
        self
    }

    /// How far clocks may differ beyond the measured offset; at most [`MAX_TOLERANCE`].
    #[must_use]
    pub fn tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance.min(MAX_TOLERANCE);
        self
    }

    /// The issuer.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The application.
    #[must_use]
    pub fn client_id(&self) -> &ClientId {
        &self.client_id
    }
}
