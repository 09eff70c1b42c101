//! Cursors in a pass.

use std::borrow::Borrow;
use std::hash::Hash;

use crate::continuation::Continuation;

use super::Cursor;

/// # Between two polls
impl<K> Continuation<K> {
    /// Returns whether a key may have been notified since this cursor. If not, there is nothing new
    /// for its client.
    ///
    /// Call this before you read the data. All changes from before the start of this pass are then
    /// in this answer, or were in an earlier one.
    ///
    /// `true` does not guarantee news: see [unknown cursors](Cursor#unknown-cursors).
    ///
    /// ```
    /// # use dacapo::{Continuation, Cursor, Outcome};
    /// # use std::time::Duration;
    /// fn poll(c: &Continuation<String>, seen: &Cursor) -> Outcome<&'static str> {
    ///     match c.changed("news", seen) || c.is_expired() {
    ///         true => Ok("read the news"),
    ///         false => Err(c.suspend("news", Duration::from_secs(30))),
    ///     }
    /// }
    /// ```
    pub fn changed<Q>(&self, key: &Q, since: &Cursor) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + ?Sized,
    {
        let hub = &self.state().hub;
        since.is_behind(hub, hub.fingerprint(key))
    }

    /// Returns whether one of several keys may have been notified since this cursor.
    ///
    /// The keys must be those with which the cursor was created: see [a fixed set of
    /// keys](Cursor#a-fixed-set-of-keys). If there are more than
    /// [`max_keys`](crate::HubBuilder::max_keys), it reads no more of them and returns `true`.
    ///
    /// ```
    /// # use dacapo::{Continuation, Cursor, Outcome};
    /// # use std::time::Duration;
    /// fn poll(c: &Continuation<String>, rooms: &[String], seen: &Cursor) -> Outcome<()> {
    ///     match c.changed_any(rooms, seen) || c.is_expired() {
    ///         true => Ok(()),
    ///         false => Err(c.suspend_any(rooms, Duration::from_secs(30))),
    ///     }
    /// }
    /// ```
    pub fn changed_any<'k, Q>(&self, keys: impl IntoIterator<Item = &'k Q>, since: &Cursor) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + ?Sized + 'k,
    {
        let limit = self.state().hub.limits.keys;
        let mut keys = keys.into_iter();
        let changed = keys
            .by_ref()
            .take(limit)
            .any(|key| self.changed(key, since));
        changed || keys.next().is_some()
    }

    /// Returns the cursor for the answer of this pass: the client's cursor, advanced to the start
    /// of this pass.
    ///
    /// Send it with every answer, including an expired one. It stands at the start of the pass,
    /// before the handler could read anything. So the next poll finds all changes that happen
    /// during the pass.
    ///
    /// ```
    /// # use dacapo::{Continuation, Cursor};
    /// fn answer(c: &Continuation<String>, seen: &Cursor, line: &str) -> (String, Cursor) {
    ///     (line.to_owned(), c.advance(seen))
    /// }
    /// ```
    pub fn advance(&self, cursor: impl Borrow<Cursor>) -> Cursor {
        let cursor = cursor.borrow().clone();
        cursor.advance(&self.state().hub, self.number())
    }

    /// Returns the number of the latest notify at the start of this pass: the position of
    /// [`advance`](Self::advance). Use it for protocols with a number as the cursor.
    ///
    /// The numbers of a hub only grow. They begin with the microseconds since 1970, so they do not
    /// go back when the process restarts, unless the wall clock was set back. Under a mock clock
    /// they begin with 1.
    ///
    /// A number says nothing about another hub: with several nodes, send each client to the same
    /// node, or use a [`Cursor`], which has a position for each.
    ///
    /// ```
    /// # use dacapo::Continuation;
    /// fn index(c: &Continuation<String>) -> (&'static str, String) {
    ///     ("x-consul-index", c.number().to_string())
    /// }
    /// ```
    pub fn number(&self) -> u64 {
        self.start()
    }

    /// Returns the cursor at this [number](Self::number) of this hub. The number must come from this
    /// hub, or from the same service before a restart: a number from another node can hide changes.
    ///
    /// ```
    /// # use dacapo::Continuation;
    /// fn is_news(c: &Continuation<String>, index: u64) -> bool {
    ///     c.changed("config", &c.cursor_at(index))
    /// }
    /// ```
    pub fn cursor_at(&self, number: u64) -> Cursor {
        Cursor::at(&self.state().hub, number)
    }
}
