//! The server, seen from outside.

use std::io::{self, BufRead, BufReader, Lines, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use support::measure::Process;

/// This binary, as a server in a separate process.
pub(crate) struct Remote {
    pub(crate) process: Process,
    pub(crate) address: SocketAddr,
    child: Child,
    commands: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Remote {
    pub(crate) fn start() -> io::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(SERVE)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let commands = child.stdin.take().expect("a pipe");
        let mut answers = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let address = answers.next().expect("an address")?;
        Ok(Self {
            process: Process::new(child.id()),
            address: address.parse().expect("an address"),
            child,
            commands,
            answers,
        })
    }

    pub(crate) fn tell(&mut self, command: &str) {
        writeln!(self.commands, "{command}").expect("it listens");
    }

    pub(crate) fn hear(&mut self) -> String {
        let answer = self.answers.next().expect("it has not ended");
        answer.expect("it speaks in words")
    }

    pub(crate) fn ask(&mut self, command: &str) -> String {
        self.tell(command);
        self.hear()
    }

    /// Waits until it has ended.
    pub(crate) fn end(mut self) -> io::Result<()> {
        let status = self.child.wait()?;
        assert!(status.success());
        Ok(())
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        // If the client has failed, the server must not stay behind.
        let _ = self.child.kill();
    }
}

/// The option with which this binary is a server.
pub(crate) const SERVE: &str = "--serve";
