//! Instructions, counted by callgrind: ours and those of a contender by hand, in the same run. So the result hardly
//! depends on the load, the compiler and the libc of the machine.
//!
//! `cargo bench --bench instructions -- [--check | --rewrite] [CASE…]`
//!
//! `--check` fails if the ratio of a case is greater than in `baseline.txt`. `--rewrite` writes the whole file again.
//! Each case runs in two processes under valgrind, one for each contender.

mod baseline;
mod by_hand;
mod callgrind;
mod case;
mod cases;
mod contender;
mod frameworks;
mod ours;
mod report;
mod row;
mod tools;
mod verdict;

use std::process::ExitCode;

use baseline::Baseline;
use case::{BY_HAND, CASES, Case, OURS};
use report::report;
use row::Row;

fn main() -> ExitCode {
    let arguments = std::env::args().skip(1);
    let (options, names): (Vec<_>, Vec<_>) = arguments.partition(|word| word.starts_with("--"));
    let has = |wanted: &str| options.iter().any(|option| option == wanted);
    let is_all = names.is_empty() || has("--rewrite");
    let is_wanted = |case: &&Case| is_all || names.iter().any(|name| name == case.name);
    let cases = CASES.iter().filter(is_wanted);
    if let Some(side) = [OURS, BY_HAND].into_iter().find(|side| has(side)) {
        cases.for_each(|case| case.run(side));
        return ExitCode::SUCCESS;
    }
    let rows: Vec<_> = cases.map(Row::count).collect();
    let is_good = report(&rows, &Baseline::read());
    if has("--rewrite") {
        baseline::write(&rows);
    }
    match has("--check") && !is_good {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    }
}
