//! What is compared to what.

use crate::figures::Figure::{self, *};

/// A table of ratios, cycle by cycle.
pub(crate) struct Comparison {
    pub(crate) title: &'static str,
    pub(crate) columns: &'static [Column],
    /// The figures, and how large a ratio may be.
    pub(crate) rows: &'static [(Figure, &'static str)],
}

/// A contender, and the one that it is compared to.
pub(crate) struct Column {
    pub(crate) title: &'static str,
    pub(crate) of: &'static str,
    pub(crate) to: &'static str,
}

impl Comparison {
    pub(crate) fn has_reach(&self) -> bool {
        self.rows.iter().any(|(_, reach)| !reach.is_empty())
    }
}

pub(crate) const COMPARISONS: [Comparison; 4] = [
    Comparison {
        title: "CPU, to by hand on axum",
        columns: &[
            column("handler, in passes", "axum-handler", "axum-by-hand"),
            column("at once", "axum-handler-once", "axum-by-hand"),
            column("layer, in passes", "axum-layer", "axum-by-hand"),
            column("at once", "axum-layer-once", "axum-by-hand"),
            column(
                "handler, in passes, mimalloc on both sides",
                "axum-handler-mimalloc",
                "axum-by-hand-mimalloc",
            ),
        ],
        rows: &[
            (Multicast, "≤ 0.95"),
            (QuietMulticast, "≤ 0.95"),
            (Unicast, "≤ 1.0"),
            (Unheard, ""),
            (Timeout, "≤ 0.75"),
            (ParkByKey, "≤ 1.05"),
            (ParkOnOneKey, "≤ 1.05"),
        ],
    },
    Comparison {
        title: "CPU, to by hand on actix",
        columns: &[
            column("handler, in passes", "actix-handler", "actix-by-hand"),
            column("at once", "actix-handler-once", "actix-by-hand"),
            column("middleware, in passes", "actix-layer", "actix-by-hand"),
            column("at once", "actix-layer-once", "actix-by-hand"),
        ],
        rows: &[
            (Multicast, "≤ 1.0"),
            (QuietMulticast, "≤ 1.0"),
            (Unicast, "≤ 1.0"),
            (Unheard, ""),
            (Timeout, "≤ 0.9"),
            (ParkByKey, "≤ 1.05"),
            (ParkOnOneKey, "≤ 1.05"),
        ],
    },
    Comparison {
        title: "to nchan with one worker",
        columns: &[
            column("own server, one thread", "own", "nchan"),
            column("two threads", "own-2", "nchan"),
            column("axum, in a handler", "axum-handler", "nchan"),
            column("axum, by hand", "axum-by-hand", "nchan"),
            column("floor", "floor", "nchan"),
        ],
        rows: ALL_OF_IT,
    },
    Comparison {
        title: "to the floor",
        columns: &[
            column("own server, one thread", "own", "floor"),
            column("nchan", "nchan", "floor"),
            column("axum, by hand", "axum-by-hand", "floor"),
        ],
        rows: ALL_OF_IT,
    },
];

const ALL_OF_IT: &[(Figure, &str)] = &[
    (Multicast, ""),
    (QuietMulticast, ""),
    (LastAnswer, ""),
    (Unicast, ""),
    (Unheard, ""),
    (Timeout, ""),
    (ParkByKey, ""),
    (ParkOnOneKey, ""),
    (OneAtATime, ""),
    (Held, ""),
];

const fn column(title: &'static str, of: &'static str, to: &'static str) -> Column {
    Column { title, of, to }
}
