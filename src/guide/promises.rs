//! What each promise means. Each has tests that are named after it, in `tests/promises` and
//! `tests/cursors`.
//!
//! # 1. No notify is lost
//!
//! A pass that checks, finds nothing and suspends is woken by every notify of a change that it
//! could not see. It does not have to register before it checks. This covers all that is read *in
//! the pass*: in the closure of [`Hub::run`], or inside the layer. See
//! [why](super::why_no_notify_is_lost).
//!
//! # 2. A wait ends exactly once
//!
//! It is resumed, expired, completed from outside, cancelled (the request was dropped) or closed
//! (the hub was shut down). A call that comes too late changes nothing, reports it, and returns the
//! value or response that it was given.
//!
//! # 3. A wait never expires early
//!
//! It expires late by at most one tick of 1 ms. Long waits can be late by the [timer's
//! slack](HubBuilder::timer_slack): 10 ms for waits of a second or more. Add the time that the
//! system takes to run a thread. A timeout is shortened by the longest
//! [hold](HubBuilder::max_hold), 2 minutes by default, and by [`HubBuilder::jitter`], which is off
//! by default.
//!
//! # 4. Dropping a request removes it from the hub
//!
//! Waiter, timer and key entry are removed at once. Nothing keeps a finished request, its waker or
//! its attributes alive. A [`Handle`] that outlives its request cannot reach another one.
//!
//! # 5. No lock is held while foreign code runs
//!
//! Foreign code is wakers (wake, clone and drop), callbacks, destructors of attributes and values,
//! and the `Hash` of keys. So you can call [`Hub::notify`] from any of them.
//!
//! # 6. Nothing of a pass stays alive during a wait
//!
//! The future of the pass is dropped. The hub keeps one record of the request, and one waiter of
//! less than 128 bytes. Around them stays what a handler owns that calls [`Hub::run`], or the request that a
//! layer keeps.
//!
//! # 7. A wake-up before the wait is remembered
//!
//! If [`resume`](Handle::resume) or [`complete`](Handle::complete) is called while the handler is
//! still running, it takes effect when the handler returns.
//!
//! # 8. A needless wake-up never prolongs a request
//!
//! The timeout counts from the request's arrival, or from its last expiry. Only
//! [`Suspended::timeout_from_now`] counts from the suspension.
//!
//! # 9. A suspended pass leaves no trace in the answer
//!
//! Its status, headers and body are discarded. [Attributes](Continuation::set_attribute) stay.
//!
//! # 10. The hub can always be emptied
//!
//! [`Hub::shutdown`] cannot be undone, ends every wait, and lets the server's own graceful shutdown
//! return.
//!
//! # 11. Nothing is lost between two polls
//!
//! This applies to a client that sends its [cursor](super::between_two_polls) back, for a fixed set
//! of keys. If a hub cannot know whether a key has changed, for example after a restart or on
//! another node, the key counts as changed.
//!
//! # 12. A loss between nodes becomes a gap
//!
//! This applies to the nodes that a [`Relay`] has heard. A gap notifies every key, so every request
//! looks again. [Several nodes](super::several_nodes#the-bound) states the bound, and
//! [`relay`](crate::relay#gaps) lists the losses.
//!
//! # 13. No `unsafe`
//!
//! The crate has `#![forbid(unsafe_code)]`.

#[expect(unused_imports, reason = "for the documentation")]
use crate::{Continuation, Handle, Hub, HubBuilder, Relay, Suspended};
