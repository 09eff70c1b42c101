//! What a stream says.

/// One item of a stream, or the sign that it lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<T, P> {
    /// An answer of the closure, and the position behind it.
    Item {
        /// The value that the closure has returned.
        value: T,
        /// Where a reader goes on that has this item.
        position: P,
    },
    /// The time of a wait was up, and there was nothing to say. The stream waits on.
    Heartbeat,
}

impl<T, P> Event<T, P> {
    /// Makes something else of the value. Position and heartbeat stay what they are.
    ///
    /// ```
    /// use dacapo::stream::Event;
    ///
    /// let item = Event::Item { value: 7, position: 1 };
    /// assert_eq!(item.map(|value| value.to_string()), Event::Item { value: "7".into(), position: 1 });
    /// ```
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Event<U, P> {
        match self {
            Self::Item { value, position } => Event::Item {
                value: change(value),
                position,
            },
            Self::Heartbeat => Event::Heartbeat,
        }
    }

    /// The value and its position, if this is no heartbeat.
    pub fn into_item(self) -> Option<(T, P)> {
        match self {
            Self::Item { value, position } => Some((value, position)),
            Self::Heartbeat => None,
        }
    }
}

/// What a browser gets of an item: its data, and a name if there is one.
///
/// A string becomes a message without a name, which arrives at `onmessage`. One with a name arrives where
/// `addEventListener` asks for that name. Data of several lines arrives as it is, except that each of its line ends, `\r\n`,
/// `\r` or `\n`, arrives as `\n`.
///
/// ```
/// use dacapo::stream::Message;
///
/// let line = Message::from("hello");
/// let joined = Message::from("someone has joined").named("presence");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub(super) name: Option<String>,
    pub(super) data: String,
}

impl Message {
    /// Gives it a name: one line of text. A name with a line end is an error of the stream.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        let name = Some(name.into());
        Self { name, ..self }
    }
}

impl From<String> for Message {
    fn from(data: String) -> Self {
        Self { name: None, data }
    }
}

impl From<&str> for Message {
    fn from(data: &str) -> Self {
        data.to_owned().into()
    }
}
