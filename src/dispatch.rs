//! Why a pass runs.

/// Why a pass runs: see [`Continuation::dispatch`](crate::Continuation::dispatch).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dispatch {
    /// The request has just arrived.
    Initial,
    /// A key was notified, or the request was resumed.
    ///
    /// Check again, and suspend again if there is still no answer: a wake-up may be needless, and
    /// does not use up the request's timeout.
    Resumed,
    /// The timeout has expired, and no notify came.
    Expired,
}
