//! The engine: one shard of waiters. It knows no lock, no clock, no thread and no HTTP.
//!
//! The owner of a [`Shard`] locks it, calls one method and unlocks it. Then it does what the returned value says: it
//! wakes the [`Woken`], follows the remote ones, and drops the wakers that came back. The engine itself runs no
//! foreign code: it neither wakes, clones nor drops a waker.
//!
//! Three invariants ensure that no notify is lost. The guide has the proof (`guide/why_no_notify_is_lost.rs`).
//! `tests/mutants`
//! removes the conditions for them, one at a time, and a model must fail each time:
//!
//! * **I1.** A notify of `k` has a critical section on the shard of `k`. At its end, the stripes of `k` are at the
//!   number of the notify or above, and no waiter that was registered under `k` before is registered any more. For
//!   `notify_one`, this holds only for the oldest waiter of the highest priority. If that waiter is dropped before
//!   its pass has ended, the notify is passed on to the next.
//! * **I2.** A waiter sleeps under `k` only if one of two conditions holds: the stripes of `k` were not above the
//!   number that its pass started with; or it has been registered under `k` without a break since before that pass
//!   started.
//! * **I3.** When the wait of a sleeping waiter ends, the waiter is woken afterwards, through the last waker that it
//!   left.

mod arena;
mod deadline;
mod fingerprint;
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
pub(crate) use list::PriorityQueue;
pub(crate) use message::{Carried, Ending, Enrolled, Released, ScanKind, ScanRange, WaiterRef};
pub(crate) use revisions::{Actor, Change};
pub(crate) use shard::Shard;
pub(crate) use slot::Counting;
pub(crate) use wheel::{HORIZON, NEVER};
pub(crate) use woken::{Notified, WakeAll, Woken};
