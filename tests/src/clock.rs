//! Virtual time. A wait moves the clock instead of taking time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use erpnet_client::{BlockingRuntime, BoxFuture, Now, Runtime, async_trait};
use erpnet_types::Timestamp;

/// Waits from this long on are the deadlines of exchanges (30 s and 100 s by default), shorter ones are pauses: the
/// longest pause between two attempts is 20 s.
const DEADLINES_FROM: Duration = Duration::from_secs(25);

/// A clock that is moved by hand, and by every wait. Clones share one state.
#[derive(Clone, Debug)]
pub struct VirtualClock(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    now: Now,
    waits: Vec<Duration>,
}

impl VirtualClock {
    /// Starts at an instant; the monotonic clock at 1000 s.
    #[must_use]
    pub fn starting_at(wall: Timestamp) -> Self {
        let mono = Duration::from_secs(1000);
        Self(Arc::new(Mutex::new(State {
            now: Now { wall, mono },
            waits: Vec::new(),
        })))
    }

    /// Both clocks.
    #[must_use]
    pub fn time(&self) -> Now {
        self.state().now
    }

    /// Moves both clocks on.
    pub fn advance(&self, by: Duration) {
        let mut state = self.state();
        state.now = state.now.later(by);
    }

    /// Moves the wall clock alone, in milliseconds: what a person or a time service does.
    pub fn jump(&self, millis: i64) {
        let mut state = self.state();
        state.now.wall = state.now.wall.shifted(millis);
    }

    /// The pauses made since the last call.
    pub fn take_waits(&self) -> Vec<Duration> {
        std::mem::take(&mut self.state().waits)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().expect("no test panics with the clock held")
    }

    fn pause(&self, duration: Duration) {
        let mut state = self.state();
        state.now = state.now.later(duration);
        state.waits.push(duration);
    }
}

impl BlockingRuntime for VirtualClock {
    fn now(&self) -> Now {
        self.time()
    }

    fn sleep(&self, duration: Duration) {
        self.pause(duration);
    }
}

/// A runtime in virtual time: pauses move the clock, deadlines run on the real runtime.
#[derive(Debug)]
pub struct Virtual<R> {
    /// The clock.
    pub clock: VirtualClock,
    /// What runs tasks and watches deadlines.
    pub real: R,
}

#[async_trait]
impl<R: Runtime> Runtime for Virtual<R> {
    fn now(&self) -> Now {
        self.clock.time()
    }

    async fn sleep(&self, duration: Duration) {
        if duration >= DEADLINES_FROM {
            self.real.sleep(duration).await;
        } else {
            self.clock.pause(duration);
        }
    }

    fn spawn(&self, task: BoxFuture) {
        self.real.spawn(task);
    }
}
