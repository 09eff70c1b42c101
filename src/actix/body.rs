//! Reading a request's body before its first pass.

use actix_web::HttpMessage;
use actix_web::body::{BodyStream, to_bytes_limited};
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::http::header::CONTENT_LENGTH;
use bytes::Bytes;
use futures::FutureExt;

use crate::Hub;
use crate::driver::{BodyError, ReadBody, RequestLimits};

/// A body on its way in. In a box, for most of those who are held have none, and should not carry a place for it.
pub(super) type Arriving = Box<ReadBody<dyn Future<Output = Result<Bytes, BodyError>>>>;

/// Takes the body out of a request, if it has one, and begins to read it.
pub(super) fn arriving<K>(
    request: &mut ServiceRequest,
    hub: &Hub<K>,
    limits: RequestLimits,
) -> Option<Arriving> {
    let payload = request.take_payload();
    if let Payload::None = payload {
        return None;
    }
    let limit = limits.max_body_size;
    let says_too_large = announced_length(request) > Some(limit);
    let read = async move {
        let read = read(payload, limit);
        match says_too_large {
            // That is what the client has said. If middleware outside has put a smaller body in place of the client's,
            // it is there at once, and nobody has to wait for the client.
            true => read
                .now_or_never()
                .and_then(Result::ok)
                .ok_or(BodyError::TooLarge),
            false => read.await,
        }
    };
    let timeout = limits.body_timeout;
    Some(Box::new(ReadBody::new(hub, timeout, Box::pin(read))))
}

async fn read(payload: Payload, limit: usize) -> Result<Bytes, BodyError> {
    let read = to_bytes_limited(BodyStream::new(payload), limit).await;
    read.map_err(|_| BodyError::TooLarge)?.map_err(why_unread)
}

fn announced_length(request: &ServiceRequest) -> Option<usize> {
    let length = request.headers().get(CONTENT_LENGTH)?;
    length.to_str().ok()?.parse().ok()
}

/// A limit may have been set by a middleware further out.
fn why_unread(error: PayloadError) -> BodyError {
    match error {
        PayloadError::Overflow => BodyError::TooLarge,
        _ => BodyError::Broken,
    }
}
