//! The smallest client of HTTP: a connection for each request.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// More than a hold.
const LONGEST: Duration = Duration::from_secs(70);

/// Returns the status and the body. `more` are lines of the head.
pub(crate) async fn get(port: u16, path: &str, more: &str) -> io::Result<(u16, Vec<u8>)> {
    send(
        port,
        &format!("GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n{more}\r\n"),
    )
    .await
}

pub(crate) async fn post(port: u16, path: &str, json: &str) -> io::Result<u16> {
    let length = json.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    );
    Ok(send(port, &(head + json)).await?.0)
}

async fn send(port: u16, request: &str) -> io::Result<(u16, Vec<u8>)> {
    let sending = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        parse(&answer).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    };
    timeout(LONGEST, sending).await?
}

fn parse(answer: &[u8]) -> Option<(u16, Vec<u8>)> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let body = &answer[end + 4..];
    let length = head.lines().filter_map(|line| {
        line.to_ascii_lowercase()
            .strip_prefix("content-length: ")?
            .parse()
            .ok()
    });
    let is_whole = length.into_iter().all(|length: usize| body.len() >= length);
    is_whole.then(|| (status, body.to_vec()))
}

/// Calls a function with the id and the data of each event, until the connection ends. An event is in one piece, so
/// the lines between the pieces are dropped.
pub(crate) async fn stream(
    port: u16,
    path: &str,
    last: &str,
    mut event: impl FnMut(&str, &str),
) -> io::Result<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let head = format!(
        "GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\nlast-event-id: {last}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    let mut lines = BufReader::new(stream).lines();
    let (mut id, mut data) = (String::new(), String::new());
    while let Some(line) = timeout(LONGEST, lines.next_line()).await?? {
        match line.split_once(':') {
            Some(("id", text)) => id = text.trim().into(),
            Some(("data", text)) => data = text.trim().into(),
            _ if line.is_empty() && !data.is_empty() => {
                event(&id, &data);
                data.clear();
            }
            _ => {}
        }
    }
    Ok(())
}
