//! The blocking client over ureq.

use std::sync::Arc;

use erpnet::{App, Error, blocking};
use erpnet_client::{BlockingRuntime, StdRuntime};
use erpnet_ureq::UreqTransport;

use super::{Driver, Setting};
use crate::caller::Caller;

/// ureq on threads.
#[derive(Clone, Copy, Debug)]
pub struct Ureq;

impl Driver for Ureq {
    fn name(&self) -> &'static str {
        "ureq on threads"
    }

    fn open(&self, app: App, setting: &Setting) -> Result<Box<dyn Caller>, Error> {
        let transport = Arc::new(UreqTransport::new(&setting.transport)?);
        let runtime: Arc<dyn BlockingRuntime> = match &setting.clock {
            Some(clock) => Arc::new(clock.clone()),
            None => Arc::new(StdRuntime),
        };
        let client = blocking::Client::with_runtime(app, transport, runtime)?;
        Ok(Box::new(client))
    }
}
