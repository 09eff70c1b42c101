//! A timer that is a task of a tokio runtime.

use std::io;
use std::sync::{Arc, Weak};

use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::{self, timeout_at};

use crate::sync::{Mutex, order};
use crate::time::{Clock, Driven, Instant};

use super::parker::{AWAKE, Parker};

/// The task starts with the first deadline. It starts again if its runtime has ended. Dropping this ends the task.
#[derive(Debug, Default)]
pub(crate) struct TimerTask {
    bell: Arc<Bell>,
    task: Mutex<Option<AbortHandle>, { order::TIMER }>,
}

/// Wakes the task. A ring before the task waits is remembered.
#[derive(Debug, Default)]
struct Bell {
    parker: Parker,
    rings: Notify,
}

impl TimerTask {
    pub(super) fn keep(
        &self,
        deadline: u64,
        clock: &Clock,
        driven: impl FnOnce() -> Weak<dyn Driven>,
    ) -> io::Result<()> {
        self.start(clock, driven)?;
        if self.bell.parker.must_unpark(deadline) {
            self.bell.rings.notify_one();
        }
        Ok(())
    }

    fn start(&self, clock: &Clock, driven: impl FnOnce() -> Weak<dyn Driven>) -> io::Result<()> {
        let mut task = self.task.lock();
        if task.as_ref().is_some_and(|task| !task.is_finished()) {
            return Ok(());
        }
        let runtime = Handle::try_current().map_err(io::Error::other)?;
        let run = run(Arc::clone(&self.bell), clock.clone(), driven());
        *task = Some(runtime.spawn(run).abort_handle());
        Ok(())
    }
}

impl Drop for TimerTask {
    fn drop(&mut self) {
        // The waiters are gone, so the task ends when it wakes up.
        self.bell.rings.notify_one();
    }
}

async fn run(bell: Arc<Bell>, clock: Clock, driven: Weak<dyn Driven>) {
    while let Some(until) = bell.parker.turn(&clock, &driven) {
        if until == AWAKE {
            continue; // tokio would sleep to its next millisecond
        }
        let left = Instant::of_tick(until).since(clock.now());
        let ring = bell.rings.notified();
        match time::Instant::now().checked_add(left) {
            Some(until) => _ = timeout_at(until, ring).await,
            None => ring.await,
        }
    }
}
