//! An example as a server.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A server in a process of its own.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: SocketAddr,
    /// What it goes on to say.
    says: BufReader<std::process::ChildStdout>,
}

impl Server {
    pub(crate) fn start(example: &str, arguments: &[&str]) -> Self {
        let mut process = Command::new(built(example))
            .args(arguments)
            .env("PORT", "0")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut says = BufReader::new(process.stdout.take().unwrap());
        let mut greeting = String::new();
        says.read_line(&mut greeting).unwrap();
        let address = greeting.split("http://").nth(1).unwrap();
        let address = address.split_whitespace().next().unwrap().parse().unwrap();
        Self {
            process,
            address,
            says,
        }
    }

    /// Waits until it has nothing to do: by then it holds what it has been sent.
    pub(crate) async fn comes_to_rest(&self) {
        let (mut before, mut quiet) = (String::new(), 0);
        while quiet < 10 {
            tokio::time::sleep(std::time::Duration::from_millis(30)).await;
            let now = self.time_used();
            quiet = if now == before { quiet + 1 } else { 0 };
            before = now;
        }
    }

    /// The processor time that it has used, in ticks of the system.
    fn time_used(&self) -> String {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).unwrap();
        let fields: Vec<_> = stat.split_whitespace().skip(13).take(2).collect();
        fields.join(" ")
    }

    pub(crate) fn send(&self, signal: &str) {
        let kill = Command::new("kill")
            .args([signal, &self.process.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
    }

    /// Waits until it has exited, well, and returns what it has said in the meantime.
    pub(crate) fn last_words(mut self) -> String {
        assert!(self.process.wait().unwrap().success());
        let mut last_words = String::new();
        self.says.read_to_string(&mut last_words).unwrap();
        last_words
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Where cargo has put an example, which it builds with the tests.
fn built(example: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let path = tests
        .parent()
        .unwrap()
        .with_file_name("examples")
        .join(example);
    assert!(
        path.exists(),
        "first: cargo build --all-features --examples"
    );
    path
}
