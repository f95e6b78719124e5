//! The async client over reqwest on tokio.

use std::sync::Arc;

use erpnet::{App, Client, Error, Runtime};
use erpnet_reqwest::{ReqwestTransport, TokioRuntime};
use serde_json::Value;

use super::{Driver, Setting};
use crate::caller::{Action, Caller, carry_out};
use crate::clock::Virtual;

/// reqwest on tokio.
#[derive(Clone, Copy, Debug)]
pub struct Reqwest;

struct OnTokio {
    client: Client,
    runtime: tokio::runtime::Runtime,
}

impl Caller for OnTokio {
    fn call(&self, action: &Action) -> Result<Value, Error> {
        self.runtime.block_on(carry_out(&self.client, action))
    }
}

impl Driver for Reqwest {
    fn name(&self) -> &'static str {
        "reqwest on tokio"
    }

    fn open(&self, app: App, setting: &Setting) -> Result<Box<dyn Caller>, Error> {
        let tokio = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a thread for tokio");
        let transport = Arc::new(ReqwestTransport::new(&setting.transport)?);
        let runtime: Arc<dyn Runtime> = match &setting.clock {
            Some(clock) => Arc::new(Virtual {
                clock: clock.clone(),
                real: TokioRuntime,
            }),
            None => Arc::new(TokioRuntime),
        };
        let client = Client::new(app, transport, runtime)?;
        Ok(Box::new(OnTokio {
            client,
            runtime: tokio,
        }))
    }
}
