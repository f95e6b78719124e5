//! Where things are: the sites of the instance, and what its authority offers.

use std::sync::Arc;
use std::time::Duration;

use erpnet_types::{Authority, Instance, InstanceAuthority};
use url::Url;

use super::job::{Job, Work};
use super::machine::{Connection, Next};
use super::slot::Ask;
use crate::api::ApiSite;
use crate::error::{Error, Reason};
use crate::provider::{Discovery, ProviderMetadata};
use crate::sign_in::Home;
use crate::site::{LocateSites, Origin, SiteDirectory};
use crate::time::Now;
use crate::token::AccessTokenRules;

/// How soon a site list without a usable entry is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

impl Connection {
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

    /// The root of a site that calls go to.
    pub(super) fn root_of(&mut self, site: ApiSite, now: Now) -> Result<Next<Url>, Error> {
        match site {
            ApiSite::DomainApi => self.odata_root(now),
            ApiSite::Profile => {
                let root = self.sites(now)?.try_map(|sites| sites.profile_root());
                root.map_err(|error| self.unusable_sites(error, now))
            }
        }
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

    /// The authority: as configured, or as the instance lists it, on the origin that was pinned.
    fn authority(&mut self, now: Now) -> Result<Next<Authority>, Error> {
        let instance = match &self.app.home {
            Home::Instance(instance) => instance,
            Home::Global(authority) => {
                return Ok(Next::Ready(Authority::Global(authority.clone())));
            }
        };
        if let Some(url) = &self.app.options.authority {
            let authority = InstanceAuthority::at(instance.clone(), url);
            return authority
                .map(|authority| Next::Ready(Authority::Instance(authority)))
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
                _ => Ok(Authority::Instance(authority)),
            }
        });
        listed.map_err(|error| self.unusable_sites(error, now))
    }

    /// A list that names no usable site is looked at again soon: somebody may be repairing it.
    fn unusable_sites(&mut self, error: Error, now: Now) -> Error {
        self.sites.make_due(now.mono.saturating_add(LOOK_AGAIN));
        self.told(error)
    }

    /// The root that was known last.
    pub(super) fn last_root_of(&self, site: ApiSite) -> Option<Url> {
        let last = || self.sites.last();
        match site {
            ApiSite::DomainApi => {
                let configured = self.app.options.odata_root.clone();
                configured.or_else(|| last()?.odata_root().ok())
            }
            ApiSite::Profile => last()?.profile_root().ok(),
        }
    }

    fn locate(&mut self) -> Result<Job, Error> {
        let (options, instance) = (&self.app.options, self.home_instance()?);
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

    /// The instance, where sites and APIs are: the global authority has none (AUTH-040).
    pub(super) fn home_instance(&self) -> Result<&Instance, Error> {
        let none = || Error::config("the global authority has no sites and no APIs");
        self.app.home.instance().ok_or_else(none)
    }

    fn discover(&mut self, authority: &Authority) -> Result<Job, Error> {
        let options = &self.app.options;
        let exchange = Discovery::new(
            authority.issuer(),
            options.endpoints.clone(),
            options.deadline,
        )?
        .with_algorithms(options.signatures.algorithms);
        self.asked = Some(authority.clone());
        let job = self.job(Work::Provider(Box::new(self.trip(exchange))));
        self.provider.begin(&job.flight);
        Ok(job)
    }

    pub(super) fn rules_for(&self, authority: &InstanceAuthority) -> AccessTokenRules {
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
}

pub(super) fn origin_of(authority: &InstanceAuthority) -> Result<Origin, Error> {
    let url =
        Url::parse(authority.issuer()).map_err(|_| Error::config("the authority is no URL"))?;
    Ok(Origin::of(&url))
}
