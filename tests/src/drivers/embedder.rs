//! The blocking client over an HTTP stack that is not ours: the one of `examples/bring_your_own_http.rs`.

#[path = "../../../examples/own_stack.rs"]
mod own_stack;

use std::sync::Arc;

use erpnet::{App, Error, blocking};
use erpnet_client::{BlockingRuntime, StdRuntime};

use super::{Driver, Setting};
use crate::caller::Caller;

/// An embedder's own stack. It is no match for hostile servers, and knows no TLS.
#[derive(Clone, Copy, Debug)]
pub struct OwnHttp;

impl Driver for OwnHttp {
    fn name(&self) -> &'static str {
        "an embedder's own stack"
    }

    fn is_shipped(&self) -> bool {
        false
    }

    fn open(&self, app: App, setting: &Setting) -> Result<Box<dyn Caller>, Error> {
        let runtime: Arc<dyn BlockingRuntime> = match &setting.clock {
            Some(clock) => Arc::new(clock.clone()),
            None => Arc::new(StdRuntime),
        };
        let client = blocking::Client::with_runtime(app, Arc::new(own_stack::OwnStack), runtime)?;
        Ok(Box::new(client))
    }
}
