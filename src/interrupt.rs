//! Why a handler returns early: to wait, or because it has failed.

use crate::error::Error;
use crate::suspended::Suspended;

/// Your own error type, which can also be a suspension. With it, `?` works on both in the closure
/// of [`Hub::run`](crate::Hub::run).
///
/// Add two variants to your error, and implement this trait once:
///
/// ```
/// use std::time::Duration;
/// use dacapo::{Answer, Error, Hub, Interrupt, Suspended};
///
/// #[derive(Debug, thiserror::Error)]
/// enum AppError {
///     #[error(transparent)]
///     Suspended(#[from] Suspended), // the handler waits
///     #[error(transparent)]
///     Refused(#[from] Error), // a limit or a shutdown forbids it
///     #[error(transparent)]
///     Database(#[from] std::io::Error),
/// }
///
/// impl Interrupt for AppError {
///     type Failure = Self;
///
///     fn split(self) -> Result<Suspended, Self> {
///         match self {
///             Self::Suspended(token) => Ok(token),
///             failure => Err(failure),
///         }
///     }
/// }
///
/// # async fn find(_key: &str) -> Result<Option<String>, std::io::Error> { Ok(None) }
/// async fn read(hub: &Hub<String>) -> Result<Answer<String>, AppError> {
///     hub.run(async |c| -> Result<_, AppError> {
///         match find("tea").await? {
///             Some(note) => Ok(note),
///             None if c.is_expired() => Ok("nothing yet".into()),
///             None => Err(c.suspend("tea", Duration::from_millis(5)))?,
///         }
///     })
///     .await
/// }
/// # let answer = futures::executor::block_on(read(&Hub::new()));
/// # assert_eq!(answer.unwrap(), "nothing yet".to_owned());
/// ```
///
/// A type-erased error such as `anyhow::Error` does not suspend: `?` turns the token into an
/// ordinary failure. The [recipe for `anyhow`](crate::_guide::recipes::errors#anyhow) shows how to
/// keep the two apart.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot suspend a request",
    label = "this is neither a `Suspended` nor an error that may be one",
    note = "return the `Suspended` itself, or implement `dacapo::Interrupt` for the error; for `anyhow` see `dacapo::_guide::recipes::errors`"
)]
pub trait Interrupt: Sized {
    /// The error that [`Hub::run`](crate::Hub::run) returns: your error, or this crate's [`Error`].
    type Failure: From<Error>;

    /// Returns the token if this is a suspension.
    ///
    /// # Errors
    ///
    /// If this is not a suspension. The error is the failure.
    fn split(self) -> Result<Suspended, Self::Failure>;
}

/// For a handler that cannot fail: it returns the bare token.
impl Interrupt for Suspended {
    type Failure = Error;

    fn split(self) -> Result<Suspended, Error> {
        Ok(self)
    }
}
