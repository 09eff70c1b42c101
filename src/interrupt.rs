//! Why a handler leaves early: to wait, or because it has failed.

use crate::error::Error;
use crate::suspended::Suspended;

/// An error of a handler that may be a suspension.
///
/// [`Hub::run`](crate::Hub::run) takes handlers with any error of this kind, so `?` works in them on errors of your own.
/// An application adds two variants to its error and implements the trait by one `match`:
///
/// ```
/// use std::time::Duration;
/// use dacapo::{Continuation, Error, Hub, Interrupt, Suspended};
///
/// #[derive(Debug, thiserror::Error)]
/// enum AppError {
///     #[error(transparent)]
///     Suspended(#[from] Suspended),
///     #[error(transparent)]
///     Refused(#[from] Error),
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
/// async fn read(hub: &Hub<String>) -> Result<String, AppError> {
///     hub.run(async |c: Continuation<String>| -> Result<String, AppError> {
///         match find("tea").await? {
///             Some(note) => Ok(note),
///             None if c.is_expired() => Ok("nothing yet".into()),
///             None => Err(c.suspend("tea", Duration::from_millis(5)))?,
///         }
///     })
///     .await
/// }
/// # assert_eq!(futures::executor::block_on(read(&Hub::new())).unwrap(), "nothing yet");
/// ```
pub trait Interrupt: Sized {
    /// What the request fails with: an error of the application, or one of this crate if the request could not be held.
    type Failure: From<Error>;

    /// The suspension, or what has failed.
    ///
    /// # Errors
    ///
    /// If this is no suspension.
    fn split(self) -> Result<Suspended, Self::Failure>;
}

/// A handler that cannot fail returns a bare token.
impl Interrupt for Suspended {
    type Failure = Error;

    fn split(self) -> Result<Suspended, Error> {
        Ok(self)
    }
}
