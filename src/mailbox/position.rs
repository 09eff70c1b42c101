//! How far a client has read.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use crate::cursor;

/// How far a client has read, as text that the client sends back with its next request.
///
/// It comes with what was read: [`Batch::next`](super::Batch::next). One position serves all keys
/// of a mailbox, and it means nothing to another mailbox, to one in another process, or to the same
/// one after a restart. A read then returns [`Read::Gap`](super::Read::Gap).
///
/// [`Position::default`] is that of a client that has read nothing. Its text is empty, and parsing
/// never fails: text that is no position is the default.
///
/// The text has 37 bytes at the most: letters, digits and `.`. With feature `serde` a position is
/// this text in JSON and in query strings.
///
/// ```
/// # use dacapo::{Hub, Mailbox, mailbox::Position};
/// let mailbox = Mailbox::<String, u32>::new(&Hub::new());
/// let position = mailbox.push("tea", 350)?;
/// assert_eq!(position.to_string().parse(), Ok(position));
/// assert_eq!("nonsense".parse(), Ok(Position::default()));
/// # Ok::<_, dacapo::mailbox::PushError<u32>>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Position(Option<cursor::Position>);

/// Where a read begins.
#[derive(Debug, Clone, Copy)]
pub(super) enum Start {
    /// With all that is kept: its client has read nothing.
    Beginning,
    /// With all that is kept: nothing is known of this position.
    Lost,
    /// Behind the item with this id.
    After(u64),
}

impl Position {
    pub(super) fn new(epoch: u64, number: u64) -> Self {
        Self(Some(cursor::Position { epoch, number }))
    }

    /// The position as a number, for protocols whose positions are numbers: see
    /// [`Mailbox::position_at`](super::Mailbox::position_at). That of [`Position::default`] is 0.
    ///
    /// ```
    /// # use dacapo::{Hub, Mailbox};
    /// let updates = Mailbox::<u64, &str>::new(&Hub::new());
    /// let (first, second) = (updates.push(&7, "tea")?, updates.push(&7, "milk")?);
    /// assert!(first.number() < second.number());
    /// # Ok::<_, dacapo::mailbox::PushError<&str>>(())
    /// ```
    #[must_use]
    pub fn number(&self) -> u64 {
        self.0.map_or(0, |position| position.number)
    }

    /// Where a read begins in a mailbox of this epoch, with this id as its latest.
    pub(super) fn start(&self, epoch: u64, latest: u64) -> Start {
        match self.0 {
            None => Start::Beginning,
            Some(seen) if seen.epoch == epoch && seen.number <= latest => Start::After(seen.number),
            Some(_) => Start::Lost,
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|position| position.fmt(f))
    }
}

impl FromStr for Position {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(cursor::Position::parse(text)))
    }
}

/// Its text.
impl fmt::Debug for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Position({self})")
    }
}
