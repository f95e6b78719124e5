//! What can be chosen about signing in.

use std::time::Duration;

#[derive(Clone)]
pub(crate) struct SignInOptions {
    /// Whether this is the global authority.
    pub(crate) global: bool,
    pub(crate) auto_login: Option<String>,
    pub(crate) consent: bool,
    pub(crate) public_refresh_tokens: bool,
    pub(crate) rotate_refresh_tokens: bool,
    pub(crate) strict_rotation: bool,
    pub(crate) sliding_refresh_tokens: bool,
    pub(crate) issuer_in_callback: bool,
    pub(crate) any_loopback_port: bool,
    pub(crate) code_lifetime: Duration,
    pub(crate) id_token_lifetime: Duration,
    pub(crate) refresh_token_lifetime: Duration,
    pub(crate) public_refresh_token_lifetime: Duration,
}

impl Default for SignInOptions {
    fn default() -> Self {
        Self {
            global: false,
            auto_login: None,
            consent: false,
            public_refresh_tokens: false,
            rotate_refresh_tokens: true,
            strict_rotation: false,
            sliding_refresh_tokens: false,
            issuer_in_callback: false,
            any_loopback_port: false,
            code_lifetime: Duration::from_secs(300),
            id_token_lifetime: Duration::from_secs(300),
            refresh_token_lifetime: Duration::from_secs(30 * 24 * 3600),
            public_refresh_token_lifetime: Duration::from_secs(24 * 3600),
        }
    }
}
