//! How often a request is answered.

use crate::suspended::Suspended;

/// How often a request is answered.
pub(super) trait Pace {
    /// Whether the request goes on when it has been answered, and when its time is up.
    const GOES_ON: bool;

    /// How many of its passes do not count any more.
    fn passes_before(&self) -> u32;

    /// A pass has suspended that had this number when it began. Returns whether it was due because of an answer.
    fn suspend(&mut self, token: &Suspended, start: u64) -> bool;
}

/// One answer.
pub(super) struct Once;

impl Pace for Once {
    const GOES_ON: bool = false;

    fn passes_before(&self) -> u32 {
        0
    }

    fn suspend(&mut self, _: &Suspended, _: u64) -> bool {
        false
    }
}
