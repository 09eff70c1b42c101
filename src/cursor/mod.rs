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
/// A notify between two polls finds no waiter. With a cursor the second poll learns of it: [`changed`] says whether a
/// key was notified since the pass that made the cursor began. The server keeps nothing for the client.
///
/// ```
/// use std::time::Duration;
/// use dacapo::{Continuation, Cursor, Outcome};
///
/// struct News { lines: Vec<String>, cursor: Cursor }
///
/// fn news(c: &Continuation<String>, room: &str, seen: Cursor, read: fn(&str) -> Vec<String>) -> Outcome<News> {
///     if !c.changed(room, &seen) && !c.is_expired() {
///         return Err(c.suspend(room, Duration::from_secs(30)));
///     }
///     Ok(News { lines: read(room), cursor: c.advance(seen) })
/// }
/// ```
///
/// # When nothing is known
///
/// A cursor is never an error. If the hub cannot tell what has happened since, the answer is *changed*, and the handler
/// is executed: for [`Cursor::default`], for text that no hub has made, for a cursor from before a restart or from
/// another node, and for a key that the hub has [forgotten](crate::HubBuilder::revisions). The cursor of that answer is
/// a good one.
///
/// # Several nodes
///
/// A cursor has a position for each node that the client has met, 53 at the most, and each node reads its own. Its text
/// has 34 bytes for one node and never more than 2 KiB. It consists of letters, digits, `.` and `-`.
///
/// # A fixed set of keys
///
/// A cursor is good for the keys that it was made with. If a key joins the set, its earlier changes are not in the
/// cursor: read that key once without asking `changed`, or notify a key of the old set when another one joins.
///
/// # Everyone but the changer
///
/// [`except`](Self::except) leaves out the changes that one actor has made with [`Hub::notify_by`](crate::Hub::notify_by).
///
/// [`changed`]: crate::Continuation::changed
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The latest last.
    positions: Vec<Position>,
    except: Actor,
}

/// What a client has seen of one hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    /// Which hub: a random number.
    pub(crate) epoch: u64,
    /// The number of the latest notify that it has seen.
    pub(crate) number: u64,
}

impl Cursor {
    /// Leaves out the changes that this actor has made with [`Hub::notify_by`](crate::Hub::notify_by).
    ///
    /// An actor is anything with a hash: a session's id together with that of the browser's tab, say. Take it from the
    /// session. If you take it from a header alone, one client can hide its changes from another by naming that
    /// client's actor.
    ///
    /// The text of the cursor does not contain the actor, so it is named with each request.
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

    /// A cursor that stands at a number of this hub.
    pub(crate) fn at(hub: &Shared, number: u64) -> Self {
        Self::default().advance(hub, number)
    }

    /// Moves its position in this hub to a number.
    pub(crate) fn advance(mut self, hub: &Shared, number: u64) -> Self {
        hub.waiters.keep_revisions();
        let epoch = hub.epoch;
        self.positions.retain(|position| position.epoch != epoch);
        self.positions.push(Position { epoch, number });
        self.keep_latest();
        self
    }

    /// Whether this hub may have been told of a change of a key since. The pass that asks must have begun.
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

/// So that the text has 2 KiB at the most.
const MOST: usize = 53;

/// Its text.
impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cursor({self})")
    }
}
