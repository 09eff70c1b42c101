//! The life of a request, under a clock that the test moves.

use std::cell::RefCell;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::pin;
use std::time::Duration;

use dacapo::{Continuation, Dispatch, Error, Handle, Hub, MockClock, Outcome, Suspended};
use futures::FutureExt;

const MS: Duration = Duration::from_millis(1);
const LONG_POLL: Duration = Duration::from_secs(30);

/// Suspends once, and answers with the reason of the next pass.
async fn why(c: Continuation<String>) -> Outcome<Dispatch> {
    match c.dispatch() {
        Dispatch::Initial => Err(c.suspend("lobby", LONG_POLL)),
        later => Ok(later),
    }
}

#[test]
fn a_handler_with_an_answer_is_executed_once() {
    let (hub, _clock) = Hub::<String>::with_mock_clock();
    let answer = hub
        .run(async |c| Outcome::Ok((c.dispatch(), c.pass())))
        .now_or_never();
    assert_eq!(answer, Some(Ok((Dispatch::Initial, 1).into())));
    assert_eq!(hub.suspended_count(), 0);
}

#[test]
fn a_notify_executes_a_suspended_handler_again() {
    let (hub, clock) = Hub::<String>::with_mock_clock();
    let mut request = pin!(hub.run(why));
    assert_eq!(request.as_mut().now_or_never(), None);
    assert_eq!(hub.suspended_count(), 1);

    assert_eq!(hub.notify("kitchen"), 0);
    assert_eq!(request.as_mut().now_or_never(), None);

    assert_eq!(hub.notify("lobby"), 1);
    assert_eq!(hub.notify("lobby"), 0, "the wait has ended already");
    assert_eq!(request.now_or_never(), Some(Ok(Dispatch::Resumed.into())));
    assert_eq!((hub.suspended_count(), clock.advance(LONG_POLL)), (0, 0));
}

#[test]
fn a_timeout_executes_a_suspended_handler_again() {
    let (hub, clock) = Hub::<String>::with_mock_clock();
    let mut request = pin!(hub.run(why));
    assert_eq!(request.as_mut().now_or_never(), None);

    assert_eq!(clock.advance(LONG_POLL), 1);
    assert_eq!(hub.notify("lobby"), 0, "the wait has ended already");
    assert_eq!(request.now_or_never(), Some(Ok(Dispatch::Expired.into())));
}

#[test]
fn passes_are_counted_from_one() {
    let (hub, _clock) = Hub::<String>::with_mock_clock();
    let mut request = pin!(hub.run(async |c| {
        if c.pass() < 4 {
            Err(c.suspend("lobby", LONG_POLL))
        } else {
            Ok(c.pass())
        }
    }));
    for _ in 1..4 {
        assert_eq!(request.as_mut().now_or_never(), None);
        assert_eq!(hub.notify("lobby"), 1);
    }
    assert_eq!(request.now_or_never(), Some(Ok(4.into())));
}

#[test]
fn a_token_leaves_a_nested_function_by_the_question_mark() {
    fn must_be(c: &Continuation<String>, there: bool) -> Outcome<&'static str> {
        there
            .then_some("here it is")
            .ok_or_else(|| c.suspend("lobby", LONG_POLL))
    }
    let (hub, _clock) = Hub::<String>::with_mock_clock();
    let mut request = pin!(hub.run(async |c| {
        let found = must_be(&c, c.is_resumed())?;
        Outcome::Ok(found)
    }));
    assert_eq!(request.as_mut().now_or_never(), None);
    hub.notify("lobby");
    assert_eq!(request.now_or_never(), Some(Ok("here it is".into())));
}

#[test]
fn a_token_that_is_not_returned_suspends_nothing() {
    let (hub, clock) = Hub::<String>::with_mock_clock();
    let answer = hub.run(async |c| {
        drop(c.suspend("lobby", LONG_POLL));
        Outcome::Ok("changed my mind")
    });
    assert_eq!(answer.now_or_never(), Some(Ok("changed my mind".into())));
    assert_eq!((hub.notify("lobby"), clock.advance(LONG_POLL)), (0, 0));
}

#[test]
fn any_of_several_keys_resumes_and_the_others_are_forgotten() {
    for key in ["lobby", "kitchen", "garden"] {
        let (hub, clock) = Hub::<String>::with_mock_clock();
        let mut request = pin!(hub.run(async |c| {
            let rooms = ["lobby", "kitchen", "garden", "lobby"];
            if c.is_initial() {
                Err(c.suspend_any(rooms, LONG_POLL))
            } else {
                Ok(c.dispatch())
            }
        }));
        assert_eq!(request.as_mut().now_or_never(), None);
        assert_eq!(hub.notify(key), 1);
        for other in ["lobby", "kitchen", "garden"] {
            assert_eq!(hub.notify(other), 0, "it waits no more");
        }
        assert_eq!(request.now_or_never(), Some(Ok(Dispatch::Resumed.into())));
        assert_eq!(clock.advance(LONG_POLL), 0);
    }
}

#[test]
fn a_wait_without_a_key_is_ended_by_its_handle_alone() {
    let (hub, _clock) = Hub::<String>::with_mock_clock();
    let handle = RefCell::new(None);
    let mut request = pin!(hub.run(|c| {
        handle.replace(Some(c.handle()));
        async move {
            if c.is_initial() {
                Err(c.suspend_for(LONG_POLL))
            } else {
                Ok(c.dispatch())
            }
        }
    }));
    assert_eq!(request.as_mut().now_or_never(), None);
    let handle: Handle = handle.take().unwrap();
    assert!(handle.resume());
    assert!(!handle.resume(), "it has been resumed already");
    assert_eq!(
        request.as_mut().now_or_never(),
        Some(Ok(Dispatch::Resumed.into()))
    );
    assert!(!handle.resume(), "it has been answered");
}

#[test]
fn a_wait_for_no_keys_at_all_is_one_without_a_key() {
    let (hub, clock) = Hub::<String>::with_mock_clock();
    let mut request = pin!(hub.run(async |c| {
        let none: [&str; 0] = [];
        if c.is_initial() {
            Err(c.suspend_any(none, LONG_POLL))
        } else {
            Ok(c.dispatch())
        }
    }));
    assert_eq!(request.as_mut().now_or_never(), None);
    assert_eq!(clock.advance(LONG_POLL), 1);
    assert_eq!(request.now_or_never(), Some(Ok(Dispatch::Expired.into())));
}

#[test]
fn an_id_goes_out_as_text_and_comes_back_to_resume_its_request_and_no_other() {
    let (hub, _clock) = Hub::<String>::with_mock_clock();
    let ids = RefCell::new(Vec::new());
    let handler = |c: Continuation<String>| {
        ids.borrow_mut().push(c.handle().id().to_string());
        async move {
            if c.is_initial() {
                Err(c.suspend_for(LONG_POLL))
            } else {
                Ok(c.dispatch())
            }
        }
    };
    let (mut one, mut other) = (pin!(hub.run(handler)), pin!(hub.run(handler)));
    assert_eq!(
        (one.as_mut().now_or_never(), other.as_mut().now_or_never()),
        (None, None)
    );

    let id = ids.borrow()[0].parse().unwrap();
    assert_ne!(ids.borrow()[0], ids.borrow()[1]);
    assert!(
        !Hub::<String>::new().resume(id),
        "another hub does not know it"
    );
    assert!(hub.resume(id));
    assert!(!hub.resume(id));
    assert_eq!(other.as_mut().now_or_never(), None);
    assert_eq!(
        one.as_mut().now_or_never(),
        Some(Ok(Dispatch::Resumed.into()))
    );
    assert!(!hub.resume(id), "it has been answered");
}

#[test]
fn the_id_of_a_request_is_the_same_in_every_pass() {
    let (hub, _clock) = Hub::<String>::with_mock_clock();
    let ids = RefCell::new(Vec::new());
    let mut request = pin!(hub.run(|c| {
        ids.borrow_mut().push(c.handle().id());
        why(c)
    }));
    assert_eq!(request.as_mut().now_or_never(), None);
    hub.notify("lobby");
    assert!(request.now_or_never().is_some());
    assert_eq!(ids.borrow()[0], ids.borrow()[1]);
}

#[test]
fn attributes_stay_from_pass_to_pass() {
    struct Visits(u32);
    let (hub, _clock) = Hub::<String>::with_mock_clock();
    let mut request = pin!(hub.run(async |c| {
        let visits = c.attribute::<Visits>().map_or(1, |visits| visits.0 + 1);
        c.set_attribute(Visits(visits));
        if visits < 3 {
            Err(c.suspend("lobby", LONG_POLL))
        } else {
            Ok(visits)
        }
    }));
    for _ in 0..2 {
        assert_eq!(request.as_mut().now_or_never(), None);
        hub.notify("lobby");
    }
    assert_eq!(request.now_or_never(), Some(Ok(3.into())));
}

#[test]
fn a_timeout_of_zero_ends_at_once() {
    let (hub, _clock) = Hub::<String>::with_mock_clock();
    let mut request = pin!(hub.run(async |c| {
        if c.is_initial() {
            Err(c.suspend("lobby", Duration::ZERO))
        } else {
            Ok(c.dispatch())
        }
    }));
    assert_eq!(
        request.as_mut().now_or_never(),
        None,
        "the executor has its turn between two passes"
    );
    assert_eq!(request.now_or_never(), Some(Ok(Dispatch::Expired.into())));
}

#[test]
fn it_does_so_at_any_time_of_the_clock() {
    let (hub, clock) = Hub::<String>::with_mock_clock();
    for moment in [
        Duration::from_micros(500),
        Duration::from_secs(10),
        Duration::MAX,
    ] {
        clock.advance(moment);
        let mut request = pin!(hub.run(async |c| {
            if c.is_initial() {
                Err(c.suspend("lobby", Duration::ZERO))
            } else {
                Ok(c.dispatch())
            }
        }));
        assert_eq!(request.as_mut().now_or_never(), None);
        assert_eq!(hub.suspended_count(), 0, "it does not wait for a tick");
        assert_eq!(request.now_or_never(), Some(Ok(Dispatch::Expired.into())));
    }
}

#[test]
fn a_clock_at_its_end_still_tells_a_short_timeout_from_a_long_one() {
    let (hub, clock) = Hub::<String>::with_mock_clock();
    clock.advance(Duration::MAX);
    let mut request = pin!(hub.run(why));
    assert_eq!(request.as_mut().now_or_never(), None);
    assert_eq!(hub.suspended_count(), 1);
}

#[test]
fn a_notify_during_the_pass_comes_before_a_timeout_of_zero() {
    let (hub, _clock) = Hub::<String>::with_mock_clock();
    let mut request = pin!(hub.run(|c| {
        if c.is_initial() {
            hub.notify("lobby");
        }
        async move {
            if c.is_initial() {
                Err(c.suspend("lobby", Duration::ZERO))
            } else {
                Ok(c.dispatch())
            }
        }
    }));
    assert_eq!(request.as_mut().now_or_never(), None);
    assert_eq!(request.now_or_never(), Some(Ok(Dispatch::Resumed.into())));
}

#[test]
fn the_longest_timeout_there_is_never_ends_and_never_overflows() {
    let (hub, clock) = Hub::<String>::builder()
        .max_hold(Duration::MAX)
        .build_with_mock_clock();
    clock.advance(MS);
    let handler = async |c: Continuation<String>| {
        if c.is_initial() {
            Err(c.suspend("lobby", Duration::MAX))
        } else {
            Ok(c.dispatch())
        }
    };
    let mut request = pin!(hub.run(handler));
    assert_eq!(request.as_mut().now_or_never(), None);
    assert_eq!(clock.advance(Duration::MAX), 0);
    assert_eq!(clock.advance(Duration::MAX), 0);
    assert_eq!(request.as_mut().now_or_never(), None);
    hub.notify("lobby");
    assert_eq!(request.now_or_never(), Some(Ok(Dispatch::Resumed.into())));
}

#[test]
fn waits_that_end_in_one_step_of_the_clock_end_in_the_order_of_their_deadlines() {
    let (hub, clock) = Hub::<u64>::with_mock_clock();
    let order = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let timeouts = [700, 3, 90_000, 64, 65, 4096, 1, 63];
    let mut requests: Vec<_> = timeouts
        .into_iter()
        .map(|ms| {
            Box::pin(hub.run(move |c| async move {
                if c.is_initial() {
                    Err(c.suspend(&ms, Duration::from_millis(ms)))
                } else {
                    Ok(())
                }
            }))
        })
        .collect();
    for (request, ms) in requests.iter_mut().zip(timeouts) {
        let order = std::sync::Arc::clone(&order);
        let waker = waker_fn(move || order.lock().unwrap().push(ms));
        assert!(
            request
                .as_mut()
                .poll(&mut std::task::Context::from_waker(&waker))
                .is_pending()
        );
    }
    assert_eq!(clock.advance(Duration::from_secs(100)), timeouts.len());
    assert!(order.lock().unwrap().is_sorted(), "{order:?}");
}

#[test]
fn a_token_of_another_request_is_refused_with_a_sentence() {
    let (hub, _clock) = Hub::<String>::with_mock_clock();
    let stolen = RefCell::new(None);
    let thief = hub.run(async |c| {
        stolen.replace(Some(c.suspend("lobby", LONG_POLL)));
        Outcome::Ok(())
    });
    assert_eq!(thief.now_or_never(), Some(Ok(().into())));

    let stolen = stolen.take().unwrap();
    let answer = hub
        .run(async |_| Err::<(), _>(stolen.clone()))
        .now_or_never();
    assert_eq!(answer, Some(Err(Error::Foreign)));
    assert_eq!(Error::Foreign.status(), 500);
    assert!(Error::Foreign.to_string().contains("another request"));
    assert_eq!(hub.suspended_count(), 0);
}

#[test]
fn a_request_goes_on_when_every_clone_of_its_hub_is_gone() {
    let (hub, clock) = Hub::<String>::with_mock_clock();
    let mut request = pin!(hub.run(why));
    assert_eq!(request.as_mut().now_or_never(), None);
    drop(hub);
    assert_eq!(clock.advance(LONG_POLL), 1);
    assert_eq!(request.now_or_never(), Some(Ok(Dispatch::Expired.into())));
}

#[test]
fn hubs_and_their_parts_print_for_people() {
    let (hub, clock) = Hub::<String>::with_mock_clock();
    let mut request = pin!(hub.run(why));
    assert_eq!(request.as_mut().now_or_never(), None);
    assert_eq!(
        format!("{hub:?}"),
        "Hub { suspended: 1, is_shut_down: false, .. }"
    );
    clock.advance(MS);
    assert_eq!(format!("{clock:?}"), "MockClock { now: 1ms, .. }");
    let answer = hub.run(async |c| {
        Outcome::Ok(format!(
            "{c:?} {:?} {:?}",
            c.suspend("lobby", MS),
            c.handle()
        ))
    });
    assert_eq!(
        answer
            .now_or_never()
            .unwrap()
            .unwrap()
            .into_inner()
            .unwrap(),
        "Continuation { dispatch: Initial, pass: 1, .. } \
         Suspended { keys: 1, timeout: 1ms, timeout_from_now: None, priority: 0, .. } Handle { is_alive: true, .. }"
    );
}

fn waker_fn(wake: impl Fn() + Send + Sync + 'static) -> std::task::Waker {
    struct Fun<F>(F);
    impl<F: Fn() + Send + Sync + 'static> std::task::Wake for Fun<F> {
        fn wake(self: std::sync::Arc<Self>) {
            (self.0)();
        }
    }
    std::sync::Arc::new(Fun(wake)).into()
}

/// So that a handler's panic can be caught without an assertion.
#[test]
fn what_a_handler_holds_is_safe_to_unwind_through() {
    fn is_safe<T: UnwindSafe + RefUnwindSafe + Send + Sync>() {}
    is_safe::<Hub<String>>();
    is_safe::<MockClock>();
    is_safe::<Continuation<String>>();
    is_safe::<Suspended>();
    is_safe::<Handle>();
}
