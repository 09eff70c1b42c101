//! What comes behind the head of an upgrade: a stream that ends with the connection, and no body.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;

use actix_web::HttpMessage;
use actix_web::dev::{Payload, RequestHead, ServiceRequest};
use actix_web::http::Method;
use actix_web::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE};
use futures::{Stream, StreamExt, stream};

/// The stream of an upgrade, which nobody reads before a handler does. All passes share it: it belongs to the one that
/// reads it, and what that one leaves belongs to the next.
#[derive(Clone)]
pub(super) struct Tunnel(Rc<RefCell<Payload>>);

impl Tunnel {
    /// Takes the stream out of a request, if it has one.
    pub(super) fn of(request: &mut ServiceRequest) -> Option<Self> {
        let is_tunnel = is_tunnel(request.head());
        is_tunnel.then(|| Self(Rc::new(RefCell::new(request.take_payload()))))
    }

    /// The stream, for one pass.
    pub(super) fn payload(&self) -> Payload {
        let Self(stream) = self.clone();
        let shared = stream::poll_fn(move |cx| Pin::new(&mut *stream.borrow_mut()).poll_next(cx));
        Payload::from(shared.boxed_local())
    }
}

/// Whether what follows the head has no end of its own: the bytes of another protocol.
///
/// With another method than GET there is no WebSocket, and a request that says how its body ends has a body. A client must
/// not get around the limits for bodies by a header.
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
