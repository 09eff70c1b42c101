//! Why a push was not carried out.

use bytes::Bytes;
use http::header::{ALLOW, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, Response, StatusCode};

use crate::completion::CompleteError;
use crate::driver::BodyError;
use crate::error::plain;
use crate::telemetry::{Event, PushEnd};

/// Why a push was not carried out. The message is for its client.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    /// The message does not say whether there was a token.
    #[error("send the header `Authorization: Bearer <token>` with a token of this server")]
    NoToken,
    #[error(
        "there is no such path: it is /requests/{{id}}, /keys/{{key}}/answer or /keys/{{key}}/notify"
    )]
    NoSuchPath,
    #[error("a push is a POST")]
    WrongMethod,
    #[error("this key cannot be read: {0}")]
    Key(String),
    #[error("this is not percent-encoded UTF-8")]
    Encoding,
    #[error("the query may have the parameter `{0}`, once, and no other one")]
    Parameter(&'static str),
    #[error("the status of an answer is a number from 200 to 599")]
    Status,
    #[error("no request of this id is held here: it has ended, or the id is wrong")]
    NoSuchRequest,
    #[error("the request of this id no longer waits: it was resumed, answered or dropped before")]
    TooLate,
    #[error(transparent)]
    Body(#[from] BodyError),
}

impl Refusal {
    pub(super) fn event(&self) -> Event<'static> {
        Event::Push(PushEnd::Refused {
            status: self.status().as_u16(),
        })
    }

    pub(super) fn response(&self) -> Response<Bytes> {
        let mut response = match self {
            Self::Body(error) => error.response(),
            _ => plain(self.status(), self.to_string()),
        };
        if let Some((name, value)) = self.header() {
            let value = HeaderValue::from_static(value);
            response.headers_mut().insert(name, value);
        }
        response
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::NoToken => StatusCode::UNAUTHORIZED,
            Self::NoSuchPath | Self::NoSuchRequest => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLate => StatusCode::CONFLICT,
            Self::Body(error) => error.status(),
            Self::Key(_) | Self::Encoding | Self::Parameter(_) | Self::Status => {
                StatusCode::BAD_REQUEST
            }
        }
    }

    fn header(&self) -> Option<(HeaderName, &'static str)> {
        match self {
            Self::NoToken => Some((WWW_AUTHENTICATE, "Bearer")),
            Self::WrongMethod => Some((ALLOW, "POST")),
            _ => None,
        }
    }
}

impl From<CompleteError> for Refusal {
    fn from(error: CompleteError) -> Self {
        match error {
            CompleteError::TooLate(_) => Self::TooLate,
            CompleteError::Interim(_) => Self::Status,
        }
    }
}
