//! A way to a server that can be cut, stalled and closed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What becomes of connections, old and new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Pass,
    /// Connections stay open, bytes are kept, and nothing arrives: a half-open connection.
    Stall,
    /// New connections are closed at once.
    Refuse,
}

#[derive(Clone)]
pub struct Proxy {
    pub port: u16,
    mode: Arc<watch::Sender<Mode>>,
    /// Connections of an earlier generation are closed.
    generation: Arc<watch::Sender<u32>>,
    /// How many more messages of clients pass before it stalls.
    credit: Arc<AtomicU32>,
}

const ALL: u32 = u32::MAX;

impl Proxy {
    pub async fn to(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Self {
            port: listener.local_addr().unwrap().port(),
            mode: Arc::new(watch::Sender::new(Mode::Pass)),
            generation: Arc::new(watch::Sender::new(0)),
            credit: Arc::new(AtomicU32::new(ALL)),
        };
        let accepting = proxy.clone();
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                tokio::spawn(accepting.clone().serve(client, target));
            }
        });
        proxy
    }

    pub fn set(&self, mode: Mode) {
        self.credit.store(ALL, Ordering::SeqCst);
        self.mode.send_replace(mode);
    }

    /// Stalls when clients have sent this number of messages.
    pub fn stall_after(&self, messages: u32) {
        self.credit.store(messages, Ordering::SeqCst);
    }

    /// Closes all connections.
    pub fn cut(&self) {
        self.generation.send_modify(|generation| *generation += 1);
    }

    async fn serve(self, client: TcpStream, target: u16) {
        let mut generations = self.generation.subscribe();
        let generation = *generations.borrow_and_update();
        if *self.mode.borrow() == Mode::Refuse {
            return;
        }
        let connected = async {
            let server = TcpStream::connect(("127.0.0.1", target)).await.ok()?;
            client.set_nodelay(true).ok()?;
            server.set_nodelay(true).ok()?;
            let (from_client, to_client) = client.into_split();
            let (from_server, to_server) = server.into_split();
            tokio::select! {
                end = self.pump(from_client, to_server, true) => end,
                end = self.pump(from_server, to_client, false) => end,
            }
        };
        tokio::select! {
            _ = connected => {}
            _ = generations.wait_for(|now| *now != generation) => {}
        }
    }

    async fn pump(
        &self,
        mut from: OwnedReadHalf,
        mut to: OwnedWriteHalf,
        of_client: bool,
    ) -> Option<()> {
        let mut modes = self.mode.subscribe();
        let mut buffer = vec![0; 65_536];
        loop {
            let read = from.read(&mut buffer).await.ok().filter(|read| *read > 0)?;
            if of_client {
                self.spend();
            }
            modes.wait_for(|mode| *mode != Mode::Stall).await.ok()?;
            to.write_all(&buffer[..read]).await.ok()?;
        }
    }

    /// Counts a message.
    fn spend(&self) {
        let spend = |credit: u32| (credit != ALL).then(|| credit.saturating_sub(1));
        if self
            .credit
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, spend)
            == Ok(0)
        {
            self.mode.send_replace(Mode::Stall);
        }
    }
}
