//! The order in which locks are taken, and a check that it is kept.
//!
//! A thread may take a lock only if every lock that it holds comes *before* it in this list:
//!
//! 1. [`TIMER`]: starting the timer.
//! 2. [`PACER`]: work that is spread over several ticks. While it is held, shards are scanned.
//! 3. [`SHARD`]: the waiters of some keys. A thread never holds two shards at once.
//! 4. [`STATE`]: the part of a request's state that other threads may change. A request records that it sleeps while
//!    its shard is locked.
//! 5. [`IDS`]: requests by id. An id is published while its request is locked.
//! 6. [`CLIENTS`]: the number of requests of each client. Taken alone.
//! 7. [`EXPIRY`]: what a token asks for at its expiry. Taken while its request is locked, when two suspensions of a
//!    pass become one.
//! 8. [`KEY_LOG`]: the texts of the keys that have waiters. Taken alone.
//! 9. [`STEPS`]: the steps that a request does once. Taken alone.
//! 10. [`GAP`]: numbering a notify of every key. Taken alone.
//! 11. [`SHARE`]: which results are shared. Taken alone.
//! 12. [`REPEATS`]: which cursors were sent lately. Taken alone.
//! 13. [`MAILBOX`]: the items of some keys. Taken alone.
//! 14. [`RELAY`]: what a relay has heard, or what it has to say. Taken alone.
//!
//! No foreign code runs while any of them is held.

#[cfg(any(debug_assertions, loom))]
use std::cell::Cell;

pub(crate) const TIMER: u8 = 0;
pub(crate) const PACER: u8 = 1;
pub(crate) const SHARD: u8 = 2;
pub(crate) const STATE: u8 = 3;
pub(crate) const IDS: u8 = 4;
pub(crate) const CLIENTS: u8 = 5;
pub(crate) const EXPIRY: u8 = 6;
pub(crate) const KEY_LOG: u8 = 7;
pub(crate) const STEPS: u8 = 8;
pub(crate) const GAP: u8 = 9;
pub(crate) const SHARE: u8 = 10;
pub(crate) const REPEATS: u8 = 11;
pub(crate) const MAILBOX: u8 = 12;
pub(crate) const RELAY: u8 = 13;

/// Records that this thread holds a lock, until it is dropped. In a release build it is empty.
#[must_use = "the lock counts as held until this is dropped"]
pub(crate) struct Held {
    #[cfg(any(debug_assertions, loom))]
    level: u8,
}

impl Held {
    /// Call it before you take the lock.
    #[inline]
    #[track_caller]
    pub(crate) fn new(level: u8) -> Self {
        #[cfg(any(debug_assertions, loom))]
        {
            let held = with_levels(Cell::get);
            let in_order = held.is_none_or(|held| held >> level == 0 || std::thread::panicking());
            assert!(
                in_order,
                "lock {level} is taken while these are held: {held:?}"
            );
            with_levels(|levels| levels.set(levels.get() | 1 << level));
            Self { level }
        }
        #[cfg(not(any(debug_assertions, loom)))]
        {
            let _unchecked = level;
            Self {}
        }
    }
}

#[cfg(any(debug_assertions, loom))]
impl Drop for Held {
    fn drop(&mut self) {
        with_levels(|levels| levels.set(levels.get() & !(1 << self.level)));
    }
}

/// Whether this thread holds no lock, so that foreign code may run. A release build always returns `true`.
pub(crate) fn nothing_is_held() -> bool {
    #[cfg(any(debug_assertions, loom))]
    return with_levels(|levels| levels.get() == 0).unwrap_or(true);
    #[cfg(not(any(debug_assertions, loom)))]
    return true;
}

/// Calls `act` with the locks that this thread holds, one bit for each level. Returns `None` if thread-locals have
/// already been destroyed: a notify may come from the destructor of one.
#[cfg(any(debug_assertions, loom))]
fn with_levels<R>(act: impl FnOnce(&Cell<u32>) -> R) -> Option<R> {
    LEVELS.try_with(act).ok()
}

#[cfg(all(debug_assertions, not(loom)))]
thread_local! {
    static LEVELS: Cell<u32> = const { Cell::new(0) };
}

#[cfg(loom)]
loom::thread_local! {
    static LEVELS: Cell<u32> = Cell::new(0);
}

#[cfg(all(test, debug_assertions, not(loom)))]
mod tests {
    use super::*;
    use crate::sync::Mutex;

    #[test]
    fn locks_are_taken_in_their_order_and_again_when_they_are_free() {
        let (shard, state) = (Mutex::<_, SHARD>::new(1), Mutex::<_, STATE>::new(2));
        for _ in 0..2 {
            let sum = *shard.lock() + *state.lock();
            assert_eq!(sum, 3);
            assert!(nothing_is_held());
        }
    }

    #[test]
    #[should_panic(expected = "lock 2 is taken while these are held")]
    fn a_lock_out_of_order_panics_in_a_debug_build() {
        let (shard, state) = (Mutex::<_, SHARD>::new(1), Mutex::<_, STATE>::new(2));
        let _state = state.lock();
        let _shard = shard.lock();
    }

    #[test]
    #[should_panic(expected = "lock 2 is taken while these are held")]
    fn two_locks_of_one_level_are_out_of_order() {
        let (one, other) = (Mutex::<_, SHARD>::new(1), Mutex::<_, SHARD>::new(2));
        let _one = one.lock();
        let _other = other.lock();
    }
}
