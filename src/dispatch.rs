//! Why a pass runs.

/// Why a pass runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dispatch {
    /// The request has just arrived.
    Initial,
    /// Something that it waited for may have happened.
    ///
    /// Check again, and suspend again if there is nothing. A wake-up may be needless, and does not extend the
    /// request's time.
    Resumed,
    /// Its time is up, and nothing has happened.
    Expired,
}
