//! What a client has seen.

mod pass;
#[cfg(feature = "serde")]
mod serde;
mod text;

use std::fmt;
use std::hash::Hash;

use crate::engine::{Actor, Fingerprint};
use crate::hash;
use crate::request::Shared;

/// What a client has seen, as text that the client sends back with its next request.
///
/// A notify between two polls finds no waiter. With a cursor, the second poll still finds the
/// change: [`changed`] returns whether a key was notified since the pass that created the cursor
/// began. The server stores nothing for the client.
///
/// ```
/// use std::time::Duration;
/// use dacapo::{Continuation, Cursor, Outcome};
///
/// struct News { lines: Vec<String>, cursor: Cursor }
///
/// fn news(
///     c: &Continuation<String>,
///     seen: Cursor,
///     read: fn() -> Vec<String>,
/// ) -> Outcome<News> {
///     if !c.changed("lobby", &seen) && !c.is_expired() {
///         return Err(c.suspend("lobby", Duration::from_secs(30)));
///     }
///     Ok(News { lines: read(), cursor: c.advance(seen) })
/// }
/// ```
///
/// # Unknown cursors
///
/// A cursor is never an error. If the hub cannot know what has happened since, `changed` returns
/// `true`, the handler answers, and the cursor of that answer is valid. This applies to:
///
/// * [`Cursor::default`], and text that is not a cursor;
/// * a cursor from before a restart, or from another node;
/// * a key that the hub has [forgotten](crate::HubBuilder::revisions).
///
/// # Several nodes
///
/// A cursor has one position for each node that the client has used, up to 53. Each node reads its
/// own. The text has 34 bytes for one node, and 2 KiB at most. It consists of letters, digits, `.`
/// and `-`.
///
/// # A fixed set of keys
///
/// A cursor is valid for the keys with which it was created. If a key joins the set, the cursor
/// does not know its earlier changes. Then read the new key once without `changed`, or notify a key
/// of the old set when another one joins.
///
/// # All clients except the actor
///
/// [`except`](Self::except) ignores the changes that one actor has made with
/// [`Hub::notify_by`](crate::Hub::notify_by).
///
/// [`changed`]: crate::Continuation::changed
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Cursor {
    /// In the order of their use; the last one is the newest.
    positions: Vec<Position>,
    except: Actor,
}

/// What a client has seen of one hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Position {
    /// A random number that identifies the hub.
    epoch: u64,
    /// The number of the latest notify that the client has seen.
    number: u64,
}

impl Cursor {
    /// Returns a cursor that ignores the changes of this actor, which it has made with
    /// [`Hub::notify_by`](crate::Hub::notify_by).
    ///
    /// An actor is any value with a hash, for example a session's id together with the id of the
    /// browser tab. Take the session's id from the session. If it comes from a header, one client
    /// can hide its changes from another client by sending that client's actor.
    ///
    /// The text of the cursor does not contain the actor, so call this for each request.
    ///
    /// ```
    /// use dacapo::{Cursor, Hub};
    ///
    /// let hub = Hub::<String>::new();
    /// let seen = hub.cursor();
    /// hub.notify_by("calendar", &("session", "tab 7"));
    /// assert!(hub.changed("calendar", &seen));
    /// assert!(!hub.changed("calendar", &seen.except(&("session", "tab 7"))));
    /// ```
    pub fn except<A: Hash + ?Sized>(&self, actor: &A) -> Self {
        Self {
            positions: self.positions.clone(),
            except: Actor::new(hash::of_actor(actor)),
        }
    }

    /// A cursor at this number of this hub.
    pub(crate) fn at(hub: &Shared, number: u64) -> Self {
        Self::default().advance(hub, number)
    }

    /// Moves the position in this hub to a number.
    pub(crate) fn advance(mut self, hub: &Shared, number: u64) -> Self {
        hub.waiters.keep_revisions();
        let epoch = hub.epoch;
        self.positions.retain(|position| position.epoch != epoch);
        self.positions.push(Position { epoch, number });
        self.keep_latest();
        self
    }

    /// Returns whether a key may have changed since the cursor. The pass that asks must have begun.
    pub(crate) fn is_behind(&self, hub: &Shared, key: Fingerprint) -> bool {
        let mut positions = self.positions.iter();
        let position = positions.find(|position| position.epoch == hub.epoch);
        position.is_none_or(|seen| hub.waiters.changed(key, seen.number, self.except))
    }

    fn keep_latest(&mut self) {
        let surplus = self.positions.len().saturating_sub(MOST);
        self.positions.drain(..surplus);
    }
}

/// The text then has 2 KiB at most.
const MOST: usize = 53;

/// Prints the text.
impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cursor({self})")
    }
}
