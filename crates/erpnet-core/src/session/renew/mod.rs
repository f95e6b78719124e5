//! From a session in the store to a valid access token, refreshed where that is needed.

mod refresh;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, Reason};
use crate::flow::{
    BeginRefresh, BodyPlan, Event, Flow, Generation, Lease, RetryPolicy, RoundTrip, SessionKey,
    Step, StoreCommand, StoreError, StoreReply, StoredSession,
};
use crate::jose::{KeySet, SignatureRules};
use crate::keys::FetchKeys;
use crate::provider::ProviderMetadata;
use crate::sign_in::Registration;
use crate::sign_out::RevokeRefreshToken;
use crate::time::{Now, ServerClock};
use crate::token::{RefreshGrant, TokenSet};

/// The most times that one renewal looks into the store. Half a second apart, while somebody else refreshes, it is five
/// minutes: longer than any lease that makes sense.
pub const MAX_LOOKS: u32 = 600;

/// The most refreshes of one renewal: its own, and one with what somebody else wrote meanwhile.
pub const MAX_REFRESHES: u32 = 2;

/// The most times that one renewal asks the store to keep what it brought: the old refresh token is used up, so the new
/// one is not given up at the first failure that may pass.
pub const MAX_COMMITS: u32 = 5;

/// What a renewal needs to know.
#[derive(Clone, Debug)]
pub(crate) struct SessionParty {
    pub(crate) key: SessionKey,
    pub(crate) registration: Arc<Registration>,
    pub(crate) provider: Arc<ProviderMetadata>,
    pub(crate) keys: Option<Arc<KeySet>>,
    pub(crate) signatures: SignatureRules,
    pub(crate) clock: Option<ServerClock>,
    pub(crate) tolerance: Duration,
    pub(crate) deadline: Duration,
    pub(crate) lease: Duration,
    pub(crate) stop_before: Duration,
    pub(crate) retry: RetryPolicy,
    pub(crate) seed: u64,
}

/// A session whose access token is good, or was a moment ago.
#[derive(Debug)]
pub(crate) struct Renewed {
    pub(crate) session: StoredSession,
    /// How long the access token lives, when it has just been issued.
    pub(crate) fresh: Option<Option<Duration>>,
    pub(crate) keys: Option<Arc<KeySet>>,
    pub(crate) clock: Option<ServerClock>,
    pub(crate) sent: Option<Now>,
}

/// Carries one renewal through.
#[derive(Debug)]
pub(crate) struct RenewSession {
    party: SessionParty,
    /// This writing of the session is over: its token ended or was refused. One with another number is later, or of a new
    /// sign-in, which is counted from the beginning.
    beyond: Option<Generation>,
    /// Fetched for this renewal.
    keys: Option<Arc<KeySet>>,
    clock: Option<ServerClock>,
    sent: Option<Now>,
    looks: u32,
    refreshes: u32,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// Ask the store this, then go on.
    Ask(StoreCommand, Then),
    Asked(Then),
    Told(StoreReply, Then),
    Pause {
        until: Duration,
        then: Rested,
    },
    Refresh(Box<Held>, Box<RoundTrip<RefreshGrant>>),
    Keys(Box<Refreshed>, Box<RoundTrip<FetchKeys>>),
    Revoke(Box<RoundTrip<RevokeRefreshToken>>, Box<Flowed>),
    Over,
}

/// What comes after a pause.
#[derive(Debug)]
enum Rested {
    Look,
    Write(Box<Kept>),
}

/// What the answer of the store is for.
#[derive(Debug)]
enum Then {
    /// Look at what is there.
    Look,
    /// Refresh, if the store gives the right to.
    Begin,
    /// The authority said `invalid_grant` for this writing: did somebody refresh meanwhile?
    LookAgain(Generation, Box<Error>),
    /// This is kept, and may be served.
    Finish(Box<Kept>),
    /// This is the end.
    Fail(Box<Error>),
}

/// A session and the right to refresh it.
#[derive(Debug)]
struct Held {
    session: StoredSession,
    lease: Lease,
}

/// What is to be kept, and how often that was asked for.
#[derive(Debug)]
struct Kept {
    session: StoredSession,
    lease: Lease,
    expires_in: Option<Duration>,
    commits: u32,
}

/// What a refresh brought.
#[derive(Debug)]
struct Refreshed {
    held: Held,
    tokens: TokenSet,
}

/// Between two looks into the store.
const MIN_PAUSE: Duration = Duration::from_millis(10);
const MAX_PAUSE: Duration = Duration::from_millis(500);

const OVER: &str = "the session in the store has ended and has no refresh token";

impl RenewSession {
    pub(crate) fn new(party: SessionParty, beyond: Option<Generation>) -> Self {
        let load = StoreCommand::Load(party.key.clone());
        Self {
            stage: Stage::Ask(load, Then::Look),
            party,
            beyond,
            keys: None,
            clock: None,
            sent: None,
            looks: 1,
            refreshes: 0,
        }
    }

    fn is_good(&self, session: &StoredSession, now: Now) -> bool {
        let end = now.wall.after(self.party.stop_before);
        self.beyond != Some(session.generation) && session.expires > end
    }

    /// What the store said, and what follows.
    fn told(&mut self, reply: StoreReply, then: Then, now: Now) -> Result<Stage, Flowed> {
        let gone = |why| Flowed::Failed(Reason::NotSignedIn { why }.into());
        let odd = || Flowed::Failed(Reason::Driver("the store answered something else").into());
        match (then, reply) {
            (Then::Fail(error), _) => Err(Flowed::Failed(*error)),
            (Then::Finish(kept), StoreReply::Failed(error))
                if error.is_transient() && kept.commits < MAX_COMMITS =>
            {
                Ok(pause(MAX_PAUSE, now, Rested::Write(kept)))
            }
            (_, StoreReply::Failed(error)) => Err(Flowed::Failed(Reason::Store(error).into())),
            (Then::Look, StoreReply::Loaded(None)) => Err(gone("there is no such session")),
            (Then::Look, StoreReply::Loaded(Some(session))) => {
                if self.is_good(&session, now) {
                    return Err(self.done(*session, None));
                }
                if session.refresh_token.is_none() {
                    return Err(gone(OVER));
                }
                let begin = StoreCommand::BeginRefresh {
                    key: self.party.key.clone(),
                    seen: session.generation,
                    lease_for: self.party.lease,
                };
                Ok(Stage::Ask(begin, Then::Begin))
            }
            (Then::Begin, StoreReply::Begun(begun)) => match begun {
                BeginRefresh::Own { session, lease } => self.refresh(Held {
                    session: *session,
                    lease,
                }),
                BeginRefresh::Newer(session) if self.is_good(&session, now) => {
                    Err(self.done(*session, None))
                }
                // Newer, and over as well.
                BeginRefresh::Newer(_) => Ok(pause(MIN_PAUSE, now, Rested::Look)),
                // The holder usually ends long before its lease does.
                BeginRefresh::Busy(wait) => {
                    let wait = wait.clamp(MIN_PAUSE, MAX_PAUSE);
                    Ok(pause(wait, now, Rested::Look))
                }
                BeginRefresh::Gone => Err(gone("the session was ended")),
            },
            (Then::LookAgain(used, error), StoreReply::Loaded(found)) => match found {
                Some(session) if session.generation != used && self.refreshes < MAX_REFRESHES => {
                    // Somebody was faster, or signed in anew; the verdict was about the token before.
                    self.beyond = Some(used);
                    self.look()
                }
                Some(session) if session.generation != used => Err(Flowed::Failed(*error)),
                Some(_) => {
                    let delete = StoreCommand::Delete(self.party.key.clone());
                    Ok(Stage::Ask(delete, Then::Fail(error)))
                }
                None => Err(Flowed::Failed(*error)),
            },
            // The store may have kept it the first time, and failed to say so.
            (Then::Finish(kept), StoreReply::Committed(None)) if kept.commits > 1 => self.look(),
            (Then::Finish(kept), StoreReply::Committed(None)) => {
                let error = gone("the session was ended while it was refreshed");
                self.revoke(kept.session.refresh_token, error)
            }
            (Then::Finish(kept), StoreReply::Committed(Some(generation))) => {
                let mut session = kept.session;
                session.generation = generation;
                Err(self.done(session, Some(kept.expires_in)))
            }
            _ => Err(odd()),
        }
    }

    fn look(&mut self) -> Result<Stage, Flowed> {
        if self.looks >= MAX_LOOKS {
            let why = "it says again and again that somebody else refreshes the session";
            return Err(Flowed::Failed(
                Reason::Store(StoreError::unavailable(why)).into(),
            ));
        }
        self.looks += 1;
        let load = StoreCommand::Load(self.party.key.clone());
        Ok(Stage::Ask(load, Then::Look))
    }

    fn done(&mut self, session: StoredSession, fresh: Option<Option<Duration>>) -> Flowed {
        Flowed::Done(Box::new(Renewed {
            session,
            fresh,
            keys: self.keys.take(),
            clock: self.clock,
            sent: self.sent,
        }))
    }
}

fn pause(wait: Duration, now: Now, then: Rested) -> Stage {
    let until = now.mono.saturating_add(wait);
    Stage::Pause { until, then }
}

/// How a stage can leave the loop.
#[derive(Debug)]
enum Flowed {
    Done(Box<Renewed>),
    Failed(Error),
}

impl Flow for RenewSession {
    type Output = Renewed;

    fn poll(&mut self, now: Now) -> Result<Step<Renewed>, Error> {
        loop {
            let stage = std::mem::replace(&mut self.stage, Stage::Over);
            let next = match stage {
                Stage::Ask(command, then) => {
                    self.stage = Stage::Asked(then);
                    return Ok(Step::Store(command));
                }
                Stage::Asked(then) => {
                    self.stage = Stage::Asked(then);
                    return Ok(Step::Wait(Duration::from_millis(1)));
                }
                Stage::Told(reply, then) => self.told(reply, then, now),
                Stage::Pause { until, then } if now.mono < until => {
                    self.stage = Stage::Pause { until, then };
                    return Ok(Step::Wait(until.saturating_sub(now.mono)));
                }
                Stage::Pause { then, .. } => match then {
                    Rested::Look => self.look(),
                    Rested::Write(kept) => Ok(self.write(*kept)),
                },
                Stage::Refresh(held, mut trip) => match trip.poll(now).map(Step::split) {
                    Ok(ControlFlow::Break(tokens)) => {
                        self.clock = trip.clock();
                        self.sent = trip.sent_at();
                        let held = *held;
                        Ok(self.check(Refreshed { held, tokens }, now))
                    }
                    Ok(ControlFlow::Continue(step)) => {
                        self.stage = Stage::Refresh(held, trip);
                        return Ok(step);
                    }
                    Err(error) => Ok(self.failed(*held, error)),
                },
                Stage::Keys(refreshed, mut trip) => match trip.poll(now).map(Step::split) {
                    Ok(ControlFlow::Break(keys)) => {
                        self.keys = Some(Arc::new(keys));
                        Ok(self.check(*refreshed, now))
                    }
                    Ok(ControlFlow::Continue(step)) => {
                        self.stage = Stage::Keys(refreshed, trip);
                        return Ok(step);
                    }
                    Err(error) => Ok(self.keep_unchecked(*refreshed, error)),
                },
                Stage::Revoke(mut trip, end) => match trip.poll(now).map(Step::split) {
                    Ok(ControlFlow::Continue(step)) => {
                        self.stage = Stage::Revoke(trip, end);
                        return Ok(step);
                    }
                    Ok(ControlFlow::Break(())) | Err(_) => Err(*end),
                },
                Stage::Over => {
                    return Err(Reason::Driver("it was polled after its end").into());
                }
            };
            match next {
                Ok(stage) => self.stage = stage,
                Err(Flowed::Done(renewed)) => return Ok(Step::Done(*renewed)),
                Err(Flowed::Failed(error)) => return Err(error),
            }
        }
    }

    fn handle(&mut self, event: Event, now: Now) {
        match (&mut self.stage, event) {
            (Stage::Refresh(_, trip), event) => trip.handle(event, now),
            (Stage::Keys(_, trip), event) => trip.handle(event, now),
            (Stage::Revoke(trip, _), event) => trip.handle(event, now),
            (Stage::Asked(_), Event::Stored(reply)) => {
                if let Stage::Asked(then) = std::mem::replace(&mut self.stage, Stage::Over) {
                    self.stage = Stage::Told(reply, then);
                }
            }
            _ => {}
        }
    }

    fn head(&mut self, head: &http::response::Parts, now: Now) -> BodyPlan {
        match &mut self.stage {
            Stage::Refresh(_, trip) => trip.head(head, now),
            Stage::Keys(_, trip) => trip.head(head, now),
            Stage::Revoke(trip, _) => trip.head(head, now),
            _ => BodyPlan::Collect,
        }
    }
}
