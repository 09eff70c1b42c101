//! A notify before, during and after the suspension: it is seen, or it wakes.

use std::pin::pin;

use futures::FutureExt;
use loom::future::block_on;

use super::*;

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
        assert_eq!(block_on(request), Ok(().into()));
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
        assert_eq!(block_on(request), Ok(().into()));
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
            assert_eq!(block_on(request), Ok(().into()));
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
        assert_eq!(block_on(request), Ok(().into()));
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
        assert_eq!(block_on(request), Ok(().into()));
    });
}

/// Only its registration tells an armed pass of a notify. Stripes that are raised again and again do not.
#[test]
fn a_notify_during_an_armed_pass_is_not_lost_and_a_collision_costs_one_pass() {
    for keys in [&[KEY][..], &[KEY, OTHER_SHARD]] {
        model(move |hub, _| {
            let data = flag();
            publish(&hub, KEY, &data);
            let request = hub.run(async |c| {
                let seen = data.load(Relaxed);
                hub.notify(&SAME_SHARD);
                if seen {
                    Ok(c.pass())
                } else {
                    Err(c.suspend_any(keys, EVER))
                }
            });
            assert!(block_on(request).unwrap().into_inner().unwrap() <= 3);
        });
    }
}

#[test]
fn a_notify_that_is_meant_for_one_is_not_lost_before_during_or_after_the_suspension() {
    for key in [KEY, OTHER_SHARD] {
        model(move |hub, _| {
            let data = flag();
            let published = Arc::clone(&data);
            meanwhile(&hub, move |hub| {
                published.store(true, Relaxed);
                hub.notify_one(&key)
            });
            let keys = [KEY, OTHER_SHARD];
            let request = hub.run(async |c| {
                if data.load(Relaxed) {
                    Ok(())
                } else {
                    Err(c.suspend_any(&keys, EVER))
                }
            });
            assert_eq!(block_on(request), Ok(().into()));
        });
    }
}

/// The request has slept with one waker, and is now polled with another.
#[test]
fn a_sleeper_that_leaves_another_waker_while_it_is_notified_is_woken_through_it() {
    for keys in [&[KEY][..], &[KEY, OTHER_SHARD]] {
        model(move |hub, _| {
            let (request, _) = waiting_for(&hub, keys, EVER);
            let notified = meanwhile(&hub, |hub| hub.notify(&KEY));
            assert_eq!(block_on(request), Ok(Dispatch::Resumed.into()));
            assert_eq!(notified.join().unwrap(), 1);
        });
    }
}

#[test]
fn a_value_reaches_the_waiters_and_running_passes_check_again() {
    model(|hub, _| {
        let data = flag();
        let published = Arc::clone(&data);
        let notified = meanwhile(&hub, move |hub| {
            published.store(true, Relaxed);
            hub.notify_value(&KEY, 7_u8)
        });
        let request = hub.run(async |c| match c.value::<u8>() {
            Some(value) => Ok(*value),
            None if data.load(Relaxed) => Ok(0),
            None => Err(c.suspend_any(&[KEY, OTHER_SHARD], EVER)),
        });
        let value = block_on(request).unwrap();
        assert!(value == 0 || value == 7);
        let woken = notified.join().unwrap();
        assert!(woken == 0 || value == 7, "a woken request has the value");
    });
}

#[test]
fn a_thread_that_sees_a_request_counted_finds_it_asleep() {
    model(|hub, _| {
        let notified = meanwhile(&hub, |hub| {
            while hub.suspended_count() == 0 {
                thread::yield_now();
            }
            hub.notify(&KEY)
        });
        let mut request = pin!(hub.run(async |c| match c.is_initial() {
            true => Err(c.suspend(&KEY, EVER)),
            false => Ok(()),
        }));
        assert!(request.as_mut().now_or_never().is_none());
        assert_eq!(notified.join().unwrap(), 1);
        assert_eq!(block_on(request), Ok(().into()));
    });
}

#[test]
fn a_pass_that_runs_while_all_are_resumed_looks_again() {
    for keys in [&[KEY][..], &[KEY, OTHER_SHARD]] {
        model(move |hub, _| {
            let data = flag();
            {
                let data = Arc::clone(&data);
                meanwhile(&hub, move |hub| {
                    data.store(true, Relaxed);
                    hub.notify_every_key(Duration::ZERO)
                });
            }
            let request = hub.run(async |c| {
                if data.load(Relaxed) {
                    Ok(())
                } else {
                    Err(c.suspend_any(keys, EVER))
                }
            });
            assert_eq!(block_on(request), Ok(().into()));
        });
    }
}

/// The first round has passed its place.
#[test]
fn a_request_that_waits_while_all_are_resumed_is_resumed_when_all_are_again() {
    model(|hub, clock| {
        let (first, _held) = waiting_for(&hub, &[KEY], EVER);
        let (last, _held) = waiting_for(&hub, &[KEY], EVER);
        hub.notify_every_key(2 * MS);
        assert!(first.now_or_never().is_some(), "at once");
        let (late, _held) = waiting_for(&hub, &[KEY], EVER);
        let again = meanwhile(&hub, |hub| hub.notify_every_key(2 * MS));
        clock.advance(2 * MS);
        assert!(last.now_or_never().is_some());
        again.join().unwrap();
        clock.advance(2 * MS);
        assert_eq!(late.now_or_never(), Some(Ok(Dispatch::Resumed.into())));
    });
}

/// The second pass is armed.
#[test]
fn so_does_one_whose_registration_stands_already() {
    model(|hub, _| {
        let data = flag();
        let request = hub.run(|c| {
            if c.is_initial() {
                hub.notify(&SAME_SHARD);
                let data = Arc::clone(&data);
                meanwhile(&hub, move |hub| {
                    data.store(true, Relaxed);
                    hub.notify_every_key(Duration::ZERO)
                });
            }
            let found = data.load(Relaxed);
            async move {
                match found {
                    true => Ok(()),
                    false => Err(c.suspend(&KEY, EVER)),
                }
            }
        });
        assert_eq!(block_on(request), Ok(().into()));
    });
}
