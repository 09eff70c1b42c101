//! Instructions, counted by callgrind: the same in each run, whatever else the machine does.
//!
//! `cargo bench --bench instructions -- [--check | --rewrite] [CASE…]`
//!
//! `--check` fails if a case takes more than `baseline.txt` says; `--rewrite` writes that file anew. Each case
//! is a process of its own under valgrind.

mod baseline;
mod callgrind;
mod cases;

use std::process::ExitCode;

use baseline::Baseline;
use cases::{CASES, Case};

fn main() -> ExitCode {
    let arguments = std::env::args().skip(1);
    let (options, names): (Vec<_>, Vec<_>) = arguments.partition(|word| word.starts_with("--"));
    let has = |wanted: &str| options.iter().any(|option| option == wanted);
    let is_wanted = |case: &&Case| names.is_empty() || names.iter().any(|name| name == case.name);
    let cases = CASES.iter().filter(is_wanted);
    if has(callgrind::INSIDE) {
        cases.for_each(Case::run);
        return ExitCode::SUCCESS;
    }
    let counts = cases.map(|case| (case.name.to_owned(), case.count()));
    let now = Baseline::new(counts.collect());
    let is_good = now.compare(&Baseline::read());
    if has("--rewrite") {
        now.write();
    }
    match has("--check") && !is_good {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    }
}
