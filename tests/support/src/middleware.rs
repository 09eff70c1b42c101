//! A middleware that is independent of the framework.

use std::sync::Arc;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::{Request, Response};
use tokio::sync::Semaphore;

/// Gets the head of a request. Returns the head to pass on, and what to do with the response.
#[derive(Clone)]
pub struct Middleware(Arc<dyn Fn(Head) -> BoxFuture<'static, (Head, Then)> + Send + Sync>);

/// A middleware that executes the inner service a second time, unless it accepts the first response.
#[derive(Clone)]
pub struct Again {
    is_content: Arc<IsContent>,
    /// Where the second try goes, if it goes elsewhere.
    pub elsewhere: Option<&'static str>,
    /// Whether it sends the first response, and ignores the second one.
    pub sends_the_first: bool,
}

type IsContent = dyn Fn(&Response<Bytes>) -> bool + Send + Sync;

/// A request without its body, which the middleware of a test does not touch.
pub type Head = Request<()>;

/// What to do with the response. It lives as long as the request is inside.
pub type Then = Box<dyn FnOnce(Response<Bytes>) -> Response<Bytes> + Send>;

impl Middleware {
    pub fn new<F>(around: impl Fn(Head) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = (Head, Then)> + Send + 'static,
    {
        Self(Arc::new(move |head| around(head).boxed()))
    }

    /// Sees each request, and may change its head.
    pub fn on_request(see: impl Fn(&mut Head) + Send + Sync + 'static) -> Self {
        Self::new(move |mut head| {
            see(&mut head);
            async { (head, unchanged()) }
        })
    }

    /// Replaces each response.
    pub fn on_response(
        change: impl Fn(Response<Bytes>) -> Response<Bytes> + Clone + Send + Sync + 'static,
    ) -> Self {
        Self::new(move |head| {
            let change: Then = Box::new(change.clone());
            async { (head, change) }
        })
    }

    /// Admits this number of requests at once.
    pub fn limit(places: usize) -> Self {
        let places = Arc::new(Semaphore::new(places));
        Self::new(move |head| {
            let place = Arc::clone(&places).acquire_owned();
            async {
                let place = place.await;
                let leave: Then = Box::new(move |response| {
                    drop(place);
                    response
                });
                (head, leave)
            }
        })
    }

    pub fn enter(&self, head: Head) -> BoxFuture<'static, (Head, Then)> {
        (self.0)(head)
    }
}

impl Again {
    pub fn unless(is_content: impl Fn(&Response<Bytes>) -> bool + Send + Sync + 'static) -> Self {
        Self {
            is_content: Arc::new(is_content),
            elsewhere: None,
            sends_the_first: false,
        }
    }

    /// Tries what is at another path then.
    pub fn elsewhere(mut self, path: &'static str) -> Self {
        self.elsewhere = Some(path);
        self
    }

    pub fn sends_the_first(mut self) -> Self {
        self.sends_the_first = true;
        self
    }

    pub fn is_content_with(&self, first: &Response<Bytes>) -> bool {
        (self.is_content)(first)
    }
}

fn unchanged() -> Then {
    Box::new(|response| response)
}
