//! The runtime over tokio.

use std::time::Duration;

use erpnet_client::{BoxFuture, Runtime, async_trait};

/// The tokio runtime that the caller runs in.
#[derive(Clone, Copy, Debug, Default)]
pub struct TokioRuntime;

#[async_trait]
impl Runtime for TokioRuntime {
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    fn spawn(&self, task: BoxFuture) {
        tokio::spawn(task);
    }
}
