//! What a relay and its transport tell each other.

use std::time::Duration;

use crate::telemetry::{GapCause, RelayEvent};

use super::{Outgoing, Relay, Way};

/// # For transports
impl<K> Relay<K> {
    /// The way to the other nodes is open, and proved: a line that is published now is heard. Call
    /// this for every connection, the first one too. What was said before is a
    /// [gap](crate::relay#gaps).
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
    /// next [`up`](Self::up). Lines go on to collect in the outbox, and no other node counts as
    /// silent.
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
    pub(super) fn notice_silence(&self, now: Duration) -> Duration {
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

    /// Moves the way to its next state, and returns the former one.
    fn turn(&self, next: impl FnOnce(Way) -> Way) -> Way {
        let mut way = self.inner.way.lock();
        let next = next(*way);
        std::mem::replace(&mut way, next)
    }
}
