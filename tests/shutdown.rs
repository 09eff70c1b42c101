//! Servers that are told to end while ten thousand requests are held: they have exited, and every client
//! has an answer. The servers are the chats, with the recipe that the documentation of both adapters gives.
#![cfg(target_os = "linux")]

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use futures::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const CLIENTS: usize = 10_000;

/// A server in a process of its own.
struct Server {
    process: Child,
    address: SocketAddr,
    /// What it goes on to say.
    says: BufReader<std::process::ChildStdout>,
}

impl Server {
    fn start(example: &str) -> Self {
        let mut process = Command::new(built(example))
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
    async fn comes_to_rest(&self) {
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

    fn interrupt(&self) {
        let kill = Command::new("kill")
            .args(["-INT", &self.process.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
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

/// A client with one request.
async fn ask(address: SocketAddr, uri: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {uri} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// The head of its answer, or what there is of it.
async fn answer(mut stream: TcpStream) -> String {
    let (mut answer, mut buffer) = (Vec::new(), [0; 1024]);
    while !answer.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(count) => answer.extend_from_slice(&buffer[..count]),
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// The number of this name in a text of JSON.
fn number(json: &str, name: &str) -> u64 {
    let digits = json.split(&format!("\"{name}\":")).nth(1).unwrap();
    let end = digits.find(|letter: char| !letter.is_ascii_digit());
    digits[..end.unwrap()].parse().unwrap()
}

/// Each takes all the connections that a process may have.
static ONE_BY_ONE: Mutex<()> = Mutex::new(());

fn everybody_is_answered_and_the_server_has_exited(example: &str) {
    let _alone = ONE_BY_ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut server = Server::start(example);
    runtime.block_on(async {
        let first = ask(
            server.address,
            "/poll?client=a&name=a&epoch=0&rooms=lobby:0",
        )
        .await;
        let news = news(first).await;
        let (epoch, next) = (number(&news, "epoch"), number(&news, "next"));
        let poll = format!("/poll?client=a&name=a&epoch={epoch}&rooms=lobby:{next}");
        let asking = futures::stream::iter(0..CLIENTS).map(|_| ask(server.address, &poll));
        let clients: Vec<_> = asking.buffer_unordered(100).collect().await;
        server.comes_to_rest().await;
        server.interrupt();
        for client in clients {
            let answer = answer(client).await;
            assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
            assert!(answer.contains("retry-after: "), "{answer}");
        }
    });
    assert!(server.process.wait().unwrap().success());
    let mut last_words = String::new();
    server.says.read_to_string(&mut last_words).unwrap();
    assert!(
        last_words.contains(&format!("{CLIENTS} who were waiting")),
        "{last_words}"
    );
}

/// The body of a first poll, which is answered at once.
async fn news(mut stream: TcpStream) -> String {
    let (mut text, mut buffer) = (String::new(), [0; 4096]);
    while !text.contains("\"present\"") {
        let count = stream.read(&mut buffer).await.unwrap();
        text.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
    }
    text
}

#[test]
fn ten_thousand_are_answered_on_axum() {
    everybody_is_answered_and_the_server_has_exited("chat");
}

#[test]
fn ten_thousand_are_answered_on_actix() {
    everybody_is_answered_and_the_server_has_exited("chat_actix");
}
