//! The result of a case.

use crate::callgrind::Count;
use crate::case::Case;

/// Instructions of one operation, ours and by hand.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) ours: Count,
    pub(crate) by_hand: Count,
}

/// A kind of instruction.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Instructions,
    Locked,
}

impl Row {
    pub(crate) fn count(case: &Case) -> Self {
        let [ours, by_hand] = case.count();
        Self {
            name: case.name,
            ours,
            by_hand,
        }
    }

    /// Below 1 if ours takes less.
    pub(crate) fn ratio(&self, kind: Kind) -> f64 {
        kind.of(self.ours) / kind.of(self.by_hand)
    }
}

impl Kind {
    pub(crate) fn of(self, count: Count) -> f64 {
        match self {
            Self::Instructions => count.instructions,
            Self::Locked => count.locked,
        }
    }
}
