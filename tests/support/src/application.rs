//! An application that is independent of the framework.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dacapo::{Continuation, Hub, Outcome};
use futures::FutureExt;
use futures::future::BoxFuture;
use http::{Method, Request, Response};

use crate::{Again, Middleware};

/// Routes, and the layers around all of them. It can be cloned, since some servers make one for each thread.
#[derive(Clone)]
pub struct Application<K> {
    pub routes: Vec<Route<K>>,
    /// From the innermost to the outermost.
    pub wraps: Vec<Wrap<K>>,
}

/// A route: where and how a handler is mounted.
#[derive(Clone)]
pub struct Route<K> {
    pub target: Target,
    pub handler: Handler<K>,
    /// The hub of a handler that calls `hub.run`. Without one, the handler is under a layer.
    pub hub: Option<Hub<K>>,
}

/// The requests that a handler gets.
#[derive(Clone)]
pub enum Target {
    /// Those with this method and a path of this form. A route for `GET` also gets `HEAD`.
    At(Method, &'static str),
    /// All requests without another route.
    AnyOther,
}

/// A handler that is independent of the framework.
pub type Handler<K> = Arc<
    dyn Fn(Continuation<K>, Request<Bytes>) -> BoxFuture<'static, Outcome<Response<Bytes>>>
        + Send
        + Sync,
>;

/// A layer or middleware around an application.
#[derive(Clone)]
pub enum Wrap<K> {
    Layer(Layer<K>),
    Middleware(Middleware),
    Again(Again),
    /// A separate task for what is inside, which needs a runtime of tokio and, for actix, its `LocalSet`.
    Task,
    /// A time, by the clock of tokio, in which what is inside must answer.
    Within(Duration),
}

/// The layer that executes a handler again, and its limits.
#[derive(Clone)]
pub struct Layer<K> {
    pub hub: Hub<K>,
    pub max_body_size: Option<usize>,
    pub body_timeout: Option<Duration>,
    pub max_hold: Option<Duration>,
}

/// The two ways to hold a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mount {
    /// The handler calls `hub.run`.
    InAHandler,
    UnderTheLayer,
}

/// Tells a layer of any framework its limits.
#[cfg(any(feature = "axum", feature = "actix"))]
macro_rules! limited {
    ($layer:expr, $limits:ident) => {{
        let mut layer = $layer;
        if let Some(bytes) = $limits.max_body_size {
            layer = layer.max_body_size(bytes);
        }
        if let Some(timeout) = $limits.body_timeout {
            layer = layer.body_timeout(timeout);
        }
        if let Some(longest) = $limits.max_hold {
            layer = layer.max_hold(longest);
        }
        layer
    }};
}
#[cfg(any(feature = "axum", feature = "actix"))]
pub(crate) use limited;

impl<K: 'static> Application<K> {
    /// A handler for all requests, which needs a [layer](Self::layer).
    pub fn of<H, F>(handler: H) -> Self
    where
        H: Fn(Continuation<K>, Request<Bytes>) -> F + Send + Sync + 'static,
        F: Future<Output = Outcome<Response<Bytes>>> + Send + 'static,
    {
        Self::new().mount(Target::AnyOther, None, handler)
    }

    /// A handler that holds all requests, in one of the two ways.
    pub fn held<H, F>(mount: Mount, hub: &Hub<K>, handler: H) -> Self
    where
        H: Fn(Continuation<K>, Request<Bytes>) -> F + Send + Sync + 'static,
        F: Future<Output = Outcome<Response<Bytes>>> + Send + 'static,
    {
        match mount {
            Mount::InAHandler => Self::new().mount(Target::AnyOther, Some(hub), handler),
            Mount::UnderTheLayer => Self::of(handler).layer(Layer::of(hub)),
        }
    }

    pub fn new() -> Self {
        Self {
            routes: Vec::new(),
            wraps: Vec::new(),
        }
    }

    /// Adds a handler, which needs a [layer](Self::layer).
    pub fn route<H, F>(self, method: Method, path: &'static str, handler: H) -> Self
    where
        H: Fn(Continuation<K>, Request<Bytes>) -> F + Send + Sync + 'static,
        F: Future<Output = Outcome<Response<Bytes>>> + Send + 'static,
    {
        self.mount(Target::At(method, path), None, handler)
    }

    /// Adds a handler. With a hub, it calls `hub.run`.
    pub fn mount<H, F>(mut self, target: Target, hub: Option<&Hub<K>>, handler: H) -> Self
    where
        H: Fn(Continuation<K>, Request<Bytes>) -> F + Send + Sync + 'static,
        F: Future<Output = Outcome<Response<Bytes>>> + Send + 'static,
    {
        let handler: Handler<K> = Arc::new(move |c, request| handler(c, request).boxed());
        let hub = hub.cloned();
        self.routes.push(Route {
            target,
            handler,
            hub,
        });
        self
    }

    /// Puts a layer around everything so far.
    pub fn layer(mut self, layer: Layer<K>) -> Self {
        self.wraps.push(Wrap::Layer(layer));
        self
    }

    /// Puts a middleware around everything so far.
    pub fn around(mut self, middleware: Middleware) -> Self {
        self.wraps.push(Wrap::Middleware(middleware));
        self
    }

    /// Puts a middleware around everything so far that retries a request without success.
    pub fn again(mut self, again: Again) -> Self {
        self.wraps.push(Wrap::Again(again));
        self
    }

    /// Moves all that is there by now to a separate task.
    pub fn in_a_task(mut self) -> Self {
        self.wraps.push(Wrap::Task);
        self
    }

    /// Refuses with a 408 what has not answered in time, and drops it.
    pub fn within(mut self, timeout: Duration) -> Self {
        self.wraps.push(Wrap::Within(timeout));
        self
    }
}

impl<K: 'static> Default for Application<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K> Layer<K> {
    pub fn of(hub: &Hub<K>) -> Self {
        Self {
            hub: hub.clone(),
            max_body_size: None,
            body_timeout: None,
            max_hold: None,
        }
    }

    pub fn max_body_size(mut self, bytes: usize) -> Self {
        self.max_body_size = Some(bytes);
        self
    }

    pub fn body_timeout(mut self, timeout: Duration) -> Self {
        self.body_timeout = Some(timeout);
        self
    }

    pub fn max_hold(mut self, longest: Duration) -> Self {
        self.max_hold = Some(longest);
        self
    }
}
