//! Why a handler leaves early: to wait, or because it has failed.

use crate::error::Error;
use crate::suspended::Suspended;

/// An error that may be a suspension: what a handler returns that has errors of its own.
///
/// With it `?` works on both. An application adds two variants to its error, and says once which of them suspends:
///
/// ```
/// use std::time::Duration;
/// use dacapo::{Answer, Error, Hub, Interrupt, Suspended};
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
/// # assert_eq!(futures::executor::block_on(read(&Hub::new())).unwrap(), "nothing yet".to_owned());
/// ```
///
/// A type that erases what it is made of, such as `anyhow::Error`, does not suspend by itself: `?` turns the token into
/// a failure like any other. The [recipes](crate::recipes) show how to keep the two apart.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot suspend a request",
    label = "this is neither a `Suspended` nor an error that may be one",
    note = "return the `Suspended` itself, or implement `dacapo::Interrupt` for the error; for `anyhow` see `dacapo::recipes`"
)]
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
