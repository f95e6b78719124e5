//! The main loops: a flow's steps, carried out. One async, one blocking, and nothing else drives a flow.

use std::sync::Arc;

use erpnet_core::flow::{StoreCommand, StoreError, StoreReply, Transmit};
use erpnet_core::{Error, Event, Flow, Step, TransportError};

use tracing::Instrument;

use crate::io::{Collector, check_address};
use crate::observe::{exchange_ended, exchange_span};
use crate::race::within;
use crate::runtime::{BlockingRuntime, Runtime, StdRuntime};
use crate::store::{BlockingSessionStore, SessionStore, carry_out, carry_out_blocking};
use crate::transport::{BlockingTransport, Transport};

/// Carries out async flows: over one HTTP stack, on one runtime, with a session store where a flow asks for one.
///
/// [`Client`](crate::Client) has one inside; an embedder uses it directly for flows of its own.
///
/// ```
/// use std::sync::Arc;
/// use erpnet_client::{Driver, MemoryStore, Runtime, Transport};
///
/// fn driver(transport: Arc<dyn Transport>, runtime: Arc<dyn Runtime>) -> Driver {
///     Driver::new(transport, runtime).with_store(Arc::new(MemoryStore::new()))
/// }
/// ```
#[derive(Clone)]
pub struct Driver {
    transport: Arc<dyn Transport>,
    runtime: Arc<dyn Runtime>,
    store: Option<Arc<dyn SessionStore>>,
}

/// Carries out flows on the calling thread; otherwise as the async driver.
#[derive(Clone)]
pub struct BlockingDriver {
    transport: Arc<dyn BlockingTransport>,
    runtime: Arc<dyn BlockingRuntime>,
    store: Option<Arc<dyn BlockingSessionStore>>,
}

impl Driver {
    /// A driver without a session store.
    #[must_use]
    pub fn new(transport: Arc<dyn Transport>, runtime: Arc<dyn Runtime>) -> Self {
        Self {
            transport,
            runtime,
            store: None,
        }
    }

    /// Gives flows a session store.
    #[must_use]
    pub fn with_store(mut self, store: Arc<dyn SessionStore>) -> Self {
        self.store = Some(store);
        self
    }

    pub(crate) fn runtime(&self) -> &Arc<dyn Runtime> {
        &self.runtime
    }

    /// Drives a flow to its end.
    ///
    /// # Errors
    /// The flow's own error.
    pub async fn drive<F: Flow + Send>(&self, flow: &mut F) -> Result<F::Output, Error>
    where
        F::Output: Send,
    {
        loop {
            let event = match flow.poll(self.runtime.now())? {
                Step::Done(output) => return Ok(output),
                Step::Transmit(transmit) => {
                    let span = exchange_span(&transmit);
                    let exchange = async {
                        let outcome = self.exchange(flow, transmit).await;
                        exchange_ended(&outcome);
                        outcome
                    };
                    Event::Reply(exchange.instrument(span).await)
                }
                Step::Store(command) => Event::Stored(self.ask_store(command).await),
                Step::Wait(pause) => {
                    self.runtime.sleep(pause).await;
                    continue;
                }
            };
            flow.handle(event, self.runtime.now());
        }
    }

    /// One deadline around head and body together: a body that drips would outlast a timeout per read.
    async fn exchange<F: Flow + Send>(
        &self,
        flow: &mut F,
        transmit: Transmit,
    ) -> Result<http::Response<Vec<u8>>, TransportError> {
        let limits = transmit.limits();
        let deadline = self.runtime.sleep(limits.deadline);
        let work = async {
            check_address(transmit.request().uri())?;
            let response = self.transport.send(transmit.into_request(), limits).await?;
            let (head, mut body) = response.into_parts();
            let plan = flow.head(&head, self.runtime.now());
            let Some(mut collector) = Collector::begin(&head, plan, limits)? else {
                return Ok(http::Response::from_parts(head, Vec::new()));
            };
            while let Some(chunk) = body.chunk().await? {
                collector.push(&chunk)?;
            }
            Ok(http::Response::from_parts(head, collector.finish()))
        };
        within(work, deadline)
            .await
            .unwrap_or_else(|| Err(TransportError::timeout()))
    }

    async fn ask_store(&self, command: StoreCommand) -> StoreReply {
        match &self.store {
            Some(store) => carry_out(store.as_ref(), command).await,
            None => StoreReply::Failed(StoreError::unavailable("none is configured")),
        }
    }
}

impl BlockingDriver {
    /// A driver without a session store, on the standard library's threads and clocks.
    #[must_use]
    pub fn new(transport: Arc<dyn BlockingTransport>) -> Self {
        Self::with_runtime(transport, Arc::new(StdRuntime))
    }

    /// The same, with other clocks and another way to sleep.
    #[must_use]
    pub fn with_runtime(
        transport: Arc<dyn BlockingTransport>,
        runtime: Arc<dyn BlockingRuntime>,
    ) -> Self {
        Self {
            transport,
            runtime,
            store: None,
        }
    }

    /// Gives flows a session store.
    #[must_use]
    pub fn with_store(mut self, store: Arc<dyn BlockingSessionStore>) -> Self {
        self.store = Some(store);
        self
    }

    pub(crate) fn runtime(&self) -> &Arc<dyn BlockingRuntime> {
        &self.runtime
    }

    /// Drives a flow to its end.
    ///
    /// # Errors
    /// The flow's own error.
    pub fn drive<F: Flow>(&self, flow: &mut F) -> Result<F::Output, Error> {
        loop {
            let event = match flow.poll(self.runtime.now())? {
                Step::Done(output) => return Ok(output),
                Step::Transmit(transmit) => {
                    let _span = exchange_span(&transmit).entered();
                    let outcome = self.exchange(flow, transmit);
                    exchange_ended(&outcome);
                    Event::Reply(outcome)
                }
                Step::Store(command) => Event::Stored(self.ask_store(command)),
                Step::Wait(pause) => {
                    self.runtime.sleep(pause);
                    continue;
                }
            };
            flow.handle(event, self.runtime.now());
        }
    }

    fn exchange<F: Flow>(
        &self,
        flow: &mut F,
        transmit: Transmit,
    ) -> Result<http::Response<Vec<u8>>, TransportError> {
        let limits = transmit.limits();
        check_address(transmit.request().uri())?;
        let response = self.transport.send(transmit.into_request(), limits)?;
        let (head, mut body) = response.into_parts();
        let plan = flow.head(&head, self.runtime.now());
        let Some(mut collector) = Collector::begin(&head, plan, limits)? else {
            return Ok(http::Response::from_parts(head, Vec::new()));
        };
        while let Some(chunk) = body.chunk()? {
            collector.push(&chunk)?;
        }
        Ok(http::Response::from_parts(head, collector.finish()))
    }

    fn ask_store(&self, command: StoreCommand) -> StoreReply {
        match &self.store {
            Some(store) => carry_out_blocking(store.as_ref(), command),
            None => StoreReply::Failed(StoreError::unavailable("none is configured")),
        }
    }
}
