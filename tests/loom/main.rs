//! Every interleaving of small models: `RUSTFLAGS="--cfg loom" cargo test --release --test loom`.
//!
//! A wake-up that is lost shows as a thread that sleeps for ever, which loom reports.
#![cfg(loom)]

use std::cell::RefCell;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use dacapo::{Dispatch, Error, Handle, Hub, MockClock};
use futures::FutureExt;
use loom::future::block_on;
use loom::sync::atomic::{AtomicBool, Ordering::Relaxed};
use loom::thread;

const EVER: Duration = Duration::MAX;
const MS: Duration = Duration::from_millis(1);

/// Under the fixed secret of a model these two are in one shard, and share their stripes; the third is elsewhere.
const KEY: u8 = 1;
const SAME_SHARD: u8 = 2;
const OTHER_SHARD: u8 = 0;

fn model(test: impl Fn(Hub<u8>, MockClock) + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(move || {
        let (hub, clock) = Hub::manual();
        test(hub, clock);
    });
}

/// Publishes, then notifies, as a user does.
fn publish(hub: &Hub<u8>, key: u8, data: &Arc<AtomicBool>) -> thread::JoinHandle<usize> {
    let (hub, data) = (hub.clone(), Arc::clone(data));
    thread::spawn(move || {
        data.store(true, Relaxed);
        hub.notify(&key)
    })
}

fn flag() -> Arc<AtomicBool> {
    Arc::new(AtomicBool::new(false))
}

#[test]
fn a_one_key_one_notifier() {
    model(|hub, _| {
        let data = flag();
        publish(&hub, KEY, &data);
        let request = hub.run(async |c| {
            if data.load(Relaxed) {
                Ok(())
            } else {
                Err(c.suspend(&KEY, EVER))
            }
        });
        assert_eq!(block_on(request), Ok(()));
    });
}

#[test]
fn b_one_key_two_notifiers_and_a_handler_that_wants_the_second() {
    model(|hub, _| {
        let (one, two) = (flag(), flag());
        publish(&hub, KEY, &one);
        publish(&hub, KEY, &two);
        let request = hub.run(async |c| {
            if two.load(Relaxed) {
                Ok(())
            } else {
                Err(c.suspend(&KEY, EVER))
            }
        });
        assert_eq!(block_on(request), Ok(()));
    });
}

#[test]
fn c_two_keys_and_a_notifier_of_either() {
    for key in [KEY, OTHER_SHARD] {
        model(move |hub, _| {
            let data = flag();
            publish(&hub, key, &data);
            let keys = [KEY, OTHER_SHARD];
            let request = hub.run(async |c| {
                if data.load(Relaxed) {
                    Ok(())
                } else {
                    Err(c.suspend_any(&keys, EVER))
                }
            });
            assert_eq!(block_on(request), Ok(()));
        });
    }
}

#[test]
fn d_two_keys_two_notifiers_and_a_handler_that_wants_both() {
    model(|hub, _| {
        let (one, two) = (flag(), flag());
        publish(&hub, KEY, &one);
        publish(&hub, OTHER_SHARD, &two);
        let keys = [KEY, OTHER_SHARD];
        let request = hub.run(async |c| {
            if one.load(Relaxed) && two.load(Relaxed) {
                Ok(())
            } else {
                Err(c.suspend_any(&keys, EVER))
            }
        });
        assert_eq!(block_on(request), Ok(()));
    });
}

#[test]
fn e_a_true_notify_and_one_of_another_key_in_the_same_stripes() {
    model(|hub, _| {
        let (data, other) = (flag(), flag());
        publish(&hub, KEY, &data);
        publish(&hub, SAME_SHARD, &other);
        let request = hub.run(async |c| {
            assert!(c.pass() <= 4, "a doubt costs one pass");
            if data.load(Relaxed) {
                Ok(())
            } else {
                Err(c.suspend(&KEY, EVER))
            }
        });
        assert_eq!(block_on(request), Ok(()));
    });
}

#[test]
fn a_request_that_is_dropped_while_it_is_notified_is_gone_or_counted() {
    model(|hub, _| {
        let mut request =
            Box::pin(hub.run(async |c| Err::<(), _>(c.suspend_any(&[KEY, OTHER_SHARD], EVER))));
        assert!(request.as_mut().now_or_never().is_none());
        let notified = {
            let hub = hub.clone();
            thread::spawn(move || hub.notify(&OTHER_SHARD))
        };
        drop(request);
        assert!(notified.join().unwrap() <= 1);
        assert_eq!((hub.suspended(), hub.notify(&KEY)), (0, 0));
    });
}

#[test]
fn what_was_meant_for_one_is_passed_on_when_it_is_dropped() {
    model(|hub, _| {
        let job = Arc::new(AtomicBool::new(false));
        let mut first = Box::pin(hub.run(async |c| Err::<(), _>(c.suspend(&KEY, EVER))));
        assert!(first.as_mut().now_or_never().is_none());
        {
            let (hub, job) = (hub.clone(), Arc::clone(&job));
            thread::spawn(move || {
                job.store(true, Relaxed);
                hub.notify_one(&KEY);
            });
        }
        thread::spawn(move || drop(first));
        let second = hub.run(async |c| {
            if job.load(Relaxed) {
                Ok(())
            } else {
                Err(c.suspend(&KEY, EVER))
            }
        });
        assert_eq!(block_on(second), Ok(()));
    });
}

#[test]
fn a_wait_that_begins_while_its_time_comes_expires() {
    model(|hub, clock| {
        let request = hub.run(async |c| {
            if c.is_expired() {
                Ok(())
            } else {
                Err(c.suspend(&KEY, MS))
            }
        });
        let advanced = thread::spawn(move || clock.advance(MS));
        assert_eq!(block_on(request), Ok(()));
        assert!(advanced.join().unwrap() <= 1);
    });
}

#[test]
fn of_a_notify_and_an_expiry_one_wins() {
    model(|hub, clock| {
        let mut request = Box::pin(hub.run(async |c| {
            if c.is_initial() {
                Err(c.suspend(&KEY, MS))
            } else {
                Ok(c.dispatch())
            }
        }));
        assert!(request.as_mut().now_or_never().is_none());
        let notified = thread::spawn(move || hub.notify(&KEY));
        let expired = clock.advance(MS);
        let seen = match (notified.join().unwrap(), expired) {
            (1, 0) => Dispatch::Resumed,
            (0, 1) => Dispatch::Expired,
            both => panic!("{both:?}"),
        };
        assert_eq!(block_on(request), Ok(seen));
    });
}

/// A request that waits for a key, for a tick at the most, and its handle.
fn waiting(
    hub: &Hub<u8>,
) -> (
    Pin<Box<dyn Future<Output = Result<Dispatch, Error>>>>,
    Handle,
) {
    let told = Rc::new(RefCell::new(None));
    let tell = Rc::clone(&told);
    let mut request = Box::pin(hub.run(move |c| {
        tell.replace(Some(c.handle()));
        async move {
            match c.dispatch() {
                Dispatch::Initial => Err(c.suspend(&KEY, MS)),
                later => Ok(later),
            }
        }
    }));
    assert!(request.as_mut().now_or_never().is_none());
    let handle = told.take().unwrap();
    (request, handle)
}

fn done() -> http::Response<bytes::Bytes> {
    http::Response::new("done".into())
}

fn is_completed(answer: &Result<Dispatch, Error>) -> bool {
    matches!(answer, Err(Error::Completed(_)))
}

#[test]
fn of_a_resume_and_an_expiry_one_wins() {
    model(|hub, clock| {
        let (request, handle) = waiting(&hub);
        let resumed = thread::spawn(move || handle.resume());
        let expired = clock.advance(MS);
        let seen = match (resumed.join().unwrap(), expired) {
            (true, 0) => Dispatch::Resumed,
            (false, 1) => Dispatch::Expired,
            both => panic!("{both:?}"),
        };
        assert_eq!(block_on(request), Ok(seen));
    });
}

#[test]
fn of_a_completion_and_a_resume_one_wins() {
    model(|hub, _| {
        let (request, handle) = waiting(&hub);
        let completing = handle.clone();
        let completed = thread::spawn(move || completing.complete(done()));
        let resumed = handle.resume();
        let answer = block_on(request);
        assert_eq!(completed.join().unwrap(), is_completed(&answer));
        assert_eq!(resumed, answer == Ok(Dispatch::Resumed));
        assert!(!handle.complete(done()) && !handle.resume());
    });
}

#[test]
fn of_a_completion_and_an_expiry_one_wins() {
    model(|hub, clock| {
        let (request, handle) = waiting(&hub);
        let completed = thread::spawn(move || handle.complete(done()));
        let expired = clock.advance(MS);
        let answer = block_on(request);
        assert_eq!(completed.join().unwrap(), is_completed(&answer));
        assert_eq!(expired == 1, answer == Ok(Dispatch::Expired));
    });
}

#[test]
fn of_three_who_end_a_wait_one_wins() {
    model(|hub, clock| {
        let (request, handle) = waiting(&hub);
        let completing = handle.clone();
        let completed = thread::spawn(move || completing.complete(done()));
        let resumed = thread::spawn(move || handle.resume());
        let expired = clock.advance(MS) == 1;
        let answer = block_on(request);
        assert_eq!(completed.join().unwrap(), is_completed(&answer));
        assert_eq!(resumed.join().unwrap(), answer == Ok(Dispatch::Resumed));
        assert_eq!(expired, answer == Ok(Dispatch::Expired));
    });
}

#[test]
fn a_request_that_is_dropped_while_others_end_its_wait_is_gone() {
    let attempts: [fn(&Handle, &MockClock) -> bool; 3] = [
        |handle, _| handle.resume(),
        |handle, _| handle.complete(done()),
        |_, clock| clock.advance(MS) == 1,
    ];
    for attempt in attempts {
        model(move |hub, clock| {
            let (request, handle) = waiting(&hub);
            let ending = {
                let (handle, clock) = (handle.clone(), clock.clone());
                thread::spawn(move || attempt(&handle, &clock))
            };
            drop(request);
            assert!(!handle.resume() && !handle.complete(done()));
            ending.join().unwrap();
            assert_eq!((hub.suspended(), hub.notify(&KEY)), (0, 0));
            assert_eq!(clock.advance(MS), 0);
        });
    }
}

#[test]
fn a_resume_before_the_wait_comes_before_a_time_that_is_up_already() {
    model(|hub, clock| {
        let resuming = RefCell::new(None);
        let mut request = Box::pin(hub.run(|c| {
            if c.pass() == 2 {
                let handle = c.handle();
                resuming.replace(Some(thread::spawn(move || handle.resume())));
            }
            async move {
                match c.pass() {
                    1 => Err(c.suspend(&KEY, MS)),
                    2 => Err(c.suspend(&KEY, Duration::ZERO)),
                    _ => Ok(c.dispatch()),
                }
            }
        }));
        assert!(request.as_mut().now_or_never().is_none());
        clock.advance(2 * MS);
        assert!(request.as_mut().now_or_never().is_none());
        let resumed = resuming.take().unwrap().join().unwrap();
        assert_eq!(resumed, block_on(request) == Ok(Dispatch::Resumed));
    });
}

#[test]
fn a_completion_is_not_lost_before_during_or_after_the_suspension() {
    model(|hub, _| {
        let completing = RefCell::new(None);
        let request = hub.run(|c| {
            let handle = c.handle();
            completing.replace(Some(thread::spawn(move || handle.complete(done()))));
            async move { Err::<Dispatch, _>(c.suspend_any(&[KEY, OTHER_SHARD], EVER)) }
        });
        assert!(is_completed(&block_on(request)));
        assert!(completing.take().unwrap().join().unwrap());
    });
}

#[test]
fn a_deadline_that_is_moved_while_its_time_comes_is_moved_or_has_come() {
    model(|hub, clock| {
        let (request, handle) = waiting(&hub);
        let moved = thread::spawn(move || handle.set_timeout(MS));
        let expired = clock.advance(MS);
        assert!(moved.join().unwrap() || expired == 1);
        clock.advance(MS);
        assert_eq!(block_on(request), Ok(Dispatch::Expired));
    });
}

#[test]
fn a_value_reaches_those_who_wait_and_the_others_look_again() {
    model(|hub, _| {
        let data = flag();
        let notified = {
            let (hub, data) = (hub.clone(), Arc::clone(&data));
            thread::spawn(move || {
                data.store(true, Relaxed);
                hub.notify_with(&KEY, 7_u8)
            })
        };
        let request = hub.run(async |c| match c.value::<u8>() {
            Some(value) => Ok(*value),
            None if data.load(Relaxed) => Ok(0),
            None => Err(c.suspend_any(&[KEY, OTHER_SHARD], EVER)),
        });
        let value = block_on(request).unwrap();
        assert!(value == 0 || value == 7);
        let woken = notified.join().unwrap();
        assert!(woken == 0 || value == 7, "who was woken has the value");
    });
}

#[test]
fn a_resume_is_not_lost_before_during_or_after_the_suspension() {
    model(|hub, _| {
        let resuming = RefCell::new(None);
        let request = hub.run(|c| {
            if c.is_initial() {
                let handle = c.handle();
                resuming.replace(Some(thread::spawn(move || (handle.resume(), handle))));
            }
            async move {
                if c.is_initial() {
                    Err(c.suspend_any(&[KEY, OTHER_SHARD], EVER))
                } else {
                    Ok(c.pass())
                }
            }
        });
        assert_eq!(block_on(request), Ok(2));
        let (resumed, handle) = resuming.take().unwrap().join().unwrap();
        assert!(resumed && !handle.resume());
    });
}

#[test]
fn a_wait_that_begins_while_the_hub_is_shut_down_is_ended() {
    model(|hub, _| {
        let shut = {
            let hub = hub.clone();
            thread::spawn(move || hub.shutdown())
        };
        let mut request = pin!(hub.run(async |c| Err::<(), _>(c.suspend(&KEY, EVER))));
        assert_eq!(block_on(request.as_mut()), Err(Error::ShutDown));
        assert!(shut.join().unwrap() <= 1);
        block_on(hub.drained());
    });
}
