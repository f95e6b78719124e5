//! Every way in which a client can be driven. A new one is a file here and a line in [`all`].

pub mod embedder;
pub mod memory;
pub mod over_reqwest;
pub mod over_smol;
pub mod over_ureq;

use std::sync::Arc;

use erpnet::{App, Error, TransportOptions};

use crate::caller::Caller;
use crate::clock::VirtualClock;
use crate::replay::Replay;

/// What a client is made with.
#[derive(Clone, Debug, Default)]
pub struct Setting {
    /// Settings of the transport.
    pub transport: TransportOptions,
    /// Virtual time; the system's clocks when `None`.
    pub clock: Option<VirtualClock>,
    /// What drivers without sockets answer from.
    pub replay: Option<Arc<Replay>>,
}

/// A combination of a client, an HTTP stack and a runtime.
pub trait Driver: Send + Sync {
    /// For messages: `reqwest on tokio`.
    fn name(&self) -> &'static str;

    /// Whether it speaks over sockets; otherwise it answers from [`Setting::replay`].
    fn has_sockets(&self) -> bool {
        true
    }

    /// Whether its HTTP stack is one that is shipped, and so has to withstand every misbehaviour.
    fn is_shipped(&self) -> bool {
        true
    }

    /// Makes a client.
    ///
    /// # Errors
    /// Those of the transport and the client for settings that cannot work.
    fn open(&self, app: App, setting: &Setting) -> Result<Box<dyn Caller>, Error>;
}

impl dyn Driver + '_ {
    /// Makes a client for a service or a reference token.
    ///
    /// # Errors
    /// As [`Driver::open`].
    pub fn connect(
        &self,
        app: impl Into<App>,
        setting: &Setting,
    ) -> Result<Box<dyn Caller>, Error> {
        self.open(app.into(), setting)
    }
}

/// All drivers.
#[must_use]
pub fn all() -> Vec<Box<dyn Driver>> {
    vec![
        Box::new(memory::Blocking),
        Box::new(memory::Async),
        Box::new(over_ureq::Ureq),
        Box::new(over_reqwest::Reqwest),
        Box::new(over_smol::Smol),
        Box::new(embedder::OwnHttp),
    ]
}

/// Those that speak over sockets, with an HTTP stack that is shipped.
#[must_use]
pub fn real() -> Vec<Box<dyn Driver>> {
    let mut drivers = all();
    drivers.retain(|driver| driver.has_sockets() && driver.is_shipped());
    drivers
}
