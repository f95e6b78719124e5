//! The state behind a client, and every decision about it.

use std::sync::Arc;
use std::time::Duration;

use erpnet_types::{InstanceAuthority, ScopeSet};
use url::Url;

use super::api_token::{ApiToken, TokenValue};
use super::app::{App, Credential};
use super::job::{Brought, Finished, Job, JobId, Work};
use super::keys::RefetchLimiter;
use super::slot::{Ask, Flight, Slot};
use super::snapshot::Snapshot;
use crate::api::{ApiCall, ApiRequest};
use crate::entropy::Entropy;
use crate::error::{Error, Reason};
use crate::flow::RoundTrip;
use crate::jose::KeySet;
use crate::provider::{Discovery, ProviderMetadata};
use crate::site::{DiscoveryPath, LocateSites, Origin, OriginRules, SiteDirectory, with_slash};
use crate::time::{Now, ServerClock};
use crate::token::{AccessTokenRules, ClientCredentials, Lifetime, TokenSet, stated_times};

/// How soon after a renewal that a refusal led to another refusal may lead to the next: a token that is refused although
/// it is new is not refused for its age, and asking again would only make tokens (AUTH-214, AUTH-267).
pub const REFUSAL_PAUSE: Duration = Duration::from_secs(30);

/// How soon a site list without a usable entry is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// Everything that is known, and what is under way to know more.
#[derive(Debug)]
pub struct Connection {
    pub(super) app: Arc<App>,
    seed: u64,
    sites: Slot<Arc<SiteDirectory>>,
    provider: Slot<Arc<ProviderMetadata>>,
    pub(super) keys: Slot<Arc<KeySet>>,
    token: Slot<Arc<ApiToken>>,
    pub(super) rules: Option<Arc<AccessTokenRules>>,
    /// The authority whose metadata are being read.
    asked: Option<InstanceAuthority>,
    path: DiscoveryPath,
    pinned: Option<Origin>,
    pub(super) clock: Option<ServerClock>,
    pub(super) refetch: RefetchLimiter,
    pub(super) refetching: bool,
    jobs: u64,
    generation: u64,
    /// When a refusal last led to a renewal.
    refused: Option<Duration>,
}

/// What a caller does next.
#[derive(Debug)]
#[must_use = "others wait for the job in it"]
pub enum Next<T> {
    /// Use this.
    Ready(T),
    /// Use this; and have the job run, for the next caller's sake.
    ReadyAndRun(T, Job),
    /// Run the job, then ask again.
    Run(Job),
    /// Somebody runs it: ask again when a job ends.
    Wait,
}

impl Connection {
    /// Knows nothing yet.
    ///
    /// # Errors
    /// [`Reason::InputTooLong`] for values that the authority would refuse without saying why (AUTH-086).
    pub fn new(app: impl Into<App>, entropy: Entropy) -> Result<Self, Error> {
        let mut app: App = app.into();
        let mut token = Slot::default();
        let mut generation = 0;
        match &app.credential {
            Credential::Service {
                client_id,
                secret,
                scopes,
            } => {
                app.options
                    .input_limits
                    .check(&app.wire_client_id(client_id)?, secret, scopes)?;
            }
            // There from the start and for good: whether it has ended is for the server to say (AUTH-238).
            Credential::Reference {
                token: given,
                header,
                scopes,
            } => {
                generation = 1;
                let value = ApiToken {
                    value: TokenValue::Reference(given.clone(), *header),
                    scopes: scopes.clone(),
                    requested: ScopeSet::empty(),
                    generation,
                    expires: given.expires(),
                };
                token.succeed(
                    Arc::new(value),
                    Duration::MAX,
                    Duration::MAX,
                    Duration::ZERO,
                );
            }
        }
        if let Some(root) = &app.options.odata_root {
            let checked = OriginRules::default().check(root.as_str(), &app.instance);
            let root = checked.map_err(|why| Error::config(format!("odata root: {why}")))?;
            app.options.odata_root = Some(with_slash(root));
        }
        let pinned = app.options.identity_origin.clone();
        Ok(Self {
            app: Arc::new(app),
            seed: entropy.into_seed(),
            sites: Slot::default(),
            provider: Slot::default(),
            keys: Slot::default(),
            token,
            rules: None,
            asked: None,
            path: DiscoveryPath::default(),
            pinned,
            clock: None,
            refetch: RefetchLimiter::default(),
            refetching: false,
            jobs: 0,
            generation,
            refused: None,
        })
    }

    /// The application.
    #[must_use]
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// The sites of the instance.
    ///
    /// # Errors
    /// The failure of the last look, until it is time for the next.
    pub fn sites(&mut self, now: Now) -> Result<Next<Arc<SiteDirectory>>, Error> {
        match self.sites.ask(now.mono) {
            Ask::Ready(sites) => Ok(Next::Ready(sites)),
            Ask::ReadyButDue(sites) => Ok(Next::ReadyAndRun(sites, self.locate()?)),
            Ask::Absent => Ok(Next::Run(self.locate()?)),
            Ask::Wait => Ok(Next::Wait),
            Ask::Failed(error) => Err(error),
        }
    }

    /// The root of the Domain API.
    ///
    /// # Errors
    /// Those of the site directory: not configured, not working, an unusable URL.
    pub fn odata_root(&mut self, now: Now) -> Result<Next<Url>, Error> {
        if let Some(root) = &self.app.options.odata_root {
            return Ok(Next::Ready(root.clone()));
        }
        let root = self.sites(now)?.try_map(|sites| sites.odata_root());
        root.map_err(|error| self.unusable_sites(error, now))
    }

    /// The metadata of the instance's authority.
    ///
    /// # Errors
    /// The failure of the last look, until it is time for the next; [`Reason::IdentityMoved`].
    pub fn provider(&mut self, now: Now) -> Result<Next<Arc<ProviderMetadata>>, Error> {
        match self.provider.ask(now.mono) {
            Ask::Ready(provider) => Ok(Next::Ready(provider)),
            Ask::Wait => Ok(Next::Wait),
            Ask::Failed(error) => Err(error),
            Ask::ReadyButDue(provider) => match self.authority(now) {
                Ok(Next::Ready(authority)) => {
                    Ok(Next::ReadyAndRun(provider, self.discover(&authority)?))
                }
                Ok(Next::ReadyAndRun(_, job) | Next::Run(job)) => {
                    Ok(Next::ReadyAndRun(provider, job))
                }
                Ok(Next::Wait) => Ok(Next::Ready(provider)),
                // Known metadata outlives a failing look at the sites, but not a moved identity service.
                Err(error) if matches!(error.reason(), Reason::IdentityMoved { .. }) => Err(error),
                Err(_) => Ok(Next::Ready(provider)),
            },
            Ask::Absent => match self.authority(now)? {
                Next::Ready(authority) => Ok(Next::Run(self.discover(&authority)?)),
                Next::ReadyAndRun(_, job) | Next::Run(job) => Ok(Next::Run(job)),
                Next::Wait => Ok(Next::Wait),
            },
        }
    }

    /// The current token, obtained when there is none, renewed before it ends.
    ///
    /// # Errors
    /// Why there is none: of the last token request, or of what has to be known before it.
    pub fn authorization(&mut self, now: Now) -> Result<Next<Arc<ApiToken>>, Error> {
        let held = match self.token.ask(now.mono) {
            Ask::Ready(token) => return Ok(Next::Ready(token)),
            Ask::Wait => return Ok(Next::Wait),
            Ask::Failed(error) => return Err(error),
            Ask::ReadyButDue(token) => Some(token),
            Ask::Absent => None,
        };
        let step = match self.provider(now) {
            Ok(Next::Ready(provider)) => Ok(Some(self.request_token(&provider)?)),
            Ok(Next::ReadyAndRun(_, job) | Next::Run(job)) => Ok(Some(job)),
            Ok(Next::Wait) => Ok(None),
            Err(error) => Err(error),
        };
        match (held, step) {
            (Some(token), Ok(Some(job))) => Ok(Next::ReadyAndRun(token, job)),
            // A failing renewal never takes a good token away.
            (Some(token), Ok(None) | Err(_)) => Ok(Next::Ready(token)),
            (None, Ok(Some(job))) => Ok(Next::Run(job)),
            (None, Ok(None)) => Ok(Next::Wait),
            (None, Err(error)) => Err(error),
        }
    }

    /// A job ended. Everyone who waited asks again.
    pub fn finish(&mut self, id: JobId, outcome: Result<Finished, Error>, now: Now) {
        let mono = now.mono;
        let finished = match outcome {
            Ok(finished) => finished,
            Err(error) => {
                let error = self.told(error);
                return self.failed(id, &error, mono);
            }
        };
        if finished.clock.is_some() {
            self.clock = finished.clock;
        }
        let options = &self.app.options;
        let kept = mono.saturating_add(options.max_age);
        let looked = mono.saturating_add(options.metadata_ttl);
        match finished.result {
            Brought::Sites(located) if self.sites.is_flown_by(id) => {
                self.path = located.path;
                let due = mono.saturating_add(options.sites_ttl);
                self.sites
                    .succeed(Arc::new(located.directory), due, kept, mono);
            }
            Brought::Provider(metadata) if self.provider.is_flown_by(id) => {
                if let Some(authority) = self.asked.take() {
                    // Pinned once it has answered as the issuer that it should be, not before.
                    self.pinned = origin_of(&authority).ok();
                    self.rules = Some(Arc::new(self.rules_for(&authority)));
                }
                self.provider
                    .succeed(Arc::from(metadata), looked, kept, mono);
            }
            Brought::Keys(keys) if self.keys.is_flown_by(id) => {
                if std::mem::take(&mut self.refetching) {
                    self.refetch.refetched(mono);
                }
                self.keys.succeed(Arc::new(keys), looked, kept, mono);
            }
            Brought::Token(tokens) if self.token.is_flown_by(id) => {
                self.obtained(tokens, finished.sent, now);
            }
            // A job that was given up meanwhile.
            _ => {}
        }
    }

    /// A call, ready to be driven: root and token are known.
    ///
    /// # Errors
    /// Why one of them is not, or [`Reason::PathRefused`].
    pub fn call(
        &mut self,
        request: &ApiRequest,
        now: Now,
    ) -> Result<Next<RoundTrip<ApiCall>>, Error> {
        let (token, job) = match self.authorization(now)? {
            Next::Ready(token) => (token, None),
            Next::ReadyAndRun(token, job) => (token, Some(job)),
            Next::Run(job) => return Ok(Next::Run(job)),
            Next::Wait => return Ok(Next::Wait),
        };
        let root = match job {
            None => self.odata_root(now)?,
            // One job at a time: the site list is looked at by a later call, the last one serves.
            Some(job) => match self.last_odata_root() {
                Some(root) => Next::ReadyAndRun(root, job),
                None => return Ok(Next::Run(job)),
            },
        };
        let options = &self.app.options;
        let trip = root.try_map(|root| {
            let call = ApiCall::new(request.clone(), &root, token, options, now.wall)?;
            Ok(RoundTrip::new(call, options.retry, self.seed))
        });
        trip.map_err(|error| self.told(error))
    }

    /// Judges how a call ended: whether it is made once more, and what its end says about token and sites.
    ///
    /// A refused token (401) is dropped and the call repeated once, which is safe for any method because nothing was
    /// executed (AUTH-267); once in [`REFUSAL_PAUSE`], for all callers together. A site that did not answer as it should
    /// has the list looked at before the next call (AUTH-027, AUTH-038).
    ///
    /// # Errors
    /// The call's own error, when it is final.
    pub fn after_call<T>(
        &mut self,
        token: &ApiToken,
        outcome: Result<T, Error>,
        attempt: u32,
        now: Now,
    ) -> Result<Option<T>, Error> {
        let error = match outcome {
            Ok(value) => return Ok(Some(value)),
            Err(error) => error,
        };
        match error.reason() {
            Reason::Unauthorized => {
                let held = self.token.last().map(|held| held.generation);
                let pausing = self
                    .refused
                    .is_some_and(|last| now.mono < last.saturating_add(REFUSAL_PAUSE));
                if held == Some(token.generation) && !pausing {
                    self.token.drop_value();
                    self.refused = Some(now.mono);
                }
                // Somebody may have renewed it meanwhile: then that one is tried.
                if attempt == 1 && (held != Some(token.generation) || !pausing) {
                    return Ok(None);
                }
            }
            // Something else answers there: the list is wrong.
            Reason::NotJson { .. } | Reason::Status { status: 404, .. } => {
                self.sites.drop_value();
            }
            // Nothing answers there: the list may be wrong.
            Reason::Transport(_) | Reason::OutcomeUnknown(_) => self.sites.make_due(now.mono),
            _ => {}
        }
        Err(self.told(error))
    }

    /// Starts over with the token, for example after the record was changed: a request that is under way comes to
    /// nothing, and so does a pause after a failure. A reference token stays: there is no other.
    pub fn forget_token(&mut self) {
        if matches!(self.app.credential, Credential::Service { .. }) {
            self.token.reset();
        }
    }

    /// The scopes that were requested and not granted with the current token (AUTH-143).
    #[must_use]
    pub fn withheld(&self) -> ScopeSet {
        self.token
            .last()
            .map_or_else(ScopeSet::empty, |token| token.withheld())
    }

    /// What a health endpoint may show.
    #[must_use]
    pub fn snapshot(&self, now: Now) -> Snapshot {
        let token = match self.token.ask(now.mono) {
            Ask::Ready(token) | Ask::ReadyButDue(token) => Some(token),
            _ => None,
        };
        Snapshot {
            issuer: self.provider.last().map(|provider| provider.issuer.clone()),
            keys: self.keys.last().map_or(0, |keys| keys.len()),
            granted: token.as_ref().and_then(|token| token.scopes.clone()),
            expires: token.as_ref().and_then(|token| token.expires),
            clock_offset_ms: self.clock.map(|clock| clock.offset_ms(now)),
            failing: self.token.failing(now.mono).map(ToString::to_string),
        }
    }

    /// The authority: as configured, or as the instance lists it, on the origin that was pinned.
    fn authority(&mut self, now: Now) -> Result<Next<InstanceAuthority>, Error> {
        let instance = &self.app.instance;
        if let Some(url) = &self.app.options.authority {
            let authority = InstanceAuthority::at(instance.clone(), url);
            return authority
                .map(Next::Ready)
                .map_err(|error| Error::config(format!("authority: {error}")));
        }
        let pinned = self.pinned.clone();
        let listed = self.sites(now)?.try_map(|sites| {
            let authority = sites.authority()?;
            let found = origin_of(&authority)?;
            match pinned {
                Some(pinned) if pinned != found => Err(Reason::IdentityMoved {
                    pinned: pinned.to_string(),
                    found: found.to_string(),
                }
                .into()),
                _ => Ok(authority),
            }
        });
        listed.map_err(|error| self.unusable_sites(error, now))
    }

    /// A list that names no usable site is looked at again soon: somebody may be repairing it.
    fn unusable_sites(&mut self, error: Error, now: Now) -> Error {
        self.sites.make_due(now.mono.saturating_add(LOOK_AGAIN));
        self.told(error)
    }

    fn last_odata_root(&self) -> Option<Url> {
        let configured = self.app.options.odata_root.clone();
        configured.or_else(|| self.sites.last()?.odata_root().ok())
    }

    fn locate(&mut self) -> Result<Job, Error> {
        let (options, instance) = (&self.app.options, &self.app.instance);
        let flow = LocateSites::new(
            instance,
            &options.origins,
            self.path,
            options.retry,
            options.deadline,
            self.seed,
        )?;
        let job = self.job(Work::Sites(Box::new(flow)));
        self.sites.begin(&job.flight);
        Ok(job)
    }

    fn discover(&mut self, authority: &InstanceAuthority) -> Result<Job, Error> {
        let options = &self.app.options;
        let exchange = Discovery::new(
            authority.issuer(),
            options.endpoints.clone(),
            options.deadline,
        )?;
        self.asked = Some(authority.clone());
        let job = self.job(Work::Provider(Box::new(self.trip(exchange))));
        self.provider.begin(&job.flight);
        Ok(job)
    }

    fn rules_for(&self, authority: &InstanceAuthority) -> AccessTokenRules {
        let options = &self.app.options;
        let mut rules = AccessTokenRules::new(authority).tolerance(options.tolerance);
        if options.legacy_audience {
            rules = rules.allow_legacy_audience();
        }
        if options.insecure_plain_jwt_type {
            rules = rules.insecure_allow_plain_jwt_type();
        }
        rules
    }

    fn request_token(&mut self, provider: &ProviderMetadata) -> Result<Job, Error> {
        let app = &self.app;
        let Credential::Service {
            client_id,
            secret,
            scopes,
        } = &app.credential
        else {
            return Err(Error::config(
                "a reference token cannot be asked for: it is issued by hand",
            ));
        };
        let exchange = ClientCredentials::new(
            provider.token_endpoint.clone(),
            app.wire_client_id(client_id)?,
            secret.clone(),
            scopes.clone(),
            app.options.deadline,
        );
        let job = self.job(Work::Token(Box::new(self.trip(exchange))));
        self.token.begin(&job.flight);
        Ok(job)
    }

    fn obtained(&mut self, tokens: TokenSet, sent: Now, now: Now) {
        match self.accept(tokens, sent, now) {
            Ok((token, life)) => {
                self.token.succeed(
                    Arc::new(token),
                    life.refresh_from,
                    life.serve_until,
                    now.mono,
                );
            }
            Err(error) => self.token.fail(self.told(error), now.mono),
        }
    }

    /// Looks at a new token before it is used: is it for this instance and this application, and how long will it live?
    fn accept(
        &mut self,
        tokens: TokenSet,
        sent: Now,
        now: Now,
    ) -> Result<(ApiToken, Lifetime), Error> {
        let Credential::Service {
            client_id, scopes, ..
        } = &self.app.credential
        else {
            return Err(Reason::Driver("a token came that nobody asked for").into());
        };
        let issuer = self
            .provider
            .last()
            .map(|provider| provider.issuer.as_str())
            .unwrap_or_default();
        let authority = InstanceAuthority::at(self.app.instance.clone(), issuer)
            .map_err(|error| Error::config(format!("authority: {error}")))?;
        let wire_id = self.app.wire_client_id(client_id)?;
        let stated = stated_times(&tokens.access_token, &authority, Some(&wire_id))?;
        let life = Lifetime::of(
            tokens.expires_in,
            stated,
            self.clock,
            sent,
            self.app.options.renewal,
        );
        if life.serve_until <= now.mono {
            let why = "is over before the answer arrived".to_owned();
            return Err(Reason::TokenResponseInvalid {
                member: "expires_in",
                why,
            }
            .into());
        }
        self.generation += 1;
        let token = ApiToken {
            value: TokenValue::Service(tokens.access_token),
            scopes: Some(tokens.scopes),
            requested: scopes.as_set().clone(),
            generation: self.generation,
            expires: Some(now.wall.after(life.ends.saturating_sub(now.mono))),
        };
        Ok((token, life))
    }

    fn failed(&mut self, id: JobId, error: &Error, mono: Duration) {
        if self.sites.is_flown_by(id) {
            self.sites.fail(error.clone(), mono);
        } else if self.provider.is_flown_by(id) {
            self.provider.fail(error.clone(), mono);
        } else if self.keys.is_flown_by(id) {
            self.refetching = false;
            self.keys.fail(error.clone(), mono);
        } else if self.token.is_flown_by(id) {
            self.token.fail(error.clone(), mono);
        }
    }

    pub(super) fn trip<E: crate::flow::Exchange>(&self, exchange: E) -> RoundTrip<E> {
        RoundTrip::new(exchange, self.app.options.retry, self.seed)
    }

    pub(super) fn job(&mut self, work: Work) -> Job {
        self.jobs += 1;
        Job {
            flight: Flight::new(JobId(self.jobs)),
            work,
        }
    }

    /// Adds who and where to an error.
    pub(super) fn told(&self, error: Error) -> Error {
        error.of(&self.app.instance, self.app.client_id())
    }
}

impl<T> Next<T> {
    pub(super) fn try_map<U>(
        self,
        f: impl FnOnce(T) -> Result<U, Error>,
    ) -> Result<Next<U>, Error> {
        Ok(match self {
            Self::Ready(value) => Next::Ready(f(value)?),
            // What is due anyway may be the cause: look again before giving up.
            Self::ReadyAndRun(value, job) => match f(value) {
                Ok(value) => Next::ReadyAndRun(value, job),
                Err(_) => Next::Run(job),
            },
            Self::Run(job) => Next::Run(job),
            Self::Wait => Next::Wait,
        })
    }
}

fn origin_of(authority: &InstanceAuthority) -> Result<Origin, Error> {
    let url =
        Url::parse(authority.issuer()).map_err(|_| Error::config("the authority is no URL"))?;
    Ok(Origin::of(&url))
}
