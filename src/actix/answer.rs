//! Responses of actix for the core.

use actix_web::HttpResponse;
use actix_web::body::{MessageBody, to_bytes};
use bytes::Bytes;
use futures::FutureExt;
use http::Response;

use crate::driver::StreamingBody;

/// Converts an actix response for [`Handle::complete`](crate::Handle::complete),
/// [`Hub::respond`](crate::Hub::respond) or
/// [`Suspended::or_respond`](crate::Suspended::or_respond). Its extensions are dropped.
///
/// # Errors
///
/// If the body is a stream, or fails: the core stores responses as bytes.
///
/// # Examples
///
/// ```
/// # use std::error::Error;
/// # use dacapo::Hub;
/// use actix_web::HttpResponse;
///
/// fn goal(hub: &Hub<String>, score: [u8; 2]) -> Result<usize, Box<dyn Error>> {
///     let response = HttpResponse::Ok().json(score);
///     Ok(hub.respond("goals", dacapo::actix::answer(response)?)?)
/// }
/// # assert_eq!(goal(&Hub::new(), [2, 1]).unwrap(), 0);
/// ```
pub fn answer<B: MessageBody>(response: HttpResponse<B>) -> Result<Response<Bytes>, StreamingBody> {
    let (head, body) = response.into_parts();
    let Some(Ok(body)) = to_bytes(body).now_or_never() else {
        return Err(StreamingBody::new());
    };
    let answer = Response::builder().status(head.status().as_u16());
    let headers = head.headers().iter();
    let answer = headers.fold(answer, |answer, (name, value)| {
        answer.header(name.as_str(), value.as_bytes())
    });
    // What is valid there is valid here.
    answer.body(body).map_err(|_| StreamingBody::new())
}
