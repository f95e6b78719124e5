//! The listener's thread: one loop over sockets that never block, so that nobody who stalls can hold up the others and
//! stopping takes no longer than one round.

use std::collections::VecDeque;
use std::net::TcpListener;
use std::time::Duration;

use erpnet_core::Reason;
use erpnet_core::sign_in::Callback;

use super::connection::{Connection, Progress};
use super::slot::Slot;
use crate::clock::system_now;

/// The most connections at once. A browser opens a few ahead; more than these are not honest.
pub(super) const MAX_CONNECTIONS: usize = 16;

/// How long a connection is safe from being dropped for a newer one.
const GRACE: Duration = Duration::from_millis(200);

/// How long the loop rests when nothing happens: what a request waits at most before it is looked at.
const REST: Duration = Duration::from_millis(10);

/// How often a connection may go on during the last round.
const LAST_STEPS: usize = 64;

/// The time limits of a connection.
#[derive(Clone, Copy)]
pub(super) struct Times {
    /// For the whole request to arrive.
    pub(super) request: Duration,
    /// For the answer to leave.
    pub(super) answer: Duration,
    /// For the peer to close after an answer that came before its request ended.
    pub(super) close: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            request: Duration::from_secs(5),
            answer: Duration::from_secs(2),
            close: Duration::from_secs(1),
        }
    }
}

/// Serves until the slot has its outcome.
pub(super) fn serve(listeners: Vec<TcpListener>, slot: &Slot, times: Times) {
    let _last = Last(slot);
    let mut connections = VecDeque::new();
    while slot.is_waiting() {
        let mut busy = accept(&listeners, &mut connections, times);
        let mut callback = None;
        connections.retain_mut(
            |connection| match connection.go_on(slot, system_now().mono) {
                Progress::None => true,
                Progress::Some => {
                    busy = true;
                    true
                }
                Progress::Ended(found) => {
                    callback = callback.take().or(found);
                    false
                }
            },
        );
        if let Some(callback) = callback {
            last_round(&listeners, &mut connections, times, slot);
            // The port is free before anybody learns of the callback.
            drop((listeners, connections));
            slot.finish(Ok(callback));
            return;
        }
        if !busy {
            slot.pause(REST);
        }
    }
}

/// Takes what waits to be accepted. Where there is no room, the oldest connection goes.
fn accept(listeners: &[TcpListener], connections: &mut VecDeque<Connection>, times: Times) -> bool {
    let mut any = false;
    for listener in listeners {
        for _ in 0..MAX_CONNECTIONS {
            let now = system_now().mono;
            let full = connections.len() >= MAX_CONNECTIONS;
            // Even the oldest is new: the next one waits.
            if full && connections.front().is_some_and(|c| c.age(now) < GRACE) {
                return any;
            }
            // Whatever the error is, the next round tries again.
            let Ok((stream, _)) = listener.accept() else {
                break;
            };
            if full {
                connections.pop_front();
            }
            if let Some(connection) = Connection::new(stream, now, times) {
                connections.push_back(connection);
                any = true;
            }
        }
    }
    any
}

/// Answers those whose request is here already: a browser that sent the callback twice shows the second answer.
fn last_round(
    listeners: &[TcpListener],
    connections: &mut VecDeque<Connection>,
    times: Times,
    slot: &Slot,
) {
    accept(listeners, connections, times);
    for connection in connections {
        for _ in 0..LAST_STEPS {
            if !matches!(connection.go_on(slot, system_now().mono), Progress::Some) {
                break;
            }
        }
    }
}

/// Whoever waits is told even if the thread ends otherwise.
struct Last<'a>(&'a Slot);

impl Drop for Last<'_> {
    fn drop(&mut self) {
        self.0.finish(Err(Reason::Abandoned.into()));
    }
}

/// The callback of a connection that is done, if it was the awaited one.
pub(super) type Found = Option<Callback>;
