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

/// The option for the process that runs under callgrind.
pub(crate) const INSIDE: &str = "--inside";

/// Runs a case of this binary in a process of its own, and returns how many instructions it takes in `function`.
pub(crate) fn instructions(case: &str, function: &str) -> u64 {
    let binary = std::env::current_exe().expect("this is a file");
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(format!("--toggle-collect={function}"))
        .arg(binary)
        .args([INSIDE, case])
        .output()
        .expect("valgrind is to be installed");
    let said = String::from_utf8_lossy(&run.stderr);
    let collected = said
        .lines()
        .find_map(|line| line.split_once("Collected : "));
    let count = collected.and_then(|(_, count)| count.trim().parse().ok());
    match count {
        Some(count) if run.status.success() && count > 0 => count,
        _ => panic!("{case} has not run, or nothing was counted:\n{said}"),
    }
}
