//! What a stream yields.

/// One item of a stream, or a sign that the stream is alive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<T, P> {
    /// An answer of the closure, and the position after it.
    Item {
        /// The value that the closure has returned.
        value: T,
        /// The position at which a reader that has this item continues.
        position: P,
    },
    /// The timeout of a wait has expired without an item. The stream waits again.
    Heartbeat,
}

impl<T, P> Event<T, P> {
    /// Converts the value. The position and a heartbeat stay as they are.
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

/// What a browser gets of an item: text, and perhaps a name.
///
/// A string becomes a message without a name, which arrives at `onmessage`. A message with a name
/// arrives at the `addEventListener` of that name. Text of several lines arrives as it is, but each
/// line end (`\r\n`, `\r` or `\n`) arrives as `\n`. For JSON, serialize the value to a string: the
/// guide's page on [streams](crate::_guide::models::streams) shows a whole handler.
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
