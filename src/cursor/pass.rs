//! What a pass asks of a cursor, and the cursor that it gives its client.

use std::borrow::Borrow;
use std::hash::Hash;

use crate::continuation::Continuation;

use super::Cursor;

/// # Between two polls
impl<K> Continuation<K> {
    /// Whether a key may have been notified since this cursor. If not, there is nothing new for its client.
    ///
    /// Ask before you read, and read before you answer. Whatever has happened when this pass began is in the answer or
    /// was in an earlier one.
    ///
    /// `true` does not promise news: [`Cursor`] says when the hub cannot tell.
    ///
    /// ```
    /// # use dacapo::{Continuation, Cursor, Outcome};
    /// # use std::time::Duration;
    /// fn poll(c: &Continuation<String>, seen: &Cursor) -> Outcome<&'static str> {
    ///     match c.changed("news", seen) || c.is_expired() {
    ///         true => Ok("look"),
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

    /// Whether one of several keys may have been notified since this cursor.
    ///
    /// The set of keys must be the one that the cursor was made with: [`Cursor`] says what to do when a key joins.
    ///
    /// ```
    /// # use dacapo::{Continuation, Cursor, Outcome};
    /// # use std::time::Duration;
    /// fn poll(c: &Continuation<String>, rooms: &[String], seen: &Cursor) -> Outcome<&'static str> {
    ///     match c.changed_any(rooms, seen) || c.is_expired() {
    ///         true => Ok("look"),
    ///         false => Err(c.suspend_any(rooms, Duration::from_secs(30))),
    ///     }
    /// }
    /// ```
    pub fn changed_any<'k, Q>(&self, keys: impl IntoIterator<Item = &'k Q>, since: &Cursor) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + ?Sized + 'k,
    {
        keys.into_iter().any(|key| self.changed(key, since))
    }

    /// The cursor of a client that gets the answer of this pass: the client's own, moved on to when this pass began.
    ///
    /// It is right for every answer, an expired one included. The hub has counted when the pass began, before the
    /// handler could read anything, so what happens in the meantime is told with the next poll.
    ///
    /// ```
    /// # use dacapo::{Continuation, Cursor};
    /// fn answer(c: &Continuation<String>, seen: Cursor, line: &str) -> (String, Cursor) {
    ///     (line.to_owned(), c.advance(seen))
    /// }
    /// ```
    pub fn advance(&self, cursor: Cursor) -> Cursor {
        cursor.advance(&self.state().hub, self.number())
    }

    /// The number of the latest notify when this pass began: the position that [`advance`](Self::advance) gives a
    /// cursor.
    ///
    /// Numbers of a hub only grow. They begin with the microseconds since 1970, so they do not go back when the process
    /// is started anew; under a mock clock they begin with 1. This is for protocols whose cursor is one number.
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

    /// The cursor that stands at a [number](Self::number) of this hub.
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
