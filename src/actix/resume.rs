//! The middleware.

use std::fmt;
use std::future::{Ready, poll_fn, ready};
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::HttpMessage;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use futures::future::LocalBoxFuture;

use crate::driver::{Execution, RequestLimits};
use crate::{Continuation, Hub};

use super::dispatcher::ServiceDispatcher;

/// Executes a service again after each suspension, when the request is resumed or expires.
///
/// See [where to put it](super#where-to-put-the-middleware).
///
/// ```
/// # use actix_web::web;
/// # use dacapo::{Hub, actix::Resume};
/// # async fn news() -> &'static str { "" }
/// let hub = Hub::<String>::new();
/// let news = web::resource("/news").wrap(Resume::new(hub)).route(web::get().to(news));
/// ```
#[must_use = "a middleware does nothing until something is wrapped in it"]
pub struct Resume<K> {
    hub: Hub<K>,
    limits: RequestLimits,
}

impl<K> Resume<K> {
    /// Creates the middleware for a hub.
    ///
    /// ```
    /// # use dacapo::{Hub, actix::Resume};
    /// # let hub = Hub::<String>::new();
    /// let resume = Resume::new(hub);
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
    /// # use dacapo::{Hub, actix::Resume};
    /// # let hub = Hub::<String>::new();
    /// let resume = Resume::new(hub).max_body_size(10 << 20); // 10 MiB
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
    /// # use dacapo::{Hub, actix::Resume};
    /// # let hub = Hub::<String>::new();
    /// let resume = Resume::new(hub).body_timeout(Duration::from_secs(5));
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
    /// # use dacapo::{Hub, actix::Resume};
    /// # let hub = Hub::<String>::new();
    /// let resume = Resume::new(hub).max_hold(Duration::from_secs(55));
    /// ```
    pub fn max_hold(mut self, longest: Duration) -> Self {
        self.limits.max_hold = Some(longest);
        self
    }
}

impl<K, S, B> Transform<S, ServiceRequest> for Resume<K>
where
    K: 'static,
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = actix_web::Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = actix_web::Error;
    type InitError = ();
    type Transform = ResumeService<K, S>;
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(ResumeService {
            service: Rc::new(service),
            middleware: self.clone(),
        }))
    }
}

impl<K> Clone for Resume<K> {
    fn clone(&self) -> Self {
        Self {
            hub: self.hub.clone(),
            limits: self.limits,
        }
    }
}

impl<K> fmt::Debug for Resume<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resume")
            .field("hub", &self.hub)
            .field("limits", &self.limits)
            .finish()
    }
}

/// The service that [`Resume`] puts around another service.
pub struct ResumeService<K, S> {
    service: Rc<S>,
    middleware: Resume<K>,
}

impl<K, S, B> Service<ServiceRequest> for ResumeService<K, S>
where
    K: 'static,
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = actix_web::Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self::Response, Self::Error>>;

    /// Always ready. The inner service is asked before each pass.
    fn poll_ready(&self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let (service, Resume { hub, limits }) = (Rc::clone(&self.service), &self.middleware);
        if is_inside(&request, hub) {
            return Box::pin(pass_through(service, request));
        }
        let dispatcher = ServiceDispatcher::new(service, request, hub, *limits);
        let execution = limits.hold(Execution::new(hub, dispatcher));
        Box::pin(execution)
    }
}

/// Returns whether another middleware of the same hub is outside and does the work.
fn is_inside<K: 'static>(request: &ServiceRequest, hub: &Hub<K>) -> bool {
    let extensions = request.extensions();
    let outer = extensions.get::<Continuation<K>>();
    outer.is_some_and(|outer| hub.owns(outer))
}

async fn pass_through<S, B>(
    service: Rc<S>,
    request: ServiceRequest,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = actix_web::Error>,
{
    poll_fn(|cx| service.poll_ready(cx)).await?;
    Ok(service.call(request).await?.map_into_left_body())
}

impl<K, S> fmt::Debug for ResumeService<K, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResumeService")
            .field("middleware", &self.middleware)
            .finish_non_exhaustive()
    }
}
