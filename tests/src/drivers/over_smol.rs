//! The async client over hyper on smol.

use std::sync::Arc;

use erpnet::{App, Client, Error, Runtime};
use erpnet_smol::{SmolRuntime, SmolTransport};
use serde_json::Value;

use super::{Driver, Setting};
use crate::caller::{Action, Caller, carry_out};
use crate::clock::Virtual;

/// hyper on smol.
#[derive(Clone, Copy, Debug)]
pub struct Smol;

struct OnSmol(Client);

impl Caller for OnSmol {
    fn call(&self, action: &Action) -> Result<Value, Error> {
        smol::block_on(carry_out(&self.0, action))
    }
}

impl Driver for Smol {
    fn name(&self) -> &'static str {
        "hyper on smol"
    }

    fn open(&self, app: App, setting: &Setting) -> Result<Box<dyn Caller>, Error> {
        let transport = Arc::new(SmolTransport::new(&setting.transport)?);
        let runtime: Arc<dyn Runtime> = match &setting.clock {
            Some(clock) => Arc::new(Virtual {
                clock: clock.clone(),
                real: SmolRuntime,
            }),
            None => Arc::new(SmolRuntime),
        };
        Ok(Box::new(OnSmol(Client::new(app, transport, runtime)?)))
    }
}
