//! Tests of what the layer promises.

use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Wake};
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request};
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::Response;
use axum::routing::get;
use dacapo::axum::ResumeLayer;
use dacapo::{Continuation, Hub, MockClock, Outcome};
use futures::channel::mpsc;
use futures::executor::block_on;
use futures::future::{BoxFuture, MaybeDone, maybe_done};
use futures::{FutureExt, SinkExt, stream};
use http_body_util::BodyExt;
use tower::ServiceExt;

use crate::layer::Qos;
use crate::urgency;

const PATIENCE: Duration = Duration::from_secs(10);
const MS: Duration = Duration::from_millis(1);

/// Work that lasts until the test ends it: its handler suspends, in another hub.
struct Shop {
    qos: Qos,
    clock: MockClock,
    work: Hub<String>,
    routes: Router,
}

/// A request, and its response until that is dropped.
type Customer = Pin<Box<MaybeDone<BoxFuture<'static, Response>>>>;

async fn work(c: Continuation<String>, Path(name): Path<String>) -> Outcome<Body> {
    match name.as_str() {
        _ if c.is_initial() => Err(c.suspend(&name, Duration::MAX)),
        "disaster" => panic!("as it must"),
        _ => Ok(Body::from_stream(stream::iter(
            PARTS.map(Ok::<_, Infallible>),
        ))),
    }
}

/// What the client gets, piece by piece.
const PARTS: [&str; 2] = ["da ", "capo"];

impl Shop {
    /// Three may wait here.
    fn new(permits: usize, patience: Duration) -> Self {
        let (hub, clock) = Hub::with_mock_clock();
        let qos = Qos::new(hub, permits).longest_queue(3);
        let qos = qos.patience(patience).priority(urgency);
        let (hub, _) = Hub::with_mock_clock();
        let routes = Router::new().route("/{name}", get(work));
        let resume = ResumeLayer::new(hub.clone());
        Self {
            routes: routes.layer(resume).layer(qos.clone()),
            qos,
            clock,
            work: hub,
        }
    }

    /// Asks for work, and polls the request once.
    fn ask(&self, name: &str) -> Customer {
        self.ask_urgently(name, 3)
    }

    fn ask_urgently(&self, name: &str, urgency: u8) -> Customer {
        self.ask_with(name, urgency, Body::empty())
    }

    fn ask_with(&self, name: &str, urgency: u8, body: Body) -> Customer {
        let request = Request::get(format!("/{name}"));
        let request = request.header("priority", format!("u={urgency}"));
        let request = request.body(body).unwrap();
        let answer = self.routes.clone().oneshot(request).map(Result::unwrap);
        let mut customer = Box::pin(maybe_done(answer.boxed()));
        status(&mut customer);
        customer
    }

    /// Ends this work, and returns whether it was being done.
    fn end(&self, name: &str) -> bool {
        self.work.notify(name) == 1
    }

    /// The number of requests that are executed, and of those that wait.
    fn look(&self) -> (usize, usize) {
        self.qos.look()
    }
}

/// Polls the request once. Returns the status of the answer, if there is one.
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
fn the_most_urgent_goes_first_and_then_the_oldest() {
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
fn the_urgency_is_found_among_other_parameters() {
    for (header, urgency) in [
        ("u=1", 6),
        ("u=1, i", 6),
        ("i;q=2,u=0;x", 7),
        ("i,\tu=7", 0),
        ("u=5, u=2", 5), // the last one counts
        ("u=8", 4),
        ("u=-1", 4),
        ("ku=1", 4),
        ("", 4),
    ] {
        let request = Request::get("/").header("priority", header);
        let request = request.body(Body::empty()).unwrap();
        assert_eq!(crate::urgency(&request), urgency, "{header}");
    }
}

#[test]
fn a_permit_goes_to_a_waiting_request_and_no_other_can_take_it() {
    let shop = Shop::new(1, PATIENCE);
    let (mut first, mut second) = (shop.ask("first"), shop.ask("second"));
    assert!(shop.end("first"));
    assert_eq!(status(&mut first), DONE);
    drop(first);
    // The second has the permit, and has not been executed yet.
    let mut urgent = shop.ask_urgently("urgent", 0);
    assert_eq!(shop.look(), (1, 1));
    assert_eq!((status(&mut urgent), status(&mut second)), (None, None));
    assert!(!shop.end("urgent") && shop.end("second"));
}

#[test]
fn a_permit_is_kept_until_the_response_has_been_sent() {
    let shop = Shop::new(1, PATIENCE);
    let (mut first, _second) = (shop.ask("first"), shop.ask("second"));
    assert!(shop.end("first"));
    assert_eq!(status(&mut first), DONE);
    let mut body = first.as_mut().take_output().unwrap().into_body();
    drop(first);
    for part in PARTS {
        assert_eq!(shop.look(), (1, 1));
        let frame = body.frame().now_or_never().unwrap();
        assert_eq!(frame.unwrap().unwrap().into_data().unwrap(), part);
    }
    assert!(body.frame().now_or_never().unwrap().is_none());
    drop(body);
    assert_eq!(shop.look(), (1, 0), "the second has it now");
}

#[test]
fn a_client_that_hangs_up_in_the_middle_returns_its_permit() {
    let shop = Shop::new(1, PATIENCE);
    let (mut first, _second) = (shop.ask("first"), shop.ask("second"));
    assert!(shop.end("first"));
    assert_eq!(status(&mut first), DONE);
    let mut body = first.as_mut().take_output().unwrap().into_body();
    assert!(body.frame().now_or_never().is_some());
    assert_eq!(shop.look(), (1, 1));
    drop(body);
    assert_eq!(shop.look(), (1, 0), "the second has it now");
}

#[test]
fn a_request_that_has_left_is_not_called() {
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
fn a_request_that_has_waited_too_long_is_refused_and_not_called() {
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
fn a_request_that_is_called_when_it_expires_goes_on() {
    let shop = Shop::new(1, PATIENCE);
    let (first, mut second) = (shop.ask("first"), shop.ask("second"));
    assert_eq!(shop.clock.advance(PATIENCE), 1);
    drop(first);
    assert_eq!(status(&mut second), None);
    assert!(shop.end("second"));
}

#[test]
fn a_request_is_refused_at_once_if_too_many_wait() {
    let shop = Shop::new(0, PATIENCE);
    let mut customers = ["first", "second", "third"].map(|name| shop.ask(name));
    assert_eq!(status(&mut shop.ask_urgently("fourth", 0)), SENT_AWAY);
    assert_eq!(customers.each_mut().map(status), [None; 3]);
    assert_eq!(shop.look(), (0, 3));
}

#[test]
fn requests_that_have_waited_and_are_executed_make_room_for_others() {
    let shop = Shop::new(0, PATIENCE);
    let _executing = ["first", "second", "third"].map(|name| shop.ask(name));
    shop.qos.set_permits(3);
    let mut waiting = ["fourth", "fifth", "sixth"].map(|name| shop.ask(name));
    assert_eq!(waiting.each_mut().map(status), [None; 3]);
    assert_eq!(status(&mut shop.ask("seventh")), SENT_AWAY);
    assert_eq!(shop.look(), (3, 3));
}

#[test]
fn without_patience_a_request_goes_on_only_if_a_permit_is_free() {
    let shop = Shop::new(1, Duration::ZERO);
    let (mut first, mut second) = (shop.ask("first"), shop.ask("second"));
    // The executor has had its turn.
    assert_eq!(status(&mut second), SENT_AWAY);
    assert_eq!(shop.look(), (1, 0));
    assert!(shop.end("first"));
    assert_eq!(status(&mut first), DONE);
}

#[test]
fn a_body_that_takes_its_time_does_not_use_up_the_patience() {
    let shop = Shop::new(1, PATIENCE);
    let first = shop.ask("first");
    let (mut sender, receiver) = mpsc::channel::<Result<&str, Infallible>>(1);
    let mut slow = shop.ask_with("slow", 3, Body::from_stream(receiver));
    shop.clock.advance(2 * PATIENCE);
    assert_eq!(shop.look(), (1, 0), "it has not joined the queue");
    sender.send(Ok("at last")).now_or_never();
    drop(sender);
    assert_eq!((status(&mut slow), shop.look()), (None, (1, 1)));
    assert_eq!(shop.clock.advance(PATIENCE - MS), 0);
    assert_eq!((status(&mut slow), shop.look()), (None, (1, 1)));
    drop(first);
    assert_eq!(status(&mut slow), None);
    assert!(shop.end("slow"));
}

#[test]
fn without_permits_no_request_goes_on_until_there_are_some() {
    let shop = Shop::new(0, Duration::MAX);
    let mut customers = ["first", "second", "third"].map(|name| shop.ask(name));
    assert_eq!(shop.clock.advance(Duration::from_secs(1_000_000)), 0);
    shop.qos.set_permits(2);
    assert_eq!(shop.look(), (2, 1));
    assert_eq!(customers.each_mut().map(status), [None; 3]);
    assert!(shop.end("first") && shop.end("second") && !shop.end("third"));
}

#[test]
fn with_fewer_permits_no_request_goes_on_until_enough_have_ended() {
    let shop = Shop::new(2, PATIENCE);
    let [first, second, third] = ["first", "second", "third"].map(|name| shop.ask(name));
    shop.qos.set_permits(1);
    assert_eq!(shop.look(), (2, 1));
    drop(first);
    assert_eq!(shop.look(), (1, 1));
    drop(second);
    assert_eq!(shop.look(), (1, 0));
    drop(third);
    assert_eq!(shop.look(), (0, 0));
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

/// A waker that panics when it is woken.
struct BadWaker;

impl Wake for BadWaker {
    fn wake(self: Arc<Self>) {
        panic!("a bad waker");
    }
}

#[test]
fn all_called_requests_are_woken_even_if_a_waker_panics() {
    let shop = Shop::new(0, PATIENCE);
    let [mut first, second, mut third] = ["first", "second", "third"].map(|name| shop.ask(name));
    let bad = Arc::new(BadWaker).into();
    let polled = first.as_mut().poll(&mut Context::from_waker(&bad));
    assert!(polled.is_pending());
    drop(second);
    shop.qos.set_permits(3);
    assert_eq!(shop.look(), (2, 0));
    assert_eq!((status(&mut first), status(&mut third)), (None, None));
    assert!(shop.end("first") && shop.end("third"));
}

/// Clients on several threads. They come repeatedly, hang up now and then, and change the permits.
#[test]
fn on_many_threads_no_permit_is_lost_and_none_is_given_twice() {
    const MOST: usize = 3;
    let executing = Arc::new(AtomicUsize::new(0));
    let work = async move || {
        assert!(executing.fetch_add(1, Ordering::SeqCst) < MOST);
        thread::yield_now();
        executing.fetch_sub(1, Ordering::SeqCst);
    };
    // A limited time, so that a lost permit fails the test and does not hang it.
    let qos = Qos::new(Hub::new(), 0).patience(Duration::from_secs(60));
    let routes = Router::new().route("/", get(work)).layer(qos.clone());
    let ask = || routes.clone().oneshot(Request::new(Body::empty()));
    let customer = |thread: usize| {
        for round in 0..200 {
            drop(ask().now_or_never());
            let response = block_on(ask()).unwrap();
            assert_eq!(response.status(), StatusCode::OK);
            qos.set_permits(1 + (thread + round) % MOST);
        }
    };
    thread::scope(|scope| {
        let _threads = [0, 1, 2, 3, 4, 5, 6, 7].map(|thread| scope.spawn(move || customer(thread)));
        let all_wait = |_| {
            thread::yield_now();
            qos.look() == (0, 8)
        };
        assert!((0..200_000_000_u64).any(all_wait));
        qos.set_permits(1);
    });
    assert_eq!(qos.look(), (0, 0));
}
