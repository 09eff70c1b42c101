//! The targets for the figures.

use std::collections::BTreeMap;

use support::measure::Spread;

/// The targets for our figures: rows and limits.
pub(crate) enum Mark {
    /// A row, and its highest number of nanoseconds.
    Nanoseconds(&'static str, f64),
    /// A row, the row that it is divided by, and the highest ratio.
    AtMost(&'static str, &'static str, f64),
    /// A row, the row that it is divided by, and the lowest ratio.
    AtLeast(&'static str, &'static str, f64),
}

/// For a machine of the class for which the targets were set, at full size.
pub(crate) const MARKS: [Mark; 23] = [
    Mark::Nanoseconds("first-poll-10k", 100.0),
    Mark::Nanoseconds("first-poll-1m", 450.0),
    Mark::AtMost("suspend-10k", "suspend-10k/Notify", 0.8),
    Mark::AtMost("suspend-1m", "suspend-1m/Notify", 0.8),
    Mark::Nanoseconds("cancel-10k", 45.0),
    Mark::Nanoseconds("cancel-1m", 400.0),
    Mark::Nanoseconds("notify-1-of-10k", 60.0),
    Mark::Nanoseconds("notify-1-of-1m", 350.0),
    Mark::Nanoseconds("notify-10k-of-10k", 3.0),
    Mark::Nanoseconds("notify-10k-of-1m", 6.0),
    Mark::AtMost("notify-10k-of-10k", "notify-10k-of-10k/Notify", 0.5),
    Mark::AtMost(
        "tasks-notify-caller-10k-on-1",
        "tasks-notify-caller-10k-on-1/Notify",
        0.6,
    ),
    Mark::AtMost(
        "tasks-notify-all-10k-on-1",
        "tasks-notify-all-10k-on-1/Notify",
        0.6,
    ),
    Mark::AtMost(
        "tasks-notify-caller-10k-on-2",
        "tasks-notify-caller-10k-on-2/Notify",
        0.6,
    ),
    Mark::AtMost(
        "tasks-notify-all-10k-on-2",
        "tasks-notify-all-10k-on-2/Notify",
        0.6,
    ),
    Mark::AtMost("tasks-notify-caller-10k-on-1", "bare-loop-10k-on-1", 1.1),
    Mark::AtMost("tasks-notify-caller-10k-on-2", "bare-loop-10k-on-2", 1.1),
    Mark::Nanoseconds("expiry-100k-within-30s-by-1ms", 180.0),
    Mark::Nanoseconds("expiry-100k-within-30s-by-30s/dacapo on tokio", 180.0),
    Mark::Nanoseconds("expiry-100k-within-1ms-by-1ms", 60.0),
    Mark::Nanoseconds("notify-0-of-10k", 40.0),
    Mark::AtLeast("one-thread-10k-keys", "two-threads-10k-keys", 1.6),
    Mark::AtLeast("one-thread-1m-keys", "two-threads-1m-keys", 1.3),
];

/// All figures, by the names of their rows.
pub(crate) type Figures = BTreeMap<String, Spread>;

/// Compares the figures that have been measured with their targets, and prints the result.
pub(crate) fn report(figures: &Figures) {
    println!("\n| figure | here | target | |\n|---|---|---|---|");
    for mark in MARKS {
        if let Some(line) = mark.line(figures) {
            println!("{line}");
        }
    }
}

impl Mark {
    fn line(&self, figures: &Figures) -> Option<String> {
        let ratio = |row: &str, of: &str| Some(figures.get(row)?.median / figures.get(of)?.median);
        let verdict = |is_reached| if is_reached { "reached" } else { "not yet" };
        Some(match self {
            Self::Nanoseconds(row, most) => {
                let spread = figures.get(*row)?;
                let verdict = verdict(spread.median <= *most);
                format!("| {row} | {spread} | ≤ {most} | {verdict} |")
            }
            Self::AtMost(row, of, most) => {
                let ratio = ratio(row, of)?;
                let verdict = verdict(ratio <= *most);
                format!("| {row} : {of} | {ratio:.2} | ≤ {most} | {verdict} |")
            }
            Self::AtLeast(row, of, least) => {
                let ratio = ratio(row, of)?;
                let verdict = verdict(ratio >= *least);
                format!("| {row} : {of} | {ratio:.2} | ≥ {least} | {verdict} |")
            }
        })
    }
}
