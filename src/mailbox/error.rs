//! An item that a mailbox does not take.

use std::fmt;

/// Why an item was not taken. It gives the item back, and nothing has changed.
///
/// ```
/// use dacapo::{Hub, Mailbox};
///
/// let hub = Hub::<String>::new();
/// let mailbox = Mailbox::builder(&hub).max_bytes_per_key(3).weigh(String::len).build();
/// let error = mailbox.push("tea", "long".to_owned()).unwrap_err();
/// let message = "the item has 4 bytes, and a key keeps 3: raise `max_bytes_per_key`";
/// assert_eq!(error.to_string(), message);
/// assert_eq!(error.into_item(), "long");
/// ```
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum PushError<T> {
    /// The item alone is larger than all that a key may keep.
    #[error("the item has {bytes} bytes, and a key keeps {limit}: raise `max_bytes_per_key`")]
    #[non_exhaustive]
    TooLarge {
        /// What was pushed.
        item: T,
        /// How many bytes it counts.
        bytes: usize,
        /// How many bytes a key keeps: the smaller one of
        /// [`max_bytes_per_key`](super::MailboxBuilder::max_bytes_per_key) and
        /// [`max_bytes`](super::MailboxBuilder::max_bytes).
        limit: usize,
    },
}

impl<T> PushError<T> {
    /// The item that was not taken.
    #[must_use]
    pub fn into_item(self) -> T {
        match self {
            Self::TooLarge { item, .. } => item,
        }
    }
}

/// Without the item, which need not be printable.
impl<T> fmt::Debug for PushError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::TooLarge { bytes, limit, .. } = self;
        f.debug_struct("TooLarge")
            .field("bytes", bytes)
            .field("limit", limit)
            .finish_non_exhaustive()
    }
}
