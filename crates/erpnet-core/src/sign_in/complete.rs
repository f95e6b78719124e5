//! From a judged answer to a session: the ID tokens, the exchange of the code, and the store.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use erpnet_types::{Instance, ScopeSet};

use super::app::Registration;
use super::checks::IdTokenChecks;
use super::pending::Accepted;
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

/// Somebody signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    id_token: IdToken,
    granted: ScopeSet,
    requested: ScopeSet,
    session: Option<SessionKey>,
    renewable: bool,
    return_to: Option<String>,
    pub(crate) access: TokenSet,
}

impl SignedIn {
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

    /// What was granted (AUTH-143).
    #[must_use]
    pub fn granted(&self) -> &ScopeSet {
        &self.granted
    }

    /// What was requested and not granted.
    #[must_use]
    pub fn withheld(&self) -> ScopeSet {
        self.requested.difference(&self.granted)
    }

    /// The name of the session in the session store, where one is kept.
    #[must_use]
    pub fn session(&self) -> Option<&SessionKey> {
        self.session.as_ref()
    }

    /// Whether the session can be renewed without the person: there is a refresh token (AUTH-190).
    #[must_use]
    pub fn is_renewable(&self) -> bool {
        self.renewable
    }

    /// Where in the application the person was, as the request said.
    #[must_use]
    pub fn return_to(&self) -> Option<&str> {
        self.return_to.as_deref()
    }
}

/// Somebody was identified: an ID token, and nothing that an API accepts (AUTH-040, AUTH-095).
#[derive(Clone, Debug)]
pub struct Identified(SignedIn);

impl From<SignedIn> for Identified {
    fn from(signed_in: SignedIn) -> Self {
        Self(signed_in)
    }
}

impl Identified {
    /// The verified ID token.
    #[must_use]
    pub fn id_token(&self) -> &IdToken {
        self.0.id_token()
    }

    /// Who it is (AUTH-052).
    #[must_use]
    pub fn identity(&self) -> Identity {
        self.0.identity()
    }

    /// Where in the application the person was, as the request said.
    #[must_use]
    pub fn return_to(&self) -> Option<&str> {
        self.0.return_to()
    }

    /// For asking the authority about the person.
    #[must_use]
    pub fn as_signed_in(&self) -> &SignedIn {
        &self.0
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
    clock: Option<ServerClock>,
    stage: Stage,
}

/// The end of a sign-in, with what else was learnt.
#[derive(Debug)]
pub struct Completed {
    pub(crate) signed_in: SignedIn,
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
    Store(Box<SignedIn>, StoreCommand),
    Storing(Box<SignedIn>),
    Stored(Box<SignedIn>, StoreReply),
    Over,
}

impl CompleteSignIn {
    pub(crate) fn new(party: SignInParty, accepted: Accepted) -> Self {
        Self {
            party,
            accepted,
            fetched: None,
            front: None,
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
        Ok(self.signed_in(tokens, id_token, now))
    }

    fn signed_in(&self, tokens: TokenSet, id_token: IdToken, now: Now) -> Stage {
        let pending = &self.accepted.pending;
        let key = self.party.keeps_for.as_ref().map(|instance| SessionKey {
            instance: instance.clone(),
            client_id: self.party.registration.client_id.clone(),
            subject: session_name(pending.session(), &id_token),
        });
        let signed_in = Box::new(SignedIn {
            granted: tokens.scopes.clone(),
            requested: pending.scopes().clone(),
            session: key.clone(),
            renewable: tokens.refresh_token.is_some(),
            return_to: pending.return_to().map(str::to_owned),
            id_token,
            access: tokens,
        });
        let Some(key) = key else {
            return Stage::Stored(signed_in, StoreReply::Committed(Some(Generation(0))));
        };
        let session = stored(&signed_in, now);
        let commit = StoreCommand::Commit {
            key,
            lease: None,
            session: Box::new(session),
        };
        Stage::Store(signed_in, commit)
    }

    fn stored(&mut self, signed_in: SignedIn, reply: StoreReply) -> Result<Completed, Error> {
        match reply {
            StoreReply::Committed(Some(_)) => Ok(Completed {
                signed_in,
                keys: self.fetched.take(),
                clock: self.clock,
            }),
            StoreReply::Failed(error) => Err(Reason::Store(error).into()),
            _ => Err(Reason::Driver("the store answered something else").into()),
        }
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

fn stored(signed_in: &SignedIn, now: Now) -> StoredSession {
    let (tokens, id_token) = (&signed_in.access, &signed_in.id_token);
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
                Stage::Store(signed_in, command) => {
                    self.stage = Stage::Storing(signed_in);
                    return Ok(Step::Store(command));
                }
                Stage::Storing(signed_in) => {
                    self.stage = Stage::Storing(signed_in);
                    return Ok(Step::Wait(Duration::from_millis(1)));
                }
                Stage::Stored(signed_in, reply) => {
                    return self.stored(*signed_in, reply).map(Step::Done);
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
                if let Stage::Storing(signed_in) = std::mem::replace(&mut self.stage, Stage::Over) {
                    self.stage = Stage::Stored(signed_in, reply);
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
