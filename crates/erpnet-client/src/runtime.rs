//! Sleeping, spawning and the clocks.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use async_trait::async_trait;
use erpnet_core::Now;

use crate::clock::system_now;

/// A future that a runtime can be given.
pub type BoxFuture = Pin<Box<dyn Future<Output = ()> + Send + 'static>>;

/// An async runtime, as far as a client needs one.
#[async_trait]
pub trait Runtime: Send + Sync + 'static {
    /// Both clocks. The default reads the system's.
    fn now(&self) -> Now {
        system_now()
    }

    /// Waits.
    async fn sleep(&self, duration: Duration);

    /// Runs a task on its own. A token request has to outlive the caller who happened to ask first, for others wait
    /// for it too.
    fn spawn(&self, task: BoxFuture);
}

/// The same for threads: the clocks, and sleeping.
pub trait BlockingRuntime: Send + Sync + 'static {
    /// Both clocks. The default reads the system's.
    fn now(&self) -> Now {
        system_now()
    }

    /// Waits.
    fn sleep(&self, duration: Duration);

    /// Runs a piece of work beside the caller, who does not wait for it. The default is a thread. Work that cannot be run
    /// may be dropped: somebody else does it later.
    fn spawn(&self, task: Box<dyn FnOnce() + Send + 'static>) {
        let thread = std::thread::Builder::new().name("erpnet-renewal".to_owned());
        drop(thread.spawn(task));
    }
}

/// The standard library's threads.
#[derive(Clone, Copy, Debug, Default)]
pub struct StdRuntime;

impl BlockingRuntime for StdRuntime {
    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}
