//! An example as a server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use support::{Connection, send_signal};

/// A server in a separate process.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: SocketAddr,
    /// Its further output.
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

    pub(crate) fn connect(&self) -> Connection {
        Connection::to(self.address)
    }

    /// Waits until it holds this number of requests.
    pub(crate) fn until_it_holds(&self, requests: usize) {
        let held = format!("\r\n\r\n{requests}");
        // Fewer tries than those of `until`, because each is a request.
        let holds = |_| self.page("/healthz").ends_with(&held);
        assert!((0..100_000).any(holds), "{requests} are not held");
    }

    /// The answer of a page, with its head.
    fn page(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut page = String::new();
        stream.read_to_string(&mut page).unwrap();
        page
    }

    pub(crate) fn send(&self, signal: &str) {
        assert!(send_signal(signal, self.process.id()));
    }

    /// Waits until it has exited without an error, and returns its output since the start.
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

/// Where cargo puts an example, beside the tests. It has built them already if it was told to test everything.
pub(crate) fn built(example: &str) -> PathBuf {
    static EXAMPLES: OnceLock<PathBuf> = OnceLock::new();
    EXAMPLES.get_or_init(build).join(example)
}

fn build() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(|deps| deps.parent()).unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--locked", "--all-features"]);
    cargo.args([
        "--example",
        "chat",
        "--example",
        "chat_actix",
        "--example",
        "hold",
        "--example",
        "own_server",
    ]);
    cargo.arg("--target-dir").arg(profile.parent().unwrap());
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    assert!(cargo.status().unwrap().success());
    profile.join("examples")
}
