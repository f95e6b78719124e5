//! From a judged answer to a session: the ID tokens, the exchange of the code, and the store.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use erpnet_types::{Instance, ScopeSet};

use super::checks::IdTokenChecks;
use super::pending::Accepted;
use super::registration::Registration;
use crate::error::{Error, Reason};
use crate::flow::{
    BodyPlan, Event, Flow, Generation, RetryPolicy, RoundTrip, SessionKey, Step, StoreCommand,
    StoreReply, StoredSession,
};
use crate::id_token::{IdToken, Identity};
use crate::jose::KeySet;
use crate::keys::FetchKeys;
use crate::provider::ProviderMetadata;
use crate::session::SignedInUser;
use crate::time::{Now, ServerClock};
use crate::token::{AuthorizationCode, CodeFields, DEFAULT_LIFETIME, TokenSet};

/// What a completion needs to know.
#[derive(Clone, Debug)]
pub(crate) struct SignInParty {
    /// The instance, if the session is to be kept and used there.
    pub(crate) keeps_for: Option<Instance>,
    pub(crate) registration: Arc<Registration>,
    pub(crate) provider: Arc<ProviderMetadata>,
    pub(crate) keys: Arc<KeySet>,
    pub(crate) clock: Option<ServerClock>,
    pub(crate) tolerance: Duration,
    pub(crate) deadline: Duration,
    pub(crate) retry: RetryPolicy,
    pub(crate) seed: u64,
}

/// Somebody was identified: an ID token, and nothing that an API accepts (AUTH-040, AUTH-095).
#[derive(Clone, Debug)]
pub struct Identified {
    id_token: IdToken,
    return_to: Option<String>,
    requested: ScopeSet,
    pub(crate) access: TokenSet,
}

/// Somebody signed in, and a session is kept to call APIs as them.
#[derive(Clone, Debug)]
pub struct SignedIn {
    identified: Identified,
    session: SessionKey,
}

impl Identified {
    /// The verified ID token.
    #[must_use]
    pub fn id_token(&self) -> &IdToken {
        &self.id_token
    }

    /// Who it is (AUTH-052).
    #[must_use]
    pub fn identity(&self) -> Identity {
        self.id_token.identity()
    }

    /// Where in the application the person was, as the request said.
    #[must_use]
    pub fn return_to(&self) -> Option<&str> {
        self.return_to.as_deref()
    }
}

impl SignedIn {
    /// The verified ID token.
    #[must_use]
    pub fn id_token(&self) -> &IdToken {
        self.identified.id_token()
    }

    /// Who it is (AUTH-052).
    #[must_use]
    pub fn identity(&self) -> Identity {
        self.identified.identity()
    }

    /// Where in the application the person was, as the request said.
    #[must_use]
    pub fn return_to(&self) -> Option<&str> {
        self.identified.return_to()
    }

    /// The name of the session in the session store.
    #[must_use]
    pub fn session(&self) -> &SessionKey {
        &self.session
    }

    /// What was granted (AUTH-143).
    #[must_use]
    pub fn granted(&self) -> &ScopeSet {
        &self.identified.access.scopes
    }

    /// What was requested and not granted.
    #[must_use]
    pub fn withheld(&self) -> ScopeSet {
        self.identified.requested.difference(self.granted())
    }

    /// Whether the session can be renewed without the person: there is a refresh token (AUTH-190).
    #[must_use]
    pub fn is_renewable(&self) -> bool {
        self.identified.access.refresh_token.is_some()
    }

    /// Who signed in, without the session.
    #[must_use]
    pub fn identified(&self) -> &Identified {
        &self.identified
    }
}

/// Carries a sign-in from the answer to its end: the front-channel ID token first, where there is one; then the code for
/// tokens, once (AUTH-176); then the ID token; then the store. Nothing is sent after a check that failed.
#[derive(Debug)]
pub struct CompleteSignIn {
    party: SignInParty,
    accepted: Accepted,
    /// Fetched because a token named a key that was not known.
    fetched: Option<Arc<KeySet>>,
    front: Option<IdToken>,
    session: Option<SessionKey>,
    clock: Option<ServerClock>,
    stage: Stage,
}

/// The end of a sign-in, with what else was learnt.
#[derive(Debug)]
pub struct Completed {
    pub(crate) identified: Identified,
    /// Where an instance's session is kept.
    pub(crate) session: Option<SessionKey>,
    pub(crate) keys: Option<Arc<KeySet>>,
    pub(crate) clock: Option<ServerClock>,
}

#[derive(Debug)]
enum Stage {
    Front,
    FrontKeys(Box<RoundTrip<FetchKeys>>),
    Code(Box<RoundTrip<AuthorizationCode>>),
    Back(Box<TokenSet>),
    BackKeys(Box<TokenSet>, Box<RoundTrip<FetchKeys>>),
    Store(Box<Identified>, StoreCommand),
    Storing(Box<Identified>),
    Stored(Box<Identified>, StoreReply),
    Over,
}

impl CompleteSignIn {
    pub(crate) fn new(party: SignInParty, accepted: Accepted) -> Self {
        Self {
            party,
            accepted,
            fetched: None,
            front: None,
            session: None,
            clock: None,
            stage: Stage::Front,
        }
    }

    fn keys(&self) -> &Arc<KeySet> {
        self.fetched.as_ref().unwrap_or(&self.party.keys)
    }

    fn checks(&self) -> IdTokenChecks {
        let party = &self.party;
        let clock = self.clock.or(party.clock);
        IdTokenChecks::new(
            &party.provider.issuer,
            &party.registration,
            party.tolerance,
            clock,
        )
    }

    /// Whether to look at the keys once more for this token (AUTH-073): once in a sign-in.
    fn wants_keys(&self, token: &str) -> bool {
        self.fetched.is_none() && self.checks().needs_other_keys(&self.party.keys, token)
    }

    fn fetch(&self) -> Box<RoundTrip<FetchKeys>> {
        let fetch = FetchKeys::new(self.party.provider.jwks_uri.clone(), self.party.deadline)
            .with_rules(self.party.keys.rules());
        Box::new(RoundTrip::new(fetch, self.party.retry, self.party.seed))
    }

    /// The ID token from the browser, checked before the code is used (OpenID Connect Core 3.3.2.10).
    fn front(&mut self, now: Now) -> Result<Stage, Error> {
        if let Some(token) = &self.accepted.front {
            if self.wants_keys(token) {
                return Ok(Stage::FrontKeys(self.fetch()));
            }
            let checked = self
                .checks()
                .front(self.keys(), token, &self.accepted, now)?;
            self.front = Some(checked);
        }
        let party = &self.party;
        let fields = CodeFields {
            code: self.accepted.code.clone(),
            redirect_uri: self.accepted.pending.redirect_uri().to_string(),
            verifier: self.accepted.pending.verifier().clone(),
        };
        let exchange = AuthorizationCode::new(
            party.provider.token_endpoint.clone(),
            party.registration.client_id.clone(),
            party.registration.secret.clone(),
            fields,
            self.accepted.pending.scopes().clone(),
            party.deadline,
        );
        let trip = RoundTrip::new(exchange, party.retry, party.seed);
        Ok(Stage::Code(Box::new(trip)))
    }

    /// The ID token from the token endpoint, which is the identity (AUTH-182).
    fn back(&mut self, mut tokens: TokenSet, now: Now) -> Result<Stage, Error> {
        let Some(text) = tokens.id_token.take() else {
            let why = "is missing, though `openid` was requested".to_owned();
            let member = "id_token";
            return Err(Reason::TokenResponseInvalid { member, why }.into());
        };
        if self.wants_keys(&text) {
            tokens.id_token = Some(text);
            return Ok(Stage::BackKeys(Box::new(tokens), self.fetch()));
        }
        let checks = self.checks();
        let id_token = checks.back(
            self.keys(),
            &text,
            &tokens.access_token,
            &self.accepted,
            now,
        )?;
        if let Some(front) = &self.front {
            id_token.check_same_sign_in(front)?;
        }
        Ok(self.identified(tokens, id_token, now))
    }

    fn identified(&mut self, tokens: TokenSet, id_token: IdToken, now: Now) -> Stage {
        let pending = &self.accepted.pending;
        let key = self.party.keeps_for.as_ref().map(|instance| SessionKey {
            instance: instance.clone(),
            client_id: self.party.registration.client_id.clone(),
            subject: session_name(pending.session(), &id_token),
        });
        let identified = Box::new(Identified {
            return_to: pending.return_to().map(str::to_owned),
            requested: pending.scopes().clone(),
            access: tokens,
            id_token,
        });
        self.session.clone_from(&key);
        match key {
            // Nothing is kept of somebody who was only identified.
            None => Stage::Stored(identified, StoreReply::Committed(Some(Generation(0)))),
            Some(key) => {
                let commit = StoreCommand::Commit {
                    key,
                    lease: None,
                    session: Box::new(stored(&identified, now)),
                };
                Stage::Store(identified, commit)
            }
        }
    }

    fn stored(&mut self, identified: Identified, reply: StoreReply) -> Result<Completed, Error> {
        match reply {
            StoreReply::Committed(Some(_)) => Ok(Completed {
                identified,
                session: self.session.take(),
                keys: self.fetched.take(),
                clock: self.clock,
            }),
            StoreReply::Failed(error) => Err(Reason::Store(error).into()),
            _ => Err(Reason::Driver("the store answered something else").into()),
        }
    }
}

impl Completed {
    /// The session too, where one is kept.
    pub(crate) fn into_signed_in(self) -> Result<SignedIn, Error> {
        let none = || Error::from(Reason::Driver("no session was kept"));
        Ok(SignedIn {
            identified: self.identified,
            session: self.session.ok_or_else(none)?,
        })
    }
}

/// Without a name of the application's choice, the authority's session; else the person.
fn session_name(chosen: Option<&str>, id_token: &IdToken) -> String {
    match chosen {
        Some(chosen) => chosen.to_owned(),
        None => id_token.session_id().map_or_else(
            || id_token.identity().to_string(),
            std::borrow::Cow::into_owned,
        ),
    }
}

fn stored(identified: &Identified, now: Now) -> StoredSession {
    let (tokens, id_token) = (&identified.access, &identified.id_token);
    StoredSession {
        generation: Generation(0),
        access_token: tokens.access_token.clone(),
        expires: now
            .wall
            .after(tokens.expires_in.unwrap_or(DEFAULT_LIFETIME)),
        refresh_token: tokens.refresh_token.clone(),
        scopes: tokens.scopes.clone(),
        signed_in: now.wall,
        user: SignedInUser::of(id_token),
        id_token: id_token.raw().clone(),
        ambiguous: false,
    }
}

/// A lost answer means a new sign-in: the code is used up by the attempt (AUTH-176).
fn exchange_failed(error: &Error) -> Error {
    match error.reason() {
        Reason::OutcomeUnknown(transport) => Reason::SignInLost(transport.clone()).into(),
        _ => error.clone(),
    }
}

impl Flow for CompleteSignIn {
    type Output = Completed;

    fn poll(&mut self, now: Now) -> Result<Step<Completed>, Error> {
        loop {
            self.stage = match std::mem::replace(&mut self.stage, Stage::Over) {
                Stage::Front => self.front(now)?,
                Stage::FrontKeys(mut trip) => match trip.poll(now)?.split() {
                    ControlFlow::Break(keys) => {
                        self.fetched = Some(Arc::new(keys));
                        Stage::Front
                    }
                    ControlFlow::Continue(step) => {
                        self.stage = Stage::FrontKeys(trip);
                        return Ok(step);
                    }
                },
                Stage::Code(mut trip) => {
                    match trip
                        .poll(now)
                        .map_err(|error| exchange_failed(&error))?
                        .split()
                    {
                        ControlFlow::Break(tokens) => {
                            self.clock = trip.clock();
                            Stage::Back(Box::new(tokens))
                        }
                        ControlFlow::Continue(step) => {
                            self.stage = Stage::Code(trip);
                            return Ok(step);
                        }
                    }
                }
                Stage::Back(tokens) => self.back(*tokens, now)?,
                Stage::BackKeys(tokens, mut trip) => match trip.poll(now)?.split() {
                    ControlFlow::Break(keys) => {
                        self.fetched = Some(Arc::new(keys));
                        Stage::Back(tokens)
                    }
                    ControlFlow::Continue(step) => {
                        self.stage = Stage::BackKeys(tokens, trip);
                        return Ok(step);
                    }
                },
                Stage::Store(identified, command) => {
                    self.stage = Stage::Storing(identified);
                    return Ok(Step::Store(command));
                }
                Stage::Storing(identified) => {
                    self.stage = Stage::Storing(identified);
                    return Ok(Step::Wait(Duration::from_millis(1)));
                }
                Stage::Stored(identified, reply) => {
                    return self.stored(*identified, reply).map(Step::Done);
                }
                Stage::Over => {
                    return Err(Reason::Driver("it was polled after its end").into());
                }
            };
        }
    }

    fn handle(&mut self, event: Event, now: Now) {
        match (&mut self.stage, event) {
            (Stage::FrontKeys(trip) | Stage::BackKeys(_, trip), event) => trip.handle(event, now),
            (Stage::Code(trip), event) => trip.handle(event, now),
            (Stage::Storing(_), Event::Stored(reply)) => {
                if let Stage::Storing(identified) = std::mem::replace(&mut self.stage, Stage::Over)
                {
                    self.stage = Stage::Stored(identified, reply);
                }
            }
            _ => {}
        }
    }

    fn head(&mut self, head: &http::response::Parts, now: Now) -> BodyPlan {
        match &mut self.stage {
            Stage::FrontKeys(trip) | Stage::BackKeys(_, trip) => trip.head(head, now),
            Stage::Code(trip) => trip.head(head, now),
            _ => BodyPlan::Collect,
        }
    }
}
