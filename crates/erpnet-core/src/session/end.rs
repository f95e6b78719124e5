//! Signing out: forgotten here first, then at the authority (AUTH-200..203).

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use erpnet_types::{RawIdToken, RefreshToken};
use zeroize::Zeroizing;

use crate::error::{Error, Reason};
use crate::flow::{
    BodyPlan, Event, Flow, RetryPolicy, RoundTrip, SessionKey, Step, StoreCommand, StoreReply,
};
use crate::provider::ProviderMetadata;
use crate::sign_in::{Registration, token_text};
use crate::sign_out::{RevokeRefreshToken, SignOut, SignOutUrl};
use crate::time::Now;

/// Ends a session: reads what it needs, forgets the session, revokes the refresh token where the authority offers it.
#[derive(Debug)]
pub struct EndSession {
    key: SessionKey,
    /// Or why the authority is not known: to forget takes no authority.
    party: Result<EndingParty, Error>,
    hint: Option<RawIdToken>,
    refresh_token: Option<RefreshToken>,
    stage: Stage,
}

/// What the end of a session needs to know.
#[derive(Debug)]
pub(crate) struct EndingParty {
    pub(crate) registration: Arc<Registration>,
    pub(crate) provider: Arc<ProviderMetadata>,
    pub(crate) deadline: Duration,
    pub(crate) retry: RetryPolicy,
    pub(crate) seed: u64,
    /// Random, for the `state` of the sign-out.
    pub(crate) state: Zeroizing<[u8; 32]>,
}

/// A session is over here. At the authority it ends when the browser goes to `url`.
#[must_use = "the browser has to be sent to the address"]
pub struct SignedOut {
    /// Where the browser goes, if the authority offers such a place. Holds the ID token, so it is not for logs.
    pub url: Option<SignOutUrl>,
    /// What the browser comes back with, if it comes back: compare it with
    /// [`SignOutReturn::read`](crate::sign_out::SignOutReturn::read).
    pub state: Option<String>,
    /// Whether the refresh token was revoked: `None` when there was none, or the authority offers no revocation.
    pub revoked: Option<bool>,
}

#[derive(Debug)]
enum Stage {
    Load,
    Loading,
    Delete,
    Deleting,
    Revoking(Box<RoundTrip<RevokeRefreshToken>>),
    Finish(Option<bool>),
    Failed(Error),
    Over,
}

impl std::fmt::Debug for SignedOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedOut")
            .field("url", &self.url)
            .field("revoked", &self.revoked)
            .finish_non_exhaustive()
    }
}

impl EndSession {
    pub(crate) fn new(party: Result<EndingParty, Error>, key: SessionKey) -> Self {
        Self {
            key,
            party,
            hint: None,
            refresh_token: None,
            stage: Stage::Load,
        }
    }

    fn told(&mut self, stage: Stage, reply: StoreReply) -> Stage {
        match (stage, reply) {
            (Stage::Loading, StoreReply::Loaded(session)) => {
                if let Some(session) = session {
                    self.hint = Some(session.id_token);
                    self.refresh_token = session.refresh_token;
                }
                Stage::Delete
            }
            // Nothing can be read, but it can still be forgotten.
            (Stage::Loading, StoreReply::Failed(_)) => Stage::Delete,
            (Stage::Deleting, StoreReply::Done) => self.revoke(),
            (_, StoreReply::Failed(error)) => Stage::Failed(Reason::Store(error).into()),
            _ => Stage::Failed(Reason::Driver("the store answered something else").into()),
        }
    }

    fn revoke(&mut self) -> Stage {
        let party = match &self.party {
            Ok(party) => party,
            Err(error) => return Stage::Failed(error.clone()),
        };
        let Some(token) = self.refresh_token.take() else {
            return Stage::Finish(None);
        };
        let exchange = RevokeRefreshToken::new(
            &party.provider,
            party.registration.client_id.clone(),
            party.registration.secret.clone(),
            token,
            party.deadline,
        );
        let Ok(exchange) = exchange else {
            return Stage::Finish(None);
        };
        Stage::Revoking(Box::new(RoundTrip::new(exchange, party.retry, party.seed)))
    }

    fn finish(&self, revoked: Option<bool>) -> Result<SignedOut, Error> {
        let party = self.party.as_ref().map_err(Clone::clone)?;
        let state = token_text(&party.state[..]);
        let hint = self.hint.as_ref();
        let mut signed_out = farewell(&party.provider, &party.registration, hint, &state);
        signed_out.revoked = revoked;
        Ok(signed_out)
    }
}

/// Where the browser goes. An address that would be too long, or that the authority would not honour, becomes the plain
/// one, where the person is asked (AUTH-201).
pub(crate) fn farewell(
    provider: &ProviderMetadata,
    registration: &Registration,
    hint: Option<&RawIdToken>,
    state: &str,
) -> SignedOut {
    let nowhere = SignedOut {
        url: None,
        state: None,
        revoked: None,
    };
    let Ok(plain) = SignOut::at(provider) else {
        return nowhere;
    };
    let back = registration.post_logout.as_ref();
    let whole = hint.map(|hint| {
        let hinted = plain.clone().id_token_hint(hint);
        match back {
            Some(back) => hinted.return_to(back.as_str(), state),
            None => hinted,
        }
    });
    match whole.map(|request| request.url()) {
        Some(Ok(url)) => SignedOut {
            url: Some(url),
            state: back.map(|_| state.to_owned()),
            revoked: None,
        },
        _ => SignedOut {
            url: plain.url().ok(),
            ..nowhere
        },
    }
}

impl Flow for EndSession {
    type Output = SignedOut;

    fn poll(&mut self, now: Now) -> Result<Step<SignedOut>, Error> {
        loop {
            self.stage = match std::mem::replace(&mut self.stage, Stage::Over) {
                Stage::Load => {
                    self.stage = Stage::Loading;
                    return Ok(Step::Store(StoreCommand::Load(self.key.clone())));
                }
                Stage::Delete => {
                    self.stage = Stage::Deleting;
                    return Ok(Step::Store(StoreCommand::Delete(self.key.clone())));
                }
                waiting @ (Stage::Loading | Stage::Deleting) => {
                    self.stage = waiting;
                    return Ok(Step::Wait(Duration::from_millis(1)));
                }
                Stage::Revoking(mut trip) => match trip.poll(now).map(Step::split) {
                    Ok(ControlFlow::Break(())) => Stage::Finish(Some(true)),
                    Ok(ControlFlow::Continue(step)) => {
                        self.stage = Stage::Revoking(trip);
                        return Ok(step);
                    }
                    // It ends by itself; the person is signed out here all the same.
                    Err(_) => Stage::Finish(Some(false)),
                },
                Stage::Finish(revoked) => return self.finish(revoked).map(Step::Done),
                Stage::Failed(error) => return Err(error),
                Stage::Over => {
                    return Err(Reason::Driver("it was polled after its end").into());
                }
            };
        }
    }

    fn handle(&mut self, event: Event, now: Now) {
        match (&mut self.stage, event) {
            (Stage::Revoking(trip), event) => trip.handle(event, now),
            (Stage::Loading | Stage::Deleting, Event::Stored(reply)) => {
                let stage = std::mem::replace(&mut self.stage, Stage::Over);
                self.stage = self.told(stage, reply);
            }
            _ => {}
        }
    }

    fn head(&mut self, head: &http::response::Parts, now: Now) -> BodyPlan {
        match &mut self.stage {
            Stage::Revoking(trip) => trip.head(head, now),
            _ => BodyPlan::Collect,
        }
    }
}
