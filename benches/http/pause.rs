//! Waiting for another process, which wakes nothing here.

use std::thread;
use std::time::Duration;

/// Does nothing for a while.
#[expect(
    clippy::disallowed_methods,
    reason = "what goes on meanwhile is in another process"
)]
pub(crate) fn pause(time: Duration) {
    thread::sleep(time);
}

/// Asks twenty times a second whether it is so, for ten seconds at the most.
pub(crate) fn comes_true(mut is_so: impl FnMut() -> anyhow::Result<bool>) -> anyhow::Result<bool> {
    for _ in 0..ATTEMPTS {
        if is_so()? {
            return Ok(true);
        }
        pause(A_MOMENT);
    }
    Ok(false)
}

const ATTEMPTS: u32 = 200;

const A_MOMENT: Duration = Duration::from_millis(50);
