//! How a request ended.

use crate::error::Error;

/// How a request ended. [`Continuation::on_end`](crate::Continuation::on_end) passes it to your callback.
///
/// ```
/// use dacapo::{End, Error};
///
/// fn is_our_fault(end: &End) -> bool {
///     matches!(end, End::Panicked | End::Failed | End::Refused(Error::Foreign))
/// }
///
/// assert!(!is_our_fault(&End::Refused(Error::ShutDown)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum End {
    /// Its handler has answered.
    Answered,
    /// It was answered from outside, or with the response that was set for its expiry.
    Completed,
    /// The inner service has failed, so there was no response.
    Failed,
    /// It could not be suspended, or not be executed again: it reached a limit, or the hub was shut down.
    Refused(Error),
    /// Its handler has panicked. The framework gets the panic.
    Panicked,
    /// It was dropped before it was answered: its client has disconnected.
    Cancelled,
}
