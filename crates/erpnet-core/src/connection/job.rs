//! The work that a connection hands out: one flow each, carried out by whoever asked first.

use super::slot::Flight;
use crate::error::Error;
use crate::flow::{BodyPlan, Event, Flow, RoundTrip, Step};
use crate::jose::KeySet;
use crate::keys::FetchKeys;
use crate::provider::{Discovery, ProviderMetadata};
use crate::session::{RenewSession, Renewed};
use crate::site::{LocateSites, Located};
use crate::time::{Now, ServerClock};
use crate::token::{ClientCredentials, TokenSet};

/// Names one job of one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct JobId(pub(super) u64);

/// A piece of work: drive it to its end, then give the outcome to [`Connection::finish`](super::Connection::finish).
#[derive(Debug)]
#[must_use = "others wait for this job"]
pub struct Job {
    pub(super) flight: Flight,
    pub(super) work: Work,
}

#[derive(Debug)]
pub(super) enum Work {
    Sites(Box<LocateSites>),
    Provider(Box<RoundTrip<Discovery>>),
    Keys(Box<RoundTrip<FetchKeys>>),
    Token(Box<RoundTrip<ClientCredentials>>),
    Session(Box<RenewSession>),
}

/// What a job brought.
#[derive(Debug)]
pub struct Finished {
    pub(super) result: Brought,
    pub(super) clock: Option<ServerClock>,
    pub(super) sent: Now,
}

#[derive(Debug)]
pub(super) enum Brought {
    Sites(Box<Located>),
    Provider(Box<ProviderMetadata>),
    Keys(KeySet),
    Token(TokenSet),
    Session(Box<Renewed>),
}

impl Job {
    /// What it brings, for logs: `sites`, `metadata`, `keys` or `token`.
    #[must_use]
    pub fn brings(&self) -> &'static str {
        match self.work {
            Work::Sites(_) => "sites",
            Work::Provider(_) => "metadata",
            Work::Keys(_) => "keys",
            Work::Token(_) | Work::Session(_) => "token",
        }
    }

    /// Its name, for [`Connection::finish`](super::Connection::finish).
    #[must_use]
    pub fn id(&self) -> JobId {
        self.flight.id()
    }
}

impl Flow for Job {
    type Output = Finished;

    fn poll(&mut self, now: Now) -> Result<Step<Finished>, Error> {
        let finished = |result, clock, sent: Option<Now>| Finished {
            result,
            clock,
            sent: sent.unwrap_or(now),
        };
        Ok(match &mut self.work {
            // The site list comes from the application server: its clock is not the authority's.
            Work::Sites(flow) => flow
                .poll(now)?
                .map(|located| finished(Brought::Sites(Box::new(located)), None, None)),
            Work::Provider(trip) => trip.poll(now)?.map(|metadata| {
                finished(Brought::Provider(Box::new(metadata)), trip.clock(), None)
            }),
            Work::Keys(trip) => trip
                .poll(now)?
                .map(|keys| finished(Brought::Keys(keys), trip.clock(), None)),
            Work::Token(trip) => trip
                .poll(now)?
                .map(|tokens| finished(Brought::Token(tokens), trip.clock(), trip.sent_at())),
            Work::Session(flow) => flow.poll(now)?.map(|renewed| {
                let (clock, sent) = (renewed.clock, renewed.sent);
                finished(Brought::Session(Box::new(renewed)), clock, sent)
            }),
        })
    }

    fn head(&mut self, head: &http::response::Parts, now: Now) -> BodyPlan {
        match &mut self.work {
            Work::Sites(flow) => flow.head(head, now),
            Work::Provider(trip) => trip.head(head, now),
            Work::Keys(trip) => trip.head(head, now),
            Work::Token(trip) => trip.head(head, now),
            Work::Session(flow) => flow.head(head, now),
        }
    }

    fn handle(&mut self, event: Event, now: Now) {
        match &mut self.work {
            Work::Sites(flow) => flow.handle(event, now),
            Work::Provider(trip) => trip.handle(event, now),
            Work::Keys(trip) => trip.handle(event, now),
            Work::Token(trip) => trip.handle(event, now),
            Work::Session(flow) => flow.handle(event, now),
        }
    }
}
