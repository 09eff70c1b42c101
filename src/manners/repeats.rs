//! The client that sends the same cursor again and again.

use std::fmt;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use crate::cursor::Cursor;
use crate::generations::Generations;
use crate::hash::Secret;
use crate::hub::Hub;
use crate::sync::{Mutex, order};

/// Slows down clients that send the same cursor again at once.
///
/// A client that never takes the new cursor over, or that gets its answers from a cache that should
/// keep none, polls without a pause. It is not refused but delayed: on each connection it gets one
/// answer in half a second, where it would get thousands.
///
/// ```
/// use std::time::Duration;
/// use dacapo::manners::Repeats;
/// use dacapo::{Answer, Cursor, Hub, Outcome};
///
/// struct App { hub: Hub<String>, repeats: Repeats<String> }
///
/// async fn news(app: &App, tab: &str, seen: Cursor) -> Result<Answer<String>, dacapo::Error> {
///     app.repeats.pace(tab, &seen).await;
///     app.hub.run(async |c| -> Outcome<_> {
///         match c.changed("news", &seen) || c.is_expired() {
///             true => Ok(c.advance(&seen).to_string()),
///             false => Err(c.suspend("news", Duration::from_secs(30))),
///         }
///     }).await
/// }
/// ```
///
/// A client that was held before it asks again with the same cursor is not delayed: nothing has
/// happened since.
///
/// # Memory
///
/// It remembers the 10,000 polls that came last, and 20,000 at the most, in 2 MB or less. If more
/// clients than that loop at the same time, some are not delayed. Clones share what they remember.
pub struct Repeats<K> {
    hub: Hub<K>,
    memory: Arc<Memory>,
}

struct Memory {
    secret: Secret,
    /// When each poll was let through, or will be.
    polls: Mutex<Generations<u128, Duration>, { order::REPEATS }>,
}

impl<K> Repeats<K> {
    /// Remembers nothing yet. The time is that of the hub.
    ///
    /// ```
    /// let hub = dacapo::Hub::<String>::new();
    /// let repeats = dacapo::manners::Repeats::new(&hub);
    /// ```
    #[must_use]
    pub fn new(hub: &Hub<K>) -> Self {
        let memory = Memory {
            secret: Secret::random(),
            polls: Mutex::new(Generations::new(POLLS)),
        };
        Self {
            hub: hub.clone(),
            memory: Arc::new(memory),
        }
    }

    /// Returns at once, unless this client has sent this cursor in the last half second. Then it
    /// returns when half a second has passed since, or since now if the client polls twice at the
    /// same time. If the hub is shut down, it returns at once.
    ///
    /// Call it once per request, before [`Hub::run`]; under a layer, in the [initial] pass alone. A
    /// pass that is executed again is no repeat.
    ///
    /// The client is anything with a hash. Clients that you do not tell apart delay each other if
    /// they have the same cursor, as all new ones have: a browser tab is better than a user, and a
    /// user better than an address.
    ///
    /// [initial]: crate::Continuation::is_initial
    ///
    /// # Cancel safety
    ///
    /// It can be dropped at any time. The poll counts all the same.
    ///
    /// ```
    /// # use std::{pin::pin, time::Duration};
    /// # use futures::FutureExt;
    /// # use dacapo::manners::Repeats;
    /// let (hub, clock) = dacapo::Hub::<String>::with_mock_clock();
    /// let (repeats, seen) = (Repeats::new(&hub), hub.cursor());
    /// assert!(repeats.pace("tab 7", &seen).now_or_never().is_some());
    ///
    /// let mut again = pin!(repeats.pace("tab 7", &seen));
    /// assert!(again.as_mut().now_or_never().is_none());
    /// clock.advance(Duration::from_millis(500));
    /// assert!(again.now_or_never().is_some());
    /// ```
    pub async fn pace<C: Hash + ?Sized>(&self, client: &C, cursor: &Cursor) {
        let delay = self.memory.delay(client, cursor, self.hub.now());
        if !delay.is_zero() {
            // A hub that is shut down refuses the request that follows.
            let _slept = self.hub.sleep(delay).await;
        }
    }
}

/// How many polls are remembered at least.
const POLLS: usize = 10_000;

/// How far apart two equal polls of a client are.
const PAUSE: Duration = Duration::from_millis(500);

impl Memory {
    /// How long a poll is delayed that comes now: for a pause at the most.
    fn delay<C: Hash + ?Sized>(&self, client: &C, cursor: &Cursor, now: Duration) -> Duration {
        let poll = self.secret.fingerprint(&(client, cursor.to_string()));
        let mut polls = self.polls.lock();
        let known = polls.get(poll).copied();
        let last = known.filter(|last| *last + PAUSE > now);
        let time = last.map_or(now, |last| last.min(now) + PAUSE);
        let _ = polls.take_old(poll);
        match polls.get_young(poll) {
            Some(last) => *last = time,
            None => drop(polls.insert(poll, time)),
        }
        time - now
    }
}

impl<K> Clone for Repeats<K> {
    fn clone(&self) -> Self {
        Self {
            hub: self.hub.clone(),
            memory: Arc::clone(&self.memory),
        }
    }
}

impl<K> fmt::Debug for Repeats<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Repeats").finish_non_exhaustive()
    }
}
