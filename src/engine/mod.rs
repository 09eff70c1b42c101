//! The engine: one shard of waiters, without a lock, a clock, a thread or a word of http.
//!
//! The owner of a [`Shard`] locks it, calls one method, unlocks it, and then does what the returned
//! value says: wakes the [`Woken`], follows the remote ones, drops the wakers that came back.
//! The engine itself runs no foreign code: it neither wakes, clones nor drops a waker.
//!
//! Three invariants make "no notify is lost" (the proof is in the crate's root documentation). What
//! they rest on can be broken on purpose, by `cfg(mutant = "…")`, and then a model must fail:
//!
//! * **I1.** Before the section of a notify of `k` on the shard of `k` ends, the stripes of `k` are
//!   at its number or above, and nobody is registered under `k` who was so before the section; of
//!   `notify_one`, the oldest of the highest priority is not, and what it was given is passed on if
//!   it dies before its pass has ended.
//! * **I2.** A waiter sleeps under `k` only if the stripes of `k` were not above the number that
//!   its pass started with, or if it has been registered under `k` without a break since before
//!   that pass started.
//! * **I3.** A sleeper whose wait is ended is woken after that, through the waker that it left
//!   last.

mod arena;
mod fingerprint;
mod index;
mod list;
mod message;
mod shard;
mod slot;
mod stripes;
mod wheel;
mod woken;

pub(crate) use fingerprint::Fingerprint;
pub(crate) use message::{Ending, Enrolled, Released, ScanKind, ScanRange, Sleeper, WaiterRef};
pub(crate) use shard::Shard;
pub(crate) use wheel::{HORIZON, NEVER};
pub(crate) use woken::{Chosen, Notified, Remotes, Scanned, WakeAll, Woken};
