//! So many requests are executed at once, and the others wait for their turn: what Jetty's `QoSFilter` was for.
//!
//! `cargo run --example qos --features axum`, then some of these at a time. The variable PORT chooses another port.
//!
//! ```sh
//! curl localhost:3000/work                    # takes a second, and two are executed at once
//! curl -H 'priority: u=0' localhost:3000/work # goes before all others that wait
//! curl -X PUT localhost:3000/permits/0        # nobody goes on, until there are more permits
//! curl localhost:3000                         # who is executed, and who waits
//! ```
//!
//! Four may wait, for ten seconds each: who is too many or waits too long is sent away, and told when to come back.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::env;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use axum::{RequestExt, Router};
use dacapo::axum::{Resume, ResumeLayer};
use dacapo::{Continuation, Error, Hub};
use futures::future::BoxFuture;
use http_body_util::BodyExt;
use tokio::net::TcpListener;
use tokio::signal::ctrl_c;
use tokio::time::sleep;
use tower::{Layer, Service, ServiceExt};

#[tokio::main]
async fn main() -> io::Result<()> {
    let hub = Hub::builder().max_suspended(4).build();
    let qos = Qos::new(hub.clone(), 2)
        .patience(Duration::from_secs(10))
        .priority(urgency);
    let port = env::var("PORT").unwrap_or_else(|_| "3000".into());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("quality of service on http://{}", listener.local_addr()?);
    axum::serve(listener, app(qos))
        .with_graceful_shutdown(async move {
            let _ = ctrl_c().await;
            hub.shutdown(); // lets everybody go who waits
        })
        .await
}

fn app(qos: Qos) -> Router {
    Router::new()
        .route("/work", get(work).layer(qos.clone()))
        .route("/permits/{permits}", put(set_permits))
        .route("/", get(look))
        .with_state(qos)
}

async fn work() -> String {
    static DONE: AtomicU64 = AtomicU64::new(0);
    sleep(Duration::from_secs(1)).await;
    format!("number {}\n", DONE.fetch_add(1, Ordering::Relaxed) + 1)
}

async fn set_permits(State(qos): State<Qos>, Path(permits): Path<usize>) {
    qos.set_permits(permits);
}

async fn look(State(qos): State<Qos>) -> String {
    let queue = qos.queue();
    let (executing, waiting) = (queue.executing, queue.waiting.len());
    format!("{executing} executing, {waiting} waiting\n")
}

/// How urgent a request says it is, with the header of RFC 9218: from `u=0`, the most urgent, to `u=7`.
fn urgency(request: &Request) -> u8 {
    let header = request.headers().get("priority");
    let urgency = header.and_then(|header| header.to_str().ok()?.strip_prefix("u=")?.parse().ok());
    7 - urgency.unwrap_or(3).min(7)
}

/// A layer that lets so many requests through at once. Clones are the same.
///
/// A permit is free only when nobody waits. Who ends hands it to the first who waits, under the same lock under which
/// others arrive and leave, so that nobody comes in between; and who is handed one knows it, even if the wait has not
/// begun yet or its time is up. (`Hub::notify_one` chooses among those who sleep already, and does not say whom.)
#[derive(Clone)]
struct Qos {
    /// Where requests wait for their place to be called, no more of them than the hub is told to hold. It is not the
    /// hub of any handler inside, whose waits are part of its execution here.
    hub: Hub<Place>,
    queue: Arc<Mutex<Queue>>,
    patience: Duration,
    priority: fn(&Request) -> u8,
}

impl Qos {
    fn new(hub: Hub<Place>, permits: usize) -> Self {
        let queue = Queue {
            permits,
            ..Queue::default()
        };
        Self {
            hub,
            queue: Arc::new(Mutex::new(queue)),
            patience: Duration::from_secs(30),
            priority: |_| 0,
        }
    }

    /// Sets how long a request may wait: 30 seconds by default, and for ever with `Duration::MAX`.
    fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Sets what tells the priority of a request: higher ones go first, and among equals who came first.
    fn priority(mut self, priority: fn(&Request) -> u8) -> Self {
        self.priority = priority;
        self
    }

    /// Sets how many requests are executed at once. If those are fewer than now, nobody is interrupted.
    fn set_permits(&self, permits: usize) {
        self.change(|queue| queue.permits = permits);
    }

    fn arrive(&self, request: &Request) -> Ticket {
        let priority = (self.priority)(request);
        let place = self.change(|queue| queue.arrive(priority));
        let qos = self.clone();
        Ticket { qos, place }
    }

    /// Has a request wait that is not called yet, or sends it away if it has waited long enough.
    fn hold(&self, c: &Continuation<Place>, place: &Place) -> Response {
        let limit = self.patience;
        match c.is_expired() {
            true => Error::HeldTooLong { limit }.into_response(),
            false => c.suspend(place, limit).into_response(),
        }
    }

    /// Makes a change, hands the permits that are free then to those who are first, and wakes them.
    fn change<T>(&self, change: impl FnOnce(&mut Queue) -> T) -> T {
        let (changed, called) = {
            let mut queue = self.queue();
            (change(&mut queue), queue.call())
        };
        for place in &called {
            self.hub.notify(place);
        }
        changed
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a request stands: before all of a lower priority, and behind those of its own that have come before.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Place {
    priority: Reverse<u8>,
    number: u64,
}

/// Every request with a ticket either waits or is executed.
#[derive(Default)]
struct Queue {
    permits: usize,
    executing: usize,
    waiting: BTreeSet<Place>,
    arrived: u64,
}

impl Queue {
    fn arrive(&mut self, priority: u8) -> Place {
        self.arrived += 1;
        let place = Place {
            priority: Reverse(priority),
            number: self.arrived,
        };
        self.waiting.insert(place.clone());
        place
    }

    fn leave(&mut self, place: &Place) {
        if !self.waiting.remove(place) {
            self.executing -= 1;
        }
    }

    /// Hands the permits that are free to those who are first.
    fn call(&mut self) -> Vec<Place> {
        let free = self.permits.saturating_sub(self.executing);
        let called = (0..free).map_while(|_| self.waiting.pop_first());
        let called: Vec<_> = called.collect();
        self.executing += called.len();
        called
    }
}

/// A request in the queue. It is an attribute of the request, and the body of the response keeps it, so it goes when
/// both have gone: whether the client has read it all or hung up, and if the handler panics.
struct Ticket {
    qos: Qos,
    place: Place,
}

impl Ticket {
    /// Who has been called in the last moment does not wait any more, even if the time is up as well.
    fn waits(&self) -> bool {
        self.qos.queue().waiting.contains(&self.place)
    }

    fn keep_with(self: Arc<Self>, body: Body) -> Body {
        Body::new(body.inspect_frame(move |_| _ = &self))
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.qos.change(|queue| queue.leave(&self.place));
    }
}

impl<S> Layer<S> for Qos {
    type Service = Resume<Place, Gate<S>>;

    fn layer(&self, service: S) -> Self::Service {
        let qos = self.clone();
        // It is the patience that ends a wait.
        let resume = ResumeLayer::new(self.hub.clone()).longest_hold(Duration::MAX);
        resume.layer(Gate { qos, service })
    }
}

/// What is executed once more when a request is called.
#[derive(Clone)]
struct Gate<S> {
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

    /// Always ready: the service inside is asked when the request goes on.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let Self { qos, service } = self.clone();
        Box::pin(async move {
            let c: Result<Continuation<Place>, _> = request.extract_parts().await;
            let c = c.expect("there is a `Resume` around each `Gate`");
            let ticket = c.attribute_or_insert_with(|| qos.arrive(&request));
            if ticket.waits() {
                return Ok(qos.hold(&c, &ticket.place));
            }
            let response = service.oneshot(request).await?;
            Ok(response.map(|body| ticket.keep_with(body)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::pin::Pin;

    use axum::http::StatusCode;
    use axum::http::header::RETRY_AFTER;
    use dacapo::{MockClock, Outcome};
    use futures::FutureExt;
    use futures::future::{MaybeDone, maybe_done};

    const PATIENCE: Duration = Duration::from_secs(10);

    /// A place where work lasts until the test ends it: its handler suspends, in a hub of its own.
    struct Shop {
        qos: Qos,
        clock: MockClock,
        work: Hub<String>,
        routes: Router,
    }

    /// A request, and its response until that is dropped.
    type Customer = Pin<Box<MaybeDone<BoxFuture<'static, Response>>>>;

    async fn work(c: Continuation<String>, Path(name): Path<String>) -> Outcome<()> {
        match name.as_str() {
            _ if c.is_initial() => Err(c.suspend(&name, Duration::MAX)),
            "disaster" => panic!("as it must"),
            _ => Ok(()),
        }
    }

    impl Shop {
        /// Three may wait here.
        fn new(permits: usize, patience: Duration) -> Self {
            let (hub, clock) = Hub::builder().max_suspended(3).manual();
            let qos = Qos::new(hub, permits).patience(patience).priority(urgency);
            let (hub, _) = Hub::manual();
            let routes = Router::new().route("/{name}", get(work));
            let resume = ResumeLayer::new(hub.clone());
            Self {
                routes: routes.layer(resume).layer(qos.clone()),
                qos,
                clock,
                work: hub,
            }
        }

        /// Asks for work, and lets the request come as far as it does.
        fn ask(&self, name: &str) -> Customer {
            self.ask_urgently(name, 3)
        }

        fn ask_urgently(&self, name: &str, urgency: u8) -> Customer {
            let request = Request::get(format!("/{name}"));
            let request = request.header("priority", format!("u={urgency}"));
            let request = request.body(Body::empty()).unwrap();
            let answer = self.routes.clone().oneshot(request).map(Result::unwrap);
            let mut customer = Box::pin(maybe_done(answer.boxed()));
            status(&mut customer);
            customer
        }

        /// Ends this work, and returns whether it was being done.
        fn end(&self, name: &str) -> bool {
            self.work.notify(name) == 1
        }

        fn executing(&self) -> usize {
            self.qos.queue().executing
        }

        fn waiting(&self) -> usize {
            self.qos.queue().waiting.len()
        }
    }

    /// Lets the request come as far as it does. Returns the status of the answer, if there is one.
    fn status(customer: &mut Customer) -> Option<StatusCode> {
        customer.as_mut().now_or_never();
        let response = customer.as_mut().output_mut()?;
        let status = response.status();
        let is_sent_away = status == StatusCode::SERVICE_UNAVAILABLE;
        assert_eq!(is_sent_away, response.headers().contains_key(RETRY_AFTER));
        Some(status)
    }

    const DONE: Option<StatusCode> = Some(StatusCode::OK);
    const SENT_AWAY: Option<StatusCode> = Some(StatusCode::SERVICE_UNAVAILABLE);

    #[test]
    fn the_most_urgent_goes_first_and_among_equals_who_came_first() {
        let shop = Shop::new(1, PATIENCE);
        let first = shop.ask_urgently("first", 7);
        let usual = ["usual", "another"].map(|name| shop.ask(name));
        let urgent = shop.ask_urgently("urgent", 0);
        let mut customers: Vec<_> = [first, urgent].into_iter().chain(usual).collect();
        for name in ["first", "urgent", "usual", "another"] {
            assert!(shop.end(name), "it is {name}'s turn");
            customers.retain_mut(|customer| status(customer) != DONE);
            for customer in &mut customers {
                assert_eq!(status(customer), None);
            }
        }
        assert!(customers.is_empty());
    }

    #[test]
    fn a_permit_is_handed_to_who_waits_so_that_nobody_comes_in_between() {
        let shop = Shop::new(1, PATIENCE);
        let (mut first, mut second) = (shop.ask("first"), shop.ask("second"));
        assert!(shop.end("first"));
        assert_eq!(status(&mut first), DONE);
        drop(first);
        // The second has the permit, and has not been executed yet.
        let mut urgent = shop.ask_urgently("urgent", 0);
        assert_eq!((shop.executing(), shop.waiting()), (1, 1));
        assert_eq!((status(&mut urgent), status(&mut second)), (None, None));
        assert!(!shop.end("urgent") && shop.end("second"));
    }

    #[test]
    fn a_permit_is_kept_until_the_response_has_been_sent() {
        let shop = Shop::new(1, PATIENCE);
        let (mut first, _second) = (shop.ask("first"), shop.ask("second"));
        assert!(shop.end("first"));
        assert_eq!(status(&mut first), DONE);
        assert_eq!(shop.waiting(), 1);
        drop(first);
        assert_eq!(shop.waiting(), 0);
    }

    #[test]
    fn who_has_gone_is_not_called() {
        let shop = Shop::new(1, PATIENCE);
        let [first, second, third, mut fourth] =
            ["first", "second", "third", "fourth"].map(|name| shop.ask(name));
        drop(second);
        drop(first);
        drop(third); // which had been called
        assert_eq!(status(&mut fourth), None);
        assert!(shop.end("fourth"));
    }

    #[test]
    fn who_has_waited_too_long_is_sent_away_and_not_called() {
        let shop = Shop::new(1, PATIENCE);
        let (first, mut second) = (shop.ask("first"), shop.ask("second"));
        shop.clock.advance(PATIENCE / 2);
        let mut third = shop.ask("third");
        assert_eq!(shop.clock.advance(PATIENCE / 2), 1);
        assert_eq!(status(&mut second), SENT_AWAY);
        drop(first);
        assert_eq!(status(&mut third), None);
        assert!(shop.end("third"));
    }

    #[test]
    fn who_is_called_as_the_time_is_up_goes_on() {
        let shop = Shop::new(1, PATIENCE);
        let (first, mut second) = (shop.ask("first"), shop.ask("second"));
        assert_eq!(shop.clock.advance(PATIENCE), 1);
        drop(first);
        assert_eq!(status(&mut second), None);
        assert!(shop.end("second"));
    }

    #[test]
    fn who_finds_too_many_waiting_is_sent_away_at_once() {
        let shop = Shop::new(0, PATIENCE);
        let mut customers = ["first", "second", "third"].map(|name| shop.ask(name));
        assert_eq!(status(&mut shop.ask_urgently("fourth", 0)), SENT_AWAY);
        assert_eq!(customers.each_mut().map(status), [None; 3]);
        assert_eq!(shop.waiting(), 3);
    }

    #[test]
    fn without_permits_nobody_goes_on_until_there_are_some() {
        let shop = Shop::new(0, Duration::MAX);
        let mut customers = ["first", "second", "third"].map(|name| shop.ask(name));
        assert_eq!(shop.clock.advance(Duration::from_secs(1_000_000)), 0);
        shop.qos.set_permits(2);
        assert_eq!((shop.executing(), shop.waiting()), (2, 1));
        assert_eq!(customers.each_mut().map(status), [None; 3]);
        assert!(shop.end("first") && shop.end("second") && !shop.end("third"));
    }

    #[test]
    fn with_fewer_permits_nobody_goes_on_until_enough_have_ended() {
        let shop = Shop::new(2, PATIENCE);
        let [first, second, third] = ["first", "second", "third"].map(|name| shop.ask(name));
        shop.qos.set_permits(1);
        assert_eq!((shop.executing(), shop.waiting()), (2, 1));
        drop(first);
        assert_eq!((shop.executing(), shop.waiting()), (1, 1));
        drop(second);
        assert_eq!((shop.executing(), shop.waiting()), (1, 0));
        drop(third);
        assert_eq!((shop.executing(), shop.waiting()), (0, 0));
    }

    #[test]
    fn a_handler_that_panics_gives_its_permit_back() {
        let shop = Shop::new(1, PATIENCE);
        let (mut disaster, mut second) = (shop.ask("disaster"), shop.ask("second"));
        assert!(shop.end("disaster"));
        let panic = catch_unwind(AssertUnwindSafe(|| status(&mut disaster)));
        assert!(panic.is_err());
        // Although the request has not been dropped.
        assert_eq!(status(&mut second), None);
        assert!(shop.end("second"));
    }
}
