//! A sign-in between request and answer.

use std::fmt;
use std::time::Duration;

use erpnet_types::{ClientId, ScopeSet, Timestamp};
use zeroize::Zeroizing;

use super::callback::{Callback, ResponseMode};
use super::callback_fault::CallbackFault;
use super::redirect::RedirectUri;
use super::registration::ResponseType;
use crate::error::{Error, Reason, clean_text};
use crate::time::Now;

/// What the answer to one authorization request is held against: `state`, `nonce`, the PKCE verifier, and what was
/// asked for (AUTH-166). Used once, by move; [`answers`](Self::answers) tells beforehand whether an answer is the one. A
/// copy is of no use after that, for the code is good for one exchange (AUTH-176).
///
/// To keep it outside the process, seal it: [`SealingKeys`](super::SealingKeys).
#[derive(Clone)]
pub struct PendingSignIn {
    pub(super) state: Zeroizing<String>,
    pub(super) nonce: Zeroizing<String>,
    pub(super) verifier: Zeroizing<String>,
    pub(super) issuer: String,
    pub(super) client_id: ClientId,
    pub(super) redirect_uri: RedirectUri,
    pub(super) response_type: ResponseType,
    pub(super) callback_has_issuer: bool,
    pub(super) scopes: ScopeSet,
    pub(super) max_age: Option<Duration>,
    pub(super) fresh: bool,
    pub(super) started: Timestamp,
    pub(super) return_to: Option<String>,
    pub(super) session: Option<String>,
}

/// A judged answer: good for one code exchange.
pub(crate) struct Accepted {
    pub(crate) pending: PendingSignIn,
    pub(crate) code: Zeroizing<String>,
    /// The ID token that came through the browser, in the hybrid flow.
    pub(crate) front: Option<Zeroizing<String>>,
}

impl PendingSignIn {
    /// Whether this answer belongs to this sign-in, in constant time. Ask before giving both away: an answer that
    /// somebody else made up must not end a sign-in that is under way.
    #[must_use]
    pub fn answers(&self, callback: &Callback) -> bool {
        callback.state_is(&self.state)
    }

    /// The `state` of the request, for whoever has to recognise the answer.
    #[must_use]
    pub fn state(&self) -> &str {
        &self.state
    }

    /// The registered redirect URI that the answer comes to.
    #[must_use]
    pub fn redirect_uri(&self) -> &RedirectUri {
        &self.redirect_uri
    }

    /// How the answer comes: in the query, or as a posted form.
    #[must_use]
    pub fn response_mode(&self) -> ResponseMode {
        if self.response_type.is_posted() {
            ResponseMode::FormPost
        } else {
            ResponseMode::Query
        }
    }

    /// When it began, by the wall clock.
    #[must_use]
    pub fn started(&self) -> Timestamp {
        self.started
    }

    /// Where in the application the person was.
    #[must_use]
    pub fn return_to(&self) -> Option<&str> {
        self.return_to.as_deref()
    }

    /// The authority that was asked.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    pub(crate) fn nonce(&self) -> &str {
        &self.nonce
    }

    pub(crate) fn verifier(&self) -> &Zeroizing<String> {
        &self.verifier
    }

    pub(crate) fn scopes(&self) -> &ScopeSet {
        &self.scopes
    }

    pub(crate) fn session(&self) -> Option<&str> {
        self.session.as_deref()
    }

    /// The application that asked.
    #[must_use]
    pub fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// Whether it is older than `limit`. A clock that was set back makes nothing old.
    #[must_use]
    pub fn is_older_than(&self, limit: Duration, now: Now) -> bool {
        now.wall.since(self.started) > limit
    }

    /// Judges an answer: `state` before anything else (AUTH-171, AUTH-173), then how it came, who sent it (RFC 9207), its
    /// age, whether it is a refusal, and that what was asked for is there.
    ///
    /// # Errors
    /// [`Reason::Callback`], [`Reason::IssuerMismatch`],
    /// [`Reason::SignInExpired`], or the refusal.
    pub(crate) fn accept(
        self,
        callback: &Callback,
        limit: Duration,
        now: Now,
    ) -> Result<Accepted, Error> {
        if !self.answers(callback) {
            return Err(CallbackFault::WrongState.into());
        }
        let (expected, found) = (self.response_mode(), callback.mode());
        if expected != found {
            return Err(CallbackFault::WrongMode { expected, found }.into());
        }
        self.check_issuer(callback)?;
        if let Some(refusal) = callback.refusal() {
            return Err(refusal);
        }
        if self.is_older_than(limit, now) {
            let age = now.wall.since(self.started);
            return Err(Reason::SignInExpired { age, limit }.into());
        }
        let missing = |member| Error::from(CallbackFault::Missing { member });
        let code = callback.code().ok_or_else(|| missing("code"))?;
        let front = match (self.response_type, callback.id_token()) {
            // Nothing was asked for through the browser, so nothing from there is looked at.
            (ResponseType::Code | ResponseType::CodeFormPost, _) => None,
            (ResponseType::CodeIdToken, Some(token)) => Some(Zeroizing::new(token.to_owned())),
            (ResponseType::CodeIdToken, None) => return Err(missing("id_token")),
        };
        Ok(Accepted {
            code: Zeroizing::new(code.to_owned()),
            front,
            pending: self,
        })
    }

    /// RFC 9207: an answer that names another authority was mixed up; one that should name it and does not, as well
    /// (AUTH-089). An ID token in the answer names it as well, and is verified before the code goes anywhere: beside one,
    /// authorities may leave `iss` out (section 4).
    fn check_issuer(&self, callback: &Callback) -> Result<(), Error> {
        let token_names_it =
            self.response_type == ResponseType::CodeIdToken && callback.id_token().is_some();
        match callback.issuer() {
            Some(found) if found == self.issuer => Ok(()),
            None if token_names_it || !self.callback_has_issuer => Ok(()),
            None => Err(CallbackFault::Missing { member: "iss" }.into()),
            Some(found) => Err(Reason::IssuerMismatch {
                expected: self.issuer.clone(),
                found: clean_text(found, 200),
                hint: " (in the answer to the sign-in: it was meant for another authority)",
            }
            .into()),
        }
    }

    /// How long before the request the person may have signed in, if that was asked for: not at all with `prompt=login`
    /// (AUTH-186; OpenID Connect Core 3.1.3.7).
    pub(crate) fn oldest_sign_in(&self) -> Option<Duration> {
        if self.fresh {
            return Some(Duration::ZERO);
        }
        self.max_age
    }
}

/// Shows neither code nor ID token.
impl fmt::Debug for Accepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accepted")
            .field("pending", &self.pending)
            .field("front", &self.front.is_some())
            .finish_non_exhaustive()
    }
}

/// Shows neither `state`, `nonce` nor verifier.
impl fmt::Debug for PendingSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingSignIn")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("redirect_uri", &self.redirect_uri)
            .field("started", &self.started)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    const STARTED: Timestamp = Timestamp::from_unix_seconds(1_000_000);
    const LIMIT: Duration = Duration::from_secs(600);

    pub(in crate::sign_in) fn pending() -> PendingSignIn {
        PendingSignIn {
            state: Zeroizing::new("the-state".to_owned()),
            nonce: Zeroizing::new("the-nonce".to_owned()),
            verifier: Zeroizing::new("the-verifier".to_owned()),
            issuer: "https://demodb.my.erp.net/id".to_owned(),
            client_id: ClientId::parse("PK").unwrap(),
            redirect_uri: RedirectUri::parse("https://app.example.com/cb").unwrap(),
            response_type: ResponseType::Code,
            callback_has_issuer: false,
            scopes: ScopeSet::parse("openid read").unwrap(),
            max_age: None,
            fresh: false,
            started: STARTED,
            return_to: None,
            session: None,
        }
    }

    fn after(seconds: u64) -> Now {
        Now {
            wall: STARTED.after(Duration::from_secs(seconds)),
            mono: Duration::from_secs(seconds),
        }
    }

    fn judge(pending: PendingSignIn, query: &str) -> Result<Accepted, Reason> {
        let callback = Callback::from_query(query).unwrap();
        pending
            .accept(&callback, LIMIT, after(5))
            .map_err(|error| error.reason().clone())
    }

    #[test]
    fn auth_171_173_state_comes_before_everything() {
        for query in [
            "code=c",
            "code=c&state=",
            "code=c&state=other",
            "code=c&state=the-stat",
            "error=access_denied&state=other",
            "error=access_denied",
        ] {
            let refused = judge(pending(), query).err();
            assert!(
                matches!(refused, Some(Reason::Callback(CallbackFault::WrongState))),
                "{query}: {refused:?}"
            );
            assert!(!pending().answers(&Callback::from_query(query).unwrap()));
        }
        let accepted = judge(pending(), "code=the-code&state=the-state").unwrap();
        assert_eq!(*accepted.code, "the-code");
        assert!(accepted.front.is_none());
    }

    #[test]
    fn auth_173_an_error_wins_over_a_code() {
        let refused = judge(pending(), "error=access_denied&code=c&state=the-state")
            .err()
            .unwrap();
        assert_eq!(refused.kind(), crate::ErrorKind::UserCancelled, "AUTH-174");
    }

    #[test]
    fn auth_168_the_mode_that_was_asked_for() {
        let form = |body: &str| Callback::from_form(body.as_bytes()).unwrap();
        let hybrid = || PendingSignIn {
            response_type: ResponseType::CodeIdToken,
            ..pending()
        };
        let code = "code=c&state=the-state";
        assert!(pending().accept(&form(code), LIMIT, after(5)).is_err());
        let both = form("code=c&id_token=a.b.c&state=the-state");
        let accepted = hybrid().accept(&both, LIMIT, after(5)).unwrap();
        assert_eq!(accepted.front.unwrap().as_str(), "a.b.c");
        assert!(
            hybrid().accept(&form(code), LIMIT, after(5)).is_err(),
            "no ID token"
        );
        assert!(matches!(
            judge(hybrid(), "code=c&id_token=a.b.c&state=the-state"),
            Err(Reason::Callback(_))
        ));
    }

    #[test]
    fn auth_089_169_the_issuer_when_it_is_there_or_promised() {
        let promised = || PendingSignIn {
            callback_has_issuer: true,
            ..pending()
        };
        let with = |issuer: &str| format!("code=c&state=the-state&iss={issuer}");
        let right = with("https%3A%2F%2Fdemodb.my.erp.net%2Fid");
        let wrong = with("https%3A%2F%2Fevil.example");
        assert!(judge(pending(), &right).is_ok() && judge(promised(), &right).is_ok());
        assert!(judge(promised(), "code=c&state=the-state").is_err());
        assert!(matches!(
            judge(pending(), &wrong),
            Err(Reason::IssuerMismatch { .. })
        ));
    }

    #[test]
    fn auth_089_a_front_channel_id_token_names_the_issuer_too() {
        let hybrid = |body: &str| {
            let promised = PendingSignIn {
                callback_has_issuer: true,
                response_type: ResponseType::CodeIdToken,
                ..pending()
            };
            let callback = Callback::from_form(body.as_bytes()).unwrap();
            promised.accept(&callback, LIMIT, after(5)).map(|_| ())
        };
        assert!(hybrid("code=c&id_token=a.b.c&state=the-state").is_ok());
        for other in [
            "code=c&id_token=a.b.c&state=the-state&iss=https%3A%2F%2Fevil.example",
            "code=c&state=the-state",
            "error=access_denied&state=the-state",
        ] {
            let refused = hybrid(other).unwrap_err();
            assert_eq!(refused.kind(), crate::ErrorKind::Security, "{other}");
        }
    }

    #[test]
    fn auth_166_an_attempt_has_a_limit() {
        let callback = || Callback::from_query("code=c&state=the-state").unwrap();
        for (age, fine) in [(0, true), (599, true), (600, true), (601, false)] {
            let judged = pending().accept(&callback(), LIMIT, after(age));
            assert_eq!(judged.is_ok(), fine, "{age}");
        }
        let set_back = Now {
            wall: STARTED.before(Duration::from_secs(3600)),
            ..after(5)
        };
        assert!(pending().accept(&callback(), LIMIT, set_back).is_ok());
    }

    #[test]
    fn auth_186_what_auth_time_has_to_be() {
        let with = |max_age: Option<u64>, fresh| {
            let pending = PendingSignIn {
                max_age: max_age.map(Duration::from_secs),
                fresh,
                ..pending()
            };
            pending.oldest_sign_in().map(|age| age.as_secs())
        };
        assert_eq!(with(None, false), None);
        assert_eq!(with(Some(60), false), Some(60));
        assert_eq!(with(None, true), Some(0));
        assert_eq!(with(Some(60), true), Some(0));
    }
}
