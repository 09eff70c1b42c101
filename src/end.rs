//! How a request ended.

use crate::error::Error;

/// How a request ended, as [`Continuation::on_end`](crate::Continuation::on_end) tells it.
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
    /// It was answered from outside, or with what was ready for the end of its time.
    Completed,
    /// The service inside has failed, and so there was no response.
    Failed,
    /// It could not be suspended or not be executed again: a limit was reached, or the hub was shut
    /// down.
    Refused(Error),
    /// Its handler has panicked. The panic goes on to the framework.
    Panicked,
    /// It was dropped before there was an answer: its client has gone.
    Cancelled,
}
