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

/// How a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WaitEnd {
    Resumed,
    Expired,
    Completed,
    Cancelled,
    Closed,
}
