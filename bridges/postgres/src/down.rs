//! Why a connection is not used, or no longer used.

use std::error::Error as StdError;
use std::fmt;

use tokio_postgres::Error;

/// Why a [`Listener`](crate::Listener) hears nothing. It tries again in each case.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Down {
    /// The server, or the way to it, has reported an error.
    #[error("{during} failed: {}", Chain(error))]
    Failed {
        /// What the listener was doing.
        during: Step,
        /// The error of the client.
        error: Error,
    },
    /// The server has closed the connection.
    #[error("{0}: the server has closed the connection")]
    Closed(Step),
    /// There was no answer within the [patience](crate::Listener::patience).
    #[error("{0}: there is no answer")]
    NoAnswer(Step),
    /// The connection answers, but it does not get what another connection sends. So it is a
    /// pooler that lends a connection only for a transaction.
    #[error(
        "the notification of another connection does not arrive: there is a pooler in transaction mode in between, \
         so connect to PostgreSQL itself, or to a pooler in session mode"
    )]
    Pooled,
}

impl Down {
    pub(crate) fn failed(during: Step) -> impl FnOnce(Error) -> Self {
        move |error| Self::Failed { during, error }
    }
}

/// What a connection does, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// It is being made.
    Connect,
    /// It says what it wants to hear.
    Listen,
    /// It waits for a notification from a second connection.
    Probe,
    /// It is up, and hears what has changed.
    Follow,
    /// It is up, and waits for its own notification.
    Heartbeat,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "connecting",
            Self::Listen => "LISTEN",
            Self::Probe => "the probe",
            Self::Follow => "listening",
            Self::Heartbeat => "the heartbeat",
        })
    }
}

/// An error with its causes. `tokio_postgres` prints only "db error" for what the server says.
struct Chain<'a>(&'a Error);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
