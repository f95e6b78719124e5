//! Idle connections, a few per origin.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use erpnet_client::TransportError;
use http_body_util::Full;
use hyper::client::conn::http1::SendRequest;

use crate::connect::{Connector, Target};

/// The most idle connections that are kept for one origin.
const MAX_IDLE_PER_ORIGIN: usize = 8;

/// How long an idle connection is kept: shorter than what lies between forgets it.
const MAX_IDLE: Duration = Duration::from_secs(30);

/// The most origins that idle connections are kept for.
const MAX_ORIGINS: usize = 64;

pub(crate) type Sender = SendRequest<Full<Bytes>>;

pub(crate) struct Pool {
    connector: Connector,
    idle: Mutex<HashMap<Target, Vec<(Instant, Sender)>>>,
}

impl Pool {
    pub(crate) fn new(connector: Connector) -> Self {
        Self {
            connector,
            idle: Mutex::default(),
        }
    }

    /// An idle connection that was still open a moment ago.
    pub(crate) fn idle(&self, target: &Target) -> Option<Sender> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let senders = idle.get_mut(&target.origin())?;
        let fresh = |since: &Instant, sender: &Sender| {
            since.elapsed() < MAX_IDLE && !sender.is_closed() && sender.is_ready()
        };
        std::iter::from_fn(|| senders.pop())
            .find(|(since, sender)| fresh(since, sender))
            .map(|(_, sender)| sender)
    }

    pub(crate) async fn connect(&self, target: &Target) -> Result<Sender, TransportError> {
        self.connector.connect(target).await
    }

    /// Keeps a connection whose response has been read to its end.
    pub(crate) fn give_back(&self, target: Target, sender: Sender) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if sender.is_closed() || (idle.len() >= MAX_ORIGINS && !idle.contains_key(&target.origin()))
        {
            return;
        }
        let senders = idle.entry(target.origin()).or_default();
        if senders.len() < MAX_IDLE_PER_ORIGIN {
            senders.push((Instant::now(), sender));
        }
    }
}
