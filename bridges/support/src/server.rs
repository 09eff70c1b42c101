//! A server that a test starts, stops and starts again.

use std::fmt::Debug;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use dacapo_transport::Broker;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// A kind of broker.
pub trait Kind: 'static {
    type Broker: Broker + Debug + 'static;

    /// Starts a server on this port of the loopback interface, with its files in this folder.
    fn command(port: u16, folder: &Path) -> Command;

    /// A broker at this port.
    fn broker(port: u16) -> Self::Broker;
}

/// A running server. It ends when it is dropped.
pub struct Server {
    pub port: u16,
    folder: PathBuf,
    command: fn(u16, &Path) -> Command,
    child: Child,
}

impl Server {
    pub async fn start<K: Kind>() -> Self {
        Self::start_with(K::command).await
    }

    pub async fn start_with(command: fn(u16, &Path) -> Command) -> Self {
        let folder = std::env::temp_dir().join(format!("bridge-{:016x}", fastrand::u64(..)));
        std::fs::create_dir(&folder).unwrap();
        let port = free_port();
        let child = spawn(command(port, &folder)).await;
        let mut server = Self {
            port,
            folder,
            command,
            child,
        };
        server.is_there().await;
        server
    }

    /// How many connections to it there are, according to Linux.
    pub fn connections(&self) -> usize {
        let of_server = format!("0100007F:{:04X}", self.port);
        let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
        // In each line: the number, the local and the remote address, and the state; 01 is established.
        let rows = table
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>());
        rows.filter(|row| row[1] == of_server && row[3] == "01")
            .count()
    }

    /// Ends it: `TERM` lets it say so, `KILL` does not.
    pub fn stop(&mut self, signal: &str) {
        let command = format!("kill -s {signal} {}", self.child.id());
        Command::new("sh").args(["-c", &command]).status().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again, on the same port and with the same files.
    pub async fn start_again(&mut self) {
        self.child = spawn((self.command)(self.port, &self.folder)).await;
        self.is_there().await;
    }

    async fn is_there(&mut self) {
        let port = self.port;
        let connected = async {
            while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                assert!(
                    self.child.try_wait().unwrap().is_none(),
                    "the server has ended"
                );
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(Duration::from_secs(30), connected).await.unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

async fn spawn(mut command: Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// A port on which nothing listens now.
pub fn free_port() -> u16 {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    socket.local_addr().unwrap().port()
}
