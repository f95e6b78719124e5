//! What every HTTP adapter can be told.

use std::fmt;
use std::time::Duration;

/// Settings of a transport. Certificates are always verified; there is no switch for that (AUTH-008).
#[derive(Clone)]
#[non_exhaustive]
pub struct TransportOptions {
    /// Trust these certificate authorities (PEM, one or more) *instead of* the public ones of the Mozilla list: for
    /// instances behind a private authority.
    pub ca_pem: Option<String>,
    /// Send everything through this HTTP proxy, such as `http://proxy.example:3128`. Proxies in the environment are not
    /// used: what a token passes through is decided by the application.
    pub proxy: Option<String>,
    /// How long a connection may take to come about.
    pub connect_timeout: Duration,
    /// The `User-Agent`.
    pub user_agent: String,
}

impl Default for TransportOptions {
    fn default() -> Self {
        Self {
            ca_pem: None,
            proxy: None,
            connect_timeout: Duration::from_secs(10),
            user_agent: concat!("erpnet-rust/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

impl TransportOptions {
    /// Trusts only these authorities; see [`TransportOptions::ca_pem`].
    #[must_use]
    pub fn with_ca_pem(mut self, pem: impl Into<String>) -> Self {
        self.ca_pem = Some(pem.into());
        self
    }

    /// Uses a proxy; see [`TransportOptions::proxy`].
    #[must_use]
    pub fn with_proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(url.into());
        self
    }
}

/// A proxy's address can hold a password, so only that there is one is shown.
impl fmt::Debug for TransportOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportOptions")
            .field("own_ca", &self.ca_pem.is_some())
            .field("proxy", &self.proxy.is_some())
            .field("connect_timeout", &self.connect_timeout)
            .field("user_agent", &self.user_agent)
            .finish()
    }
}

/// The longest response head, in bytes, that adapters read whose HTTP library can be told.
pub const MAX_RESPONSE_HEAD: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_the_proxys_password() {
        let options =
            TransportOptions::default().with_proxy("http://user:hunter2@proxy.example:3128");
        assert!(!format!("{options:?}").contains("hunter2"));
    }
}
