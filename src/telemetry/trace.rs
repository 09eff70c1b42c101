//! Events as events of the crate `tracing`.
//!
//! Events of every pass have the level `TRACE`, and events that occur once per request have the level `DEBUG`. Only
//! events that an operator must know have a higher level, so they do not flood a log.

use tracing::{debug, info, trace, warn};

use crate::end::End;
use crate::error::Error;

use super::events::{Arrival, Event, PushEnd, RelayEvent, WaitEnd};

pub(super) fn tell(event: &Event<'_>) {
    match *event {
        Event::Pass { dispatch, pass } => {
            trace!(target: "dacapo", ?dispatch, pass, "a pass begins");
        }
        Event::Suspension { keys, needless } => {
            trace!(target: "dacapo", keys, needless, "the handler has suspended");
        }
        Event::WaitEnd {
            end: WaitEnd::Expired,
            lasted,
        } => {
            trace!(target: "dacapo", ?lasted, "the wait has expired");
        }
        Event::WaitEnd { end, lasted } => {
            trace!(target: "dacapo", ?end, ?lasted, "the wait is over");
        }
        Event::End(End::Cancelled) => debug!(target: "dacapo", "the client has gone"),
        Event::End(End::Refused(
            error @ (Error::Foreign | Error::Interim { .. } | Error::NoTimer(_)),
        )) => {
            warn!(target: "dacapo", %error, "the request is refused");
        }
        Event::End(End::Refused(error)) => {
            debug!(target: "dacapo", %error, "the request is refused");
        }
        Event::End(end) => debug!(target: "dacapo", ?end, "the request is over"),
        Event::Notify { waits } => trace!(target: "dacapo", waits, "a notify"),
        Event::Timer { lag } => trace!(target: "dacapo", ?lag, "the timer has come"),
        Event::Push(PushEnd::Answered { requests }) => {
            debug!(target: "dacapo", requests, "a push has answered");
        }
        Event::Push(PushEnd::Notified { requests }) => {
            trace!(target: "dacapo", requests, "a push has notified");
        }
        Event::Push(PushEnd::Refused { status }) => {
            debug!(target: "dacapo", status, "a push is refused");
        }
        Event::Relay(event) => tell_of_relay(event),
        Event::Panic => {
            warn!(target: "dacapo", "a waker, a callback or a destructor has panicked");
        }
        Event::Shutdown { suspended } => {
            info!(target: "dacapo", suspended, "the hub is shut down");
        }
        Event::Unexecuted | Event::Sleep | Event::Rise | Event::Unheard => {}
    }
}

fn tell_of_relay(event: RelayEvent) {
    match event {
        RelayEvent::Up => info!(target: "dacapo", "the relay is up"),
        RelayEvent::Down { was_up } => warn!(target: "dacapo", was_up, "the relay is down"),
        RelayEvent::Left { .. } => info!(target: "dacapo", "the relay has left"),
        RelayEvent::Arrived {
            what: what @ (Arrival::Echo | Arrival::Line),
            ..
        } => trace!(target: "dacapo", ?what, "a relay has heard a line"),
        RelayEvent::Arrived { what, .. } => {
            debug!(target: "dacapo", ?what, "a relay has heard what it does not understand");
        }
        RelayEvent::Gap(cause) => {
            debug!(target: "dacapo", ?cause, "notifies may have been missed: every key is notified");
        }
        RelayEvent::Overflow => {
            warn!(target: "dacapo", "the outbox of a relay is full: its lines become a gap");
        }
    }
}
