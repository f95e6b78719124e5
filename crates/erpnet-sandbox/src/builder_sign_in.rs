//! How signing in is set up.

use std::time::Duration;

use crate::builder::Builder;

impl Builder {
    /// Makes this the global authority, as `id.erp.net`: it signs users in for centrally registered clients
    /// ([`Application::central`](crate::Application::central)), and its access tokens open no API of an instance
    /// (AUTH-040, AUTH-050). Everything but sign-in is a page not found.
    pub fn global(mut self) -> Self {
        self.options.sign_in.global = true;
        self
    }

    /// Signs this user in wherever a person would be asked, without a page: for scripts. Consent is given too. Requests
    /// with `prompt=none` are still answered from the session alone.
    pub fn auto_login(mut self, login: impl Into<String>) -> Self {
        self.options.sign_in.auto_login = Some(login.into());
        self
    }

    /// Whether users are asked before an application gets in; no by default, as in IdentityServer4 (G60).
    pub fn consent(mut self, yes: bool) -> Self {
        self.options.sign_in.consent = yes;
        self
    }

    /// Whether public applications get refresh tokens. Documented both ways (G04, AUTH-190); no by default: their
    /// sign-in then goes on without `offline_access`.
    pub fn public_refresh_tokens(mut self, yes: bool) -> Self {
        self.options.sign_in.public_refresh_tokens = yes;
        self
    }

    /// Whether a refresh uses the token up and answers with a new one (AUTH-192); yes by default. If not, answers
    /// carry no refresh token, and the old one goes on (G05).
    pub fn rotate_refresh_tokens(mut self, yes: bool) -> Self {
        self.options.sign_in.rotate_refresh_tokens = yes;
        self
    }

    /// Whether a second use of a refresh token ends the whole sign-in, as newer servers do; no by default: it is
    /// `invalid_grant`, and the token that replaced it goes on.
    pub fn strict_rotation(mut self, yes: bool) -> Self {
        self.options.sign_in.strict_rotation = yes;
        self
    }

    /// Whether a refresh begins the life of the refresh token anew; no by default: it ends when it would have ended
    /// (G06, AUTH-195).
    pub fn sliding_refresh_tokens(mut self, yes: bool) -> Self {
        self.options.sign_in.sliding_refresh_tokens = yes;
        self
    }

    /// Whether callbacks carry `iss` (RFC 9207), and the metadata says so; no by default, as in IdentityServer4 (G65,
    /// AUTH-089).
    pub fn issuer_in_callback(mut self, yes: bool) -> Self {
        self.options.sign_in.issuer_in_callback = yes;
        self
    }

    /// Whether an application with PKCE and the registered URI `http://127.0.0.1` may use any port and path there, as
    /// with the validator for native applications of IdentityServer4; no by default (G14, AUTH-106).
    pub fn any_loopback_port(mut self, yes: bool) -> Self {
        self.options.sign_in.any_loopback_port = yes;
        self
    }

    /// How long an authorization code can be exchanged; five minutes by default.
    pub fn code_lifetime(mut self, lifetime: Duration) -> Self {
        self.options.sign_in.code_lifetime = lifetime;
        self
    }

    /// How long ID tokens live; five minutes by default.
    pub fn id_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.options.sign_in.id_token_lifetime = lifetime;
        self
    }

    /// How long refresh tokens live: those of confidential applications (30 days by default), and those of public ones
    /// (24 hours by default).
    pub fn refresh_token_lifetimes(mut self, confidential: Duration, public: Duration) -> Self {
        self.options.sign_in.refresh_token_lifetime = confidential;
        self.options.sign_in.public_refresh_token_lifetime = public;
        self
    }
}
