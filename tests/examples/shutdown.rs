//! Servers that are told to end while ten thousand requests are held: they have exited, and every client
//! has an answer. The servers are the chats, with the recipe that the documentation of both adapters gives, `hold`,
//! in a plain handler and under the layer, and `own_server`.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use futures::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::server::Server;

/// The signal of Docker, systemd and Kubernetes.
const TERMINATE: &str = "TERM";

/// The signal of Ctrl-C.
const INTERRUPT: &str = "INT";

/// A client with one request.
async fn ask(address: SocketAddr, uri: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {uri} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// The head of its answer, or the part of it that has arrived.
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

/// Each test uses all the connections that a process may have.
static ONE_BY_ONE: Mutex<()> = Mutex::new(());

fn every_client_is_answered_and_the_server_has_exited(example: &str, signal: &str, clients: usize) {
    let _alone = ONE_BY_ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = Server::start(example, &[]);
    runtime.block_on(async {
        let first = ask(server.address, "/news?topics=lobby").await;
        let seen = position(first).await;
        let poll = format!("/news?topics=lobby&lastEventId={seen}");
        each_is_answered(&server, &poll, signal, clients).await;
    });
    let last_words = server.last_words();
    assert!(
        last_words.contains(&format!("{clients} waiting requests")),
        "{last_words}"
    );
}

fn hold_answers_all_polls_and_has_exited(framework: &str) {
    let _alone = ONE_BY_ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for mount in ["handler", "layer"] {
        let options = ["--framework", framework, "--mount", mount, "--port", "0"];
        let server = Server::start("hold", &options);
        runtime.block_on(each_is_answered(&server, "/poll/tea", TERMINATE, 100));
        server.last_words();
    }
}

/// Sends a signal to a server that holds this number of polls.
async fn each_is_answered(server: &Server, poll: &str, signal: &str, clients: usize) {
    let asking = futures::stream::iter(0..clients).map(|_| ask(server.address, poll));
    let held: Vec<_> = asking.buffer_unordered(100).collect().await;
    server.until_it_holds(clients);
    server.send(signal);
    for client in held {
        let answer = answer(client).await;
        assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
        assert!(answer.contains("retry-after: "), "{answer}");
    }
}

/// The position in the answer to a first poll, which comes at once: `[{…},"position"]`.
async fn position(mut stream: TcpStream) -> String {
    let (mut text, mut buffer) = (String::new(), [0; 4096]);
    while !text.ends_with("\"]") {
        let count = stream.read(&mut buffer).await.unwrap();
        text.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
    }
    text.rsplit('"').nth(1).unwrap().to_owned()
}

#[test]
fn ten_thousand_are_answered_on_axum() {
    every_client_is_answered_and_the_server_has_exited("chat", TERMINATE, 10_000);
}

#[test]
fn ten_thousand_are_answered_on_actix() {
    every_client_is_answered_and_the_server_has_exited("chat_actix", TERMINATE, 10_000);
}

#[test]
fn ctrl_c_ends_a_server_as_gently_on_axum() {
    every_client_is_answered_and_the_server_has_exited("chat", INTERRUPT, 100);
}

#[test]
fn ctrl_c_ends_a_server_as_gently_on_actix() {
    every_client_is_answered_and_the_server_has_exited("chat_actix", INTERRUPT, 100);
}

#[test]
fn the_server_of_ones_own_ends_as_gently() {
    let _alone = ONE_BY_ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for (threads, signal, clients) in [("1", TERMINATE, 10_000), ("2", INTERRUPT, 100)] {
        let server = Server::start("own_server", &["--port", "0", "--threads", threads]);
        runtime.block_on(each_is_answered(&server, "/poll/tea", signal, clients));
        server.last_words();
    }
}

#[test]
fn hold_ends_as_gently_on_axum() {
    hold_answers_all_polls_and_has_exited("axum");
}

#[test]
fn hold_ends_as_gently_on_actix() {
    hold_answers_all_polls_and_has_exited("actix");
}
