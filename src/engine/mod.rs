//! The engine: one shard of waiters, without a lock, a clock, a thread or a word of http.
//!
//! The owner of a [`Shard`] locks it, calls one method, unlocks it, and then does what the returned
//! value says: wakes the [`Woken`], follows the remote ones, drops the wakers that came back.
//! The engine itself runs no foreign code: it neither wakes, clones nor drops a waker.
//!
//! Three invariants make "no notify is lost" (the proof is in the crate's root documentation). `tests/mutants` breaks
//! the conditions that they rest on, one at a time, and a model must fail:
//!
//! * **I1.** A notify of `k` has a critical section on the shard of `k`. At its end, the stripes of `k` are at the
//!   number of the notify or above, and no waiter is registered under `k` that was registered before it. After a
//!   `notify_one`, only the oldest waiter of the highest priority must be gone; the notify that it was given is passed
//!   on if that waiter dies before its pass has ended.
//! * **I2.** A waiter sleeps under `k` only if the stripes of `k` were not above the number that
//!   its pass started with, or if it has been registered under `k` without a break since before
//!   that pass started.
//! * **I3.** When the wait of a sleeping waiter is ended, the waiter is woken after that, through the latest waker that
//!   it left.

mod arena;
mod deadline;
mod fingerprint;
mod generations;
mod index;
mod list;
mod message;
mod revisions;
mod shard;
mod slot;
mod stripes;
mod wheel;
mod woken;

pub(crate) use deadline::Slack;
pub(crate) use fingerprint::Fingerprint;
pub(crate) use generations::Prehashed;
pub(crate) use list::PriorityQueue;
pub(crate) use message::{Carried, Ending, Enrolled, Released, ScanKind, ScanRange, WaiterRef};
pub(crate) use revisions::{Actor, Change};
pub(crate) use shard::Shard;
pub(crate) use slot::Counting;
pub(crate) use wheel::{HORIZON, NEVER};
pub(crate) use woken::{Notified, WakeAll, Woken};
