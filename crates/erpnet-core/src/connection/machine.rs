//! The state behind a client, and every decision about it.

use std::sync::Arc;
use std::time::Duration;

use erpnet_types::{Authority, ClientId, Instance, ScopeSet};

use super::api_token::{ApiToken, TokenValue};
use super::app::{App, Credential, Options};
use super::discovery::origin_of;
use super::job::{Brought, Finished, Job, JobId, Work};
use super::keys::RefetchLimiter;
use super::licence::LicenceModel;
use super::party::{Party, Role};
use super::slot::{Ask, Flight, Slot};
use super::snapshot::Snapshot;
use crate::entropy::Entropy;
use crate::error::Error;
use crate::flow::{Generation, RoundTrip};
use crate::jose::KeySet;
use crate::provider::ProviderMetadata;
use crate::site::{DiscoveryPath, Origin, OriginRules, SiteDirectory, with_slash};
use crate::time::{Now, ServerClock};
use crate::token::{AccessTokenRules, VerifiedTokens};

/// Everything that is known, and what is under way to know more.
#[derive(Debug)]
pub struct Connection {
    pub(super) app: Arc<Party>,
    pub(super) seed: u64,
    pub(super) sites: Slot<Arc<SiteDirectory>>,
    pub(super) provider: Slot<Arc<ProviderMetadata>>,
    pub(super) keys: Slot<Arc<KeySet>>,
    pub(super) token: Slot<Arc<ApiToken>>,
    pub(super) rules: Option<Arc<AccessTokenRules>>,
    /// The authority whose metadata are being read.
    pub(super) asked: Option<Authority>,
    pub(super) path: DiscoveryPath,
    pub(super) pinned: Option<Origin>,
    pub(super) clock: Option<ServerClock>,
    pub(super) refetch: RefetchLimiter,
    pub(super) refetching: bool,
    pub(super) verified: VerifiedTokens,
    jobs: u64,
    pub(super) generation: u64,
    /// When a refusal last led to a renewal.
    pub(super) refused: Option<Duration>,
    /// Which writing of the user's session the last token came from.
    pub(super) seen: Option<Generation>,
    pub(super) licences: LicenceModel,
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
    /// [`Reason::InputTooLong`](crate::Reason::InputTooLong) for values that the authority would refuse without saying why (AUTH-086).
    pub fn new(app: impl Into<App>, entropy: Entropy) -> Result<Self, Error> {
        let app: App = app.into();
        Self::of(app.into(), entropy)
    }

    pub(super) fn of(mut app: Party, entropy: Entropy) -> Result<Self, Error> {
        app.check_input()?;
        let mut token = Slot::default();
        let mut generation = 0;
        // There from the start and for good: whether it has ended is for the server to say (AUTH-238).
        if let Role::Calls(Credential::Reference {
            token: given,
            header,
            scopes,
        }) = &app.role
        {
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
        if let (Some(root), Some(instance)) = (&app.options.odata_root, app.home.instance()) {
            let checked = OriginRules::default().check(root.as_str(), instance);
            let root = checked.map_err(|why| Error::config(format!("odata root: {why}")))?;
            app.options.odata_root = Some(with_slash(root));
        }
        let pinned = app.options.identity_origin.clone();
        let licences = LicenceModel::new(app.options.sessions);
        let (seed, key) = entropy.into_parts();
        let verified = VerifiedTokens::new(app.options.verified_tokens, key);
        Ok(Self {
            app: Arc::new(app),
            seed,
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
            verified,
            jobs: 0,
            generation,
            refused: None,
            seen: None,
            licences,
        })
    }

    /// The instance; none for an application of the global authority.
    #[must_use]
    pub fn instance(&self) -> Option<&Instance> {
        self.app.home.instance()
    }

    /// The application's id; a reference token is used without one (AUTH-237).
    #[must_use]
    pub fn client_id(&self) -> Option<&ClientId> {
        self.app.client_id()
    }

    /// The options.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.app.options
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
                if let Some(Authority::Instance(authority)) = self.asked.take() {
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
                let keys = self.kept_or_new(keys);
                self.keys.succeed(keys, looked, kept, mono);
            }
            Brought::Token(tokens) if self.token.is_flown_by(id) => {
                self.obtained(tokens, finished.sent, now);
            }
            Brought::Session(renewed) if self.token.is_flown_by(id) => {
                self.resumed(*renewed, now);
            }
            // A job that was given up meanwhile.
            _ => {}
        }
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
            sign_in_ends: token.as_ref().and_then(|token| token.sign_in_ends()),
            clock_offset_ms: self.clock.map(|clock| clock.offset_ms(now)),
            failing: self.token.failing(now.mono).map(ToString::to_string),
            licence: self.licence_view(now),
        }
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
        error.of(self.app.home.instance(), self.app.client_id())
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
