//! Notifies between the nodes of an application, as lines of text.
//!
//! A hub is one process. If a change is made on another node, the requests that are held here must
//! be woken too. A [`Relay`] makes a line of text of each notify, and notifies the keys of the lines
//! that it hears. It knows no network: a *transport* carries the lines, such as Redis, NATS or
//! PostgreSQL. The truth stays in your database; only keys cross the nodes.
//!
//! ```
//! use std::{pin::pin, time::Duration};
//! use dacapo::relay::memory::Bus;
//! use dacapo::{Hub, Relay};
//! use futures::FutureExt;
//!
//! const HOLD: Duration = Duration::from_secs(30);
//!
//! // Two nodes, and a transport between them for tests.
//! let (here, there) = (Hub::<String>::new(), Hub::<String>::new());
//! let (relay, other) = (Relay::new(&here), Relay::new(&there));
//! let mut bus = Bus::new();
//! bus.join(&relay);
//! bus.join(&other);
//!
//! // A request waits there, and the change is made here.
//! let mut request = pin!(there.run(async |c| {
//!     if c.is_initial() { Err(c.suspend("lobby", HOLD)) } else { Ok("news") }
//! }));
//! assert!(request.as_mut().now_or_never().is_none());
//! relay.notify("lobby"); // in place of `here.notify`
//! bus.carry();
//! assert_eq!(request.now_or_never().unwrap().unwrap(), "news");
//! ```
//!
#![doc = include_str!("protocol.md")]

mod builder;
mod ear;
mod hearing;
mod line;
pub mod memory;
#[cfg(test)]
mod models;
mod mouth;
mod outgoing;
mod transport;

use std::borrow::Borrow;
use std::fmt::{self, Display};
use std::hash::Hash;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use crate::hub::Hub;
use crate::panics::catch_panic;
use crate::sync::{Mutex, order};
use crate::telemetry::{Event, GapCause, RelayEvent};

use ear::Ear;
use line::Word;
use mouth::Mouth;

pub use builder::RelayBuilder;
pub use outgoing::Outgoing;

/// Notifies the keys of one hub on all nodes.
///
/// The [module](self) explains it. Clones are cheap, and are the same relay.
///
/// When the last clone is dropped without [`leave`](Self::leave), the other nodes notice the silence
/// and notify all their keys.
pub struct Relay<K> {
    inner: Arc<Inner<K>>,
}

struct Inner<K> {
    hub: Hub<K>,
    origin: String,
    spread: Duration,
    way: Mutex<Way, { order::RELAY }>,
    ear: Mutex<Ear, { order::RELAY }>,
    mouth: Mutex<Mouth, { order::RELAY }>,
}

/// The way to the other nodes.
///
/// ```text
///  New ──▶ Up ◀──▶ Down        each ──▶ Left
///   ╰───────────────▲
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    New,
    Up,
    Down,
    Left,
}

impl<K> Relay<K> {
    /// Makes a relay with the default limits: see [`RelayBuilder`].
    ///
    /// ```
    /// use dacapo::{Hub, Relay};
    ///
    /// let hub = Hub::<String>::new();
    /// let relay = Relay::new(&hub);
    /// assert_eq!(relay.notify("lobby"), 0, "no request waits here");
    /// ```
    #[must_use]
    pub fn new(hub: &Hub<K>) -> Self {
        Self::builder().build(hub)
    }

    /// Returns a builder, to make a relay with your own limits.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use dacapo::{Hub, Relay};
    /// let relay = Relay::builder().spread(Duration::ZERO).build(&Hub::<u64>::new());
    /// ```
    pub fn builder() -> RelayBuilder<K> {
        RelayBuilder::new()
    }

    /// Returns the hub whose keys it notifies.
    ///
    /// ```
    /// # use dacapo::{Hub, Relay};
    /// # let relay = Relay::new(&Hub::<u64>::new());
    /// assert_eq!(relay.hub().stats().relayed.up, 0);
    /// ```
    #[must_use]
    pub fn hub(&self) -> &Hub<K> {
        &self.inner.hub
    }

    /// Returns the random name of this relay in this run: 16 hexadecimal digits, with which each of
    /// its lines begins.
    ///
    /// ```
    /// # use dacapo::{Hub, Relay};
    /// # let relay = Relay::new(&Hub::<u64>::new());
    /// let is_own = |line: &str| line.split(' ').next() == Some(relay.origin());
    /// assert!(!is_own("x 0 k - 7"));
    /// ```
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.inner.origin
    }
}

/// # Notifying
impl<K> Relay<K> {
    /// Notifies a key on all nodes. Here it does what [`Hub::notify`] does, and returns how many
    /// waits ended here. The line for the other nodes is put into the outbox.
    ///
    /// It never waits, and you can call it from anywhere, including a waker or a destructor. When
    /// the relay has [left](Self::leave), and its last line is taken, it notifies this node only.
    ///
    /// A borrowed form of the key must be displayed as the key is.
    ///
    /// # Panics
    ///
    /// If a waker of a request panics. All other requests are woken first, and the line is in the
    /// outbox.
    ///
    /// # Examples
    ///
    /// ```
    /// # use dacapo::{Hub, Relay};
    /// let relay = Relay::new(&Hub::<String>::new());
    /// assert_eq!(relay.notify("lobby"), 0, "no request waits here");
    /// ```
    pub fn notify<Q>(&self, key: &Q) -> usize
    where
        K: Borrow<Q>,
        Q: Hash + Display + ?Sized,
    {
        let _bell = self.say(None, key);
        self.hub().notify(key)
    }

    /// Notifies a key on all nodes as [`notify`](Self::notify) does, and records the actor that has
    /// made the change, as [`Hub::notify_by`] does.
    ///
    /// An actor that crosses nodes is text, so name it in [`Cursor::except`](crate::Cursor::except)
    /// as a `str` or a `String` too. An empty actor is none on the other nodes.
    ///
    /// # Panics
    ///
    /// As [`notify`](Self::notify).
    ///
    /// # Examples
    ///
    /// ```
    /// # use dacapo::{Hub, Relay};
    /// let relay = Relay::new(&Hub::<String>::new());
    /// assert_eq!(relay.notify_by("calendar", "tab 7"), 0, "no request waits here");
    /// ```
    pub fn notify_by<Q>(&self, key: &Q, actor: &str) -> usize
    where
        K: Borrow<Q>,
        Q: Hash + Display + ?Sized,
    {
        let _bell = self.say(Some(actor), key);
        self.hub().notify_by(key, actor)
    }

    /// Puts a key into the outbox. The reader is woken when the result is dropped, so that the hub's own notify comes
    /// first, and a panic of it loses no line.
    fn say(&self, actor: Option<&str>, key: &(impl Display + ?Sized)) -> Bell<'_, K> {
        let word = Word::Key {
            actor: actor.map(str::to_owned),
            key: key.to_string(),
        };
        let pushed = self.inner.mouth.lock().push(word.to_string());
        if pushed.overflowed {
            self.tell(RelayEvent::Overflow);
        }
        self.bell(pushed.reader)
    }
}

impl<K> Relay<K> {
    /// Any key may have been notified elsewhere.
    fn notify_all(&self, cause: GapCause) {
        self.tell(RelayEvent::Gap(cause));
        self.guarded(|| _ = self.hub().notify_every_key(self.inner.spread));
    }

    /// Calls what may run foreign code. Its panic must not end the transport.
    fn guarded(&self, act: impl FnOnce()) {
        if catch_panic(act) {
            self.hub().tell(Event::Panic);
        }
    }

    fn bell(&self, reader: Option<Waker>) -> Bell<'_, K> {
        Bell {
            relay: self,
            reader,
        }
    }

    fn tell(&self, event: RelayEvent) {
        self.hub().tell(Event::Relay(event));
    }
}

impl<K> Clone for Relay<K> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
        }
    }
}

impl<K> fmt::Debug for Relay<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = *self.inner.way.lock();
        f.debug_struct("Relay")
            .field("origin", &self.origin())
            .field("way", &way)
            .finish_non_exhaustive()
    }
}

impl<K> Drop for Inner<K> {
    fn drop(&mut self) {
        let way = *self.way.lock();
        if way == Way::Up {
            let down = RelayEvent::Down { was_up: true };
            self.hub.tell(Event::Relay(down));
        }
    }
}

/// Wakes the reader of the outgoing lines when it is dropped.
#[must_use = "it wakes the reader when it is dropped"]
struct Bell<'a, K> {
    relay: &'a Relay<K>,
    reader: Option<Waker>,
}

impl<K> Drop for Bell<'_, K> {
    fn drop(&mut self) {
        if let Some(reader) = self.reader.take() {
            self.relay.guarded(|| reader.wake());
        }
    }
}
