//! The bytes of one client, in both directions.

use std::future::poll_fn;
use std::io::{self, ErrorKind, IoSlice};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

pub(crate) struct Socket {
    stream: TcpStream,
    /// What has been read and belongs to nothing yet.
    pub(crate) unread: BytesMut,
}

/// What a buffer begins with, and the least that is read at a time. The head of most requests is smaller.
const READ_SIZE: usize = 1 << 10;

impl Socket {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            unread: BytesMut::new(),
        }
    }

    /// Reads what is there, and takes memory for it only then.
    ///
    /// # Errors
    ///
    /// If the client has gone. One that has half-closed may be among them: it will not ask for anything more.
    pub(crate) async fn read(&mut self) -> io::Result<()> {
        poll_fn(|cx| self.stream.poll_read_ready(cx)).await?;
        self.unread.reserve(READ_SIZE);
        match self.stream.read_buf(&mut self.unread).await? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// Gives the memory of the buffer back, if nothing is in it.
    pub(crate) fn tidy(&mut self) {
        if self.unread.is_empty() {
            self.unread = BytesMut::new();
        }
    }

    /// Writes a response: in one system call, unless the client is slow. It may be as slow as it likes, if only it
    /// takes something from time to time.
    pub(crate) async fn write(
        &mut self,
        head: &[u8],
        body: &[u8],
        limit: Duration,
    ) -> io::Result<()> {
        let written = match body {
            [] => self.stream.try_write(head),
            _ => {
                let pieces = [IoSlice::new(head), IoSlice::new(body)];
                self.stream.try_write_vectored(&pieces)
            }
        };
        let written = match written {
            Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
            written => written?,
        };
        let mut rest = Buf::chain(head, body);
        rest.advance(written);
        if !rest.has_remaining() {
            return Ok(());
        }
        let slowly = async {
            while rest.has_remaining() {
                timeout(limit, self.stream.write_buf(&mut rest)).await??;
            }
            Ok(())
        };
        Box::pin(slowly).await
    }

    /// Hangs up when the client has, which will have read everything by then. A socket that is closed while something is
    /// unread resets the connection, and that may destroy what was written.
    pub(crate) async fn close(&mut self) -> io::Result<()> {
        self.stream.shutdown().await?;
        loop {
            self.unread.clear();
            self.read().await?;
        }
    }
}
