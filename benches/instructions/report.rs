//! The tables.

use crate::baseline::Baseline;
use crate::row::{Kind, Row};
use crate::tools::tools;
use crate::verdict::{Tolerance, Verdict};

/// Prints the results of all cases. Returns whether each case was compared and takes no more than before.
pub(crate) fn report(rows: &[Row], before: &Baseline) -> bool {
    let tolerance = match before.tools == tools() {
        true => Tolerance::SAME_TOOLS,
        false => Tolerance::OTHER_TOOLS,
    };
    let kinds = [
        ("instructions", Kind::Instructions),
        ("locked instructions", Kind::Locked),
    ];
    let are_good = kinds.map(|(title, kind)| table(title, kind, rows, before, tolerance));
    println!("counted with {}", tools());
    println!("baseline of  {}", before.tools);
    println!("tolerance    {} %", tolerance.percent());
    are_good == [true; 2] && !rows.is_empty()
}

fn table(title: &str, kind: Kind, rows: &[Row], before: &Baseline, tolerance: Tolerance) -> bool {
    println!("| {title} | ours | by hand | ratio | baseline | verdict |");
    println!("|---|---|---|---|---|---|");
    let mut is_good = true;
    for row in rows {
        let before = before.ratio(row.name, kind);
        let verdict = Verdict::of(row.ratio(kind), before, tolerance);
        is_good &= verdict.is_good();
        print(row, kind, before, verdict);
    }
    println!();
    is_good
}

fn print(row: &Row, kind: Kind, before: Option<f64>, verdict: Verdict) {
    let [ours, by_hand] = [row.ours, row.by_hand].map(|count| kind.of(count));
    let before = before.map_or(String::new(), |ratio| format!("{ratio:.3}"));
    let (name, ratio, verdict) = (row.name, row.ratio(kind), verdict.text());
    println!("| {name} | {ours:.1} | {by_hand:.1} | {ratio:.3} | {before} | {verdict} |");
}
