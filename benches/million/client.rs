//! Many clients: raw frames over sockets that do not block, on one thread.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::answers::Answers;
use crate::frames::{Frames, PREFACE, Status, get};

/// Connections, and the answers on all of them.
pub(crate) struct Clients {
    connections: Vec<Arc<TcpStream>>,
    readers: Vec<JoinHandle<io::Result<()>>>,
    answers: Arc<Answers>,
    /// The number of streams that each connection has had.
    streams: usize,
}

impl Clients {
    pub(crate) async fn connect(server: SocketAddr, connections: usize) -> io::Result<Self> {
        let mut clients = Self {
            connections: Vec::with_capacity(connections),
            readers: Vec::with_capacity(connections),
            answers: Arc::default(),
            streams: 0,
        };
        for _ in 0..connections {
            let connection = Arc::new(TcpStream::connect(server).await?);
            connection.set_nodelay(true)?;
            write(&connection, PREFACE).await?;
            let answers = Arc::clone(&clients.answers);
            let reader = tokio::spawn(read(Arc::clone(&connection), answers));
            clients.readers.push(reader);
            clients.connections.push(connection);
        }
        Ok(clients)
    }

    /// Makes this number of requests on each connection, each for a different key, from 0 on.
    pub(crate) async fn ask(&mut self, each: usize) -> io::Result<()> {
        self.answers.expect(each * self.connections.len());
        for (number, connection) in self.connections.iter().enumerate() {
            let mut requests = Vec::new();
            for at in 0..each {
                // The streams of clients have odd numbers.
                let stream = 2 * (self.streams + at) + 1;
                let key = number * each + at;
                get(stream as u32, &format!("/{key}"), &mut requests);
            }
            write(connection, &requests).await?;
        }
        self.streams += each;
        Ok(())
    }

    /// The number of requests.
    pub(crate) fn awaited(&self) -> usize {
        self.answers.awaited()
    }

    /// The number of requests that have ended.
    pub(crate) fn answered(&self) -> usize {
        self.answers.number()
    }

    /// Waits for all answers, which must be of this kind.
    pub(crate) async fn answers(&self, status: Status) {
        self.answers.complete(status).await;
    }

    /// Waits until the server has closed all connections.
    pub(crate) async fn closed(self) {
        drop(self.connections);
        for reader in self.readers {
            let closed = reader.await.expect("it does not panic");
            closed.expect("the server has closed it in peace");
        }
    }
}

/// Reads until the other end closes.
async fn read(connection: Arc<TcpStream>, answers: Arc<Answers>) -> io::Result<()> {
    let (mut frames, mut reply) = (Frames::default(), Vec::new());
    loop {
        connection.readable().await?;
        // On the stack, and only now: a connection must stay small.
        match read_once(&connection, &mut frames, &mut reply, &answers) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        if !reply.is_empty() {
            write(&connection, &std::mem::take(&mut reply)).await?;
        }
    }
}

fn read_once(
    connection: &TcpStream,
    frames: &mut Frames,
    reply: &mut Vec<u8>,
    answers: &Answers,
) -> io::Result<usize> {
    let mut piece = [0; 16 << 10];
    let length = connection.try_read(&mut piece)?;
    frames.take(&piece[..length], reply, |event| answers.count(event));
    Ok(length)
}

async fn write(connection: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        connection.writable().await?;
        match connection.try_write(bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
