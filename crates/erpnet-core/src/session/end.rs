//! Signing out: forgotten here first, then at the authority (AUTH-200..203).

use std::sync::Arc;
use std::time::Duration;

use erpnet_types::{RawIdToken, RefreshToken};

use crate::error::{Error, Reason};
use crate::flow::{
    BodyPlan, Event, Flow, RetryPolicy, RoundTrip, SessionKey, Step, StoreCommand, StoreReply,
};
use crate::provider::ProviderMetadata;
use crate::sign_in::Registration;
use crate::sign_out::{Revocation, SignOutUrl, sign_out_url};
use crate::time::Now;

/// Ends a session: reads what it needs, forgets the session, revokes the refresh token where the authority offers it.
#[derive(Debug)]
pub struct EndSession {
    key: SessionKey,
    party: EndingParty,
    state: Option<String>,
    hint: Option<RawIdToken>,
    refresh_token: Option<RefreshToken>,
    stage: Stage,
}

/// What the end of a session needs to know.
#[derive(Clone, Debug)]
pub(crate) struct EndingParty {
    pub(crate) registration: Arc<Registration>,
    pub(crate) provider: Arc<ProviderMetadata>,
    pub(crate) deadline: Duration,
    pub(crate) retry: RetryPolicy,
    pub(crate) seed: u64,
}

/// A session is over here. At the authority it ends when the browser goes to `url`.
#[derive(Debug)]
#[must_use = "the browser has to be sent to the address"]
pub struct SignedOut {
    /// Where the browser goes, if the authority offers such a place. Holds the ID token, so it is not for logs.
    pub url: Option<SignOutUrl>,
    /// Whether the refresh token was revoked: `None` when there was none, or the authority offers no revocation.
    pub revoked: Option<bool>,
}

#[derive(Debug)]
enum Stage {
    Load,
    Loading,
    Delete,
    Deleting,
    Revoking(Box<RoundTrip<Revocation>>),
    Finish(Option<bool>),
    Failed(Error),
    Over,
}

impl EndSession {
    pub(crate) fn new(party: EndingParty, key: SessionKey, state: Option<String>) -> Self {
        Self {
            key,
            party,
            state,
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
        let party = &self.party;
        let endpoint = party.provider.revocation_endpoint.clone();
        let (Some(endpoint), Some(token)) = (endpoint, self.refresh_token.take()) else {
            return Stage::Finish(None);
        };
        let exchange = Revocation::new(
            endpoint,
            party.registration.client_id.clone(),
            party.registration.secret.clone(),
            token,
            party.deadline,
        );
        Stage::Revoking(Box::new(RoundTrip::new(exchange, party.retry, party.seed)))
    }

    fn finish(&mut self, revoked: Option<bool>) -> SignedOut {
        let (provider, registration) = (&self.party.provider, &self.party.registration);
        let url = sign_out_url(
            provider,
            registration,
            self.hint.as_ref(),
            self.state.as_deref(),
        );
        SignedOut { url, revoked }
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
                Stage::Revoking(mut trip) => match trip.poll(now).map(Step::into_done) {
                    Ok(Ok(())) => Stage::Finish(Some(true)),
                    Ok(Err(step)) => {
                        self.stage = Stage::Revoking(trip);
                        return Ok(step);
                    }
                    // It ends by itself; the person is signed out here all the same.
                    Err(_) => Stage::Finish(Some(false)),
                },
                Stage::Finish(revoked) => return Ok(Step::Done(self.finish(revoked))),
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
