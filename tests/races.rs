//! Two threads try to end the same wait at the same moment, ten thousand times each. Exactly one of them ends it,
//! every request is answered exactly once, and no pass sees two reasons. (`tests/loom` tries every interleaving of
//! one such moment.)

use std::pin::Pin;
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::Duration;

use dacapo::{Answer, Dispatch, End, Error, Handle, Hub, MockClock};
use futures::FutureExt;
use http::Response;

const ROUNDS: usize = 10_000;
const MS: Duration = Duration::from_millis(1);

type Ended = Result<Answer<Dispatch>, Error>;

/// A request that waits, and what the test knows about it.
struct Request {
    future: Mutex<Option<Pin<Box<dyn Future<Output = Ended> + Send>>>>,
    handle: Handle,
    ends: Arc<Mutex<Vec<End>>>,
}

/// Requests that expire one after another, a millisecond apart.
struct Race {
    hub: Hub<usize>,
    clock: MockClock,
    requests: Vec<Request>,
}

/// Tries to end the wait of a request, and returns whether it did.
type Attempt = fn(&Race, &Request) -> bool;

impl Race {
    fn new() -> Self {
        let (hub, clock) = Hub::with_mock_clock();
        let requests = (0..ROUNDS).map(|round| Request::new(&hub, round)).collect();
        Self {
            hub,
            clock,
            requests,
        }
    }

    /// Whether the first and the second attempt have ended each request's wait.
    fn run(&self, first: Attempt, second: Attempt) -> Vec<(bool, bool)> {
        let start = Barrier::new(2);
        let run = |attempt: Attempt| -> Vec<bool> {
            let attempts = self.requests.iter().map(|request| {
                start.wait();
                attempt(self, request)
            });
            attempts.collect()
        };
        thread::scope(|scope| {
            let second = scope.spawn(|| run(second));
            let first = run(first);
            first.into_iter().zip(second.join().unwrap()).collect()
        })
    }
}

impl Request {
    fn new(hub: &Hub<usize>, round: usize) -> Self {
        let (tell, told) = std::sync::mpsc::sync_channel(1);
        let ends = Arc::new(Mutex::new(Vec::new()));
        let ended = Arc::clone(&ends);
        let future = hub.run(move |c| {
            if c.is_initial() {
                let ended = Arc::clone(&ended);
                c.on_end(move |end| ended.lock().unwrap().push(end));
                tell.send(c.handle()).unwrap();
            }
            async move {
                match c.dispatch() {
                    Dispatch::Initial => Err(c.suspend(&round, MS * (round as u32 + 1))),
                    later => Ok(later),
                }
            }
        });
        let mut future = Box::pin(future);
        assert_eq!(future.as_mut().now_or_never(), None);
        Self {
            future: Mutex::new(Some(future)),
            handle: told.recv().unwrap(),
            ends,
        }
    }

    fn answer(&self) -> Ended {
        let future = self.future.lock().unwrap().take();
        let future = future.expect("it has not been dropped");
        future.now_or_never().expect("its wait has ended")
    }

    fn ends(&self) -> Vec<End> {
        self.ends.lock().unwrap().clone()
    }
}

fn resume(_: &Race, request: &Request) -> bool {
    request.handle.resume()
}

fn complete(_: &Race, request: &Request) -> bool {
    request
        .handle
        .complete(Response::new("done".into()))
        .is_ok()
}

fn expire(race: &Race, _: &Request) -> bool {
    race.clock.advance(MS) == 1
}

fn drop_it(_: &Race, request: &Request) -> bool {
    let dropped = request.future.lock().unwrap().take();
    dropped.is_some()
}

/// What a request answers when this attempt has ended its wait, and how it has ended then.
fn seen(attempt: Attempt) -> impl Fn(&Ended) -> bool {
    let is = move |other: Attempt| std::ptr::fn_addr_eq(attempt, other);
    move |answer| match answer {
        Ok(Answer::Answered(Dispatch::Resumed)) => is(resume),
        Ok(Answer::Answered(Dispatch::Expired)) => is(expire),
        Ok(Answer::Completed(_)) => is(complete),
        _ => false,
    }
}

fn exactly_one_of(first: Attempt, second: Attempt) {
    let race = Race::new();
    let won = race.run(first, second);
    for (round, (request, won)) in race.requests.iter().zip(won).enumerate() {
        let winner = match won {
            (true, false) => first,
            (false, true) => second,
            both => panic!("{both:?} in round {round}"),
        };
        assert_eq!(request.ends(), [], "it has not been told yet");
        let answer = request.answer();
        assert!(seen(winner)(&answer), "{answer:?} in round {round}");
        let end = match answer {
            Ok(Answer::Completed(_)) => End::Completed,
            _ => End::Answered,
        };
        assert_eq!(request.ends(), [end]);
        assert!(!request.handle.resume(), "it has ended");
    }
    assert_eq!(race.hub.suspended_count(), 0);
}

/// A call after the drop finds nothing. A call before the drop has ended a wait that no longer matters.
fn dropped_while(attempt: Attempt) {
    let race = Race::new();
    race.run(drop_it, attempt);
    for (round, request) in race.requests.iter().enumerate() {
        assert_eq!(request.ends(), [End::Cancelled], "in round {round}");
        assert!(request.handle.complete(Response::default()).is_err());
        assert_eq!(race.hub.notify(&round), 0);
    }
    assert_eq!(race.hub.suspended_count(), 0);
    assert_eq!(race.clock.advance(MS * ROUNDS as u32), 0);
}

#[test]
fn of_a_resume_and_an_expiry_exactly_one_ends_the_wait() {
    exactly_one_of(resume, expire);
}

#[test]
fn of_a_completion_and_a_resume_exactly_one_ends_the_wait() {
    exactly_one_of(complete, resume);
}

#[test]
fn of_a_completion_and_an_expiry_exactly_one_ends_the_wait() {
    exactly_one_of(complete, expire);
}

#[test]
fn a_request_that_is_dropped_while_it_is_resumed_is_gone() {
    dropped_while(resume);
}

#[test]
fn a_request_that_is_dropped_while_it_expires_is_gone() {
    dropped_while(expire);
}

#[test]
fn a_request_that_is_dropped_while_it_is_completed_is_gone() {
    dropped_while(complete);
}
