//! Building a mailbox: what it keeps.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::hub::Hub;

use super::limits::Limits;
use super::store::Store;
use super::{Inner, Mailbox, Weigh};

/// Makes a [`Mailbox`] with limits of your own.
///
/// ```
/// use std::time::Duration;
/// use dacapo::{Hub, Mailbox};
///
/// struct Line { text: String }
///
/// let chat: Mailbox<String, Line> = Mailbox::builder(&Hub::new())
///     .max_len(200)
///     .max_age(Duration::from_secs(3600))
///     .weigh(|line: &Line| line.text.len())
///     .build();
/// ```
#[must_use = "a builder does nothing until `build` is called"]
pub struct MailboxBuilder<K, T> {
    hub: Hub<K>,
    limits: Limits,
    weigh: Weigh<T>,
}

impl<K, T> MailboxBuilder<K, T> {
    pub(super) fn new(hub: &Hub<K>) -> Self {
        Self {
            hub: hub.clone(),
            limits: Limits {
                len: 250,
                age: Duration::from_secs(3600),
                bytes_per_key: 64 << 10,
                keys: 100_000,
                bytes: 64 << 20,
            },
            weigh: Box::new(|_| size_of::<T>()),
        }
    }

    /// Sets how many items each key keeps: at least one, by default 250. The oldest ones go.
    ///
    /// ```
    /// # use dacapo::{Hub, Mailbox};
    /// let latest: Mailbox<String, u32> = Mailbox::builder(&Hub::new()).max_len(1).build();
    /// ```
    pub fn max_len(mut self, items: usize) -> Self {
        self.limits.len = items;
        self
    }

    /// Sets how long an item is kept. The default is an hour, and [`Duration::MAX`] means no limit.
    ///
    /// The time is that of the hub, and under its [`MockClock`](crate::MockClock) exact. An older
    /// item is never read. Its memory is given back when its key is pushed to or read. Keys that
    /// are left alone are looked at by the pushes to other keys: each push takes up to eight steps
    /// in a sixteenth of the keys, and up to two steps give the memory of a key back. So the memory
    /// of old keys shrinks with the pushes, and without any push it stays.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use dacapo::{Hub, Mailbox};
    /// let minute = Duration::from_secs(60);
    /// let recent: Mailbox<u64, u32> = Mailbox::builder(&Hub::new()).max_age(minute).build();
    /// ```
    pub fn max_age(mut self, age: Duration) -> Self {
        self.limits.age = age;
        self
    }

    /// Sets how many bytes each key keeps, as [weighed](Self::weigh). The default is 64 KiB. The
    /// oldest items go, and an item that is larger by itself is a [`PushError`](super::PushError).
    ///
    /// ```
    /// # use dacapo::{Hub, Mailbox};
    /// let hub = Hub::new();
    /// let small: Mailbox<u64, u32> = Mailbox::builder(&hub).max_bytes_per_key(1024).build();
    /// ```
    pub fn max_bytes_per_key(mut self, bytes: usize) -> Self {
        self.limits.bytes_per_key = bytes;
        self
    }

    /// Sets how many keys are kept: at least one, by default 100,000. The key to which nothing was
    /// pushed for the longest time goes, with all its items.
    ///
    /// Each takes up to 500 bytes in addition to the weight of its items.
    ///
    /// ```
    /// # use dacapo::{Hub, Mailbox};
    /// let rooms: Mailbox<String, u32> = Mailbox::builder(&Hub::new()).max_keys(1000).build();
    /// ```
    pub fn max_keys(mut self, keys: usize) -> Self {
        self.limits.keys = keys;
        self
    }

    /// Sets how many bytes are kept in all, as [weighed](Self::weigh). The default is 64 MiB. The
    /// keys to which nothing was pushed for the longest time go, with all their items, until the
    /// rest fits.
    ///
    /// No key keeps more than this, even if [`max_bytes_per_key`](Self::max_bytes_per_key) is higher.
    ///
    /// ```
    /// # use dacapo::{Hub, Mailbox};
    /// let large: Mailbox<String, u32> = Mailbox::builder(&Hub::new()).max_bytes(1 << 30).build();
    /// ```
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.limits.bytes = bytes;
        self
    }

    /// Sets how many bytes an item counts. The default is `size_of::<T>()`, which is too little for
    /// items that own memory elsewhere, such as strings.
    ///
    /// It is called once for each push, before the item is stored. A mailbox needs some 60 bytes
    /// more for each item, which are not counted.
    ///
    /// ```
    /// # use dacapo::{Hub, Mailbox};
    /// let lines: Mailbox<u64, String> = Mailbox::builder(&Hub::new()).weigh(String::len).build();
    /// ```
    pub fn weigh(mut self, bytes: impl Fn(&T) -> usize + Send + Sync + 'static) -> Self {
        self.weigh = Box::new(bytes);
        self
    }

    /// Makes the mailbox.
    ///
    /// ```
    /// # use dacapo::{Hub, Mailbox};
    /// let mailbox: Mailbox<u64, u32> = Mailbox::builder(&Hub::new()).build();
    /// ```
    #[must_use]
    pub fn build(self) -> Mailbox<K, T> {
        let Self { hub, limits, weigh } = self;
        let first = hub.first_number();
        let inner = Inner {
            weigh,
            store: Store::new(limits, first),
        };
        Mailbox {
            hub,
            inner: Arc::new(inner),
        }
    }
}

impl<K, T> fmt::Debug for MailboxBuilder<K, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailboxBuilder")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
