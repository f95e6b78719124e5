//! The OpenID Provider of `tests/peers/oidc-provider`, running.

use std::process::Command;

use serde_json::Value;

use super::{Peer, Tool, npm_project, ready};

/// A running provider that looks like an ERP.net instance.
#[derive(Debug)]
pub struct Provider {
    /// Its root.
    pub url: String,
    /// Its issuer: the root and `/id`.
    pub issuer: String,
    /// The login name of its user; any password does.
    pub user: String,
    clients: Value,
    _process: Peer,
}

/// An application that the provider knows.
#[derive(Clone, Debug)]
pub struct Known {
    /// Its id.
    pub id: String,
    /// Its secret; empty for a public one.
    pub secret: String,
    /// Where sign-ins come back to; empty for a service.
    pub redirect_uri: String,
    /// Where sign-outs come back to; empty for a service.
    pub post_logout_redirect_uri: String,
}

impl Provider {
    /// Starts it; `None` when the test is to be skipped for want of tools.
    ///
    /// # Panics
    /// When it cannot be installed or started.
    #[must_use]
    pub fn start() -> Option<Self> {
        if !ready(&[Tool::Node, Tool::Npm]) {
            return None;
        }
        let folder = npm_project("oidc-provider");
        let mut node = Command::new(Tool::Node.command());
        let process = Peer::start(
            "oidc-provider",
            node.arg("provider.mjs").current_dir(folder),
        );
        let mut said = process.hear();
        let text = |said: &Value, name: &str| {
            let text = said[name].as_str();
            text.unwrap_or_else(|| panic!("{name} in {said}"))
                .to_owned()
        };
        Some(Self {
            url: text(&said, "url"),
            issuer: text(&said, "issuer"),
            user: text(&said, "user"),
            clients: said["clients"].take(),
            _process: process,
        })
    }

    /// One of its applications: `service`, `web`, `hybrid`, `desktop`.
    ///
    /// # Panics
    /// When there is no such application.
    #[must_use]
    pub fn client(&self, name: &str) -> Known {
        let known = &self.clients[name];
        assert!(known.is_object(), "{name} in {}", self.clients);
        let text = |name: &str| known[name].as_str().unwrap_or_default().to_owned();
        Known {
            id: text("client_id"),
            secret: text("client_secret"),
            redirect_uri: text("redirect_uri"),
            post_logout_redirect_uri: text("post_logout_redirect_uri"),
        }
    }
}
