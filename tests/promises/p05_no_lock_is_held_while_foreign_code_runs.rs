//! No lock is held while foreign code runs: wakers (wake, clone and drop), user values' `Drop`,
//! `Hash` of keys. So the hub may be called from any of them.
//!
//! If a lock were held, these tests would not fail but hang.

use std::cell::RefCell;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::task::Waker;
use std::time::Duration;

use dacapo::{Continuation, Hub, Outcome};
use futures::FutureExt;
use futures::future::BoxFuture;
use support::wakers::{Counter, on_clone, on_drop, on_wake, poll};

use crate::{LONG_POLL, MS};

async fn wait(c: Continuation<u8>) -> Outcome<()> {
    if c.is_initial() {
        Err(c.suspend_any(&[0, 1], LONG_POLL))
    } else {
        Ok(())
    }
}

/// Every call that takes a lock. If a lock is held, this does not return.
fn use_hub(hub: &Hub<u8>) {
    hub.notify(&0);
    hub.notify_one(&1);
    let mut request = pin!(hub.run(wait));
    let _ = request.as_mut().now_or_never();
    let _ = hub.drained().now_or_never();
    drop(format!("{hub:?} {:?}", hub.stats()));
    hub.resume("00112233445566778899aabbccddeeff".parse().unwrap());
}

#[test]
fn a_waker_may_use_the_hub_when_it_is_woken() {
    let used = Arc::new(AtomicUsize::new(0));
    for way in 0..10 {
        let builder = Hub::<u8>::builder();
        let (hub, clock) = match way {
            9 => builder.max_wakes_per_tick(1).build_with_mock_clock(),
            _ => builder.build_with_mock_clock(),
        };
        let waker = on_wake({
            let (hub, used) = (hub.clone(), Arc::clone(&used));
            move || {
                use_hub(&hub);
                used.fetch_add(1, Ordering::SeqCst);
            }
        });
        let (mut one, mut other) = (Box::pin(hub.run(wait)), Box::pin(hub.run(wait)));
        assert!(poll(&mut one, &waker).is_pending());
        assert!(poll(&mut other, &waker).is_pending());
        match way {
            0 => drop(hub.notify(&0)),
            1 => drop(hub.notify(&1)),
            2 => drop(hub.notify_one(&0)),
            3 => drop(clock.advance(LONG_POLL)),
            4 => drop(hub.shutdown()),
            5 => drop(hub.notify_every_key(Duration::ZERO)),
            6 => {
                hub.notify_every_key(2 * MS);
                clock.advance(2 * MS);
            }
            7 => {
                hub.shutdown_within(2 * MS);
                clock.advance(2 * MS);
            }
            8 => {
                hub.notify_one(&1);
                drop(one); // and it is passed on
            }
            _ => {
                hub.notify(&0);
                clock.advance(MS);
            }
        }
    }
    assert_eq!(used.load(Ordering::SeqCst), 20);
}

#[test]
fn a_waker_may_shut_the_hub_down_when_it_is_woken() {
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let waker = on_wake({
        let (hub, clock) = (hub.clone(), clock.clone());
        move || {
            hub.shutdown();
            clock.advance(MS);
        }
    });
    let (mut one, mut other) = (Box::pin(hub.run(wait)), Box::pin(hub.run(wait)));
    assert!(poll(&mut one, &waker).is_pending());
    assert!(poll(&mut other, &waker).is_pending());
    assert_eq!(hub.notify_one(&0), 1);
    assert!(hub.is_shut_down());
    assert!(one.now_or_never().unwrap().is_ok());
    assert!(other.now_or_never().unwrap().is_err());
}

#[test]
fn a_waker_may_use_the_hub_when_it_is_dropped() {
    for way in 0..5 {
        let (hub, _clock) = Hub::<u8>::with_mock_clock();
        let used = Arc::new(AtomicBool::new(false));
        let waker = on_drop({
            let (hub, used) = (hub.clone(), Arc::clone(&used));
            move || {
                use_hub(&hub);
                used.store(true, Ordering::SeqCst);
            }
        });
        let mut request = Box::pin(hub.run(wait));
        assert!(poll(&mut request, &waker).is_pending());
        drop(waker);
        assert!(!used.load(Ordering::SeqCst), "the hub has it");
        match way {
            0 => drop(request),
            1 => drop(poll(&mut request, Waker::noop())),
            2 => drop(hub.notify(&0)),
            3 => drop(hub.notify_one(&1)),
            _ => drop(hub.shutdown()),
        }
        assert!(used.load(Ordering::SeqCst));
    }
}

#[test]
fn a_waker_may_use_the_hub_when_it_is_cloned() {
    static HUB: OnceLock<Hub<u8>> = OnceLock::new();
    static CLONES: AtomicUsize = AtomicUsize::new(0);
    let hub = HUB.get_or_init(Hub::new);
    let waker = on_clone(|| {
        CLONES.fetch_add(1, Ordering::SeqCst);
        use_hub(HUB.get().unwrap());
    });
    // It waits for another key than the one that each clone notifies.
    let mut request = Box::pin(hub.run(async |c| Err::<(), _>(c.suspend(&9, LONG_POLL))));
    assert!(poll(&mut request, &waker).is_pending());
    assert_eq!(CLONES.load(Ordering::SeqCst), 1);
    assert!(poll(&mut request, Waker::noop()).is_pending());
    assert!(
        poll(&mut request, &waker).is_pending(),
        "and replaces another one"
    );
    assert_eq!(CLONES.load(Ordering::SeqCst), 2);
    assert!(poll(&mut Box::pin(hub.drained()), &waker).is_pending());
    assert_eq!(CLONES.load(Ordering::SeqCst), 3);
}

#[test]
fn an_attribute_may_use_the_hub_and_its_own_request_when_it_is_dropped() {
    struct Using(Hub<u8>, Continuation<u8>, Arc<AtomicUsize>);
    impl Drop for Using {
        fn drop(&mut self) {
            use_hub(&self.0);
            self.1.handle().resume();
            self.1.handle().id();
            assert!(self.1.attribute::<u8>().is_none());
            drop(self.1.set_attribute(7_u16));
            self.2.fetch_add(1, Ordering::SeqCst);
        }
    }
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let drops = Arc::new(AtomicUsize::new(0));
    let mut request = Box::pin(hub.run(async |c| {
        drop(c.set_attribute(Using(hub.clone(), c.clone(), Arc::clone(&drops))));
        assert!(c.attribute::<Using>().is_some());
        if c.is_initial() {
            Err(c.suspend(&0, LONG_POLL))
        } else {
            Ok(())
        }
    }));
    assert!(request.as_mut().now_or_never().is_none());
    hub.notify(&0);
    assert!(request.as_mut().now_or_never().is_some());
    assert_eq!(
        drops.load(Ordering::SeqCst),
        2,
        "one that was replaced, and one at the end"
    );
}

#[test]
fn a_key_may_use_its_own_hub_when_it_is_hashed() {
    enum Key {
        Plain,
        Using(Hub<Self>),
    }
    impl Hash for Key {
        fn hash<H: Hasher>(&self, state: &mut H) {
            if let Self::Using(hub) = self {
                hub.notify(&Self::Plain);
                hub.notify_one(&Self::Plain);
                let wait =
                    async |c: Continuation<Self>| Err::<(), _>(c.suspend(&Self::Plain, LONG_POLL));
                let mut request = pin!(hub.run(wait));
                assert!(request.as_mut().now_or_never().is_none());
            }
            1_u8.hash(state);
        }
    }
    let (hub, _clock) = Hub::<Key>::with_mock_clock();
    let mut request = pin!(hub.run(async |c| {
        if c.is_initial() {
            Err(c.suspend(&Key::Using(hub.clone()), LONG_POLL))
        } else {
            Ok(())
        }
    }));
    // Hashing the key has notified it, so the handler checks once more before it sleeps.
    assert!(request.as_mut().now_or_never().is_none());
    assert_eq!(request.as_mut().now_or_never(), Some(Ok(().into())));
    hub.notify(&Key::Using(hub.clone()));
    hub.notify_one(&Key::Using(hub.clone()));
}

#[test]
fn when_a_waker_panics_all_others_are_woken_and_then_the_caller_gets_the_panic() {
    type Wake = fn(&Hub<u8>, &dacapo::MockClock) -> usize;
    let ways: [Wake; 4] = [
        |hub, _| hub.notify(&0),
        |hub, _| hub.notify(&1),
        |hub, _| hub.shutdown(),
        |_, clock| clock.advance(LONG_POLL),
    ];
    for wake in ways {
        let (hub, clock) = Hub::<u8>::with_mock_clock();
        let (good, bad) = (
            Arc::new(Counter::default()),
            on_wake(|| panic!("a bad waker")),
        );
        let mut requests: Vec<_> = (0..20).map(|_| Box::pin(hub.run(wait))).collect();
        for (at, request) in requests.iter_mut().enumerate() {
            let waker = if at % 5 == 0 {
                bad.clone()
            } else {
                Arc::clone(&good).into()
            };
            assert!(poll(request, &waker).is_pending());
        }
        let heard = catch_unwind(AssertUnwindSafe(|| wake(&hub, &clock))).unwrap_err();
        assert_eq!(heard.downcast_ref(), Some(&"a bad waker"));
        assert_eq!(good.woken(), 16);
        for request in &mut requests {
            assert!(
                poll(request, Waker::noop()).is_ready(),
                "the waits have ended all the same"
            );
        }
        assert_eq!(hub.suspended_count(), 0);
    }
}

/// Makes the timer's thread wake a bad waker, and then checks that it still keeps the time for others.
fn the_timer_goes_on_after(panic: fn()) {
    let hub = Hub::<u8>::new();
    let ((tell, told), handle) = (std::sync::mpsc::channel(), RefCell::new(None));
    let mut unlucky = Box::pin(hub.run(async |c| {
        handle.replace(Some(c.handle()));
        Err::<(), _>(c.suspend(&0, Duration::MAX))
    }));
    let bad = on_wake(move || {
        tell.send(()).unwrap();
        panic();
    });
    assert!(poll(&mut unlucky, &bad).is_pending());
    // Not until it sleeps: a wait that is over when it begins wakes its task here.
    assert!(handle.take().unwrap().set_timeout(MS));
    told.recv().unwrap();
    for _ in 0..10 {
        let answer = futures::executor::block_on(hub.run(async |c| {
            if c.is_expired() {
                Ok(())
            } else {
                Err(c.suspend(&1, 2 * MS))
            }
        }));
        assert_eq!(answer, Ok(().into()));
    }
}

#[test]
fn the_timer_goes_on_after_a_waker_has_panicked() {
    the_timer_goes_on_after(|| panic!("a bad waker, on the timer's thread"));
}

/// Panics with a payload that panics again when it is dropped.
fn panic_twice() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("what a panic carries");
        }
    }
    std::panic::panic_any(Bomb)
}

#[test]
fn others_are_woken_for_any_panic_of_the_wakers() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let good = Arc::new(Counter::default());
    let mut requests: Vec<_> = (0..3).map(|_| Box::pin(hub.run(wait))).collect();
    assert!(poll(&mut requests[0], &on_wake(panic_twice)).is_pending());
    assert!(poll(&mut requests[1], &on_wake(panic_twice)).is_pending());
    assert!(poll(&mut requests[2], &Arc::clone(&good).into()).is_pending());
    let heard = catch_unwind(AssertUnwindSafe(|| hub.notify(&0)));
    assert!(heard.is_err());
    std::mem::forget(heard);
    assert_eq!(good.woken(), 1);
}

#[test]
fn the_timer_goes_on_after_any_panic_of_a_waker() {
    the_timer_goes_on_after(panic_twice);
}

#[test]
fn a_notify_for_one_is_passed_on_even_if_a_drain_panics() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let (mut one, woken) = (Box::pin(hub.run(wait)), Arc::new(Counter::default()));
    assert!(one.as_mut().now_or_never().is_none());
    // The last request wakes the drain, which begins another wait before it panics.
    let other: Arc<Mutex<Option<BoxFuture<'static, _>>>> = Arc::default();
    let drain = on_wake({
        let (hub, other, woken) = (hub.clone(), Arc::clone(&other), Arc::clone(&woken));
        move || {
            let mut request = hub.run(wait).boxed();
            assert!(poll(&mut request, &Arc::clone(&woken).into()).is_pending());
            *other.lock().unwrap() = Some(request);
            panic!("a bad waker");
        }
    });
    let mut drained = hub.drained();
    assert!(poll(&mut drained, &drain).is_pending());
    assert_eq!(hub.notify_one(&0), 1);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(one))).is_err());
    assert!(other.lock().unwrap().is_some());
    assert_eq!(woken.woken(), 1);
}

/// Any thread-locals may be gone by then: those of the test or of the crate.
#[test]
fn a_destructor_of_a_thread_local_may_use_the_hub_and_execute_requests() {
    struct AtTheEnd(Hub<u8>, Arc<AtomicUsize>);

    impl Drop for AtTheEnd {
        fn drop(&mut self) {
            use_hub(&self.0);
            self.1.fetch_add(1, Ordering::SeqCst);
        }
    }

    thread_local! {
        static AT_THE_END: RefCell<Option<AtTheEnd>> = const { RefCell::new(None) };
    }

    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let used = Arc::new(AtomicUsize::new(0));
    for first in [true, false] {
        let (hub, used) = (hub.clone(), Arc::clone(&used));
        let thread = std::thread::spawn(move || {
            let at_the_end = AtTheEnd(hub.clone(), used);
            if first {
                AT_THE_END.set(Some(at_the_end));
                use_hub(&hub);
            } else {
                use_hub(&hub);
                AT_THE_END.set(Some(at_the_end));
            }
        });
        thread.join().unwrap();
    }
    assert_eq!(used.load(Ordering::SeqCst), 2);
}
