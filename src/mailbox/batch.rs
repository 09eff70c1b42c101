//! What a read returns.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

#[expect(unused_imports, reason = "for the documentation")]
use super::Mailbox;
use super::position::Position;
use super::stored::Stored;

/// What [`Mailbox::read`] has found.
///
/// ```
/// # use dacapo::{Hub, Mailbox, mailbox::{Position, Read}};
/// let mailbox = Mailbox::<String, u32>::builder(&Hub::new()).max_len(1).build();
/// let seen = mailbox.position();
/// mailbox.push("tea", 350)?;
/// mailbox.push("tea", 360)?;
/// match mailbox.read(["tea"], &seen, 100) {
///     Read::Batch(_) => unreachable!("the first one was thrown away"),
///     Read::Gap(kept) => assert_eq!(*kept.items[0], 360),
/// }
/// # Ok::<_, dacapo::mailbox::PushError<u32>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "a gap tells that items are missing"]
pub enum Read<T> {
    /// Every item after the position, up to the limit. It is empty if there is none.
    Batch(Batch<T>),

    /// Items after the position may have been thrown away, or nothing is known of the position. The
    /// batch has those after it that are still kept.
    ///
    /// Tell the client that it has missed something. The position in the batch is a good one: the
    /// next read is a gap only if that read, too, has missed something, or if the limit has left
    /// out items from before the end of the gap.
    Gap(Batch<T>),
}

/// Items of all keys, in the order in which they were pushed.
#[non_exhaustive]
pub struct Batch<T> {
    /// The items. They are shared, so that many readers of one item need no more memory than one.
    pub items: Vec<Item<T>>,

    /// The position after these items. The client sends it with its next request. It also covers
    /// items that you take out of the batch.
    pub next: Position,

    /// Whether the limit has left something out: another read from [`next`](Self::next) finds more.
    pub has_more: bool,
}

/// An item of a mailbox, which is shared by its readers. It dereferences to what was pushed.
///
/// With feature `serde` it is serialized as what was pushed.
pub struct Item<T> {
    epoch: u64,
    id: u64,
    value: Arc<T>,
}

impl<T> Item<T> {
    pub(super) fn of(epoch: u64, item: &Stored<T>) -> Self {
        Self {
            epoch,
            id: item.id,
            value: Arc::clone(&item.value),
        }
    }

    pub(super) fn id(&self) -> u64 {
        self.id
    }

    /// The position after this item: what a client sends back that has read up to here. It is the
    /// id of an event in a stream of events.
    ///
    /// ```
    /// # use dacapo::mailbox::Item;
    /// fn event(line: &Item<String>) -> String {
    ///     format!("id: {}\ndata: {}\n\n", line.position(), **line)
    /// }
    /// ```
    #[must_use]
    pub fn position(&self) -> Position {
        Position::new(self.epoch, self.id)
    }

    /// What was pushed, as it is shared.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use dacapo::mailbox::Batch;
    /// fn shared(batch: Batch<String>) -> Vec<Arc<String>> {
    ///     batch.items.into_iter().map(|item| item.into_arc()).collect()
    /// }
    /// ```
    #[must_use]
    pub fn into_arc(self) -> Arc<T> {
        self.value
    }
}

impl<T> Deref for Item<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> Clone for Item<T> {
    fn clone(&self) -> Self {
        Self {
            epoch: self.epoch,
            id: self.id,
            value: Arc::clone(&self.value),
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Item<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl<T> Clone for Batch<T> {
    fn clone(&self) -> Self {
        Self {
            items: self.items.clone(),
            next: self.next.clone(),
            has_more: self.has_more,
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Batch<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch")
            .field("items", &self.items)
            .field("next", &self.next)
            .field("has_more", &self.has_more)
            .finish()
    }
}
