//! How a request was answered.

use bytes::Bytes;
use http::Response;

/// The answer to a request: what its handler returned, or a response from outside.
///
/// [`Hub::run`](crate::Hub::run) returns it. Both adapters send it as it is, so your handler can
/// return it too.
///
/// ```
/// use dacapo::Answer;
///
/// let answer = Answer::Answered("nothing new");
/// assert_eq!(answer, "nothing new");
/// assert_eq!(answer.into_inner().unwrap(), "nothing new");
/// ```
#[derive(Debug, Clone)]
pub enum Answer<T> {
    /// The handler's answer.
    Answered(T),

    /// A response from outside the handler: from [`Handle::complete`](crate::Handle::complete),
    /// from [`Hub::respond`](crate::Hub::respond), or, after a timeout, from
    /// [`Suspended::or_respond`](crate::Suspended::or_respond).
    Completed(Box<Response<Bytes>>),
}

impl<T> Answer<T> {
    /// Returns the handler's answer.
    ///
    /// # Errors
    ///
    /// If the response came from outside. The error is that response.
    ///
    /// # Examples
    ///
    /// ```
    /// # use dacapo::Answer;
    /// assert_eq!(Answer::Answered(7).into_inner().unwrap(), 7);
    /// ```
    pub fn into_inner(self) -> Result<T, Box<Response<Bytes>>> {
        match self {
            Self::Answered(answer) => Ok(answer),
            Self::Completed(response) => Err(response),
        }
    }

    /// Applies a function to the handler's answer. A response from outside is not changed.
    ///
    /// ```
    /// # use dacapo::Answer;
    /// let lines = Answer::Answered(vec!["hello"]);
    /// assert_eq!(lines.map(|lines| lines.len()), 1);
    /// ```
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Answer<U> {
        match self {
            Self::Answered(answer) => Answer::Answered(change(answer)),
            Self::Completed(response) => Answer::Completed(response),
        }
    }
}

/// Returns the response, from the handler or from outside.
impl From<Answer<Self>> for Response<Bytes> {
    fn from(answer: Answer<Self>) -> Self {
        answer.into_inner().unwrap_or_else(|response| *response)
    }
}

impl<T> From<T> for Answer<T> {
    fn from(answer: T) -> Self {
        Self::Answered(answer)
    }
}

/// Two responses are equal if status, version, headers and body are equal. Extensions are ignored.
impl<T: PartialEq> PartialEq for Answer<T> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Answered(one), Self::Answered(other)) => one == other,
            (Self::Completed(one), Self::Completed(other)) => {
                one.status() == other.status()
                    && one.version() == other.version()
                    && one.headers() == other.headers()
                    && one.body() == other.body()
            }
            _ => false,
        }
    }
}

impl<T: Eq> Eq for Answer<T> {}

/// Compares the handler's answer, so that a test can write `assert_eq!(answer, "nothing new")`.
impl<T: PartialEq> PartialEq<T> for Answer<T> {
    fn eq(&self, other: &T) -> bool {
        matches!(self, Self::Answered(answer) if answer == other)
    }
}
