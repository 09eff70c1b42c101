//! What a relay does with the lines that arrive.

use std::hash::Hash;
use std::str::FromStr;
use std::time::Duration;

use crate::telemetry::{Arrival, GapCause, RelayEvent};

use super::Relay;
use super::ear::Heard;
use super::line::{Line, Word};

/// # Hearing
impl<K: FromStr + Hash> Relay<K> {
    /// Hears a line of another relay, or of this one, which is dropped.
    ///
    /// Notifies its key, and finds [gaps](crate::relay#gaps). It accepts any text: see
    /// [lines](crate::relay#lines).
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
