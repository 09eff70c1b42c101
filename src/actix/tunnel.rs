//! The data after the head of an upgrade: a stream that ends with the connection, and not a body.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;

use actix_web::HttpMessage;
use actix_web::dev::{Payload, RequestHead, ServiceRequest};
use actix_web::http::Method;
use actix_web::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE};
use futures::{Stream, StreamExt, stream};

/// The stream of an upgrade, which is not read before a handler reads it. All passes share it: what
/// one pass leaves unread, the next can read.
#[derive(Clone)]
pub(super) struct Tunnel(Rc<RefCell<Payload>>);

impl Tunnel {
    /// Takes the stream out of a request, if it has one.
    pub(super) fn of(request: &mut ServiceRequest) -> Option<Self> {
        let is_tunnel = is_tunnel(request.head());
        is_tunnel.then(|| Self(Rc::new(RefCell::new(request.take_payload()))))
    }

    /// Returns the stream for one pass.
    pub(super) fn payload(&self) -> Payload {
        let Self(stream) = self.clone();
        let shared = stream::poll_fn(move |cx| Pin::new(&mut *stream.borrow_mut()).poll_next(cx));
        Payload::from(shared.boxed_local())
    }
}

/// Returns whether the data after the head has no defined end, because it belongs to another
/// protocol.
///
/// A WebSocket needs the method GET. A request with a header for the length of its body has a body:
/// a client must not bypass the limits for bodies with another header.
pub(super) fn is_tunnel(head: &RequestHead) -> bool {
    let has = |name| head.headers.contains_key(name);
    let is_websocket = || {
        let protocol = head
            .headers
            .get(UPGRADE)
            .map(|protocol| protocol.as_bytes());
        protocol.is_some_and(|protocol| protocol.trim_ascii().eq_ignore_ascii_case(b"websocket"))
    };
    match head.method {
        _ if has(TRANSFER_ENCODING) => false,
        Method::CONNECT => !has(CONTENT_LENGTH),
        Method::GET => is_websocket(),
        _ => false,
    }
}
