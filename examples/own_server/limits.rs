//! What a client may send, and how long it may take.

use std::time::Duration;

/// Bytes of a head, and of what comes behind a body in chunks.
pub(crate) const HEAD_SIZE: usize = 8 << 10;

/// Lines of a head.
pub(crate) const HEAD_LINES: usize = 64;

/// Bytes of a body.
pub(crate) const BODY_SIZE: u64 = 2 << 20;

/// Bytes that are read ahead while a poll is held. The rest waits with its client: the server reads on when the poll is
/// answered.
pub(crate) const READ_AHEAD: usize = 4 << 10;

/// The longest hold, even if a client asks for more.
pub(crate) const HOLD: Duration = Duration::from_secs(24 * 60 * 60);

/// How long the last answers may take when the hub is shut down: some clients never read them.
pub(crate) const LAST_ANSWERS: Duration = Duration::from_millis(700);

/// How long a client may take. A poll that is held is limited by its own time-out alone.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    /// To begin a request.
    pub(crate) idle: Duration,
    /// To send the rest of a head.
    pub(crate) head: Duration,
    /// To send the rest of a body.
    pub(crate) body: Duration,
    /// To take any bytes of an answer.
    pub(crate) write: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(600),
            head: Duration::from_secs(10),
            body: Duration::from_secs(30),
            write: Duration::from_secs(30),
        }
    }
}
