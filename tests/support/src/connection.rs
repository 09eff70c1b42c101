//! A connection with HTTP/1, or with any bytes: a client that does exactly what it is told.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

pub struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    pub fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        // So that a missing answer fails the test and does not hang it.
        let patience = Some(Duration::from_secs(60));
        stream.set_read_timeout(patience).unwrap();
        stream.set_write_timeout(patience).unwrap();
        Self {
            stream: BufReader::new(stream),
        }
    }

    pub fn get(&mut self, path: &str) {
        self.send(format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n"));
    }

    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        assert!(self.offer(bytes), "the server has hung up");
    }

    /// Sends as [`send`](Self::send) does, and returns whether the server was still there.
    pub fn offer(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        match self.stream.get_mut().write_all(bytes.as_ref()) {
            Ok(()) => true,
            Err(error) if has_hung_up(error.kind()) => false,
            Err(error) => panic!("the server takes nothing more: {error}"),
        }
    }

    /// The status and the body of the next response.
    pub fn receive(&mut self) -> (u16, String) {
        self.receive_after("GET")
    }

    /// The same, for a request with this method: a response to HEAD, or with a status that has none, has no body,
    /// and does not read its head.
    pub fn receive_after(&mut self, method: &str) -> (u16, String) {
        let status = self.line();
        let status = status
            .strip_prefix("HTTP/1.1 ")
            .and_then(|status| status.split(' ').next())
            .unwrap_or_else(|| panic!("a status line, not {status:?}"));
        let mut length = 0;
        loop {
            let header = self.line().to_lowercase();
            match header.split_once(':') {
                Some(("content-length", value)) => length = value.trim().parse().unwrap(),
                Some(_) => {}
                None => break,
            }
        }
        if method == "HEAD" || ["204", "304"].contains(&status) {
            length = 0;
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).unwrap();
        (status.parse().unwrap(), String::from_utf8(body).unwrap())
    }

    /// The next bytes, of any part.
    pub fn read(&mut self, bytes: usize) -> String {
        let mut read = vec![0; bytes];
        self.stream.read_exact(&mut read).unwrap();
        String::from_utf8(read).unwrap()
    }

    /// The next bytes, up to this text and with it.
    pub fn read_until(&mut self, end: &str) -> String {
        let mut read = Vec::new();
        while !read.ends_with(end.as_bytes()) {
            let mut byte = [0];
            self.stream.read_exact(&mut byte).unwrap();
            read.extend(byte);
        }
        String::from_utf8(read).unwrap()
    }

    /// Whether there is something to [`receive`](Self::receive).
    pub fn is_answered(&self) -> bool {
        let stream = self.stream.get_ref();
        stream.set_nonblocking(true).unwrap();
        let peeked = stream.peek(&mut [0]);
        stream.set_nonblocking(false).unwrap();
        peeked.is_ok()
    }

    /// Waits until the server hangs up, and returns what it has said before.
    pub fn hung_up(mut self) -> String {
        let mut said = Vec::new();
        match self.stream.read_to_end(&mut said) {
            Err(error) if !has_hung_up(error.kind()) => panic!("it does not hang up: {error}"),
            _ => String::from_utf8_lossy(&said).into_owned(),
        }
    }

    pub const WAYS_TO_GO: [fn(Self); 2] = [Self::close, Self::reset];

    /// Ends the connection, as a client does that goes.
    pub fn close(self) {}

    /// Ends the connection at once, without a farewell.
    pub fn reset(self) {
        let stream = self.stream.into_inner();
        socket2::SockRef::from(&stream)
            .set_linger(Some(Duration::ZERO))
            .unwrap();
    }

    /// Says that nothing more will be sent, and stays to read.
    pub fn half_close(&mut self) {
        // The server may have hung up.
        let _ = self.stream.get_ref().shutdown(Shutdown::Write);
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}

fn has_hung_up(error: ErrorKind) -> bool {
    matches!(error, ErrorKind::BrokenPipe | ErrorKind::ConnectionReset)
}
