//! What a bridge needs of a broker.

use std::error::Error;

use futures::Stream;

/// A broker that passes each published line to all that have subscribed, including the publisher.
///
/// The [crate](crate) has an example.
pub trait Broker: Send + Sync {
    /// Its name in traces.
    const NAME: &'static str;

    /// What can go wrong.
    type Error: Error + Send + Sync + 'static;

    /// Publishes lines.
    type Publisher: Publisher<Error = Self::Error>;

    /// The lines that arrive. It ends when the connection does, and dropping it unsubscribes.
    type Lines: Stream<Item = Vec<u8>> + Unpin + Send;

    /// Connects and subscribes. The bridge drops the future when it takes too long.
    fn connect(
        &self,
    ) -> impl Future<Output = Result<(Self::Publisher, Self::Lines), Self::Error>> + Send;
}

/// The sending half of a connection.
pub trait Publisher: Send {
    /// What can go wrong.
    type Error;

    /// The most bytes of a line that the broker carries: 1 MiB unless implemented. A longer one is
    /// published as a gap, so that all nodes execute all their waiting requests once.
    fn longest_line(&self) -> usize {
        1024 * 1024
    }

    /// Publishes lines in this order. An error ends the connection, also if the broker's client has
    /// connected again without telling: what has arrived between is lost.
    fn publish(&mut self, lines: &[String])
    -> impl Future<Output = Result<(), Self::Error>> + Send;
}
