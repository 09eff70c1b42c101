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
    /// Notifies `key` as [`notify`](Self::notify) does, and records the actor that has made the
    /// change. A cursor that [excepts](Cursor::except) this actor ignores the change.
    ///
    /// A held request of that actor is executed again too. It finds that nothing has changed, and
    /// suspends again. Such a pass counts towards [`max_passes`](crate::HubBuilder::max_passes).
    ///
    /// # Panics
    ///
    /// If a waker panics. All other requests are woken first, then the panic is passed on.
    ///
    /// # Examples
    ///
    /// ```
    /// let hub = dacapo::Hub::<String>::new();
    /// assert_eq!(hub.notify_by("calendar", "tab 7"), 0, "no request waits");
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

    /// Returns a cursor that has seen every notify until now.
    ///
    /// Call this *before* you read the data that you send with it. In a pass, use
    /// [`Continuation::advance`] instead.
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

    /// Returns whether a key may have been notified since this cursor, as [`Continuation::changed`]
    /// does.
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

    /// Returns the time since the hub's creation, on its own clock.
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

    /// A number for something that counts from now on, higher than those before a restart.
    pub(crate) fn first_number(&self) -> u64 {
        self.shared.waiters.first_number()
    }
}
