//! Signing users in, and the tokens of those who signed in.

use std::sync::Arc;

use erpnet_types::ScopeSet;

use super::api_token::{ApiToken, TokenValue};
use super::job::{Job, Work};
use super::machine::{Connection, Next};
use super::party::{Party, Role};
use super::slot::Ask;
use crate::entropy::Entropy;
use crate::error::{Error, Reason};
use crate::flow::RoundTrip;
use crate::flow::SessionKey;
use crate::jose::KeySet;
use crate::provider::ProviderMetadata;
use crate::session::{
    EndSession, EndingParty, RenewSession, Renewed, SessionParty, SignedOut, farewell,
};
use crate::sign_in::{
    AuthorizationRequest, Callback, CompleteSignIn, Completed, Identified, IdentityApp,
    InteractiveApp, LoopbackRedirect, PendingSignIn, RedirectUri, SignInParty, SignInStart,
    SignedIn, token_text,
};
use crate::time::Now;
use crate::token::{Lifetime, stated_times};
use crate::userinfo::UserInfoRequest;

/// What has to be known of an authority before a sign-in can be completed.
#[derive(Clone, Debug)]
pub struct KnownAuthority {
    provider: Arc<ProviderMetadata>,
    keys: Arc<KeySet>,
}

impl Connection {
    /// For an application that signs users in and calls the APIs as them. Knows nothing yet.
    ///
    /// # Errors
    /// As [`Connection::new`].
    pub fn interactive(app: InteractiveApp, entropy: Entropy) -> Result<Self, Error> {
        Self::of(app.into(), entropy)
    }

    /// For an application that only identifies its users. Knows nothing yet.
    ///
    /// # Errors
    /// As [`Connection::new`].
    pub fn identity(app: IdentityApp, entropy: Entropy) -> Result<Self, Error> {
        Self::of(app.into(), entropy)
    }

    /// For one user who signed in: a connection of its own, which begins with what this one knows of the instance.
    ///
    /// # Errors
    /// An error of kind [`Config`](crate::ErrorKind::Config) for a session of another instance or application.
    pub fn for_user(&self, key: SessionKey, entropy: Entropy) -> Result<Self, Error> {
        let registration = Arc::clone(self.app.registration()?);
        let here = self.home_instance()? == &key.instance;
        if !here || registration.client_id != key.client_id {
            return Err(Error::config(
                "the session belongs to another instance or application",
            ));
        }
        if !registration.scopes.has_resources() {
            return Err(Error::config(
                "the application asks for no scope of an API, so its users' tokens are good for none (AUTH-078)",
            ));
        }
        let party = Party {
            home: self.app.home.clone(),
            role: Role::User(registration, key),
            options: self.app.options.clone(),
        };
        let mut connection = Self::of(party, entropy)?;
        connection.sites = self.sites.held();
        connection.provider = self.provider.held();
        connection.keys = self.keys.held();
        connection.rules = self.rules.clone();
        connection.path = self.path;
        connection.pinned = self.pinned.clone();
        connection.clock = self.clock;
        Ok(connection)
    }

    /// Takes over what a user's connection found out about the instance since, so that the next user's begins with it.
    pub fn learn_from(&mut self, user: &Self) {
        if self.sites.adopt(&user.sites) {
            self.path = user.path;
        }
        if self.provider.adopt(&user.provider) {
            self.rules.clone_from(&user.rules);
            self.pinned.clone_from(&user.pinned);
        }
    }

    /// The session of this name (see [`AuthorizationRequest::session`]).
    ///
    /// # Errors
    /// An error of kind [`Config`](crate::ErrorKind::Config) for an application that nobody signs in to, or that has no
    /// instance.
    pub fn session(&self, name: String) -> Result<SessionKey, Error> {
        Ok(SessionKey {
            instance: self.home_instance()?.clone(),
            client_id: self.app.registration()?.client_id.clone(),
            subject: name,
        })
    }

    /// The registered redirects that a program on this machine can listen on, in the order given.
    ///
    /// # Errors
    /// An error of kind [`Config`](crate::ErrorKind::Config) when one of the loopback redirects cannot be listened on: no
    /// port, a query.
    pub fn loopback_redirects(&self) -> Result<Vec<LoopbackRedirect>, Error> {
        let registered = self.app.registration()?.redirects();
        let loopback = registered.filter(|redirect| redirect.is_loopback());
        loopback.map(|redirect| redirect.as_str().parse()).collect()
    }

    /// Begins a sign-in: the address for the browser, and what to keep until the answer comes. Needs the metadata.
    /// `redirect` is one of the registered redirect URIs, where it is not the first.
    ///
    /// # Errors
    /// Why they are not known; an error of kind [`Config`](crate::ErrorKind::Config) for a request that cannot work.
    pub fn begin_sign_in(
        &mut self,
        request: &AuthorizationRequest,
        redirect: Option<&RedirectUri>,
        entropy: &Entropy,
        now: Now,
    ) -> Result<Next<SignInStart>, Error> {
        let registration = Arc::clone(self.app.registration()?);
        let begun = self.provider(now)?.try_map(|provider| {
            request
                .clone()
                .begin(&registration, redirect, &provider, entropy, now)
        });
        begun.map_err(|error| self.told(error))
    }

    /// What is to be known before a sign-in can be completed: metadata and keys. To be asked before the pending sign-in is
    /// given away.
    ///
    /// # Errors
    /// Why they are not known.
    pub fn ready_to_complete(&mut self, now: Now) -> Result<Next<KnownAuthority>, Error> {
        let provider = match self.provider(now)? {
            // What is due can wait: a code lives for minutes only.
            Next::Ready(provider) | Next::ReadyAndRun(provider, _) => provider,
            Next::Run(job) => return Ok(Next::Run(job)),
            Next::Wait => return Ok(Next::Wait),
        };
        Ok(match self.keys.ask(now.mono) {
            Ask::Ready(keys) | Ask::ReadyButDue(keys) => {
                Next::Ready(KnownAuthority { provider, keys })
            }
            Ask::Absent => match self.fetch_keys(false, now)? {
                Some(job) => Next::Run(job),
                None => Next::Wait,
            },
            Ask::Wait => Next::Wait,
            Ask::Failed(error) => return Err(error),
        })
    }

    /// Judges an answer, and makes the flow that completes the sign-in.
    ///
    /// # Errors
    /// The answer's own: see [`PendingSignIn`]. Nothing was sent.
    pub fn complete_sign_in(
        &self,
        pending: PendingSignIn,
        callback: &Callback,
        known: KnownAuthority,
        now: Now,
    ) -> Result<CompleteSignIn, Error> {
        let KnownAuthority { provider, keys } = known;
        let options = &self.app.options;
        let registration = Arc::clone(self.app.registration()?);
        if *pending.client_id() != registration.client_id || pending.issuer() != provider.issuer {
            return Err(self.told(Error::config(
                "the sign-in was begun by another application, or at another authority",
            )));
        }
        let accepted = pending
            .accept(callback, options.attempt_life, now)
            .map_err(|error| self.told(error))?;
        let party = SignInParty {
            keeps_for: self
                .app
                .home
                .instance()
                .filter(|_| registration.keeps_sessions)
                .cloned(),
            registration,
            provider,
            keys,
            clock: self.clock,
            tolerance: options.tolerance,
            deadline: options.deadline,
            retry: options.retry,
            seed: self.seed,
        };
        Ok(CompleteSignIn::new(party, accepted))
    }

    /// Takes note of how a sign-in ended.
    ///
    /// # Errors
    /// The sign-in's own.
    pub fn signed_in(
        &mut self,
        outcome: Result<Completed, Error>,
        now: Now,
    ) -> Result<SignedIn, Error> {
        self.completed(outcome, now)?.into_signed_in()
    }

    /// The same for an application that only identifies its users.
    ///
    /// # Errors
    /// The sign-in's own.
    pub fn identified(
        &mut self,
        outcome: Result<Completed, Error>,
        now: Now,
    ) -> Result<Identified, Error> {
        Ok(self.completed(outcome, now)?.identified)
    }

    fn completed(
        &mut self,
        outcome: Result<Completed, Error>,
        now: Now,
    ) -> Result<Completed, Error> {
        let mut completed = outcome.map_err(|error| self.told(error))?;
        if completed.clock.is_some() {
            self.clock = completed.clock;
        }
        if let Some(keys) = completed.keys.take() {
            self.learnt(keys, now);
        }
        Ok(completed)
    }

    /// Asks the authority about the person (AUTH-087).
    ///
    /// # Errors
    /// When the authority has no such endpoint.
    pub fn userinfo(
        &mut self,
        identified: &Identified,
        now: Now,
    ) -> Result<Next<RoundTrip<UserInfoRequest>>, Error> {
        let (deadline, retry, seed) =
            (self.app.options.deadline, self.app.options.retry, self.seed);
        let asked = self.provider(now)?.try_map(|provider| {
            let access_token = identified.access.access_token.clone();
            let id_token = identified.id_token();
            let exchange = UserInfoRequest::new(&provider, access_token, id_token, deadline)?;
            Ok(RoundTrip::new(exchange, retry, seed))
        });
        asked.map_err(|error| self.told(error))
    }

    /// Ends a session: forgets it here, revokes its refresh token where the authority offers that, and says where the
    /// browser goes to sign out there (AUTH-200..203). It is forgotten, too, when the authority is not known: why that is
    /// so is the flow's error then.
    ///
    /// # Errors
    /// An error of kind [`Config`](crate::ErrorKind::Config) for an application that nobody signs in to.
    pub fn end_session(
        &mut self,
        key: SessionKey,
        entropy: &Entropy,
        now: Now,
    ) -> Result<Next<EndSession>, Error> {
        let registration = Arc::clone(self.app.registration()?);
        let options = &self.app.options;
        let (deadline, retry, seed) = (options.deadline, options.retry, self.seed);
        let provider = match self.provider(now) {
            Ok(Next::Ready(provider) | Next::ReadyAndRun(provider, _)) => Ok(provider),
            Ok(Next::Run(job)) => return Ok(Next::Run(job)),
            Ok(Next::Wait) => return Ok(Next::Wait),
            Err(error) => Err(error),
        };
        let party = provider.map(|provider| EndingParty {
            registration,
            provider,
            deadline,
            retry,
            seed,
            state: entropy.derive(b"sign-out state"),
        });
        Ok(Next::Ready(EndSession::new(party, key)))
    }

    /// Where the browser goes to sign out (AUTH-200, AUTH-201), of somebody who was identified and has no session here.
    ///
    /// # Errors
    /// Why the metadata are not known.
    pub fn sign_out_identified(
        &mut self,
        identified: &Identified,
        entropy: &Entropy,
        now: Now,
    ) -> Result<Next<SignedOut>, Error> {
        let registration = Arc::clone(self.app.registration()?);
        let hint = identified.id_token().raw();
        let state = token_text(&entropy.derive::<32>(b"sign-out state")[..]);
        self.provider(now)?
            .try_map(|provider| Ok(farewell(&provider, &registration, Some(hint), &state)))
    }

    /// The job that brings the user's token: from the store, refreshed where that is needed.
    pub(super) fn resume_session(
        &mut self,
        provider: &Arc<ProviderMetadata>,
    ) -> Result<Job, Error> {
        let Role::User(registration, key) = &self.app.role else {
            return Err(Reason::Driver("there is no session to resume").into());
        };
        let options = &self.app.options;
        let party = SessionParty {
            key: key.clone(),
            registration: Arc::clone(registration),
            provider: Arc::clone(provider),
            keys: self.keys.last().cloned(),
            signatures: options.signatures,
            clock: self.clock,
            tolerance: options.tolerance,
            deadline: options.deadline,
            lease: options.refresh_lease,
            stop_before: options.renewal.stop_before,
            retry: options.retry,
            seed: self.seed,
        };
        let job = self.job(Work::Session(Box::new(RenewSession::new(party, self.seen))));
        self.token.begin(&job.flight);
        Ok(job)
    }

    /// The user's session as the store has it now.
    pub(super) fn resumed(&mut self, renewed: Renewed, now: Now) {
        if let Some(keys) = renewed.keys {
            self.learnt(keys, now);
        }
        let session = renewed.session;
        let accepted = self.instance_authority().and_then(|authority| {
            let client_id = self.app.client_id();
            let stated = stated_times(&session.access_token, &authority, client_id)?;
            let policy = self.app.options.renewal;
            let sent = renewed.sent.unwrap_or(now);
            Ok(match renewed.fresh {
                Some(expires_in) => Lifetime::of(expires_in, stated, self.clock, sent, policy),
                None => Lifetime::lasting(session.expires.since(now.wall), now.mono, policy),
            })
        });
        let life = match accepted {
            Ok(life) => life,
            Err(error) => return self.token.fail(self.told(error), now.mono),
        };
        self.generation += 1;
        self.seen = Some(session.generation);
        let (confidential, public) = self.app.options.refresh_life;
        let secret = self
            .app
            .registration()
            .is_ok_and(|known| known.secret.is_some());
        let lasts = if secret { confidential } else { public };
        let renewable = session.refresh_token.is_some();
        let token = ApiToken {
            requested: self.requested(),
            scopes: Some(session.scopes),
            generation: self.generation,
            expires: Some(now.wall.after(life.ends.saturating_sub(now.mono))),
            value: TokenValue::User {
                token: session.access_token,
                user: Box::new(session.user),
                renewable_until: renewable.then(|| session.signed_in.after(lasts)),
            },
        };
        // Without a refresh token there is nothing to do ahead of time.
        let due = if renewable {
            life.refresh_from
        } else {
            life.serve_until
        };
        self.token
            .succeed(Arc::new(token), due, life.serve_until, now.mono);
    }

    /// What a renewal asks for: scopes that are left out on purpose are not withheld by anyone.
    fn requested(&self) -> ScopeSet {
        let registration = self.app.registration();
        registration.map_or_else(
            |_| ScopeSet::empty(),
            |known| {
                let fewer = known.refresh_scopes.as_ref();
                fewer.unwrap_or(known.scopes.as_set()).clone()
            },
        )
    }

    /// Keys that a flow fetched for itself.
    fn learnt(&mut self, keys: Arc<KeySet>, now: Now) {
        let options = &self.app.options;
        let kept = now.mono.saturating_add(options.max_age);
        let looked = now.mono.saturating_add(options.metadata_ttl);
        self.refetch.refetched(now.mono);
        let keys = self.kept_or_new(Arc::unwrap_or_clone(keys));
        self.keys.succeed(keys, looked, kept, now.mono);
    }
}
