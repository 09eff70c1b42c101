//! Events that telemetry records.

use std::time::Duration;

use crate::dispatch::Dispatch;
use crate::end::End;

/// Something that happens to a request or to a hub.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(
    not(feature = "tracing"),
    expect(dead_code, reason = "what is not traced is not read either")
)]
pub(crate) enum Event<'a> {
    /// A pass begins.
    Pass { dispatch: Dispatch, pass: u32 },
    /// A request has ended without a pass.
    Unexecuted,
    /// A pass has suspended. It was needless if its request had been woken and suspended again.
    Suspension { keys: usize, needless: bool },
    /// A request begins to sleep, and counts as suspended.
    Sleep,
    /// A request no longer counts as suspended.
    Rise,
    /// A wait has ended, after this time.
    WaitEnd { end: WaitEnd, lasted: Duration },
    /// A request has ended.
    End(&'a End),
    /// A notify has ended this number of waits.
    Notify { waits: usize },
    /// A notify has ended no wait, although a waiter was registered under its key.
    Unheard,
    /// The timer has ended waits, and was late by `lag`.
    Timer { lag: Duration },
    /// Another process has sent a push.
    Push(PushEnd),
    /// Something has happened on the way to other nodes.
    Relay(RelayEvent),
    /// Foreign code has panicked, and no caller can handle the panic.
    Panic,
    /// The hub has been shut down. This number of requests was suspended.
    Shutdown { suspended: usize },
}

/// How a push ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PushEnd {
    Answered { requests: usize },
    Notified { requests: usize },
    Refused { status: u16 },
}

/// What happens to a relay between nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RelayEvent {
    /// The way to the other nodes is open.
    Up,
    /// The way is interrupted. `was_up` is false if it had never been open.
    Down { was_up: bool },
    /// The relay has left. From now on it says nothing.
    Left { was_up: bool },
    /// A line or a key has arrived, this time after the hub's creation.
    Arrived { what: Arrival, at: Duration },
    /// Something may have been missed.
    Gap(GapCause),
    /// The outbox was full, and its lines have become a gap.
    Overflow,
}

/// What has arrived at a relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// The relay's own line, which is dropped.
    Echo,
    Line,
    Unreadable,
    /// The key is no key of the hub.
    UnknownKey,
}

/// Why something may have been missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GapCause {
    /// The way has just been opened.
    Connected,
    /// Lines of another node are missing.
    Lost,
    /// Another node has said nothing for too long, and has not left.
    Silent,
    /// Another node has said that there is one.
    Announced,
    Unreadable,
    /// The transport has reported it.
    Reported,
}

/// How a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WaitEnd {
    Resumed,
    Expired,
    Completed,
    Cancelled,
    Closed,
}
