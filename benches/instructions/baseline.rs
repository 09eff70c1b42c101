//! What is counted now, beside what was counted before.

use std::fmt;
use std::fs;
use std::process::Command;

/// Instructions each, by the name of the case, and the compiler that has made them.
pub(crate) struct Baseline {
    compiler: String,
    cases: Vec<(String, f64)>,
}

impl Baseline {
    /// What has been counted now.
    pub(crate) fn new(cases: Vec<(String, f64)>) -> Self {
        Self {
            compiler: compiler(),
            cases,
        }
    }

    /// What was counted when the file was written.
    pub(crate) fn read() -> Self {
        let file = fs::read_to_string(FILE).unwrap_or_default();
        let (head, lines) = file.split_once('\n').unwrap_or(("no compiler", ""));
        let case = |line: &str| {
            let (name, count) = line.split_once(' ')?;
            Some((name.to_owned(), count.parse().ok()?))
        };
        Self {
            compiler: head.to_owned(),
            cases: lines.lines().filter_map(case).collect(),
        }
    }

    pub(crate) fn write(&self) {
        let case = |(name, count): &(String, f64)| format!("{name} {count:.1}\n");
        let lines: String = self.cases.iter().map(case).collect();
        let written = fs::write(FILE, format!("{}\n{lines}", self.compiler));
        written.expect("the folder is there");
    }

    /// Prints each case, and tells whether none takes more than before.
    pub(crate) fn compare(&self, before: &Self) -> bool {
        println!("| case | instructions each | before | |\n|---|---|---|---|");
        let mut is_good = true;
        for (name, count) in &self.cases {
            let former = before.cases.iter().find(|(former, _)| former == name);
            let verdict = Verdict::of(*count, former.map(|(_, count)| *count));
            println!("| {name} | {count:.1} | {verdict} |");
            is_good &= !matches!(verdict, Verdict::More(_));
        }
        if self.compiler == before.compiler {
            return is_good;
        }
        println!(
            "\nNOT CHECKED: {FILE} is of {}, and this is {}",
            before.compiler, self.compiler
        );
        true
    }
}

/// How a count compares with what it was.
enum Verdict {
    New,
    Same(f64),
    Less(f64),
    More(f64),
}

impl Verdict {
    fn of(count: f64, before: Option<f64>) -> Self {
        match before {
            None => Self::New,
            Some(before) if count > before * (1.0 + TOLERANCE) => Self::More(before),
            Some(before) if count < before * (1.0 - TOLERANCE) => Self::Less(before),
            Some(before) => Self::Same(before),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New => f.write_str("| new"),
            Self::Same(before) => write!(f, "{before:.1} |"),
            Self::Less(before) => write!(f, "{before:.1} | less: write it down with --rewrite"),
            Self::More(before) => write!(f, "{before:.1} | MORE"),
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

/// By how much a count may differ from what it was, as a part of it. The keys' places make it differ by up to 1.8 %.
const TOLERANCE: f64 = 0.03;
