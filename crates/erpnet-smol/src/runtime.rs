//! The runtime over smol.

use std::time::Duration;

use erpnet_client::{BoxFuture, Runtime, async_trait};

/// smol's global executor and timers.
#[derive(Clone, Copy, Debug, Default)]
pub struct SmolRuntime;

#[async_trait]
impl Runtime for SmolRuntime {
    async fn sleep(&self, duration: Duration) {
        smol::Timer::after(duration).await;
    }

    fn spawn(&self, task: BoxFuture) {
        smol::spawn(task).detach();
    }
}
