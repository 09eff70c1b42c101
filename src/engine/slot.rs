//! One waiter of the engine: 64 bytes, one cache line.

use std::task::Waker;

use super::deadline::Deadline;
use super::fingerprint::Fingerprint;
use super::message::WaiterRef;

/// A waiter; or a link, by which a waiter of another shard waits for a key of this one.
#[derive(Debug)]
pub(super) struct Slot {
    /// The registration in this slot. Numbers are never used twice, so a stale
    /// [`WaiterId`](super::message::WaiterId) finds nothing.
    pub(super) number: u64,
    /// The waker to wake. A waiter in a queue keeps its waker in the queue instead.
    pub(super) waker: Option<Waker>,
    pub(super) membership: Membership,
    pub(super) kind: Kind,
}

impl Slot {
    pub(super) fn is_link(&self) -> bool {
        matches!(self.kind, Kind::Link { .. })
    }

    /// Whether it sleeps and takes no payload.
    #[inline]
    pub(super) fn takes_nothing(&self) -> bool {
        matches!(
            self.kind,
            Kind::Waiter(
                State::Parked {
                    counts: Counting::WithoutValue,
                    ..
                },
                _
            )
        )
    }

    /// The priority of a waiter that is the only one of its key.
    pub(super) fn priority(&self) -> u8 {
        match self.membership {
            Membership::Alone { priority, .. } => priority,
            _ => 0,
        }
    }

    /// Ends the wait of a waiter that is registered under no key, and returns its waker.
    #[inline]
    pub(super) fn end(&mut self, state: State) -> Option<Waker> {
        if let Kind::Waiter(present, _) = &mut self.kind {
            *present = state;
        }
        self.waker.take()
    }

    /// The waiter that a link leads to.
    #[inline]
    pub(super) fn home(&self) -> Option<WaiterRef> {
        match self.kind {
            Kind::Link { shard, slot } => Some(WaiterRef {
                shard,
                slot,
                number: self.number,
            }),
            Kind::Waiter(..) => None,
        }
    }
}

/// How a slot is registered under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Membership {
    /// Not registered under a key: it has none, or the key was notified.
    Free,
    /// The only waiter of its key.
    Alone { key: Fingerprint, priority: u8 },
    /// In the queue of its key. When the whole queue is notified, only the queue records it.
    Queued { list: u32, place: u64 },
    /// No longer registered: a notify of this key for one waiter has chosen it. The waiter is responsible for that
    /// notify.
    Chosen(Fingerprint),
}

/// What the slot holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A waiter. The deadline says when its timer is due or, after the end of the wait, when it expired.
    Waiter(State, Deadline),
    /// A link to the waiter's own slot, in another shard, with the same number.
    Link { shard: u32, slot: u32 },
}

/// The state of a waiter.
///
/// ```text
///               park                  notify, resume
///   Enrolled ──────────▶ Parked ──────────────────────▶ Resumed
///      │                   │ ╲
///      │ notify            │  ╲ shutdown
///      ▼                   │   ╲────────▶ Closed
///   Resumed                │ its tick comes
///                          ╰────────────▶ Expired
/// ```
///
/// `Enrolled`: notifies find the waiter, but it does not sleep. Either its keys are still being registered, or its
/// handler runs once more while the registration stands (an *armed* pass). `Parked`: it sleeps. The other three are
/// final: a later call finds nothing to end, and the owner removes the slot when it is polled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Enrolled,
    /// `counts`: how the end of the wait is counted. `moves`: how many times its deadline has been moved. `since`:
    /// when the sleep began, in [`span`]s.
    Parked {
        counts: Counting,
        moves: u16,
        since: u32,
    },
    Resumed,
    Expired,
    Closed,
}

/// How the end of a wait is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counting {
    /// The waiter suspends no request.
    Never,
    Always,
    /// Nothing takes a payload, so no value counts as delivered.
    WithoutValue,
}

/// The span that contains a tick. Spans are coarse, so that their number fits in a slot. The numbers start again at 0
/// after 8 years.
pub(super) fn span(tick: u64) -> u32 {
    (tick >> SPAN) as u32
}

/// The number of ticks since the beginning of a span.
pub(super) fn ticks_since(since: u32, now: u64) -> u64 {
    let spans = span(now).wrapping_sub(since);
    (u64::from(spans) << SPAN) + now % (1 << SPAN)
}

/// A span has two to the power of this number of ticks.
const SPAN: u32 = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_never_shows_too_little_time() {
        for (begin, now) in [(0, 0), (63, 64), (64, 200), ((1 << 38) - 1, 1 << 38)] {
            let ticks = ticks_since(span(begin), now);
            assert!(
                (now - begin..now - begin + 64).contains(&ticks),
                "{begin} to {now}: {ticks}"
            );
        }
    }

    #[test]
    fn a_slot_fills_one_cache_line() {
        assert_eq!(size_of::<Slot>(), 64);
    }
}
