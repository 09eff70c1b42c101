//! The layer and its service.

use std::fmt;
use std::task::{Context, Poll};
use std::time::Duration;

use axum_core::BoxError;
use axum_core::body::Body;
use axum_core::response::Response;
use bytes::Bytes;
use http::Request;
use tower_layer::Layer;
use tower_service::Service;

use crate::Hub;
use crate::driver::RequestLimits;

use super::future::ResponseFuture;

/// Executes a service again after each suspension, when the request is resumed or expires.
///
/// See [where to put it](super#where-to-put-the-layer).
///
/// ```
/// # use axum::{Router, routing::get};
/// # use dacapo::{Hub, axum::ResumeLayer};
/// # async fn news() {}
/// let hub = Hub::<String>::new();
/// let app: Router = Router::new().route("/news", get(news).layer(ResumeLayer::new(hub)));
/// ```
#[must_use = "a layer does nothing until it is added to a router or a handler"]
pub struct ResumeLayer<K> {
    hub: Hub<K>,
    limits: RequestLimits,
}

impl<K> ResumeLayer<K> {
    /// Creates the layer for a hub.
    ///
    /// ```
    /// # use dacapo::{Hub, axum::ResumeLayer};
    /// # let hub = Hub::<String>::new();
    /// let layer = ResumeLayer::new(hub);
    /// ```
    pub fn new(hub: Hub<K>) -> Self {
        Self {
            hub,
            limits: RequestLimits::default(),
        }
    }

    /// Sets the maximum size of a body in bytes. The default is 2 MiB. A larger body is refused
    /// with a 413.
    ///
    /// ```
    /// # use dacapo::{Hub, axum::ResumeLayer};
    /// # let hub = Hub::<String>::new();
    /// let layer = ResumeLayer::new(hub).max_body_size(10 << 20); // 10 MiB
    /// ```
    pub fn max_body_size(mut self, bytes: usize) -> Self {
        self.limits.max_body_size = bytes;
        self
    }

    /// Sets the time in which a body must arrive. The default is 30 seconds. A slower body is
    /// refused with a 408.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use dacapo::{Hub, axum::ResumeLayer};
    /// # let hub = Hub::<String>::new();
    /// let layer = ResumeLayer::new(hub).body_timeout(Duration::from_secs(5));
    /// ```
    pub fn body_timeout(mut self, timeout: Duration) -> Self {
        self.limits.body_timeout = timeout;
        self
    }

    /// Sets the maximum time for which a request can be held, from its arrival. The default is the
    /// limit of the [hub](crate::HubBuilder::max_hold), 2 minutes unless you have set it.
    ///
    /// A longer timeout is cut: the wait expires at this limit. If the handler then suspends again,
    /// the client gets a 503. So this also limits the cost of a client that has disconnected
    /// without notice.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use dacapo::{Hub, axum::ResumeLayer};
    /// # let hub = Hub::<String>::new();
    /// let layer = ResumeLayer::new(hub).max_hold(Duration::from_secs(55));
    /// ```
    pub fn max_hold(mut self, longest: Duration) -> Self {
        self.limits.max_hold = Some(longest);
        self
    }
}

impl<K, S> Layer<S> for ResumeLayer<K> {
    type Service = Resume<K, S>;

    fn layer(&self, inner: S) -> Resume<K, S> {
        Resume {
            inner,
            layer: self.clone(),
        }
    }
}

impl<K> Clone for ResumeLayer<K> {
    fn clone(&self) -> Self {
        Self {
            hub: self.hub.clone(),
            limits: self.limits,
        }
    }
}

impl<K> fmt::Debug for ResumeLayer<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResumeLayer")
            .field("hub", &self.hub)
            .field("limits", &self.limits)
            .finish()
    }
}

/// The service that [`ResumeLayer`] puts around another service.
pub struct Resume<K, S> {
    inner: S,
    layer: ResumeLayer<K>,
}

impl<K, S: Clone> Clone for Resume<K, S> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            layer: self.layer.clone(),
        }
    }
}

impl<K, S, B> Service<Request<Body>> for Resume<K, S>
where
    K: 'static,
    S: Service<Request<Body>, Response = http::Response<B>> + Clone,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = S::Error;
    type Future = ResponseFuture<K, S>;

    /// Always ready. The inner service is asked before each pass, so a suspended request takes no
    /// place in it.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> ResponseFuture<K, S> {
        let ResumeLayer { hub, limits } = &self.layer;
        ResponseFuture::new(request, self.inner.clone(), hub, *limits)
    }
}

impl<K, S> fmt::Debug for Resume<K, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resume")
            .field("layer", &self.layer)
            .finish_non_exhaustive()
    }
}
