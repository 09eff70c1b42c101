//! The tools that influence the counts.

use std::process::Command;

/// The compiler, the libc and valgrind, which tells the libc what the processor can do.
pub(crate) fn tools() -> String {
    let versions = [
        ["rustc", "--version"],
        ["getconf", "GNU_LIBC_VERSION"],
        ["valgrind", "--version"],
    ];
    versions.map(version).join(", ")
}

fn version([program, option]: [&str; 2]) -> String {
    let version = Command::new(program).arg(option).output();
    let said = version.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    said.unwrap_or_else(|_| format!("no {program}"))
}
