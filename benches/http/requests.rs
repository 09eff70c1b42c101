//! The requests that all contenders understand, as bytes.

use std::time::Duration;

/// Asks for the next message of a key.
pub(crate) fn poll(path: &str, key: usize, timeout: Duration) -> Vec<u8> {
    let timeout = timeout.as_millis();
    get(&format!("{path}k{key}?timeout_ms={timeout}"))
}

/// Answers all requests that wait for a key with its message.
pub(crate) fn notify(key: usize) -> Vec<u8> {
    let message = message(key);
    let length = message.len();
    format!(
        "POST /notify/k{key} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\r\n\
         {message}"
    )
    .into_bytes()
}

/// Asks how many are held.
pub(crate) fn health() -> Vec<u8> {
    get("/healthz")
}

/// What is said to a key, and to no other: a hundred bytes.
pub(crate) fn message(key: usize) -> String {
    format!(
        "{key:>8}: the message that every held request of this key waits for, one hundred bytes long in all.."
    )
}

fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: {HOST}\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n")
        .into_bytes()
}

const HOST: &str = "127.0.0.1";
