//! The task of a tokio runtime that keeps the time.

use std::io;
use std::sync::{Arc, Weak};

use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout_at};

use crate::clock::{Clock, Timed, time_of};
use crate::sync::Mutex;

use super::{Alarm, Turn};

/// Starts the task with the first deadline, and anew if the runtime has ended in which it was;
/// dropping it ends the task.
#[derive(Debug, Default)]
pub(crate) struct Timekeeper {
    bell: Arc<Bell>,
    task: Mutex<Option<AbortHandle>>,
}

/// By which the task is woken. A ring that comes too early is remembered.
#[derive(Debug, Default)]
struct Bell {
    alarm: Alarm,
    rings: Notify,
}

impl Timekeeper {
    pub(super) fn keep(
        &self,
        deadline: u64,
        clock: &Clock,
        timed: impl FnOnce() -> Weak<dyn Timed>,
    ) -> io::Result<()> {
        self.start(clock, timed)?;
        if self.bell.alarm.must_ring(deadline) {
            self.bell.rings.notify_one();
        }
        Ok(())
    }

    fn start(&self, clock: &Clock, timed: impl FnOnce() -> Weak<dyn Timed>) -> io::Result<()> {
        let mut task = self.task.lock();
        if task.as_ref().is_some_and(|task| !task.is_finished()) {
            return Ok(());
        }
        let runtime = Handle::try_current().map_err(io::Error::other)?;
        let run = run(Arc::clone(&self.bell), clock.clone(), timed());
        *task = Some(runtime.spawn(run).abort_handle());
        Ok(())
    }
}

impl Drop for Timekeeper {
    fn drop(&mut self) {
        // What it drives is gone, so the task finds nothing to go on with.
        self.bell.rings.notify_one();
    }
}

async fn run(bell: Arc<Bell>, clock: Clock, timed: Weak<dyn Timed>) {
    loop {
        match bell.alarm.turn(&clock, &timed) {
            Turn::Sleep(until) => {
                let left = time_of(until).saturating_sub(clock.now());
                let ring = bell.rings.notified();
                match Instant::now().checked_add(left) {
                    Some(until) => _ = timeout_at(until, ring).await,
                    None => ring.await,
                }
            }
            Turn::Again => {}
            Turn::End => return,
        }
    }
}
