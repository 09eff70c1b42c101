//! Building a relay: its times, and the size of its outbox.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use crate::hash::random;
use crate::hub::Hub;
use crate::sync::Mutex;

use super::ear::Ear;
use super::line::Origin;
use super::mouth::Mouth;
use super::{Inner, Relay, Way};

/// Makes a [`Relay`] with your own limits.
///
/// All nodes should have the same [`silence`](Self::silence).
///
/// ```
/// use std::time::Duration;
/// use dacapo::{Hub, Relay};
///
/// let relay = Relay::builder()
///     .spread(Duration::from_secs(5))
///     .silence(Duration::from_secs(30))
///     .outbox(10_000)
///     .build(&Hub::<String>::new());
/// ```
#[must_use = "a builder does nothing until `build` is called"]
pub struct RelayBuilder<K> {
    spread: Duration,
    silence: Duration,
    outbox: usize,
    keys: PhantomData<fn(&K)>,
}

impl<K> RelayBuilder<K> {
    pub(super) fn new() -> Self {
        Self {
            spread: Duration::from_secs(2),
            silence: Duration::from_secs(15),
            outbox: 1024,
            keys: PhantomData,
        }
    }

    /// Sets the time over which the requests are woken after a gap: see [`Hub::notify_every_key`].
    /// The default is 2 seconds. Zero wakes all of them at once.
    ///
    /// A gap that comes while requests are woken for another one takes twice as long at most. So
    /// however many gaps there are, each request is executed once in this time.
    ///
    /// Choose it so that the database bears the passes of all held requests in this time.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use dacapo::{Hub, Relay};
    /// let spread = Duration::from_secs(10);
    /// let relay = Relay::builder().spread(spread).build(&Hub::<u64>::new());
    /// ```
    pub fn spread(mut self, time: Duration) -> Self {
        self.spread = time;
        self
    }

    /// Sets the time after which another node counts as lost if nothing was heard of it. That is a
    /// gap. The default is 15 seconds, and the minimum is 3 ms.
    ///
    /// After a third of this time without a line, a relay sends a beat. So a lost line is found
    /// after a third of this time, if the beat is not lost too.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use dacapo::{Hub, Relay};
    /// let silence = Duration::from_secs(6); // a beat every 2 seconds
    /// let relay = Relay::builder().silence(silence).build(&Hub::<u64>::new());
    /// ```
    pub fn silence(mut self, time: Duration) -> Self {
        self.silence = time.max(3 * TICK);
        self
    }

    /// Sets how many lines wait for the transport at most. The default is 1,024, and the minimum
    /// is 1.
    ///
    /// When the outbox is full, it is emptied, and the other nodes get a gap in place of its lines.
    ///
    /// ```
    /// # use dacapo::{Hub, Relay};
    /// let relay = Relay::builder().outbox(10_000).build(&Hub::<u64>::new());
    /// ```
    pub fn outbox(mut self, lines: usize) -> Self {
        self.outbox = lines;
        self
    }

    /// Makes the relay, with a new random [`origin`](Relay::origin).
    ///
    /// ```
    /// # use dacapo::{Hub, Relay};
    /// let relay = Relay::builder().build(&Hub::<u64>::new());
    /// ```
    #[must_use]
    pub fn build(self, hub: &Hub<K>) -> Relay<K> {
        let origin = Origin(random());
        let pause = self.silence / 3;
        Relay {
            inner: Arc::new(Inner {
                hub: hub.clone(),
                origin: origin.to_string(),
                spread: self.spread,
                way: Mutex::new(Way::New),
                ear: Mutex::new(Ear::new(origin, self.silence)),
                mouth: Mutex::new(Mouth::new(origin, self.outbox, pause)),
            }),
        }
    }
}

impl<K> Clone for RelayBuilder<K> {
    fn clone(&self) -> Self {
        Self {
            keys: PhantomData,
            ..*self
        }
    }
}

impl<K> fmt::Debug for RelayBuilder<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelayBuilder")
            .field("spread", &self.spread)
            .field("silence", &self.silence)
            .field("outbox", &self.outbox)
            .finish()
    }
}

const TICK: Duration = Duration::from_millis(1);
