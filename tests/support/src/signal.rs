//! Signals to other processes.

use std::process::Command;

/// Sends a signal by the shell, since a bare machine has no program `kill`. Returns whether it was sent.
pub fn send_signal(signal: &str, process: u32) -> bool {
    let command = format!("kill -s {signal} {process}");
    let sent = Command::new("sh").args(["-c", &command]).status();
    sent.is_ok_and(|status| status.success())
}
