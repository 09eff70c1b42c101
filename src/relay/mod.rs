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
//! # Gaps
//!
//! **Every loss becomes a gap.** A gap means that any key may have changed. So every key is
//! [notified](Hub::notify_every_key), spread over [2 seconds](RelayBuilder::spread), and all cursors
//! count as behind. Gaps that come at the same time share this work. It does not matter what has lost
//! the line:
//!
//! | loss | found by | at the latest after |
//! |---|---|---|
//! | the way was interrupted | [`Relay::up`], which the transport calls for each connection | the interruption |
//! | a line is missing | the number of the next line, or of a beat | a third of the [silence](RelayBuilder::silence) |
//! | several beats are missing too, or a node has ended without [`leave`](Relay::leave) | the silence of the node | the silence |
//! | the outbox was full | a gap in place of its lines | |
//! | a line cannot be read | itself | |
//! | the transport knows of a loss | [`Relay::gap`] | |
//!
//! An interruption is one gap, however long it lasts. It becomes one more for each node of which lines
//! were lost in it: they are found by its next line. The first line that is heard of a node is a gap
//! too, if the node has said something before it.
//! One loss leaves no trace: a node makes a change and ends, and this node has heard no line of it,
//! or none since it fell silent. The requests find such a change when their timeouts expire.
//!
//! # Keys
//!
//! A key crosses as text: `K` is [`Display`] and [`FromStr`], and each parses what the other writes.
//! Numbers and strings do. For your own type, write both. A key that this version of the
//! application cannot parse is counted and dropped, since no request here waits for it.
//!
//! A [`notify_one`](Hub::notify_one) would wake a request on each node. Notify the key instead, and
//! let the database give the work to one of them.
//!
//! # Lines
//!
//! A line is `origin number word`. The origin names a relay in one run, and is 16 hexadecimal
//! digits. The number says how many keys and gaps this origin has said so far.
//!
//! | word | meaning |
//! |---|---|
//! | `k actor key` | the key was notified by this actor; `-` is none |
//! | `g` | any key may have been notified |
//! | `b` | a beat: nothing new |
//! | `e` | the end: the relay has left |
//!
//! In a key, control characters such as a line end, and `%`, are percent-encoded. In an actor,
//! spaces are too. So a line is always one line, and a key may have spaces.
//!
//! A program without a relay publishes lines with the origin `x`, which are not counted. If such a
//! line is lost, no node finds that:
//!
//! ```sh
//! redis-cli PUBLISH dacapo 'x 0 k - room:7'
//! ```
//!
//! Trust all that can publish: it can wake every request, and it can pretend to be a node. Actors
//! and keys are visible to all that can subscribe, so do not put secrets into them.
//!
//! # Transports
//!
//! A transport is a loop that polls [`Relay::outgoing`] and publishes its lines, and passes each
//! line that arrives to [`Relay::hear`]:
//!
//! 1. Connect and subscribe. Only then call [`Relay::outgoing`] and publish its first line.
//! 2. When that line comes back, which begins with [`Relay::origin`], the way is proved: call
//!    [`Relay::up`].
//! 3. When the connection has ended, or the relay's own lines no longer come back, call
//!    [`Relay::down`], drop the stream, and begin again.
//!
//! A source that has no numbers, such as a trigger in a database, calls [`Relay::hear_key`], and
//! [`Relay::gap`] when it has lost something. It needs no outgoing lines.
//!
//! At the end, shut the hub down, stop the server, then call [`Relay::leave`], and let the transport
//! publish the last line. Until then a relay says its beats, so the others wait for it however long
//! its requests take to drain.

mod builder;
mod ear;
mod line;
pub mod memory;
#[cfg(test)]
mod models;
mod mouth;
mod outgoing;

use std::borrow::Borrow;
use std::fmt::{self, Display};
use std::hash::Hash;
use std::str::FromStr;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use crate::hub::Hub;
use crate::panics::catch_panic;
use crate::sync::{Mutex, order};
use crate::telemetry::{Arrival, Event, GapCause, RelayEvent};

use ear::{Ear, Heard};
use line::{Line, Word};
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
    /// It never waits, and you can call it from anywhere, including a waker or a destructor. When the
    /// relay has [left](Self::leave), and its last line is taken, it notifies this node only.
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

/// # For transports
impl<K> Relay<K> {
    /// The way to the other nodes is open, and proved: a line that is published now is heard. Call
    /// this for every connection, the first one too. What was said before is a [gap](self#gaps).
    ///
    /// ```
    /// # use dacapo::{Hub, Relay};
    /// let hub = Hub::<u64>::new();
    /// Relay::new(&hub).up();
    /// assert_eq!(hub.stats().relayed.gaps.connected, 1);
    /// ```
    pub fn up(&self) {
        let now = self.hub().now();
        self.inner.ear.lock().begin_anew(now);
        let former = self.turn(|way| match way {
            Way::Left => Way::Left,
            Way::New | Way::Up | Way::Down => Way::Up,
        });
        if matches!(former, Way::New | Way::Down) {
            self.tell(RelayEvent::Up);
        }
        self.notify_all(GapCause::Connected);
    }

    /// The way is interrupted, or could not be opened. This is counted and traced, once until the
    /// next [`up`](Self::up). Lines go on to collect in the outbox, and no other node counts as silent.
    ///
    /// ```
    /// # use dacapo::{Hub, Relay};
    /// let hub = Hub::<u64>::new();
    /// let relay = Relay::new(&hub);
    /// relay.up();
    /// relay.down();
    /// assert_eq!((hub.stats().relayed.up, hub.stats().relayed.downs), (0, 1));
    /// ```
    pub fn down(&self) {
        let former = self.turn(|way| match way {
            Way::Left => Way::Left,
            Way::New | Way::Up | Way::Down => Way::Down,
        });
        if matches!(former, Way::New | Way::Up) {
            let was_up = former == Way::Up;
            self.tell(RelayEvent::Down { was_up });
        }
    }

    /// The transport knows that something was lost. Every key is notified here.
    ///
    /// ```
    /// # use dacapo::{Hub, Relay};
    /// let hub = Hub::<u64>::new();
    /// Relay::new(&hub).gap();
    /// assert_eq!(hub.stats().relayed.gaps.reported, 1);
    /// ```
    pub fn gap(&self) {
        self.notify_all(GapCause::Reported);
    }

    /// Returns the lines to publish. There is one reader at a time: a former stream of this relay
    /// ends.
    ///
    /// ```
    /// # use dacapo::{Hub, Relay};
    /// use futures::{StreamExt, executor::block_on};
    ///
    /// let relay = Relay::new(&Hub::<String>::new());
    /// let mut lines = relay.outgoing();
    /// relay.notify("lobby");
    /// relay.leave();
    /// let [line, end] = [(); 2].map(|()| block_on(lines.next()).unwrap());
    /// assert_eq!(line, format!("{} 1 k - lobby", relay.origin()));
    /// assert_eq!(end, format!("{} 1 e", relay.origin()));
    /// assert_eq!(block_on(lines.next()), None);
    /// ```
    pub fn outgoing(&self) -> Outgoing<K> {
        let (reader, former) = self.inner.mouth.lock().new_reader();
        drop(self.bell(former));
        Outgoing::new(self.clone(), reader)
    }

    /// Says the end to the other nodes, so that the silence that follows is no gap. The outgoing
    /// lines end after what is in the outbox, and what is notified until then is said too.
    ///
    /// Later calls change nothing.
    ///
    /// ```
    /// # use dacapo::{Hub, Relay};
    /// # let relay = Relay::new(&Hub::<u64>::new());
    /// relay.leave();
    /// ```
    pub fn leave(&self) {
        let reader = self.inner.mouth.lock().leave();
        let former = self.turn(|_| Way::Left);
        if former != Way::Left {
            let was_up = former == Way::Up;
            self.tell(RelayEvent::Left { was_up });
        }
        drop(self.bell(reader));
    }

    /// Looks for other nodes that have fallen silent. Returns the time before which no other one does.
    fn notice_silence(&self, now: Duration) -> Duration {
        // While the way is down, all are silent. When it is up again, that is a gap for all of them.
        if *self.inner.way.lock() == Way::Down {
            return Duration::MAX;
        }
        let (is_gap, quiet_until) = {
            let mut ear = self.inner.ear.lock();
            (ear.has_fallen_silent(now), ear.quiet_until())
        };
        if is_gap {
            self.notify_all(GapCause::Silent);
        }
        quiet_until
    }

    /// Any key may have been notified elsewhere.
    fn notify_all(&self, cause: GapCause) {
        self.tell(RelayEvent::Gap(cause));
        self.guarded(|| _ = self.hub().notify_every_key(self.inner.spread));
    }

    /// Moves the way to its next state, and returns the former one.
    fn turn(&self, next: impl FnOnce(Way) -> Way) -> Way {
        let mut way = self.inner.way.lock();
        let next = next(*way);
        std::mem::replace(&mut way, next)
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

/// # Hearing
impl<K: FromStr + Hash> Relay<K> {
    /// Hears a line of another relay, or of this one, which is dropped.
    ///
    /// Notifies its key, and finds [gaps](self#gaps). It accepts any text: see [lines](self#lines).
    /// A panic of a request's waker is caught and [counted](crate::Stats::panics).
    ///
    /// ```
    /// # use dacapo::{Hub, Relay};
    /// let hub = Hub::<String>::new();
    /// let relay = Relay::new(&hub);
    /// relay.hear("x 0 k - room:7");
    /// assert_eq!((hub.stats().notifies, hub.stats().relayed.heard), (1, 1));
    /// relay.hear("nonsense");
    /// assert_eq!(hub.stats().relayed.unreadable, 1);
    /// ```
    pub fn hear(&self, line: &str) {
        let now = self.hub().now();
        match Line::read(line) {
            Some(line) => self.hear_line(line, now),
            None => {
                self.tell_arrival(Arrival::Unreadable, now);
                self.notify_all(GapCause::Unreadable);
            }
        }
        self.notice_silence(now);
    }

    /// Hears that a key was notified elsewhere, from a source without origins and numbers.
    ///
    /// The key and the actor are taken as they are, without any encoding.
    ///
    /// ```
    /// # use dacapo::{Hub, Relay};
    /// let hub = Hub::<u64>::new();
    /// let relay = Relay::new(&hub);
    /// relay.hear_key(None, "7");
    /// relay.hear_key(Some("tab 7"), "seven");
    /// assert_eq!((hub.stats().notifies, hub.stats().relayed.unknown_keys), (1, 1));
    /// ```
    pub fn hear_key(&self, actor: Option<&str>, key: &str) {
        let now = self.hub().now();
        self.tell_arrival(Arrival::Line, now);
        self.notify_heard(actor, key, now);
    }

    fn hear_line(&self, line: Line, now: Duration) {
        let heard = self.inner.ear.lock().hear(&line, now);
        let Heard::Line { gap } = heard else {
            return self.tell_arrival(Arrival::Echo, now);
        };
        self.tell_arrival(Arrival::Line, now);
        if let Word::Key { actor, key } = line.word {
            self.notify_heard(actor.as_deref(), &key, now);
        }
        if let Some(cause) = gap {
            self.notify_all(cause);
        }
    }

    fn notify_heard(&self, actor: Option<&str>, key: &str, now: Duration) {
        self.guarded(|| match key.parse::<K>() {
            Ok(key) => _ = self.hub().notify_with(&key, actor, None),
            Err(_) => self.tell_arrival(Arrival::UnknownKey, now),
        });
    }

    fn tell_arrival(&self, what: Arrival, at: Duration) {
        self.tell(RelayEvent::Arrived { what, at });
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
