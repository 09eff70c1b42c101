//! Why a connection is not used, or no longer used.

use std::fmt;

/// Why a [`Bridge`](crate::Bridge) carries nothing. It tries again in each case.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Down<E> {
    /// The broker, or the way to it, has reported an error.
    #[error("{during} failed: {error}")]
    Failed {
        /// What the bridge was doing.
        during: Step,
        /// The error of the client.
        error: E,
    },
    /// The connection has ended.
    #[error("{0}: the connection has ended")]
    Closed(Step),
    /// There was no answer within the [patience](crate::Bridge::patience).
    #[error("{0}: there is no answer")]
    NoAnswer(Step),
    /// The broker has accepted the first line, but it did not come back within the
    /// [patience](crate::Bridge::patience).
    #[error(
        "the bridge does not hear its own line: check that it may subscribe to what it publishes, and that the client \
         has no option that hides its own messages"
    )]
    NoEcho,
}

/// What a connection does, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// It is being made, and subscribes.
    Connect,
    /// It waits for its own first line.
    Probe,
    /// It is up, and carries lines.
    Follow,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "connecting",
            Self::Probe => "the probe",
            Self::Follow => "carrying lines",
        })
    }
}
