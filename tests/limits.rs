//! The limits of a hub, without a framework.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::time::Duration;

use dacapo::{Answer, Continuation, Error, Hub, OnClientLimit, Outcome};
use futures::FutureExt;

const LONG_POLL: Duration = Duration::from_secs(30);

async fn forever(c: Continuation<u32>) -> Outcome<()> {
    Err(c.suspend(&0, LONG_POLL))
}

#[test]
fn a_hub_holds_requests_up_to_its_limit_and_accepts_others_when_some_have_ended() {
    let (hub, _clock) = Hub::<u32>::builder()
        .max_suspended(2)
        .build_with_mock_clock();
    let (mut one, mut two) = (Box::pin(hub.run(forever)), pin!(hub.run(forever)));
    assert_eq!(
        (one.as_mut().now_or_never(), two.as_mut().now_or_never()),
        (None, None)
    );
    assert_eq!(
        hub.run(forever).now_or_never(),
        Some(Err(Error::Full { limit: 2 }))
    );
    assert_eq!(hub.suspended_count(), 2);

    drop(one);
    let mut three = pin!(hub.run(forever));
    assert_eq!(three.as_mut().now_or_never(), None);
    assert_eq!(hub.notify(&0), 2, "a refused request is not registered");
}

#[test]
fn a_held_request_keeps_its_place_during_a_needless_pass() {
    let (hub, _clock) = Hub::<u32>::builder()
        .max_suspended(1)
        .build_with_mock_clock();
    let (looked, looks) = futures::channel::oneshot::channel::<()>();
    let looks = looks.shared();
    let mut held = Box::pin(hub.run(|c| {
        let looks = looks.clone();
        async move {
            if c.is_resumed() {
                looks.await.unwrap();
            }
            forever(c).await
        }
    }));
    assert_eq!(held.as_mut().now_or_never(), None);
    assert_eq!(hub.notify(&0), 1);
    let full = Some(Err(Error::Full { limit: 1 }));
    assert_eq!(hub.run(forever).now_or_never(), full);
    assert_eq!(held.as_mut().now_or_never(), None);
    assert_eq!(hub.suspended_count(), 0, "its handler looks");
    assert_eq!(hub.run(forever).now_or_never(), full);
    looked.send(()).unwrap();
    assert_eq!(held.as_mut().now_or_never(), None);
    assert_eq!(hub.suspended_count(), 1);

    drop(held);
    assert_eq!(hub.run(forever).now_or_never(), None, "there is room again");
}

#[test]
fn a_key_has_waiters_up_to_its_limit_and_other_keys_have_room() {
    let (hub, _clock) = Hub::<u32>::builder().max_per_key(2).build_with_mock_clock();
    let wait = |keys: &'static [u32]| {
        Box::pin(hub.run(move |c| {
            let outcome = Err::<(), _>(c.suspend_any(keys, LONG_POLL));
            async { outcome }
        }))
    };
    let mut held = [wait(&[0]), wait(&[5, 0])];
    for request in &mut held {
        assert_eq!(request.as_mut().now_or_never(), None);
    }
    let full = Some(Err(Error::KeyFull { limit: 2 }));
    for keys in [&[0][..], &[0, 1], &[1, 0], &[1, 2, 0]] {
        assert_eq!(wait(keys).now_or_never(), full, "{keys:?}");
        assert_eq!(
            (hub.suspended_count(), hub.notify(&1), hub.notify(&2)),
            (2, 0, 0)
        );
    }
    assert_eq!(wait(&[1, 5]).now_or_never(), None);
    let [_one, other] = held;
    drop(other);
    assert_eq!(wait(&[0]).now_or_never(), None, "one has gone");
    assert_eq!(hub.notify(&0), 1, "a refused request is not registered");
}

type Held = Pin<Box<dyn Future<Output = Result<Answer<()>, Error>>>>;

/// Held requests of clients, and requests that have been answered, by number.
struct Clients {
    hub: Hub<u32>,
    held: Vec<(usize, Held)>,
}

impl Clients {
    fn new(hub: Hub<u32>) -> Self {
        Self {
            hub,
            held: Vec::new(),
        }
    }

    /// Polls all requests in the order of their arrival, and returns the clients of those that have been answered.
    fn poll(&mut self) -> Vec<(usize, Error)> {
        let mut answers = Vec::new();
        self.held.retain_mut(|(number, request)| {
            let answer = request.as_mut().now_or_never();
            answers.extend(answer.clone().map(|answer| (*number, answer.unwrap_err())));
            answer.is_none()
        });
        answers
    }

    /// Makes a client wait for key 0, and returns the clients that this answers.
    fn wait(&mut self, number: usize, client: &'static str) -> Vec<(usize, Error)> {
        let request = self.hub.run(move |c| {
            let outcome = Err::<(), _>(c.suspend(&0, LONG_POLL).client(client));
            async { outcome }
        });
        self.held.push((number, Box::pin(request)));
        let mut answers = self.poll();
        answers.extend(self.poll());
        answers
    }
}

/// A framework may keep a future for any time after its panic.
#[test]
fn a_request_that_panics_when_its_wait_ends_no_longer_counts_for_its_client() {
    let (hub, clock) = Hub::builder()
        .max_per_client(1, OnClientLimit::RejectNew)
        .build_with_mock_clock();
    let mut request = Box::pin(hub.run(async |c| -> Outcome<()> {
        let token = c.suspend(&0, LONG_POLL).client("ada");
        Err(token.or_respond_with(|| panic!("there is no answer")))
    }));
    assert!(request.as_mut().now_or_never().is_none());
    clock.advance(LONG_POLL);
    let polled = catch_unwind(AssertUnwindSafe(|| request.as_mut().now_or_never()));
    assert!(polled.is_err());
    assert_eq!(Clients::new(hub.clone()).wait(1, "ada"), []);
    drop(request);
}

#[test]
fn the_newest_request_of_a_client_is_held_and_the_oldest_is_told_so() {
    let (hub, _clock) = Hub::builder()
        .max_per_client(2, OnClientLimit::EvictOldest)
        .build_with_mock_clock();
    let mut clients = Clients::new(hub.clone());
    assert_eq!(clients.wait(1, "ada"), []);
    assert_eq!(clients.wait(2, "ada"), []);
    assert_eq!(clients.wait(3, "bob"), [], "another one");
    assert_eq!(clients.wait(4, "ada"), [(1, Error::Superseded)]);
    assert_eq!(clients.wait(5, "ada"), [(2, Error::Superseded)]);
    assert_eq!((hub.suspended_count(), hub.notify(&0)), (3, 3));
}

#[test]
fn an_old_request_that_waits_again_takes_no_newer_ones_place() {
    let (hub, _clock) = Hub::builder()
        .max_per_client(1, OnClientLimit::EvictOldest)
        .build_with_mock_clock();
    let mut clients = Clients::new(hub.clone());
    assert_eq!(clients.wait(1, "ada"), []);
    assert_eq!(hub.notify(&0), 1);
    let older = clients.held.remove(0);
    assert_eq!(clients.wait(2, "ada"), []);
    clients.held.push(older);
    assert_eq!(clients.poll(), [(1, Error::Superseded)]);
    assert_eq!(hub.suspended_count(), 1);
}

#[test]
fn or_the_newest_is_refused() {
    let (hub, _clock) = Hub::builder()
        .max_per_client(2, OnClientLimit::RejectNew)
        .build_with_mock_clock();
    let mut clients = Clients::new(hub.clone());
    assert_eq!(clients.wait(1, "ada"), []);
    assert_eq!(clients.wait(2, "ada"), []);
    assert_eq!(
        clients.wait(3, "ada"),
        [(3, Error::ClientFull { limit: 2 })]
    );
    assert_eq!(clients.wait(4, "bob"), []);
    drop(clients.held.remove(0));
    assert_eq!(clients.wait(5, "ada"), [], "one has gone");
    assert_eq!(hub.suspended_count(), 3);
}

#[test]
fn a_wait_that_is_over_when_it_begins_is_not_refused_and_evicts_no_other() {
    for surplus in [OnClientLimit::RejectNew, OnClientLimit::EvictOldest] {
        let hub = Hub::<u32>::builder()
            .max_suspended(1)
            .max_per_client(1, surplus);
        let (hub, _clock) = hub.build_with_mock_clock();
        let mut clients = Clients::new(hub.clone());
        assert_eq!(clients.wait(1, "ada"), []);
        let mut brief = pin!(hub.run(async |c| match c.is_expired() {
            false => Err(c.suspend(&0, Duration::ZERO).client("ada")),
            true => Ok(()),
        }));
        assert_eq!(brief.as_mut().now_or_never(), None);
        assert_eq!(brief.now_or_never(), Some(Ok(().into())));
        assert_eq!(clients.poll(), []);
        assert_eq!(hub.suspended_count(), 1);
    }
}

#[test]
fn a_wait_whose_key_was_notified_while_its_handler_ran_is_not_refused() {
    let (hub, _clock) = Hub::<u32>::builder()
        .max_suspended(0)
        .build_with_mock_clock();
    let mut request = pin!(hub.run(async |c| {
        if c.pass() < 3 {
            hub.notify(&0);
            return Err(c.suspend(&0, LONG_POLL));
        }
        Ok(())
    }));
    // First by a collision of stripes, and then by what its registration has seen while the second pass ran.
    assert_eq!(request.as_mut().now_or_never(), None);
    assert_eq!(request.as_mut().now_or_never(), None);
    assert_eq!(request.now_or_never(), Some(Ok(().into())));
}

#[test]
fn a_request_waits_for_keys_up_to_its_limit() {
    let (hub, _clock) = Hub::<u32>::builder().max_keys(3).build_with_mock_clock();
    let mut request = pin!(hub.run(async |c| Err::<(), _>(c.suspend_any(&[0, 1, 2], LONG_POLL))));
    assert_eq!(request.as_mut().now_or_never(), None);
    let refused = |keys: &'static [u32]| {
        let answer = hub.run(async |c| Err::<(), _>(c.suspend_any(keys, LONG_POLL)));
        answer.now_or_never() == Some(Err(Error::TooManyKeys { limit: 3 }))
    };
    assert!(refused(&[0, 1, 2, 3]));
    assert!(refused(&[0, 0, 0, 0]), "equal ones are counted");
}

#[test]
fn a_client_that_names_keys_without_end_costs_no_more_than_the_limit() {
    let (hub, _clock) = Hub::<u32>::with_mock_clock();
    let answer = hub.run(async |c| {
        let endless = std::iter::repeat_with(|| &7);
        Err::<(), _>(c.suspend_any(endless, LONG_POLL))
    });
    assert_eq!(
        answer.now_or_never(),
        Some(Err(Error::TooManyKeys { limit: 64 }))
    );
}

#[test]
fn a_handler_is_executed_up_to_the_limit_of_passes() {
    let (hub, _clock) = Hub::<u32>::builder().max_passes(2).build_with_mock_clock();
    let mut request = pin!(hub.run(forever));
    assert_eq!(request.as_mut().now_or_never(), None);
    hub.notify(&0);
    assert_eq!(request.as_mut().now_or_never(), None);
    hub.notify(&0);
    assert_eq!(
        request.now_or_never(),
        Some(Err(Error::TooManyPasses { limit: 2 }))
    );
}

#[test]
fn a_handler_that_notifies_its_own_key_ends_at_the_limit_and_yields_between_passes() {
    let (hub, _clock) = Hub::<u32>::with_mock_clock();
    let mut request = pin!(hub.run(async |c| {
        hub.notify(&0);
        forever(c).await
    }));
    let polls = std::iter::repeat_with(|| request.as_mut().now_or_never());
    assert_eq!(polls.take_while(Option::is_none).count(), 1000);
}

#[test]
fn a_handler_is_executed_once_at_least() {
    let (hub, _clock) = Hub::<u32>::builder().max_passes(0).build_with_mock_clock();
    assert_eq!(
        hub.run(async |_| Outcome::Ok("once")).now_or_never(),
        Some(Ok("once".into()))
    );
}

#[test]
fn a_refusal_at_the_limit_is_a_503_that_tells_the_limit_to_the_server_and_not_to_the_client() {
    let refusals = [
        (Error::Full { limit: 17 }, "17 requests"),
        (Error::KeyFull { limit: 17 }, "17 requests"),
        (Error::TooManyPasses { limit: 17 }, "17 times"),
        (
            Error::HeldTooLong {
                limit: Duration::from_secs(17),
            },
            "17s",
        ),
        (Error::ShutDown, "shut down"),
        (
            Error::NoTimer(std::io::ErrorKind::OutOfMemory),
            "out of memory",
        ),
    ];
    for (refusal, words) in refusals {
        assert!(refusal.to_string().contains(words), "{refusal}");
        let response = refusal.response();
        assert_eq!(response.status(), 503);
        let sentence = std::str::from_utf8(response.body()).unwrap();
        assert!(
            !sentence.is_empty() && !sentence.contains("17"),
            "{sentence}"
        );
    }
}

/// A retry cannot help.
#[test]
fn too_many_keys_are_a_400_that_does_not_ask_to_come_back() {
    let response = Error::TooManyKeys { limit: 17 }.response();
    assert_eq!(response.status(), 400);
    assert!(!response.headers().contains_key("retry-after"));
    assert!(!response.body().is_empty() && !response.body().starts_with(b"17"));
}

#[test]
fn a_client_that_reaches_its_limits_is_no_warning() {
    let surplus = Error::ClientFull { limit: 17 }.response();
    assert_eq!(surplus.status(), 429);
    assert!(surplus.headers().contains_key("retry-after"));
    let superseded = Error::Superseded.response();
    assert_eq!(superseded.status(), 409);
    assert!(
        !superseded.headers().contains_key("retry-after"),
        "the newer one is there"
    );
}
