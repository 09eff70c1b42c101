//! Changes between two polls, and the actors that make them.

use std::borrow::Borrow;
use std::hash::Hash;
use std::time::Duration;

use crate::cursor::Cursor;
use crate::engine::Actor;
use crate::hash;
use crate::time::Instant;

use super::Hub;

/// # Cursors
impl<K> Hub<K> {
    /// Does what [`notify`](Self::notify) does, and records the actor that has made the change. A cursor that
    /// [excepts](Cursor::except) this actor does not count it.
    ///
    /// A held request of that actor is executed again, too. It finds nothing changed, and suspends once more.
    ///
    /// # Panics
    ///
    /// If a waker does, with its panic; all others have been woken by then.
    ///
    /// ```
    /// let hub = dacapo::Hub::<String>::new();
    /// assert_eq!(hub.notify_by("calendar", "tab 7"), 0);
    /// ```
    pub fn notify_by<Q, A>(&self, key: &Q, actor: &A) -> usize
    where
        K: Borrow<Q>,
        Q: Hash + ?Sized,
        A: Hash + ?Sized,
    {
        let (key, by) = (
            self.shared.fingerprint(key),
            Actor::new(hash::of_actor(actor)),
        );
        self.shared.waiters.notify(key, by, None)
    }

    /// A cursor that has seen every notify until now.
    ///
    /// Take it *before* you read what you send with it. Within a pass, [`Continuation::advance`] is the right one.
    ///
    /// ```
    /// let hub = dacapo::Hub::<String>::new();
    /// let seen = hub.cursor();
    /// assert!(!hub.changed("news", &seen));
    /// ```
    ///
    /// [`Continuation::advance`]: crate::Continuation::advance
    pub fn cursor(&self) -> Cursor {
        Cursor::at(&self.shared, self.shared.waiters.start_of_pass())
    }

    /// Whether a key may have been notified since this cursor, as [`Continuation::changed`] does.
    ///
    /// ```
    /// let hub = dacapo::Hub::<String>::new();
    /// let seen = hub.cursor();
    /// hub.notify("news");
    /// assert!(hub.changed("news", &seen) && !hub.changed("weather", &seen));
    /// ```
    ///
    /// [`Continuation::changed`]: crate::Continuation::changed
    pub fn changed<Q>(&self, key: &Q, since: &Cursor) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + ?Sized,
    {
        since.is_behind(&self.shared, self.shared.fingerprint(key))
    }

    /// The time of this hub, since it was made. Under a mock clock it is that of the clock.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let (hub, clock) = dacapo::Hub::<String>::with_mock_clock();
    /// clock.advance(Duration::from_secs(30));
    /// assert_eq!(hub.now(), Duration::from_secs(30));
    /// ```
    pub fn now(&self) -> Duration {
        self.shared.waiters.now().since(Instant::BEGINNING)
    }
}
