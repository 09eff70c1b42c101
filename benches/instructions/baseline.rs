//! What is counted now, beside what was counted before.

use std::fs;
use std::process::Command;

use crate::callgrind::Count;

/// What each case takes, by its name, as a compiler has made it.
pub(crate) struct Baseline {
    compiler: String,
    cases: Vec<(String, Count)>,
}

impl Baseline {
    /// What has been counted now.
    pub(crate) fn new(cases: Vec<(String, Count)>) -> Self {
        Self {
            compiler: compiler(),
            cases,
        }
    }

    /// What was counted when the file was written.
    pub(crate) fn read() -> Self {
        let file = fs::read_to_string(FILE).unwrap_or_default();
        let (head, lines) = file.split_once('\n').unwrap_or(("no compiler", ""));
        Self {
            compiler: head.to_owned(),
            cases: lines.lines().filter_map(read).collect(),
        }
    }

    pub(crate) fn write(&self) {
        let line = |(name, count): &(String, Count)| {
            let Count {
                instructions,
                locked,
            } = count;
            format!("{name} {instructions:.1} {locked:.1}\n")
        };
        let lines: String = self.cases.iter().map(line).collect();
        let written = fs::write(FILE, format!("{}\n{lines}", self.compiler));
        written.expect("the folder is there");
    }

    /// Prints each case, and tells whether each is known and none takes more than before. On CI what cannot be compared
    /// has failed.
    pub(crate) fn compare(&self, before: &Self) -> bool {
        println!(
            "| case | instructions | before | of them locked | before | |\n|---|---|---|---|---|---|"
        );
        let mut is_good = true;
        for (name, now) in &self.cases {
            let former = before.cases.iter().find(|(former, _)| former == name);
            let former = former.map(|(_, count)| *count);
            let verdict = Verdict::of(*now, former);
            is_good &= !matches!(verdict, Verdict::More | Verdict::New);
            print(name, *now, former, verdict);
        }
        if self.compiler == before.compiler {
            return is_good;
        }
        println!(
            "\nNOT CHECKED: {FILE} is of {}, and this is {}",
            before.compiler, self.compiler
        );
        !std::env::var("CI").is_ok_and(|ci| ci == "true")
    }
}

fn read(line: &str) -> Option<(String, Count)> {
    let mut words = line.split(' ');
    let name = words.next()?.to_owned();
    let mut number = || words.next()?.parse().ok();
    let count = Count {
        instructions: number()?,
        locked: number()?,
    };
    Some((name, count))
}

fn print(name: &str, now: Count, before: Option<Count>, verdict: Verdict) {
    let before = |count: fn(Count) -> f64| {
        before.map_or(String::new(), |before| format!("{:.1}", count(before)))
    };
    let [instructions, locked] = [
        |count: Count| count.instructions,
        |count: Count| count.locked,
    ]
    .map(before);
    let verdict = match verdict {
        Verdict::Same => "",
        Verdict::New => "new: write it down with --rewrite",
        Verdict::Less => "less: write it down with --rewrite",
        Verdict::More => "MORE",
    };
    println!(
        "| {name} | {:.1} | {instructions} | {:.1} | {locked} | {verdict} |",
        now.instructions, now.locked
    );
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    New,
    Same,
    Less,
    More,
}

impl Verdict {
    fn of(now: Count, before: Option<Count>) -> Self {
        let Some(before) = before else {
            return Self::New;
        };
        let pairs = [
            (now.instructions, before.instructions),
            (now.locked, before.locked),
        ];
        if pairs
            .iter()
            .any(|(now, before)| *now > before * (1.0 + TOLERANCE) + ROUNDING)
        {
            Self::More
        } else if pairs
            .iter()
            .any(|(now, before)| *now < before * (1.0 - TOLERANCE) - ROUNDING)
        {
            Self::Less
        } else {
            Self::Same
        }
    }
}

/// Other compilers make other instructions.
fn compiler() -> String {
    let version = Command::new("rustc").arg("--version").output();
    let said = version.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    said.unwrap_or_else(|_| "an unknown compiler".to_owned())
}

const FILE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/benches/instructions/baseline.txt"
);

/// By how much a count may differ from what it was, as a part of it: where the keys fall makes up to 1.8 % of it.
const TOLERANCE: f64 = 0.03;

/// What the file does not tell.
const ROUNDING: f64 = 0.1;
