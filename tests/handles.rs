//! What a handle can do apart from resuming: pass a value, move the deadline, write attributes.

use std::cell::RefCell;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dacapo::{Answer, Continuation, Dispatch, Handle, Hub, Outcome};
use futures::FutureExt;

const LONG_POLL: Duration = Duration::from_secs(30);
const MS: Duration = Duration::from_millis(1);

thread_local! {
    static HANDLE: RefCell<Option<Handle>> = const { RefCell::new(None) };
}

/// The handle of the request that ran last.
fn handle() -> Handle {
    HANDLE.with_borrow(Clone::clone).expect("a handler has run")
}

fn keep(c: &Continuation<u8>) {
    HANDLE.set(Some(c.handle()));
}

/// Waits for two keys until there is a value or until it expires.
async fn value(c: Continuation<u8>) -> Outcome<Option<u32>> {
    keep(&c);
    match c.value::<u32>() {
        Some(value) => Ok(Some(*value)),
        None if c.is_expired() => Ok(None),
        None => Err(c.suspend_any(&[0, 1], LONG_POLL)),
    }
}

#[test]
fn a_resume_hands_a_value_to_the_next_pass() {
    let (hub, _clock) = Hub::with_mock_clock();
    let mut request = pin!(hub.run(value));
    assert!(request.as_mut().now_or_never().is_none());
    assert!(handle().resume_value(7_u32).is_ok());
    assert!(handle().resume_value(8_u32).is_err());
    assert_eq!(request.now_or_never().unwrap(), Ok(Some(7).into()));
}

#[test]
fn it_may_hand_over_an_error_as_well() {
    type News = Result<u32, &'static str>;
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let mut request = pin!(hub.run(async |c| {
        keep(&c);
        match c.value::<News>() {
            Some(news) => Ok(*news),
            None => Err(c.suspend(&0, LONG_POLL)),
        }
    }));
    assert!(request.as_mut().now_or_never().is_none());
    assert!(
        handle()
            .resume_value(News::Err("the job has failed"))
            .is_ok()
    );
    let answer = request.now_or_never().unwrap();
    assert_eq!(answer, Ok(Err("the job has failed").into()));
}

#[test]
fn a_value_is_handed_over_too_while_the_handler_still_runs() {
    let (hub, _clock) = Hub::with_mock_clock();
    let mut request = pin!(hub.run(async |c| {
        if c.is_initial() {
            assert!(
                c.handle().resume_value(7_u32).is_ok() && c.handle().resume_value(8_u32).is_err()
            );
        }
        value(c).await
    }));
    assert!(request.as_mut().now_or_never().is_none());
    assert_eq!(request.now_or_never().unwrap(), Ok(Some(7).into()));
}

#[test]
fn a_notify_gives_its_value_to_all_waiters_of_any_of_its_keys() {
    let (hub, _clock) = Hub::with_mock_clock();
    let mut crowd: Vec<_> = (0..10).map(|_| Box::pin(hub.run(value))).collect();
    for key in [0, 1] {
        for request in &mut crowd {
            assert!(request.as_mut().now_or_never().is_none());
        }
        assert_eq!(hub.notify_value(&key, u32::from(key) + 7), 10);
        for request in crowd.drain(..) {
            let answer = request.now_or_never().unwrap();
            assert_eq!(answer, Ok(Some(u32::from(key) + 7).into()));
        }
        crowd.extend((0..10).map(|_| Box::pin(hub.run(value))));
    }
}

#[test]
fn a_value_of_another_type_is_not_there() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let mut request = pin!(hub.run(value));
    assert!(request.as_mut().now_or_never().is_none());
    assert_eq!(hub.notify_value(&0, "seven"), 1);
    assert!(request.as_mut().now_or_never().is_none(), "it waits again");
    assert_eq!(hub.notify(&0), 1);
    assert!(request.as_mut().now_or_never().is_none());
    assert_eq!(hub.notify_value(&0, 7_u32), 1);
    assert_eq!(request.now_or_never().unwrap(), Ok(Some(7).into()));
}

#[test]
fn a_value_is_for_one_pass() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let mut request = pin!(hub.run(async |c| match (c.pass(), c.value::<u32>()) {
        (3, value) => Ok(value.is_none()),
        _ => Err(c.suspend(&0, LONG_POLL)),
    }));
    assert!(request.as_mut().now_or_never().is_none());
    assert!(hub.notify_value(&0, 7_u32) == 1 && request.as_mut().now_or_never().is_none());
    assert!(hub.notify(&0) == 1);
    assert_eq!(request.now_or_never().unwrap(), Ok(true.into()));
}

/// The value that a third pass finds, after `happens` was called in the second pass, which is armed.
fn third_pass_after(happens: fn(&Hub<u8>, &Continuation<u8>)) -> Option<u32> {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let mut request = pin!(hub.run(async |c| {
        match c.pass() {
            1 => _ = hub.notify(&0), // so the next pass comes at once
            2 => happens(&hub, &c),
            _ => return Ok(c.value::<u32>().map(|value| *value)),
        }
        Err(c.suspend(&0, LONG_POLL))
    }));
    assert!(request.as_mut().now_or_never().is_none());
    assert!(request.as_mut().now_or_never().is_none());
    request
        .now_or_never()
        .unwrap()
        .unwrap()
        .into_inner()
        .unwrap()
}

#[test]
fn a_value_that_comes_between_two_passes_which_follow_at_once_skips_one() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let mut request = pin!(hub.run(async |c| {
        if c.is_initial() {
            hub.notify(&0);
        }
        value(c.clone()).await.map(|value| (c.pass(), value))
    }));
    assert!(request.as_mut().now_or_never().is_none());
    assert_eq!(hub.notify_value(&0, 7_u32), 0, "it does not sleep");
    assert!(request.as_mut().now_or_never().is_none());
    assert_eq!(request.now_or_never().unwrap(), Ok((3, Some(7)).into()));
}

#[test]
fn a_value_reaches_one_whose_registration_stands_while_its_handler_runs() {
    let value = third_pass_after(|hub, _| {
        assert_eq!(hub.notify_value(&0, 7_u32), 0, "it does not sleep");
    });
    assert_eq!(value, Some(7));
}

#[test]
fn it_does_so_if_the_request_is_resumed_without_a_value_before() {
    let value = third_pass_after(|hub, c| {
        hub.notify_value(&0, 7_u32);
        assert!(c.handle().resume());
    });
    assert_eq!(value, Some(7));
}

#[test]
#[cfg(feature = "actix")]
fn a_value_is_gone_when_the_request_waits_again_on_actix() {
    use actix_web::test::{TestRequest, init_service};
    use actix_web::{App, dev::Service, web};
    use dacapo::actix::Resume;

    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let wait = async |c| value(c).await.map(|_| "");
    let resource = web::resource("/").route(web::get().to(wait).wrap(Resume::new(hub.clone())));
    let app = futures::executor::block_on(init_service(App::new().service(resource)));
    let mut request = pin!(app.call(TestRequest::get().to_request()));
    assert!(request.as_mut().now_or_never().is_none());
    let life = Arc::new(());
    assert_eq!(hub.notify_value(&0, Arc::clone(&life)), 1);
    assert!(request.as_mut().now_or_never().is_none(), "not its type");
    assert_eq!(hub.suspended_count(), 1);
    assert_eq!(Arc::strong_count(&life), 1);
}

/// When this is dropped, no lock is held: it uses the hub.
struct Bomb(
    Hub<u8>,
    #[expect(dead_code, reason = "only its life counts")] Arc<()>,
);

impl Drop for Bomb {
    fn drop(&mut self) {
        self.0.notify(&0);
        self.0.notify(&1);
    }
}

#[test]
fn a_value_is_dropped_without_a_lock_and_after_its_last_use() {
    let (hub, _clock) = Hub::with_mock_clock();
    let life = Arc::new(());
    let bomb = || Bomb(hub.clone(), Arc::clone(&life));
    let mut crowd: Vec<_> = (0..3).map(|_| Box::pin(hub.run(value))).collect();
    for request in &mut crowd {
        assert!(request.as_mut().now_or_never().is_none());
    }
    assert_eq!(hub.notify_value(&1, bomb()), 3);
    assert_eq!(Arc::strong_count(&life), 2, "one value for all");
    assert!(crowd[0].as_mut().now_or_never().is_none(), "not its type");
    crowd.clear();
    assert_eq!(Arc::strong_count(&life), 1);
    assert_eq!(hub.notify_value(&0, bomb()), 0, "there is no waiter");
    assert!(handle().resume_value(bomb()).is_err(), "it is gone");
    assert_eq!(Arc::strong_count(&life), 1);
}

#[test]
fn a_deadline_can_be_moved_further_away_and_nearer() {
    for (timeout, from) in [(2 * LONG_POLL, MS), (3 * MS, MS), (Duration::ZERO, MS)] {
        let (hub, clock) = Hub::with_mock_clock();
        let mut request = pin!(hub.run(value));
        assert!(request.as_mut().now_or_never().is_none());
        clock.advance(from);
        assert!(handle().set_timeout(timeout));
        let timeout = timeout.max(MS); // the next tick is the earliest possible one
        assert_eq!(clock.advance(timeout - MS / 2), 0);
        assert_eq!(clock.advance(MS / 2), 1, "{timeout:?}");
        assert_eq!(request.now_or_never().unwrap(), Ok(None.into()));
        assert!(!handle().set_timeout(LONG_POLL), "it has ended");
    }
}

#[test]
fn it_can_be_moved_there_and_back_and_expires_once() {
    let (hub, clock) = Hub::with_mock_clock();
    let mut request = pin!(hub.run(value));
    assert!(request.as_mut().now_or_never().is_none());
    for _ in 0..100 {
        assert!(handle().set_timeout(2 * LONG_POLL) && handle().set_timeout(LONG_POLL));
    }
    assert_eq!(clock.advance(LONG_POLL - MS), 0);
    assert_eq!(clock.advance(MS), 1);
    assert_eq!(clock.advance(4 * LONG_POLL), 0);
    assert_eq!(request.now_or_never().unwrap(), Ok(None.into()));
}

#[test]
fn a_wait_without_an_end_can_be_given_one_and_the_other_way_round() {
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let endless = async |c: Continuation<u8>| {
        keep(&c);
        match c.is_expired() {
            true => Ok(()),
            false => Err(c.suspend(&0, Duration::MAX)),
        }
    };
    let mut request = pin!(hub.run(endless));
    assert!(request.as_mut().now_or_never().is_none());
    assert!(handle().set_timeout(LONG_POLL) && handle().set_timeout(Duration::MAX));
    assert_eq!(clock.advance(2 * LONG_POLL), 0);
    assert!(handle().set_timeout(LONG_POLL));
    assert_eq!(clock.advance(LONG_POLL), 1);
    assert_eq!(request.now_or_never().unwrap(), Ok(().into()));
}

#[test]
fn a_moved_deadline_outlives_a_needless_pass_and_ends_with_its_expiry() {
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let mut request = pin!(hub.run(async |c| {
        keep(&c);
        match c.dispatch() {
            Dispatch::Expired if c.pass() > 3 => Ok(()),
            _ => Err(c.suspend(&0, LONG_POLL)),
        }
    }));
    assert!(request.as_mut().now_or_never().is_none());
    assert!(handle().set_timeout(3 * LONG_POLL));
    clock.advance(2 * LONG_POLL);
    assert_eq!(hub.notify(&0), 1);
    assert!(request.as_mut().now_or_never().is_none());
    assert_eq!(clock.advance(LONG_POLL - MS), 0);
    assert_eq!(clock.advance(MS), 1, "where it was moved to");
    assert!(request.as_mut().now_or_never().is_none());
    assert_eq!(clock.advance(LONG_POLL), 1, "and from there as ever");
    assert_eq!(request.now_or_never().unwrap(), Ok(().into()));
}

/// Waits for 30 seconds, from its arrival in the first pass and from now in the second.
async fn from_now_in_its_second_pass(c: Continuation<u8>) -> Outcome<()> {
    keep(&c);
    let token = c.suspend(&0, LONG_POLL);
    match c.pass() {
        _ if c.is_expired() => Ok(()),
        2 => Err(token.timeout_from_now()),
        _ => Err(token),
    }
}

#[test]
fn a_wait_that_counts_from_now_ends_what_was_granted_for_those_after_it_too() {
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let mut request = pin!(hub.run(from_now_in_its_second_pass));
    assert!(request.as_mut().now_or_never().is_none());
    assert!(handle().set_timeout(10 * LONG_POLL));
    for _ in 0..2 {
        clock.advance(LONG_POLL / 3);
        assert_eq!(hub.notify(&0), 1);
        assert!(request.as_mut().now_or_never().is_none());
    }
    assert_eq!(clock.advance(LONG_POLL / 3 - MS), 0);
    assert_eq!(clock.advance(MS), 1, "its time counts from its arrival");
    assert_eq!(request.now_or_never().unwrap(), Ok(().into()));
}

#[test]
fn a_moved_wait_that_counts_from_now_begins_again_after_a_needless_pass() {
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let mut request = pin!(hub.run(async |c| {
        keep(&c);
        match c.is_expired() {
            true => Ok(()),
            false => Err(c.suspend(&0, LONG_POLL).timeout_from_now()),
        }
    }));
    assert!(request.as_mut().now_or_never().is_none());
    assert!(handle().set_timeout(10 * LONG_POLL));
    assert_eq!((clock.advance(2 * LONG_POLL), hub.notify(&0)), (0, 1));
    assert!(request.as_mut().now_or_never().is_none());
    assert_eq!(clock.advance(LONG_POLL), 1);
    assert_eq!(request.now_or_never().unwrap(), Ok(().into()));
}

#[test]
fn nothing_is_moved_while_a_handler_runs_or_is_due() {
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let mut request = pin!(hub.run(async |c| {
        assert!(!c.handle().set_timeout(MS));
        value(c).await
    }));
    assert!(request.as_mut().now_or_never().is_none());
    assert_eq!(clock.advance(MS), 0);
    hub.notify_value(&0, 7_u32);
    assert!(!handle().set_timeout(MS));
    assert_eq!(request.now_or_never().unwrap(), Ok(Some(7).into()));
}

#[test]
#[cfg(feature = "axum")]
fn the_longest_hold_is_above_a_moved_deadline() {
    use axum::{Router, body::Body, http::Request, routing};
    use tower::ServiceExt;

    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let wait = async |c| value(c).await.map(|_| ());
    let resume = dacapo::axum::ResumeLayer::new(hub.clone()).max_hold(2 * LONG_POLL);
    let app: Router = Router::new().route("/", routing::get(wait).layer(resume));
    let mut request = pin!(app.oneshot(Request::get("/").body(Body::empty()).unwrap()));
    assert!(request.as_mut().now_or_never().is_none());
    assert!(handle().set_timeout(Duration::MAX));
    assert_eq!(clock.advance(2 * LONG_POLL - MS), 0);
    assert_eq!(clock.advance(MS), 1);
    assert!(request.now_or_never().is_some());
}

struct Note(u32);

#[test]
fn a_handle_reads_and_writes_attributes_while_its_request_lives() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let mut request = pin!(hub.run(async |c| {
        keep(&c);
        if c.is_initial() {
            c.set_attribute(Note(1));
            return Err(c.suspend(&0, LONG_POLL));
        }
        assert!(c.remove_attribute::<Note>().is_some_and(|note| note.0 == 2));
        Ok(c.attribute::<Note>().is_none())
    }));
    assert!(request.as_mut().now_or_never().is_none());
    let handle = handle();
    assert!(handle.attribute::<Note>().is_some_and(|note| note.0 == 1));
    let removed = handle.remove_attribute::<Note>();
    assert!(removed.is_some_and(|note| note.0 == 1));
    assert!(handle.attribute::<Note>().is_none() && handle.remove_attribute::<Note>().is_none());
    assert!(handle.set_attribute(Note(2)).is_ok());
    assert!(handle.resume());
    assert_eq!(request.now_or_never().unwrap(), Ok(true.into()));
}

#[test]
fn a_stale_handle_writes_nowhere_even_if_something_keeps_the_request() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let kept = RefCell::new(None);
    let request = hub.run(async |c| {
        keep(&c);
        kept.replace(Some(c));
        Outcome::Ok(())
    });
    assert!(request.now_or_never().is_some());
    let life = Arc::new(());
    assert!(handle().set_attribute(Arc::clone(&life)).is_err());
    assert_eq!(Arc::strong_count(&life), 1);
    assert_eq!(format!("{:?}", handle()), "Handle { is_alive: false, .. }");
    assert!(kept.take().unwrap().attribute::<Arc<()>>().is_none());
    assert!(handle().set_attribute(Note(1)).is_err() && handle().attribute::<Note>().is_none());
}

#[test]
fn a_stale_handle_removes_nothing_from_the_callbacks_of_the_end() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let found = Arc::new(Mutex::new(None));
    let request = hub.run(async |c| {
        c.set_attribute(Note(1));
        let (found, same) = (Arc::clone(&found), c.clone());
        c.on_end(move |_| {
            let stolen = same.handle().remove_attribute::<Note>();
            *found.lock().unwrap() = Some((stolen.is_some(), same.attribute::<Note>().is_some()));
        });
        Outcome::Ok(())
    });
    assert!(request.now_or_never().is_some());
    assert_eq!(*found.lock().unwrap(), Some((false, true)));
}

/// The handler makes its attribute, and another thread sets one before that.
#[test]
fn two_threads_that_set_an_attribute_for_the_first_time_see_the_same_value() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let request = hub.run(async |c| {
        let made = c.attribute_or_insert_with(|| {
            assert!(c.handle().set_attribute(Note(1)).is_ok());
            Note(2)
        });
        Outcome::Ok((made.0, c.attribute::<Note>().unwrap().0))
    });
    assert_eq!(request.now_or_never().unwrap(), Ok((1, 1).into()));
}

/// Changes to a request in the middle of the pass after its expiry, and its answer.
fn answer_of_an_expired_pass(happens: fn(&Handle)) -> Result<Answer<Option<u32>>, dacapo::Error> {
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let mut request = pin!(hub.run(async |c| {
        if c.is_expired() {
            happens(&c.handle());
            return Ok(None);
        }
        c.value::<u32>()
            .map(|value| Some(*value))
            .ok_or_else(|| c.suspend(&0, LONG_POLL))
    }));
    assert!(request.as_mut().now_or_never().is_none());
    assert_eq!(clock.advance(LONG_POLL), 1);
    request.now_or_never().unwrap()
}

#[test]
fn a_value_for_an_expired_pass_that_answers_reaches_no_request() {
    let answer = answer_of_an_expired_pass(|handle| assert!(handle.resume_value(7_u32).is_ok()));
    assert_eq!(answer, Ok(None.into()));
}

#[test]
fn an_answer_from_outside_in_an_expired_pass_is_the_answer() {
    let answer = answer_of_an_expired_pass(|handle| {
        assert!(handle.complete(http::Response::default()).is_ok());
    });
    assert!(matches!(answer, Ok(Answer::Completed(_))));
}
