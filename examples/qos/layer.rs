//! The layer. All of it is in this file, so that you can copy it.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::panic::catch_unwind;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use dacapo::axum::{Resume, ResumeLayer};
use dacapo::{Continuation, Error, Hub, Outcome};
use futures::future::BoxFuture;
use http_body_util::BodyExt;
use tower::{Layer, Service, ServiceExt};

/// A layer that limits how many requests are executed at once. Clones share the limit.
///
/// A permit is free only when no request waits. A request that ends passes its permit to the first waiting request,
/// under the lock under which other requests arrive and leave. So no other request can take the permit in between.
/// And a request gets its permit even if its wait has not begun yet or has just expired. (`Hub::notify_one` chooses
/// only among waits that have begun, and does not say which one it chose.)
///
/// The body of a request is read before it joins the queue, within the default limits of a `ResumeLayer`: 2 MiB, in 30
/// seconds. Larger and slower ones are refused with a 413 and a 408.
///
/// A request that is refused gets a 503 that says when to come back. To change that answer, change `Gate::call`.
#[derive(Clone)]
pub(crate) struct Qos {
    /// The hub in which requests wait for their turn. It is not the hub of a handler inside: its waits are part of
    /// its execution here. This hub holds more requests than may wait, since a request that has waited counts there
    /// to its end.
    hub: Hub<Place>,
    queue: Arc<Mutex<Queue>>,
    longest_queue: usize,
    patience: Duration,
    priority: fn(&Request) -> u8,
}

/// The rank of a request: before all requests of a lower priority, and behind earlier ones of the same priority.
pub(crate) type Place = (Reverse<u8>, u64);

/// Every request with a ticket either waits or is executed.
#[derive(Default)]
struct Queue {
    permits: usize,
    executing: usize,
    waiting: BTreeSet<Place>,
    arrived: u64,
}

impl Qos {
    pub(crate) fn new(hub: Hub<Place>, permits: usize) -> Self {
        let qos = Self {
            hub,
            queue: Arc::default(),
            longest_queue: 1000,
            patience: Duration::from_secs(30),
            priority: |_| 0,
        };
        qos.set_permits(permits);
        qos
    }

    /// Sets how many requests may wait: 1000 by default. Further requests are refused at once.
    pub(crate) fn longest_queue(mut self, requests: usize) -> Self {
        self.longest_queue = requests;
        self
    }

    /// Sets how long a request may wait, from its arrival in the queue: 30 seconds by default, without a limit with
    /// `Duration::MAX`, and not at all with zero.
    pub(crate) fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Sets the function that returns the priority of a request. Higher priorities go first, and then earlier
    /// requests.
    pub(crate) fn priority(mut self, priority: fn(&Request) -> u8) -> Self {
        self.priority = priority;
        self
    }

    /// Sets how many requests are executed at once. If more are executed at the moment, none is interrupted.
    pub(crate) fn set_permits(&self, permits: usize) {
        self.change(|queue| queue.permits = permits);
    }

    /// The number of requests that are executed, and of those that wait.
    pub(crate) fn look(&self) -> (usize, usize) {
        let queue = self.queue();
        (queue.executing, queue.waiting.len())
    }

    /// The ticket of a request that may go on. All others must wait, or are refused.
    fn admit(
        &self,
        c: &Continuation<Place>,
        request: &Request,
    ) -> Outcome<Result<Arc<Ticket>, Error>> {
        if c.is_initial() {
            match self.arrive(request) {
                Ok(ticket) => _ = c.set_attribute(ticket),
                Err(full) => return Ok(Err(full)),
            }
        }
        let ticket: Arc<Ticket> = c.attribute().expect("it has had one since it arrived");
        // A request that has been called no longer waits, even if it has expired too.
        if !self.queue().waiting.contains(&ticket.place) {
            return Ok(Ok(ticket));
        }
        let limit = self.patience;
        match c.is_expired() {
            true => Ok(Err(Error::HeldTooLong { limit })),
            // From now, since the body may have taken some time to arrive.
            false => Err(c.suspend(&ticket.place, limit).timeout_from_now()),
        }
    }

    fn arrive(&self, request: &Request) -> Result<Ticket, Error> {
        let (priority, limit) = (Reverse((self.priority)(request)), self.longest_queue);
        let place = self.change(|queue| {
            if queue.executing >= queue.permits && queue.waiting.len() >= limit {
                return Err(Error::Full { limit });
            }
            queue.arrived += 1;
            let place = (priority, queue.arrived);
            queue.waiting.insert(place);
            Ok(place)
        })?;
        let qos = self.clone();
        Ok(Ticket { qos, place })
    }

    /// Makes a change, passes the permits that are free then to the first requests, and wakes them.
    fn change<T>(&self, change: impl FnOnce(&mut Queue) -> T) -> T {
        let mut queue = self.queue();
        let changed = change(&mut queue);
        let free = queue.permits.saturating_sub(queue.executing);
        let called = (0..free).map_while(|_| queue.waiting.pop_first());
        let called: Vec<_> = called.collect();
        queue.executing += called.len();
        drop(queue);
        for place in called {
            // If the waker of one panics, the others have their permits all the same.
            let _ = catch_unwind(|| self.hub.notify(&place));
        }
        changed
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request in the queue. It is an attribute of the request, and the body of the response holds it too. So it is
/// dropped when both are gone: when the client has read everything or hung up, and also if the handler panics.
struct Ticket {
    qos: Qos,
    place: Place,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.qos.change(|queue| {
            if !queue.waiting.remove(&self.place) {
                queue.executing -= 1;
            }
        });
    }
}

impl<S> Layer<S> for Qos {
    type Service = Resume<Place, Gate<S>>;

    fn layer(&self, service: S) -> Self::Service {
        let qos = self.clone();
        // This timeout limits the wait.
        let resume = ResumeLayer::new(self.hub.clone()).max_hold(Duration::MAX);
        resume.layer(Gate { qos, service })
    }
}

/// Executed once more when a request is called.
#[derive(Clone)]
pub(crate) struct Gate<S> {
    qos: Qos,
    service: S,
}

impl<S> Service<Request> for Gate<S>
where
    S: Service<Request, Response = Response, Future: Send> + Clone + Send + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Response, S::Error>>;

    /// Always ready: the inner service is asked when the request goes on.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let Self { qos, service } = self.clone();
        let c = request.extensions().get::<Continuation<Place>>();
        let c = c.expect("there is a `Resume` around each `Gate`");
        let admitted = qos.admit(c, &request);
        Box::pin(async move {
            match admitted {
                Ok(Ok(ticket)) => {
                    let response = service.oneshot(request).await?;
                    Ok(response.map(|body| Body::new(body.inspect_frame(move |_| _ = &ticket))))
                }
                Ok(Err(sent_away)) => Ok(sent_away.into_response()),
                Err(waits) => Ok(waits.into_response()),
            }
        })
    }
}
