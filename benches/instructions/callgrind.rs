//! Running a case under callgrind.

use std::process::Command;

/// Does what is to be counted. Callgrind counts from here on until it is done.
#[inline(never)]
pub(crate) fn counted<R>(work: impl FnOnce() -> R) -> R {
    // Without it this would be a jump, from which callgrind never sees a return.
    std::hint::black_box(work())
}

/// How callgrind knows it.
pub(crate) const COUNTED: &str = "instructions::callgrind::counted*";

/// What a processor does.
#[derive(Clone, Copy)]
pub(crate) struct Count {
    pub(crate) instructions: f64,
    /// Those among them that keep all other processors from the memory that they change.
    pub(crate) locked: f64,
}

impl Count {
    /// The least of each.
    pub(crate) fn least(counts: [Self; 3]) -> Self {
        let least = |kind: fn(&Self) -> f64| counts.iter().map(kind).fold(f64::INFINITY, f64::min);
        Self {
            instructions: least(|count| count.instructions),
            locked: least(|count| count.locked),
        }
    }
}

/// Runs this binary in a process of its own, and counts what it does in `function`, of which this is so many times the
/// same.
pub(crate) fn count(arguments: [&str; 2], function: &str, times: usize) -> Count {
    let binary = std::env::current_exe().expect("this is a file");
    let run = Command::new("valgrind")
        .args([
            "--tool=callgrind",
            "--callgrind-out-file=/dev/null",
            "--collect-bus=yes",
        ])
        .arg(format!("--toggle-collect={function}"))
        .arg(binary)
        .args(arguments)
        .output()
        .expect("valgrind is to be installed");
    let said = String::from_utf8_lossy(&run.stderr);
    let collected = said
        .lines()
        .find_map(|line| Some(line.split_once("Collected : ")?.1));
    let counts = collected.unwrap_or_default().split_whitespace();
    let counts: Vec<f64> = counts.map_while(|count| count.parse().ok()).collect();
    match counts[..] {
        [instructions, ref locked @ ..] if run.status.success() && instructions > 0.0 => Count {
            instructions: instructions / times as f64,
            // It is left out if there are none.
            locked: locked.first().unwrap_or(&0.0) / times as f64,
        },
        // A function that has been inlined is not seen.
        _ => panic!("{arguments:?} has not run, or nothing was counted in {function}:\n{said}"),
    }
}
