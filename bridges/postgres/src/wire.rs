//! A connection that tells the relay whatever it hears.

use std::future::poll_fn;
use std::hash::Hash;
use std::pin::pin;
use std::str::FromStr;
use std::task::{Context, Poll};

use dacapo::Relay;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::{AsyncMessage, Connection, Error, Notification, Socket};

use crate::line::Line;

/// A connection makes progress only while it is polled. So each wait is a wait with the wire: [`during`](Self::during)
/// and [`heard`](Self::heard). No task is spawned, and dropping the wire closes the connection.
///
/// What it hears goes to the relay at once. There is no queue in between: if the relay is slow, TCP slows the server down.
pub(crate) struct Wire<'a, K, S> {
    connection: Connection<Socket, S>,
    relay: &'a Relay<K>,
    /// The channel that no other connection listens to.
    own: String,
    /// How many notifications have come on it.
    heard: u64,
}

/// The connection has ended, with an error or without.
pub(crate) struct Ended(pub(crate) Option<Error>);

impl<'a, K, S> Wire<'a, K, S>
where
    K: FromStr + Hash,
    S: AsyncRead + AsyncWrite + Unpin,
{
    pub(crate) fn new(connection: Connection<Socket, S>, relay: &'a Relay<K>, own: String) -> Self {
        Self {
            connection,
            relay,
            own,
            heard: 0,
        }
    }

    /// How many of its own notifications have come.
    pub(crate) fn heard_so_far(&self) -> u64 {
        self.heard
    }

    /// Returns when this work is done.
    pub(crate) async fn during<R>(&mut self, work: impl Future<Output = R>) -> Result<R, Ended> {
        let mut work = pin!(work);
        self.until(|cx, _| work.as_mut().poll(cx)).await
    }

    /// Returns when this number of its own notifications have come.
    pub(crate) async fn heard(&mut self, number: u64) -> Result<(), Ended> {
        let enough = |heard| match heard >= number {
            true => Poll::Ready(()),
            false => Poll::Pending,
        };
        self.until(|_, heard| enough(heard)).await
    }

    async fn until<R>(
        &mut self,
        mut done: impl FnMut(&mut Context<'_>, u64) -> Poll<R>,
    ) -> Result<R, Ended> {
        poll_fn(|cx| match self.poll(cx) {
            Poll::Ready(ended) => Poll::Ready(Err(ended)),
            Poll::Pending => done(cx, self.heard).map(Ok),
        })
        .await
    }

    /// Is ready when the connection has ended.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Ended> {
        loop {
            match self.connection.poll_message(cx) {
                Poll::Ready(Some(Ok(AsyncMessage::Notification(note)))) => self.hear(&note),
                Poll::Ready(Some(Ok(_))) => {}
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Ended(Some(error))),
                Poll::Ready(None) => return Poll::Ready(Ended(None)),
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    fn hear(&mut self, note: &Notification) {
        if note.channel() == self.own {
            self.heard += 1;
            return;
        }
        match note.payload().into() {
            Line::Key { actor, key } => self.relay.hear_key(actor, key),
            Line::Gap => self.relay.gap(),
        }
    }
}
