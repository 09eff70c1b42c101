//! How a request ended.

use crate::error::Error;

/// How a request ended. [`Continuation::on_end`](crate::Continuation::on_end) reports it.
///
/// ```
/// use dacapo::{End, Error};
///
/// fn is_server_bug(end: &End) -> bool {
///     matches!(end, End::Panicked | End::Failed | End::Refused(Error::Foreign))
/// }
///
/// assert!(!is_server_bug(&End::Refused(Error::ShutDown)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum End {
    /// The handler has answered.
    Answered,
    /// A response from outside was sent, or the response of
    /// [`or_respond`](crate::Suspended::or_respond).
    Completed,
    /// The service inside the layer returned an error, so there was no response.
    Failed,
    /// The request could not be suspended or executed again, because of a limit or a shutdown.
    Refused(Error),
    /// The handler has panicked. The framework handles the panic.
    Panicked,
    /// The request was dropped before it was answered, because the client has disconnected.
    Cancelled,
}
