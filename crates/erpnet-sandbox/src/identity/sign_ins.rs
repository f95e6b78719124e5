//! What the identity service remembers: sessions, codes and refresh tokens.

use std::collections::HashSet;

use erpnet_types::Timestamp;
use serde_json::Value;

use crate::shelf::{MAX_HELD, Shelf};

/// Everything about signing in, under one lock: what happens to a code or a refresh token happens at once.
#[derive(Default)]
pub(crate) struct SignIns {
    /// By the value of the session cookie.
    pub(crate) sessions: Shelf<Session>,
    pub(crate) codes: Shelf<Code>,
    pub(crate) refresh_tokens: Shelf<RefreshToken>,
    /// Sign-ins at the external provider, by `state`.
    pub(crate) externals: Shelf<External>,
    consents: HashSet<[String; 3]>,
}

/// A browser in which somebody has signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    /// `sid`: shared by all applications (AUTH-206).
    pub(crate) sid: String,
    /// The GUID of the user.
    pub(crate) user_id: String,
    /// `auth_time`, Unix seconds.
    pub(crate) auth_time: i64,
    /// `idp`: `local`, or the external provider (AUTH-204).
    pub(crate) idp: String,
    /// `tid`: the external tenant.
    pub(crate) tid: Option<String>,
    /// The one value of `amr`.
    pub(crate) amr: String,
    /// The request that the last sign-in or consent was for: it is not asked again.
    pub(crate) signed_in_for: Option<[u8; 32]>,
    pub(crate) consented_for: Option<[u8; 32]>,
}

/// Who signed in, to which application, and what it got.
#[derive(Clone, Debug)]
pub(crate) struct SignIn {
    pub(crate) client_id: String,
    pub(crate) session: Session,
    /// `offline_access` last.
    pub(crate) scopes: Vec<String>,
}

impl SignIn {
    pub(crate) fn has(&self, scope: &str) -> bool {
        self.scopes.iter().any(|known| known == scope)
    }
}

/// An authorization code.
pub(crate) struct Code {
    pub(crate) sign_in: SignIn,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) expires: Timestamp,
}

/// A refresh token. It stays known after its use, so that a second use can be told from a wrong token.
#[derive(Clone)]
pub(crate) struct RefreshToken {
    pub(crate) sign_in: SignIn,
    /// Repeated in every access token of the sign-in, but for `nbf` and `exp` (AUTH-196).
    pub(crate) access_claims: Value,
    /// What all tokens that follow from one code share.
    pub(crate) family: String,
    pub(crate) expires: Timestamp,
    pub(crate) consumed: bool,
}

/// A sign-in at the external provider that has not come back.
pub(crate) struct External {
    /// The query of the authorization request.
    pub(crate) request: String,
    /// The antiforgery cookie of the browser that left.
    pub(crate) browser: String,
    /// Who signed in there, once somebody has.
    pub(crate) email: Option<String>,
}

impl SignIns {
    /// Ends a session: its codes and refresh tokens stop working (AUTH-197), its access tokens do not (AUTH-203).
    /// Whether there was anything to end.
    pub(crate) fn end(&mut self, sid: &str) -> bool {
        let gone = self.sessions.retain(|session| session.sid != sid)
            + self.codes.retain(|code| code.sign_in.session.sid != sid)
            + self
                .refresh_tokens
                .retain(|token| token.sign_in.session.sid != sid);
        gone > 0
    }

    /// Ends what a user has: after a new password, and when the user is disabled or removed (AUTH-197).
    pub(crate) fn end_all_of(&mut self, user_id: &str) {
        self.sessions.retain(|session| session.user_id != user_id);
        self.codes
            .retain(|code| code.sign_in.session.user_id != user_id);
        self.refresh_tokens
            .retain(|token| token.sign_in.session.user_id != user_id);
    }

    pub(crate) fn consents(&self, user_id: &str, client_id: &str, scopes: &[String]) -> bool {
        self.consents.contains(&consent(user_id, client_id, scopes))
    }

    pub(crate) fn remember_consent(&mut self, user_id: &str, client_id: &str, scopes: &[String]) {
        if self.consents.len() >= MAX_HELD {
            self.consents.clear();
        }
        self.consents.insert(consent(user_id, client_id, scopes));
    }
}

fn consent(user_id: &str, client_id: &str, scopes: &[String]) -> [String; 3] {
    [user_id.to_owned(), client_id.to_owned(), scopes.join(" ")]
}
