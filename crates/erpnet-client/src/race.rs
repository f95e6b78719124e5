//! The first of two futures, on any runtime.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

/// The outcome of `work`, or `None` when `limit` ends first. Whichever is not done is dropped.
pub(crate) async fn within<T>(
    work: impl Future<Output = T>,
    limit: impl Future<Output = ()>,
) -> Option<T> {
    let (mut work, mut limit) = (pin!(work), pin!(limit));
    poll_fn(|cx| {
        if let Poll::Ready(output) = work.as_mut().poll(cx) {
            return Poll::Ready(Some(output));
        }
        limit.as_mut().poll(cx).map(|()| None)
    })
    .await
}
