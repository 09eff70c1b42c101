//! What happens, as events of `tracing`.
//!
//! What comes with every pass is a trace, what comes once for a request is for debugging, and only
//! what an operator has to know is more than that; so nothing of it floods a log.

use tracing::{debug, info, trace, warn};

use crate::end::End;
use crate::error::Error;

use super::{Happening, WaitEnd};

pub(super) fn tell(happening: &Happening<'_>) {
    match *happening {
        Happening::Pass { dispatch, pass } => {
            trace!(target: "dacapo", ?dispatch, pass, "a pass begins");
        }
        Happening::Suspension { keys, needless } => {
            trace!(target: "dacapo", keys, needless, "the handler has suspended");
        }
        Happening::WaitEnd {
            end: WaitEnd::Expired,
            lasted,
        } => {
            trace!(target: "dacapo", ?lasted, "the wait has expired");
        }
        Happening::WaitEnd { end, lasted } => {
            trace!(target: "dacapo", ?end, ?lasted, "the wait is over");
        }
        Happening::End(End::Cancelled) => debug!(target: "dacapo", "the client has gone"),
        Happening::End(End::Refused(
            error @ (Error::Foreign | Error::Interim { .. } | Error::NoTimer(_)),
        )) => {
            warn!(target: "dacapo", %error, "the request is refused");
        }
        Happening::End(End::Refused(error)) => {
            debug!(target: "dacapo", %error, "the request is refused");
        }
        Happening::End(end) => debug!(target: "dacapo", ?end, "the request is over"),
        Happening::Notify { waits } => trace!(target: "dacapo", waits, "a notify"),
        Happening::Timer { lag } => trace!(target: "dacapo", ?lag, "the timer has come"),
        Happening::Panic => {
            warn!(target: "dacapo", "a waker, a listener or a destructor has panicked");
        }
        Happening::Shutdown { suspended } => {
            info!(target: "dacapo", suspended, "the hub is shut down");
        }
        Happening::Unexecuted | Happening::Sleep | Happening::Rise | Happening::Unheard => {}
    }
}
