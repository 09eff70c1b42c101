//! Running a case under callgrind.

use std::process::Command;

/// Runs the operation. Callgrind counts from here until this returns.
#[inline(never)]
pub(crate) fn counted<R>(work: impl FnOnce() -> R) -> R {
    // Without this, the call would be a jump, and callgrind would never see a return.
    std::hint::black_box(work())
}

/// The name of the function for callgrind.
pub(crate) const COUNTED: &str = "instructions::callgrind::counted*";

/// Instructions of a processor.
#[derive(Clone, Copy)]
pub(crate) struct Count {
    pub(crate) instructions: f64,
    /// Those of them that lock: no other processor can use the memory that they change.
    pub(crate) locked: f64,
}

impl Count {
    /// The lower of each.
    pub(crate) fn least(counts: [Self; 3]) -> Self {
        let least = |kind: fn(&Self) -> f64| counts.iter().map(kind).fold(f64::INFINITY, f64::min);
        Self {
            instructions: least(|count| count.instructions),
            locked: least(|count| count.locked),
        }
    }
}

/// Runs this binary in a new process, and counts the instructions of `function`, which does the same thing this
/// number of times.
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
        .expect("valgrind must be installed");
    let said = String::from_utf8_lossy(&run.stderr);
    let collected = said
        .lines()
        .find_map(|line| Some(line.split_once("Collected : ")?.1));
    let counts = collected.unwrap_or_default().split_whitespace();
    let counts: Vec<f64> = counts.map_while(|count| count.parse().ok()).collect();
    match counts[..] {
        [instructions, ref locked @ ..] if run.status.success() && instructions > 0.0 => Count {
            instructions: instructions / times as f64,
            // The column is missing if there are none.
            locked: locked.first().unwrap_or(&0.0) / times as f64,
        },
        // Callgrind does not see a function that has been inlined.
        _ => panic!("{arguments:?} has not run, or nothing was counted in {function}:\n{said}"),
    }
}
