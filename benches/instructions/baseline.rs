//! The ratios of the last accepted run.

use std::fs;

use crate::row::{Kind, Row};
use crate::tools::tools;

/// The ratios of each case by name, and the tools that produced them.
pub(crate) struct Baseline {
    pub(crate) tools: String,
    cases: Vec<(String, [f64; 2])>,
}

impl Baseline {
    /// The ratios in the file.
    pub(crate) fn read() -> Self {
        let file = fs::read_to_string(FILE).unwrap_or_default();
        let (tools, lines) = file.split_once('\n').unwrap_or(("no tools", ""));
        Self {
            tools: tools.to_owned(),
            cases: lines.lines().filter_map(read).collect(),
        }
    }

    pub(crate) fn ratio(&self, name: &str, kind: Kind) -> Option<f64> {
        let (_, [instructions, locked]) = self.cases.iter().find(|(case, _)| case == name)?;
        Some(match kind {
            Kind::Instructions => *instructions,
            Kind::Locked => *locked,
        })
    }
}

/// The counts behind the ratios are only for readers of the file.
fn read(line: &str) -> Option<(String, [f64; 2])> {
    let mut words = line.split(' ');
    let name = words.next()?.to_owned();
    let mut number = || words.next()?.parse().ok();
    Some((name, [number()?, number()?]))
}

pub(crate) fn write(rows: &[Row]) {
    let lines: String = rows.iter().map(line).collect();
    let written = fs::write(FILE, format!("{}\n{HEAD}\n{lines}", tools()));
    written.expect("the folder is there");
}

fn line(row: &Row) -> String {
    let [ratio, locked] = [Kind::Instructions, Kind::Locked].map(|kind| row.ratio(kind));
    let Row {
        name,
        ours,
        by_hand,
    } = row;
    format!(
        "{name} {ratio:.3} {locked:.3} {:.1} {:.1} {:.1} {:.1}\n",
        ours.instructions, by_hand.instructions, ours.locked, by_hand.locked
    )
}

const FILE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/benches/instructions/baseline.txt"
);

/// The columns.
const HEAD: &str = "case ratio locked-ratio ours by-hand locked-ours locked-by-hand";
