//! The tables, in Markdown.

use std::fmt::Display;

use crate::contenders::ALL;
use crate::figures::Figure::{self, *};
use crate::figures::Record;

/// Ratios of contenders to others, cycle by cycle.
struct Ratios {
    title: &'static str,
    columns: &'static [Column],
    /// The figures, and how large a ratio may be.
    rows: &'static [(Figure, &'static str)],
}

/// A contender, and the one that it is compared to.
struct Column {
    title: &'static str,
    of: &'static str,
    to: &'static str,
}

pub(crate) fn print(record: &Record) {
    for ratios in TABLES {
        ratios.print(record);
    }
    print_figures(record);
}

impl Ratios {
    /// Prints the columns whose contenders were both measured.
    fn print(&self, record: &Record) {
        let is_measured = |column: &&Column| record.has(column.of) && record.has(column.to);
        let columns: Vec<_> = self.columns.iter().filter(is_measured).collect();
        if columns.is_empty() {
            return;
        }
        let has_reach = self.rows.iter().any(|(_, reach)| !reach.is_empty());
        let reach = |reach| has_reach.then_some(reach);
        let titles = columns.iter().map(|column| column.title);
        print_head(self.title, titles.chain(reach("reach")));
        for &(figure, most) in self.rows {
            let ratios = columns.iter().map(|column| {
                let ratio = record.ratio(column.of, column.to, figure);
                ratio.map_or(String::from("–"), |ratio| ratio.to_string())
            });
            let reach = reach(most).map(String::from);
            print_row(figure.title(), ratios.chain(reach));
        }
    }
}

/// Prints the figures themselves.
fn print_figures(record: &Record) {
    let contenders = ALL.iter().map(|contender| contender.name);
    let contenders: Vec<_> = contenders.filter(|name| record.has(name)).collect();
    if contenders.is_empty() {
        return;
    }
    print_head("", FIGURES.map(Figure::title));
    for contender in contenders {
        let spread = |figure| record.spread(contender, figure);
        let cells = FIGURES.map(|figure| spread(figure).map_or(String::new(), |it| it.to_string()));
        print_row(contender, cells);
    }
}

fn print_head<'a>(corner: &str, titles: impl IntoIterator<Item = &'a str>) {
    let titles: Vec<_> = titles.into_iter().collect();
    println!();
    print_row(corner, &titles);
    println!("|---|{}", "---|".repeat(titles.len()));
}

fn print_row(name: &str, cells: impl IntoIterator<Item = impl Display>) {
    let cells = cells.into_iter().map(|cell| format!(" {cell} |"));
    println!("| {name} |{}", cells.collect::<String>());
}

const TABLES: [Ratios; 4] = [
    Ratios {
        title: "on axum, CPU to by hand",
        columns: &[
            Column {
                title: "in a handler, in passes",
                of: "axum-handler",
                to: "axum-by-hand",
            },
            Column {
                title: "at once",
                of: "axum-handler-once",
                to: "axum-by-hand",
            },
            Column {
                title: "under the layer, in passes",
                of: "axum-layer",
                to: "axum-by-hand",
            },
            Column {
                title: "at once",
                of: "axum-layer-once",
                to: "axum-by-hand",
            },
            Column {
                title: "in a handler, in passes, both with mimalloc",
                of: "axum-handler-mimalloc",
                to: "axum-by-hand-mimalloc",
            },
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
    Ratios {
        title: "on actix, CPU to by hand",
        columns: &[
            Column {
                title: "in a handler, in passes",
                of: "actix-handler",
                to: "actix-by-hand",
            },
            Column {
                title: "at once",
                of: "actix-handler-once",
                to: "actix-by-hand",
            },
            Column {
                title: "under the middleware, in passes",
                of: "actix-layer",
                to: "actix-by-hand",
            },
            Column {
                title: "at once",
                of: "actix-layer-once",
                to: "actix-by-hand",
            },
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
    Ratios {
        title: "to nchan with one worker",
        columns: &[
            Column {
                title: "own server, one thread",
                of: "own",
                to: "nchan",
            },
            Column {
                title: "two threads",
                of: "own-2",
                to: "nchan",
            },
            Column {
                title: "floor",
                of: "floor",
                to: "nchan",
            },
            Column {
                title: "axum, in a handler",
                of: "axum-handler",
                to: "nchan",
            },
            Column {
                title: "axum, by hand",
                of: "axum-by-hand",
                to: "nchan",
            },
        ],
        rows: ALL_RATIOS,
    },
    Ratios {
        title: "to the floor",
        columns: &[
            Column {
                title: "own server, one thread",
                of: "own",
                to: "floor",
            },
            Column {
                title: "nchan",
                of: "nchan",
                to: "floor",
            },
        ],
        rows: ALL_RATIOS,
    },
];

const ALL_RATIOS: &[(Figure, &str)] = &[
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

const FIGURES: [Figure; 8] = [
    Multicast,
    QuietMulticast,
    FirstAnswer,
    LastAnswer,
    OneAtATime,
    Lateness,
    Held,
    HeldBesideIdle,
];
