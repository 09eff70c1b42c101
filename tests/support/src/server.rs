//! A server without a socket and without a runtime, and requests to it.

use std::pin::Pin;
use std::rc::Rc;

use bytes::Bytes;
use futures::FutureExt;
use http::{Request, Response, StatusCode};

use crate::Body;

/// An application of one of the frameworks.
#[derive(Clone)]
pub struct Server(Rc<dyn Fn(Request<Body>) -> Pending>);

/// A request in progress.
pub type Pending = Pin<Box<dyn Future<Output = Response<Bytes>>>>;

impl Server {
    /// A server that answers with this function.
    pub fn new<F>(answer: impl Fn(Request<Body>) -> F + 'static) -> Self
    where
        F: Future<Output = Response<Bytes>> + 'static,
    {
        Self(Rc::new(move |request| Box::pin(answer(request))))
    }

    pub fn send(&self, request: Request<Body>) -> Pending {
        (self.0)(request)
    }

    pub fn get(&self, uri: &str) -> Pending {
        self.send(get(uri))
    }
}

pub fn get(uri: &str) -> Request<Body> {
    Request::get(uri).body(Body::empty()).unwrap()
}

pub fn post(uri: &str, content_type: &str, body: &str) -> Request<Body> {
    let request = Request::post(uri).header("content-type", content_type);
    request.body(body.to_owned().into()).unwrap()
}

/// The answer, if it is there.
#[track_caller]
pub fn poll(pending: &mut Pending) -> Option<(StatusCode, String)> {
    let (head, body) = pending.as_mut().now_or_never()?.into_parts();
    Some((head.status, String::from_utf8(body.into()).unwrap()))
}

pub fn ok(body: &str) -> Option<(StatusCode, String)> {
    Some((StatusCode::OK, body.to_owned()))
}
