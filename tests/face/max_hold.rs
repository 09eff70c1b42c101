//! No request is held longer than its hub allows, or than its own layer says instead.

use std::time::Duration;

use dacapo::driver::{Dispatcher, Execution};
use dacapo::{Answer, Continuation, Error, Hub, HubBuilder, MockClock, Outcome};
use futures::FutureExt;

use crate::{LONG_POLL, MS, held, poll};

const DEFAULT: Duration = Duration::from_secs(120);
const DAY: Duration = Duration::from_secs(86_400);

/// Never has an answer, and would wait without end.
async fn endless(c: Continuation<u8>) -> Outcome<&'static str> {
    Err(c.suspend(&0, Duration::MAX))
}

/// Gives up when its time is up.
async fn patient(c: Continuation<u8>) -> Outcome<&'static str> {
    match c.is_expired() {
        true => Ok("nothing"),
        false => Err(c.suspend(&0, Duration::MAX)),
    }
}

fn hub_that_holds(limit: Duration) -> (Hub<u8>, MockClock) {
    Hub::builder().max_hold(limit).build_with_mock_clock()
}

/// That the only wait lasts until then, and no longer.
#[track_caller]
fn expires_after(clock: &MockClock, time: Duration) {
    assert_eq!(clock.advance(time - MS), 0, "never early");
    assert_eq!(clock.advance(MS), 1, "it has lasted longer than {time:?}");
}

fn too_long<T>(limit: Duration) -> Option<Result<Answer<T>, Error>> {
    Some(Err(Error::HeldTooLong { limit }))
}

#[test]
fn no_wait_lasts_longer_and_the_next_is_refused() {
    let (hub, clock) = hub_that_holds(LONG_POLL);
    let mut polite = held(hub.run(patient));
    expires_after(&clock, LONG_POLL);
    assert_eq!(poll(&mut polite), Some("nothing"));
    let endless = held(hub.run(endless));
    expires_after(&clock, LONG_POLL);
    assert_eq!(endless.now_or_never(), too_long(LONG_POLL));
    assert_eq!(hub.stats().refused.held_too_long, 1);
}

#[test]
fn it_counts_from_the_arrival_whatever_happens_meanwhile() {
    let (hub, clock) = hub_that_holds(LONG_POLL);
    let mut request = held(hub.run(async |c: Continuation<u8>| {
        crate::keep(&c);
        Err::<(), _>(c.suspend(&0, LONG_POLL).timeout_from_now())
    }));
    for _ in 0..2 {
        clock.advance(LONG_POLL / 3);
        assert!(crate::handle().set_timeout(DAY));
        hub.notify(&0);
        assert!(request.as_mut().now_or_never().is_none());
    }
    expires_after(&clock, LONG_POLL / 3);
    assert_eq!(request.now_or_never(), too_long(LONG_POLL));
}

#[test]
fn a_wait_that_is_shorter_expires_in_its_own_time_and_may_be_followed_by_others() {
    let (hub, clock) = hub_that_holds(LONG_POLL);
    let mut request = held(hub.run(async |c| Err::<(), _>(c.suspend(&0, LONG_POLL * 2 / 5))));
    for wait in [LONG_POLL * 2 / 5, LONG_POLL * 2 / 5, LONG_POLL / 5] {
        assert!(request.as_mut().now_or_never().is_none());
        expires_after(&clock, wait);
    }
    assert_eq!(request.now_or_never(), too_long(LONG_POLL));
}

#[test]
fn by_default_it_is_two_minutes() {
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let request = held(hub.run(endless));
    expires_after(&clock, DEFAULT);
    assert_eq!(request.now_or_never(), too_long(DEFAULT));
}

#[test]
fn run_owned_is_held_no_longer_either() {
    let (hub, clock) = hub_that_holds(LONG_POLL);
    let request = held(hub.run_owned(endless));
    expires_after(&clock, LONG_POLL);
    assert_eq!(request.now_or_never(), too_long(LONG_POLL));
}

#[test]
fn the_longest_time_there_is_means_no_limit() {
    for arrives in [Duration::ZERO, MS] {
        let (hub, clock) = hub_that_holds(Duration::MAX);
        clock.advance(arrives);
        let mut endless_one = held(hub.run(endless));
        let mut daily = held(hub.run(async |c| match c.pass() {
            9 => Ok(()),
            _ => Err(c.suspend(&0, DAY)),
        }));
        for day in 1..9 {
            assert_eq!(clock.advance(DAY), 1, "on day {day}");
            assert_eq!(poll(&mut daily), (day == 8).then_some(()));
        }
        assert_eq!(clock.advance(300 * 365 * DAY), 0);
        assert!(endless_one.as_mut().now_or_never().is_none());
    }
}

#[test]
fn no_time_at_all_lets_a_request_answer_and_not_wait() {
    let (hub, _clock) = hub_that_holds(Duration::ZERO);
    let answered = hub.run(async |_| Outcome::Ok("at once"));
    assert_eq!(answered.now_or_never().unwrap().unwrap(), "at once");
    let refused = hub.run(endless).now_or_never();
    assert_eq!(refused, too_long(Duration::ZERO));
}

/// What the limit of a hub and one's own make of each other: one's own wins, be it longer or shorter.
const BOTH: [(Option<Duration>, Option<Duration>, Duration); 5] = [
    (None, None, DEFAULT),
    (Some(LONG_POLL), None, LONG_POLL),
    (Some(LONG_POLL), Some(DAY), DAY),
    (Some(DAY), Some(LONG_POLL), LONG_POLL),
    (None, Some(LONG_POLL), LONG_POLL),
];

fn hub_with(limit: Option<Duration>) -> (Hub<u8>, MockClock) {
    let builder: HubBuilder<u8> = Hub::builder();
    match limit {
        Some(limit) => builder.max_hold(limit),
        None => builder,
    }
    .build_with_mock_clock()
}

/// Suspends in each pass.
struct Endless(Option<Continuation<u8>>);

impl Dispatcher<u8> for Endless {
    type Answer = Option<Error>;

    fn begin(&mut self, continuation: Continuation<u8>) {
        self.0 = Some(continuation);
    }

    fn poll(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Outcome<Self::Answer>> {
        let c = self.0.take().expect("a pass has begun");
        std::task::Poll::Ready(Err(c.suspend(&0, Duration::MAX)))
    }

    fn refuse(&mut self, error: Error) -> Self::Answer {
        Some(error)
    }

    fn complete(
        &mut self,
        _: http::Response<bytes::Bytes>,
        _: Option<Self::Answer>,
    ) -> Self::Answer {
        None
    }
}

#[test]
fn an_execution_may_have_a_limit_of_its_own_in_place_of_the_hubs() {
    for (of_hub, own, limit) in BOTH {
        let (hub, clock) = hub_with(of_hub);
        let execution = Execution::new(&hub, Endless(None));
        let mut execution = match own {
            Some(own) => execution.max_hold(own),
            None => execution,
        };
        assert!((&mut execution).now_or_never().is_none());
        expires_after(&clock, limit);
        let refused = execution.now_or_never();
        assert_eq!(refused, Some(Some(Error::HeldTooLong { limit })));
    }
}
