//! What happens.

use std::time::Duration;

use crate::dispatch::Dispatch;
use crate::end::End;

/// Something that happens to a request, or to a hub.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(
    not(feature = "tracing"),
    expect(dead_code, reason = "what is not traced is not read either")
)]
pub(crate) enum Event<'a> {
    /// A pass begins.
    Pass { dispatch: Dispatch, pass: u32 },
    /// A request is over that had no pass.
    Unexecuted,
    /// A pass has suspended. It was needless if it had been woken, and found nothing.
    Suspension { keys: usize, needless: bool },
    /// A request falls asleep, and counts as suspended.
    Sleep,
    /// A request no longer counts as suspended.
    Rise,
    /// A wait is over. `lasted` tells how long it was.
    WaitEnd { end: WaitEnd, lasted: Duration },
    /// A request is over.
    End(&'a End),
    /// A notify has ended this number of waits.
    Notify { waits: usize },
    /// A notify has ended no wait, although a waiter was registered under its key.
    Unheard,
    /// The timer has ended waits, and was late by `lag`.
    Timer { lag: Duration },
    /// Another process has pushed.
    Push(PushEnd),
    /// Foreign code has panicked, and this concerns nothing else.
    Panic,
    /// The hub is shut down. This number of requests was suspended.
    Shutdown { suspended: usize },
}

/// What has become of a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "tracing"),
    expect(dead_code, reason = "what is not traced is not read either")
)]
pub(crate) enum PushEnd {
    Answered { requests: usize },
    Notified { requests: usize },
    Refused { status: u16 },
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
