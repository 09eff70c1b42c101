//! Answers, and why there is none.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use dacapo::{Error, Interrupt, Suspended};

pub(crate) type Answer<T = Response> = Result<T, Refusal>;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// The request waits, which is not a failure.
    #[error(transparent)]
    Suspended(#[from] Suspended),
    #[error(transparent)]
    Hub(#[from] Error),
    #[error("refused with {}", .0.status())]
    Refused(Box<Response>),
}

impl Refusal {
    pub(crate) fn new(status: u16, text: &'static str) -> Self {
        Self::with(status, [], text)
    }

    pub(crate) fn with(
        status: u16,
        headers: impl IntoIterator<Item = (&'static str, String)>,
        text: &'static str,
    ) -> Self {
        Self::Refused(Box::new(respond(status, headers, text)))
    }
}

pub(crate) fn respond(
    status: u16,
    headers: impl IntoIterator<Item = (&'static str, String)>,
    body: impl Into<Body>,
) -> Response {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(body.into()).unwrap_or_default()
}

impl Interrupt for Refusal {
    type Failure = Self;

    fn split(self) -> Result<Suspended, Self> {
        match self {
            Self::Suspended(token) => Ok(token),
            failure => Err(failure),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Suspended(token) => token.into_response(),
            Self::Hub(error) => error.into_response(),
            Self::Refused(response) => *response,
        }
    }
}
