//! What is compared to what.

use crate::figures::Figure::{self, *};

/// A table of ratios, cycle by cycle.
pub(crate) struct Comparison {
    pub(crate) title: &'static str,
    pub(crate) columns: &'static [Column],
    pub(crate) rows: &'static [Figure],
}

/// A contender, and the one that it is compared to.
pub(crate) struct Column {
    pub(crate) title: &'static str,
    pub(crate) of: &'static str,
    pub(crate) to: &'static str,
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
        rows: CPU,
    },
    Comparison {
        title: "CPU, to by hand on actix",
        columns: &[
            column("handler, in passes", "actix-handler", "actix-by-hand"),
            column("at once", "actix-handler-once", "actix-by-hand"),
            column("middleware, in passes", "actix-layer", "actix-by-hand"),
            column("at once", "actix-layer-once", "actix-by-hand"),
        ],
        rows: CPU,
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

const CPU: &[Figure] = &[
    Multicast,
    QuietMulticast,
    Unicast,
    Unheard,
    Timeout,
    ParkByKey,
    ParkOnOneKey,
];

const ALL_OF_IT: &[Figure] = &[
    Multicast,
    QuietMulticast,
    LastAnswer,
    Unicast,
    Unheard,
    Timeout,
    ParkByKey,
    ParkOnOneKey,
    OneAtATime,
    Held,
];

const fn column(title: &'static str, of: &'static str, to: &'static str) -> Column {
    Column { title, of, to }
}
