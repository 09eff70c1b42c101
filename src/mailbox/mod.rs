//! A bounded queue of items for each key, for clients that must not miss any: see [`Mailbox`].

mod batch;
mod builder;
mod dropped;
mod error;
mod limits;
mod once;
mod position;
mod queue;
mod reading;
#[cfg(feature = "serde")]
mod serde;
mod shelf;
mod store;
mod stored;

use std::borrow::Borrow;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use crate::hub::Hub;

use store::{New, Store};

pub use batch::{Batch, Item, Read};
pub use builder::MailboxBuilder;
pub use error::PushError;
pub use position::Position;

/// Keeps the latest items of each key, so that a client that polls gets every one of them, in order
/// and once.
///
/// A push stores an item under a key and notifies the key in the hub. A read returns the items
/// after the position that its client has sent, and the position to send next. What happens between
/// two polls is in the next one.
///
/// ```
/// use std::time::Duration;
/// use dacapo::mailbox::{Mailbox, Position, PushError, Read};
/// use dacapo::{Answer, Error, Hub};
///
/// const HOLD: Duration = Duration::from_secs(30);
///
/// struct Chat { hub: Hub<String>, lines: Mailbox<String, String> }
///
/// /// What a client gets: the lines, the position for its next poll, and whether some are missing.
/// struct News { lines: Vec<String>, next: Position, missed: bool }
///
/// impl Chat {
///     fn say(&self, room: &str, line: String) -> Result<Position, PushError<String>> {
///         self.lines.push(room, line)
///     }
///
///     async fn poll(&self, room: &str, after: &Position) -> Result<Answer<News>, Error> {
///         self.hub.run(async |c| match self.lines.read([room], after, 100) {
///             Read::Batch(batch) if batch.items.is_empty() && !c.is_expired() => {
///                 Err(c.suspend(room, HOLD))
///             }
///             Read::Batch(batch) => Ok(News::new(batch.items, batch.next, false)),
///             Read::Gap(kept) => Ok(News::new(kept.items, kept.next, true)),
///         }).await
///     }
/// }
/// # impl News {
/// #     fn new(items: Vec<dacapo::mailbox::Item<String>>, next: Position, missed: bool) -> Self {
/// #         Self { lines: items.iter().map(|line| line.to_string()).collect(), next, missed }
/// #     }
/// # }
/// # let hub = Hub::new();
/// # let chat = Chat { lines: Mailbox::new(&hub), hub };
/// # chat.say("tea", "hello".into()).unwrap();
/// # let answer = futures::executor::block_on(chat.poll("tea", &Position::default()));
/// # let news = answer.unwrap().into_inner().unwrap();
/// # assert_eq!((news.lines, news.missed), (vec!["hello".to_owned()], false));
/// # assert_eq!(chat.lines.position(), news.next);
/// ```
///
/// # What it keeps
///
/// The first of these limits that is reached removes an item:
///
/// | limit | what goes | default |
/// |---|---|---|
/// | [`max_len`](MailboxBuilder::max_len) | the oldest items of the key | 250 items |
/// | [`max_age`](MailboxBuilder::max_age) | the item | 1 hour |
/// | [`max_bytes_per_key`](MailboxBuilder::max_bytes_per_key) | the oldest items of the key | 64 KiB |
/// | [`max_keys`](MailboxBuilder::max_keys) | the quietest key, with its items | 100,000 keys |
/// | [`max_bytes`](MailboxBuilder::max_bytes) | the quietest keys, with their items | 64 MiB |
/// | [`forget_before`](Self::forget_before) | the items that their only consumer has read | |
///
/// The quietest key is the one to which nothing was pushed for the longest time.
///
/// # Gaps
///
/// A client learns of items that were thrown away: if they come after its position, the read is a
/// [`Read::Gap`]. So is a read from a position of another mailbox, or from before a restart. A
/// client that comes without a position gets all that is kept, and that is no gap.
///
/// Of all keys that were thrown away, a mailbox remembers one bound. So a read may be a gap
/// although nothing is missing, if its position is older than the last items of such keys.
///
/// # Access control
///
/// A mailbox gives its items to all callers. The handler in front of it decides which keys a client
/// may read, and which items: each pass reads afresh, so it decides with fresh permissions.
///
/// ```
/// # use std::time::Duration;
/// # use dacapo::{Continuation, Mailbox, Outcome, mailbox::{Position, Read}};
/// struct Line { from: u64, text: String }
///
/// /// The lines of a room, for a member of it, without those of the member.
/// fn lines(
///     c: &Continuation<u64>,
///     chat: &Mailbox<u64, Line>,
///     (room, members): (u64, &[u64]),
///     me: u64,
///     after: &Position,
/// ) -> Outcome<Option<Read<Line>>> {
///     if !members.contains(&me) {
///         return Ok(None); // a 403
///     }
///     let mut read = chat.read([&room], after, 100);
///     let (Read::Batch(batch) | Read::Gap(batch)) = &mut read;
///     batch.items.retain(|line| line.from != me);
///     match &read {
///         Read::Batch(batch) if batch.items.is_empty() && !batch.has_more && !c.is_expired() => {
///             Err(c.suspend(&room, Duration::from_secs(30)))
///         }
///         _ => Ok(Some(read)),
///     }
/// }
/// ```
///
/// Items that the handler takes out are covered by [`Batch::next`] all the same. With a limit, look
/// at [`Batch::has_more`] before you suspend: behind a batch of which nothing is left, there may be
/// more items.
///
/// # One process
///
/// A mailbox lives in the memory of one process, and is empty after a restart. Clients that come to
/// several nodes in turn need their items in a database, and a [`Cursor`](crate::Cursor) for each
/// client.
///
/// Clones are the same mailbox, and cheap.
pub struct Mailbox<K, T> {
    hub: Hub<K>,
    inner: Arc<Inner<T>>,
}

struct Inner<T> {
    weigh: Weigh<T>,
    store: Store<T>,
}

/// How many bytes an item counts.
type Weigh<T> = Box<dyn Fn(&T) -> usize + Send + Sync>;

impl<K, T> Mailbox<K, T> {
    /// Makes a mailbox with the default limits. Each push notifies its key in this hub.
    ///
    /// ```
    /// # use dacapo::{Hub, Mailbox};
    /// let hub = Hub::<String>::new();
    /// let prices: Mailbox<String, u32> = Mailbox::new(&hub);
    /// ```
    #[must_use]
    pub fn new(hub: &Hub<K>) -> Self {
        Self::builder(hub).build()
    }

    /// Begins a mailbox with limits of your own.
    ///
    /// [`MailboxBuilder`] shows how.
    pub fn builder(hub: &Hub<K>) -> MailboxBuilder<K, T> {
        MailboxBuilder::new(hub)
    }

    /// The position after everything that has been pushed by now, for a client that wants no
    /// history.
    ///
    /// ```
    /// # use dacapo::{Hub, Mailbox, mailbox::Read};
    /// let prices = Mailbox::<String, u32>::new(&Hub::new());
    /// prices.push("tea", 350)?;
    /// let now = prices.position();
    /// let Read::Batch(batch) = prices.read(["tea"], &now, 100) else { panic!() };
    /// assert!(batch.items.is_empty());
    /// # Ok::<_, dacapo::mailbox::PushError<u32>>(())
    /// ```
    pub fn position(&self) -> Position {
        self.inner.store.position()
    }

    /// The position with this [number](Position::number) in this mailbox. 0 is
    /// [`Position::default`].
    ///
    /// The numbers only grow, in the order of the pushes. They begin with the microseconds since
    /// 1970, so they do not go back when the process restarts, unless the wall clock was set back.
    /// Under a mock clock, the first item has number 2. The number must come from this mailbox, or
    /// from the same one before a restart: a read then returns [`Read::Gap`].
    ///
    /// ```
    /// # use dacapo::{Hub, Mailbox, mailbox::Read};
    /// let updates = Mailbox::<u64, &str>::new(&Hub::new());
    /// let number = updates.push(&7, "tea")?.number();
    /// updates.push(&7, "milk")?;
    /// let Read::Batch(batch) = updates.read([&7], &updates.position_at(number), 100) else { panic!() };
    /// assert_eq!(*batch.items[0], "milk");
    /// # Ok::<_, dacapo::mailbox::PushError<&str>>(())
    /// ```
    pub fn position_at(&self, number: u64) -> Position {
        self.inner.store.position_at(number)
    }
}

/// # Pushing
impl<K, T> Mailbox<K, T> {
    /// Stores an item under a key, and then notifies the key. Returns the position after the item.
    ///
    /// It may throw away other items: [`Mailbox`] says which. It never waits.
    ///
    /// # Errors
    ///
    /// [`PushError::TooLarge`] if the item alone has more bytes than a key keeps. The error gives
    /// it back.
    ///
    /// # Panics
    ///
    /// If a waker does, with its panic, or the destructor of an item that is thrown away; the item
    /// is stored and all other wakers have been woken by then. If the function that weighs the
    /// items does; nothing is stored then.
    ///
    /// ```
    /// # use dacapo::{Hub, Mailbox, mailbox::{Position, Read}};
    /// let prices = Mailbox::<String, u32>::new(&Hub::new());
    /// prices.push("tea", 350)?;
    /// let Read::Batch(batch) = prices.read(["tea"], &Position::default(), 100) else { panic!() };
    /// assert_eq!(*batch.items[0], 350);
    /// # Ok::<_, dacapo::mailbox::PushError<u32>>(())
    /// ```
    pub fn push<Q>(&self, key: &Q, item: T) -> Result<Position, PushError<T>>
    where
        K: Borrow<Q>,
        Q: Hash + ?Sized,
    {
        let position = self.deliver(key, item, None)?;
        Ok(position.unwrap_or_default())
    }

    /// Does what [`push`](Self::push) does, unless an item with the same name has been pushed once
    /// under this key. Returns `None` then, and drops the item.
    ///
    /// The name may be anything with a hash: the id of a message in a queue that delivers it again
    /// when in doubt, say. Under each key, the latest names are remembered: as many as
    /// [`max_len`](MailboxBuilder::max_len), for as long as [`max_age`](MailboxBuilder::max_age),
    /// and until the key is thrown away. They outlast their items. Each takes some 60 bytes, which
    /// no limit of bytes counts.
    ///
    /// # Errors
    ///
    /// [`PushError::TooLarge`], as with [`push`](Self::push). The name is not remembered then.
    ///
    /// # Panics
    ///
    /// As [`push`](Self::push) does.
    ///
    /// ```
    /// # use dacapo::{Hub, Mailbox, mailbox::{Position, Read}};
    /// let orders = Mailbox::<String, u32>::new(&Hub::new());
    /// assert!(orders.push_once("tea", "message 7", 12)?.is_some());
    /// assert!(orders.push_once("tea", "message 7", 12)?.is_none());
    /// # Ok::<_, dacapo::mailbox::PushError<u32>>(())
    /// ```
    pub fn push_once<Q, N>(
        &self,
        key: &Q,
        name: &N,
        item: T,
    ) -> Result<Option<Position>, PushError<T>>
    where
        K: Borrow<Q>,
        Q: Hash + ?Sized,
        N: Hash + ?Sized,
    {
        let name = self.hub.hash_of(name);
        self.deliver(key, item, Some(name))
    }

    fn deliver<Q>(
        &self,
        key: &Q,
        item: T,
        name: Option<u128>,
    ) -> Result<Option<Position>, PushError<T>>
    where
        K: Borrow<Q>,
        Q: Hash + ?Sized,
    {
        let Inner { weigh, store } = &*self.inner;
        let (bytes, limit) = (weigh(&item), store.limits().bytes_per_key);
        if bytes > limit {
            return Err(PushError::TooLarge { item, bytes, limit });
        }
        let new = New {
            value: Arc::new(item),
            weight: bytes,
            name,
        };
        let key = self.hub.hash_of(key);
        let (position, dropped) = store.push(key, new, || self.hub.now());
        if position.is_some() {
            self.hub.notify_hashed(key);
        }
        // Foreign code runs here, and if it panics, the key has been notified.
        drop(dropped);
        Ok(position)
    }
}

/// # Reading
impl<K, T> Mailbox<K, T> {
    /// Reads the items of some keys that come after a position: at most `limit` of them, and at
    /// least one if there is one. Items of several keys are in the order in which they were pushed.
    ///
    /// Read in the pass, and suspend for the same keys if there is nothing. A push that comes in
    /// between is not missed.
    ///
    /// It looks up every key, so limit the number of keys that a client can send:
    /// [`max_keys`](crate::HubBuilder::max_keys) limits the suspension, and not this.
    ///
    /// The limit is for all keys together, and 0 counts as 1. [`Batch::has_more`] tells that it has
    /// left something out.
    ///
    /// One position is good for any set of keys, as long as each key was in the set of every read
    /// on the way to it: of a key that joins later, the earlier items are before the position. Read
    /// that key once from [`Position::default`].
    ///
    /// ```
    /// # use dacapo::{Hub, Mailbox, mailbox::{Position, Read}};
    /// let chat = Mailbox::<u64, &str>::new(&Hub::new());
    /// chat.push(&7, "hello")?;
    /// chat.push(&8, "good morning")?;
    /// chat.push(&7, "goodbye")?;
    /// let Read::Batch(batch) = chat.read([&7, &8], &Position::default(), 2) else { panic!() };
    /// assert_eq!([*batch.items[0], *batch.items[1]], ["hello", "good morning"]);
    /// let Read::Batch(batch) = chat.read([&7, &8], &batch.next, 2) else { panic!() };
    /// assert_eq!(*batch.items[0], "goodbye");
    /// # Ok::<_, dacapo::mailbox::PushError<&str>>(())
    /// ```
    pub fn read<'k, Q>(
        &self,
        keys: impl IntoIterator<Item = &'k Q>,
        after: &Position,
        limit: usize,
    ) -> Read<T>
    where
        K: Borrow<Q>,
        Q: Hash + ?Sized + 'k,
    {
        let keys = keys.into_iter().map(|key| self.hub.hash_of(key));
        let store = &self.inner.store;
        store.read(keys, after, limit, || self.hub.now())
    }

    /// Throws away the items of a key that come before a position, and returns how many. This is
    /// for a key with one consumer: the position that it sends says what it has got, as the offset
    /// in Telegram's `getUpdates` does.
    ///
    /// Another reader of the key, and the same one with an older position, finds a [`Read::Gap`]. A
    /// position of another mailbox, or from before a restart, throws nothing away.
    ///
    /// # Panics
    ///
    /// If the destructor of an item does. All of them have been thrown away by then.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use dacapo::{Continuation, Mailbox, Outcome, mailbox::{Batch, Position, Read}};
    /// fn updates(
    ///     c: &Continuation<u64>,
    ///     mail: &Mailbox<u64, String>,
    ///     bot: u64,
    ///     offset: &Position,
    /// ) -> Outcome<Batch<String>> {
    ///     mail.forget_before(&bot, offset);
    ///     match mail.read([&bot], offset, 100) {
    ///         Read::Batch(batch) if batch.items.is_empty() && !c.is_expired() => {
    ///             Err(c.suspend(&bot, Duration::from_secs(30)))
    ///         }
    ///         Read::Batch(batch) | Read::Gap(batch) => Ok(batch),
    ///     }
    /// }
    /// ```
    pub fn forget_before<Q>(&self, key: &Q, position: &Position) -> usize
    where
        K: Borrow<Q>,
        Q: Hash + ?Sized,
    {
        let key = self.hub.hash_of(key);
        self.inner.store.forget(key, position).len()
    }
}

impl<K, T> Clone for Mailbox<K, T> {
    fn clone(&self) -> Self {
        Self {
            hub: self.hub.clone(),
            inner: Arc::clone(&self.inner),
        }
    }
}

/// How many keys and bytes it keeps.
impl<K, T> fmt::Debug for Mailbox<K, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.inner.store.size();
        f.debug_struct("Mailbox")
            .field("keys", &size.keys)
            .field("bytes", &size.bytes)
            .finish_non_exhaustive()
    }
}
