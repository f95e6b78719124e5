//! Both clients without any I/O: answers come from a script, time is virtual.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Duration;

use erpnet::{App, BlockingTransport, Client, Error, Runtime, Transport, blocking};
use erpnet_client::{
    BlockingBody, BlockingResponse, Body, BoxFuture, Bytes, Limits, Response, TransportError,
    Zeroizing, async_trait,
};
use erpnet_types::Timestamp;
use serde_json::Value;

use super::{Driver, Setting};
use crate::caller::{Action, Caller, carry_out};
use crate::clock::{Virtual, VirtualClock};
use crate::replay::{Replay, Wire};

/// The blocking client, in memory.
#[derive(Clone, Copy, Debug)]
pub struct Blocking;

/// The async client, in memory, on an executor of a few lines.
#[derive(Clone, Copy, Debug)]
pub struct Async;

/// A transport of either sort that answers from a replay.
#[derive(Clone, Debug)]
pub struct InMemory(pub Arc<Replay>);

impl InMemory {
    fn respond<B: ?Sized>(
        &self,
        request: &http::Request<Zeroizing<Vec<u8>>>,
        body: impl FnOnce(Option<Bytes>) -> Box<B>,
    ) -> http::Response<Box<B>> {
        let request = request.clone().map(|body| body.to_vec());
        let reply = self.0.answer(Wire::of(&request));
        let mut builder = http::Response::builder().status(reply.status);
        for (name, value) in &reply.headers {
            builder = builder.header(name, value);
        }
        let body = body((!reply.body.is_empty()).then(|| Bytes::from(reply.body)));
        builder.body(body).expect("scripts hold proper heads")
    }
}

impl BlockingTransport for InMemory {
    fn send(
        &self,
        request: http::Request<Zeroizing<Vec<u8>>>,
        _limits: Limits,
    ) -> Result<BlockingResponse, TransportError> {
        Ok(self.respond(&request, |body| Box::new(body) as Box<dyn BlockingBody>))
    }
}

#[async_trait]
impl Transport for InMemory {
    async fn send(
        &self,
        request: http::Request<Zeroizing<Vec<u8>>>,
        _limits: Limits,
    ) -> Result<Response, TransportError> {
        Ok(self.respond(&request, |body| Box::new(body) as Box<dyn Body>))
    }
}

/// Waits for a future on this thread.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        std::thread::park();
    }
}

/// A thread for each task; deadlines never pass, for nothing in memory takes time.
#[derive(Clone, Copy, Debug)]
pub struct Threads;

#[async_trait]
impl Runtime for Threads {
    async fn sleep(&self, _duration: Duration) {
        std::future::pending::<()>().await;
    }

    fn spawn(&self, task: BoxFuture) {
        std::thread::spawn(|| block_on(task));
    }
}

struct OnThreads(Client);

impl Caller for OnThreads {
    fn call(&self, action: &Action) -> Result<Value, Error> {
        block_on(carry_out(&self.0, action))
    }
}

fn clock(setting: &Setting) -> VirtualClock {
    let default = || VirtualClock::starting_at(Timestamp::from_unix_seconds(1_766_505_147));
    setting.clock.clone().unwrap_or_else(default)
}

fn replay(setting: &Setting) -> InMemory {
    InMemory(setting.replay.clone().unwrap_or_default())
}

impl Driver for Blocking {
    fn name(&self) -> &'static str {
        "in memory, blocking"
    }

    fn has_sockets(&self) -> bool {
        false
    }

    fn open(&self, app: App, setting: &Setting) -> Result<Box<dyn Caller>, Error> {
        let (transport, runtime) = (Arc::new(replay(setting)), Arc::new(clock(setting)));
        let client = blocking::Client::with_runtime(app, transport, runtime)?;
        Ok(Box::new(client))
    }
}

impl Driver for Async {
    fn name(&self) -> &'static str {
        "in memory, async"
    }

    fn has_sockets(&self) -> bool {
        false
    }

    fn open(&self, app: App, setting: &Setting) -> Result<Box<dyn Caller>, Error> {
        let runtime = Virtual {
            clock: clock(setting),
            real: Threads,
        };
        let client = Client::new(app, Arc::new(replay(setting)), Arc::new(runtime))?;
        Ok(Box::new(OnThreads(client)))
    }
}
