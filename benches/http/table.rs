//! The tables, in Markdown.

use std::fmt::Display;

use support::measure::Spread;

use crate::comparisons::{COMPARISONS, Comparison};
use crate::contenders::ALL;
use crate::figures::Figure::{self, *};
use crate::figures::Record;

pub(crate) fn print(record: &Record) {
    for comparison in COMPARISONS {
        print_ratios(&comparison, record);
    }
    print_figures(record);
}

/// Prints the columns of contenders that were both measured.
fn print_ratios(comparison: &Comparison, record: &Record) {
    let columns = comparison.columns.iter();
    let columns = columns.filter(|column| record.has(column.of) && record.has(column.to));
    let columns: Vec<_> = columns.collect();
    if columns.is_empty() {
        return;
    }
    let titles = columns.iter().map(|column| column.title);
    print_head(comparison.title, titles);
    for &figure in comparison.rows {
        let ratios = columns.iter();
        let ratios = ratios.map(|column| cell(record.ratio(column.of, column.to, figure)));
        print_row(figure.title(), ratios);
    }
}

/// Prints the figures themselves.
fn print_figures(record: &Record) {
    let contenders = ALL.iter().map(|contender| contender.name);
    let contenders: Vec<_> = contenders.filter(|name| record.has(name)).collect();
    if contenders.is_empty() {
        return;
    }
    print_head("", FIGURES.map(|(title, _)| title));
    for contender in contenders {
        let cells = FIGURES.map(|(_, figure)| cell(record.spread(contender, figure)));
        print_row(contender, cells);
    }
}

fn cell(spread: Option<Spread>) -> String {
    spread.map_or_else(|| "–".to_owned(), |spread| spread.to_string())
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

const FIGURES: [(&str, Figure); 8] = [
    ("multicast, µs of CPU", Multicast),
    ("first answer, ms", FirstAnswer),
    ("last answer, ms", LastAnswer),
    ("unicast, µs of CPU", Unicast),
    ("one at a time, p50, µs", OneAtATime),
    ("time-out late by, p50, ms", Lateness),
    ("held request, all in, KiB", Held),
    ("beyond an idle connection, KiB", HeldBesideIdle),
];
