//! The listener of a desktop program or a script: std sockets and one thread, so that it serves the blocking and the async
//! client alike. What it answers is decided in [`erpnet_core::sign_in::loopback`].

mod connection;
mod serve;
mod slot;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io::{Error as IoError, ErrorKind as IoErrorKind};
use std::net::{SocketAddr, TcpListener};
use std::slice;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use erpnet_core::sign_in::loopback::LoopbackJudge;
use erpnet_core::sign_in::{Callback, LoopbackFault, LoopbackRedirect};
use erpnet_core::{Error, Reason};
use event_listener::Listener;

use self::serve::{Times, serve};
use self::slot::Slot;
use crate::race;
use crate::runtime::Runtime;

/// The first free one of the application's registered loopback redirects: held, not yet answering.
///
/// The authorization request has to name the redirect that is really listened on, so this comes first, and
/// [`LoopbackSocket::listen`] with the request's `state` after it.
pub struct LoopbackSocket {
    redirect: LoopbackRedirect,
    listeners: Vec<TcpListener>,
}

impl LoopbackSocket {
    /// Takes the first redirect whose port is free, in the order given. No port is tried that is not registered
    /// (AUTH-106).
    ///
    /// # Errors
    /// [`LoopbackFault::PortTaken`] when every port is in use, [`LoopbackFault::CannotListen`] when the system refuses
    /// otherwise.
    pub fn bind(redirects: &[LoopbackRedirect]) -> Result<Self, Error> {
        let (mut taken, mut refused) = (Vec::new(), None);
        for redirect in redirects {
            match listen_on(redirect) {
                Ok(listeners) => {
                    return Ok(Self {
                        redirect: redirect.clone(),
                        listeners,
                    });
                }
                Err((address, error)) if error.kind() == IoErrorKind::AddrInUse => {
                    taken.push(address.to_string());
                }
                Err((address, error)) => {
                    let why = error.to_string();
                    refused.get_or_insert(LoopbackFault::cannot_listen(address.to_string(), &why));
                }
            }
        }
        Err(match refused {
            Some(fault) => fault.into(),
            None if taken.is_empty() => Error::config(
                "expected at least one loopback redirect, found none: register one in `ImpersonateLoginUrl`, for example \
                 `http://127.0.0.1:8400/callback` (AUTH-105)",
            ),
            None => LoopbackFault::PortTaken {
                ports: taken.join(", "),
            }
            .into(),
        })
    }

    /// The redirect that was free: the one to name in the authorization request.
    #[must_use]
    pub fn redirect(&self) -> &LoopbackRedirect {
        &self.redirect
    }

    /// Starts to answer, and to wait for the callback with this `state`.
    ///
    /// # Errors
    /// [`LoopbackFault::CannotListen`] when no thread can be started.
    pub fn listen(self, expected_state: &str) -> Result<LoopbackListener, Error> {
        self.listen_for(expected_state, Times::default())
    }

    fn listen_for(self, expected_state: &str, times: Times) -> Result<LoopbackListener, Error> {
        let Self {
            redirect,
            listeners,
        } = self;
        let slot = Arc::new(Slot::new(LoopbackJudge::new(
            redirect.clone(),
            expected_state,
        )));
        let thread = thread::Builder::new()
            .name(format!("erpnet-lb-{}", redirect.port()))
            .spawn({
                let slot = Arc::clone(&slot);
                move || serve(listeners, &slot, times)
            })
            .map_err(|error| LoopbackFault::cannot_listen(redirect.as_str(), &error.to_string()))?;
        Ok(LoopbackListener {
            redirect,
            slot,
            thread: Some(thread),
        })
    }
}

/// Binds the redirect's addresses. Of two, the IPv6 one may be missing on this machine; that it is in use is an error,
/// for whoever uses it would get the answer.
fn listen_on(redirect: &LoopbackRedirect) -> Result<Vec<TcpListener>, (SocketAddr, IoError)> {
    let mut listeners = Vec::new();
    for address in redirect.addresses() {
        let bound = TcpListener::bind(address).and_then(|listener| {
            listener.set_nonblocking(true)?;
            Ok(listener)
        });
        match bound {
            Ok(listener) => listeners.push(listener),
            Err(error)
                if address.is_ipv6()
                    && !listeners.is_empty()
                    && error.kind() != IoErrorKind::AddrInUse => {}
            Err(error) => return Err((*address, error)),
        }
    }
    Ok(listeners)
}

/// Listens on a registered loopback redirect until the answer to one sign-in comes (AUTH-105, AUTH-207).
///
/// Requests of others - icons, forged answers, stalled connections - are answered or dropped and change nothing. The
/// socket is closed and the thread ended as soon as the callback came, the waiting ended, the handle cancelled it or
/// this value is dropped.
///
/// ```no_run
/// use std::time::Duration;
///
/// use erpnet_client::LoopbackListener;
///
/// # fn open_browser(_: &str) {}
/// let redirect = "http://127.0.0.1:8400/callback".parse()?;
/// let listener = LoopbackListener::bind(&redirect, "the state of the request")?;
/// open_browser("https://demodb.my.erp.net/id/connect/authorize?..");
/// let callback = listener.wait(Duration::from_secs(300))?;
/// # Ok::<(), erpnet_client::Error>(())
/// ```
pub struct LoopbackListener {
    redirect: LoopbackRedirect,
    slot: Arc<Slot>,
    thread: Option<JoinHandle<()>>,
}

impl LoopbackListener {
    /// Listens on this redirect's address, and no other, for the callback with this `state`.
    ///
    /// # Errors
    /// As [`LoopbackSocket::bind`] and [`LoopbackSocket::listen`].
    pub fn bind(redirect: &LoopbackRedirect, expected_state: &str) -> Result<Self, Error> {
        LoopbackSocket::bind(slice::from_ref(redirect))?.listen(expected_state)
    }

    /// The redirect that is listened on.
    #[must_use]
    pub fn redirect(&self) -> &LoopbackRedirect {
        &self.redirect
    }

    /// Ends the waiting from elsewhere, or hands in an address that was pasted.
    #[must_use]
    pub fn handle(&self) -> LoopbackHandle {
        LoopbackHandle(Arc::clone(&self.slot))
    }

    /// Waits, and blocks the thread meanwhile. [`SIGN_IN_TIMEOUT`](erpnet_core::sign_in::SIGN_IN_TIMEOUT) is a good time.
    ///
    /// # Errors
    /// [`LoopbackFault::NoCallback`] when the time is over, whose advice says what to look at (AUTH-172);
    /// [`LoopbackFault::Cancelled`].
    pub fn wait(self, timeout: Duration) -> Result<Callback, Error> {
        let ended = self.slot.listen();
        if self.slot.is_waiting() {
            ended.wait_timeout(timeout);
        }
        self.end(timeout)
    }

    /// Waits on a runtime. Dropping the future ends the listening.
    ///
    /// # Errors
    /// As [`LoopbackListener::wait`].
    pub async fn wait_async(
        self,
        runtime: &dyn Runtime,
        timeout: Duration,
    ) -> Result<Callback, Error> {
        let ended = self.slot.listen();
        if self.slot.is_waiting() {
            race::within(ended, runtime.sleep(timeout)).await;
        }
        self.end(timeout)
    }

    /// The outcome: whatever ended the waiting first, and the timeout when nothing did.
    fn end(self, waited: Duration) -> Result<Callback, Error> {
        let redirect = self.redirect.to_string();
        self.slot
            .finish(Err(LoopbackFault::NoCallback { redirect, waited }.into()));
        self.slot.take().unwrap_or(Err(Reason::Abandoned.into()))
    }
}

impl Drop for LoopbackListener {
    fn drop(&mut self) {
        self.slot.finish(Err(LoopbackFault::Cancelled.into()));
        // It never blocks on a socket, so this takes no longer than one round of it.
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for LoopbackListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoopbackListener")
            .field("redirect", &self.redirect)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for LoopbackSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoopbackSocket")
            .field("redirect", &self.redirect)
            .finish_non_exhaustive()
    }
}

/// Reaches a [`LoopbackListener`] from elsewhere: a button, a signal handler, a prompt. After the end it does nothing.
#[derive(Clone)]
pub struct LoopbackHandle(Arc<Slot>);

impl LoopbackHandle {
    /// Ends the waiting with [`LoopbackFault::Cancelled`] and closes the socket.
    pub fn cancel(&self) {
        self.0.finish(Err(LoopbackFault::Cancelled.into()));
    }

    /// Hands in the address that a browser on another machine shows after the sign-in, copied by the user, and ends the
    /// waiting with it.
    ///
    /// # Errors
    /// As [`Callback::from_url`], and [`CallbackFault::WrongState`](erpnet_core::sign_in::CallbackFault::WrongState) when
    /// it is the answer to another sign-in: ask again, the waiting goes on. [`LoopbackFault::Over`] when it does not.
    pub fn paste(&self, address: &str) -> Result<(), Error> {
        if !self.0.is_waiting() {
            return Err(LoopbackFault::Over.into());
        }
        let callback = self.0.judge().judge_pasted(address)?;
        if self.0.finish(Ok(callback)) {
            Ok(())
        } else {
            Err(LoopbackFault::Over.into())
        }
    }
}

impl fmt::Debug for LoopbackHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoopbackHandle")
    }
}
