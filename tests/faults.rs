//! Faulty foreign code: the caller that is responsible gets the panic, and the hub works as if nothing had happened.

use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use dacapo::{Answer, Continuation, Dispatch, Error, Hub, MockClock, Outcome};
use futures::FutureExt;
use support::wakers::{Counter, on_clone, on_drop, on_wake, poll};

const LONG_POLL: Duration = Duration::from_secs(30);

async fn wait(c: Continuation<u8>) -> Outcome<Dispatch> {
    match c.dispatch() {
        Dispatch::Initial => Err(c.suspend_any(&[0, 1], LONG_POLL)),
        later => Ok(later),
    }
}

fn panics(act: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(act)).is_err()
}

/// Whether the hub holds, wakes and forgets requests as it should, and holds nothing else.
fn is_sound(hub: &Hub<u8>, clock: &MockClock) -> bool {
    let mut requests: Vec<_> = (0..3).map(|_| Box::pin(hub.run(wait))).collect();
    for request in &mut requests {
        assert!(request.as_mut().now_or_never().is_none());
    }
    let held = hub.suspended_count() == 3;
    let woken = hub.notify_one(&0) == 1 && hub.notify(&1) == 2;
    let answered = requests
        .into_iter()
        .all(|request| request.now_or_never() == Some(Ok(Dispatch::Resumed.into())));
    held && woken && answered && (hub.suspended_count(), clock.advance(LONG_POLL)) == (0, 0)
}

#[test]
fn a_waker_that_panics_when_it_is_cloned_affects_only_its_task() {
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let bad = on_clone(|| panic!("a bad waker"));
    let mut request = Box::pin(hub.run(wait));
    assert!(panics(|| drop(poll(&mut request, &bad))));
    drop(request);
    assert!(is_sound(&hub, &clock));

    let mut request = Box::pin(hub.run(wait));
    assert!(poll(&mut request, Waker::noop()).is_pending());
    assert!(
        panics(|| drop(poll(&mut request, &bad))),
        "as it takes the place of another"
    );
    drop(request);
    assert!(panics(|| _ = poll(&mut hub.drained(), &bad)));
    assert!(is_sound(&hub, &clock));
}

#[test]
fn a_waker_that_panics_when_it_is_dropped_does_not_keep_others_from_being_woken() {
    type Ending = fn(&Hub<u8>, &MockClock);
    let endings: [Ending; 5] = [
        |hub, _| _ = hub.notify(&0),
        |hub, _| _ = hub.notify_one(&1),
        |hub, _| _ = hub.notify_every_key(Duration::ZERO),
        |hub, _| _ = hub.shutdown(),
        |_, clock| _ = clock.advance(LONG_POLL),
    ];
    for end in endings {
        let (hub, clock) = Hub::<u8>::with_mock_clock();
        let good = Arc::new(Counter::default());
        let bad = on_drop(|| panic!("a bad waker"));
        let (mut one, mut other) = (Box::pin(hub.run(wait)), Box::pin(hub.run(wait)));
        assert!(poll(&mut one, &bad).is_pending());
        assert!(poll(&mut other, &Arc::clone(&good).into()).is_pending());
        drop(bad);
        assert!(panics(|| end(&hub, &clock)));
        let woken = good.woken() + usize::from(poll(&mut other, Waker::noop()).is_pending());
        assert_eq!(woken, 1, "woken, or still there to be");
        assert!(one.now_or_never().is_some());
    }
}

#[test]
fn a_panic_when_its_request_is_dropped_leaves_the_hub_clean() {
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let mut request = Box::pin(hub.run(wait));
    let bad = on_drop(|| panic!("a bad waker"));
    assert!(poll(&mut request, &bad).is_pending());
    drop(bad);
    assert!(panics(|| drop(request)));
    assert!(is_sound(&hub, &clock));
}

#[test]
fn a_hash_that_panics_is_its_callers_affair() {
    struct Bad;
    impl Hash for Bad {
        fn hash<H: Hasher>(&self, _: &mut H) {
            panic!("a bad key");
        }
    }
    let (hub, _clock) = Hub::<Bad>::with_mock_clock();
    assert!(panics(|| _ = hub.notify(&Bad)));
    assert!(panics(|| _ = hub.notify_one(&Bad)));
    let mut request = Box::pin(hub.run(async |c| Err::<(), _>(c.suspend(&Bad, LONG_POLL))));
    assert!(panics(|| drop(request.as_mut().now_or_never())));
    drop(request);
    assert_eq!((hub.suspended_count(), hub.stats().ended.panicked), (0, 1));
    assert_eq!(
        hub.run(async |_| Outcome::Ok("sound")).now_or_never(),
        Some(Ok("sound".into()))
    );
}

/// Panics when it is dropped, unless the thread panics already.
struct Bad;

impl Drop for Bad {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("a bad value");
        }
    }
}

#[test]
fn a_value_that_panics_when_it_is_dropped_harms_neither_its_request_nor_the_hub() {
    type Handing = fn(&Hub<u8>, Pin<&mut dyn Future<Output = Result<Answer<Dispatch>, Error>>>);
    let handings: [Handing; 3] = [
        |hub, _| _ = hub.notify_value(&9, Bad), // there is no waiter to take it
        |hub, request| {
            hub.notify_value(&0, Bad);
            drop(request.now_or_never()); // the handler does not read it
        },
        |hub, mut request| {
            hub.notify(&0);
            drop(request.as_mut().now_or_never());
            hub.notify_value(&0, Bad);
        },
    ];
    for hand_over in handings {
        let (hub, clock) = Hub::<u8>::with_mock_clock();
        let mut request = Box::pin(hub.run(wait));
        assert!(request.as_mut().now_or_never().is_none());
        panics(|| hand_over(&hub, request.as_mut()));
        drop(request);
        assert!(is_sound(&hub, &clock));
    }
}

#[test]
fn a_waker_that_notifies_its_own_key_is_called_once_for_each_wait() {
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let again = on_wake({
        let hub = hub.clone();
        move || _ = hub.notify(&0)
    });
    let mut requests: Vec<_> = (0..1000).map(|_| Box::pin(hub.run(wait))).collect();
    for request in &mut requests {
        assert!(poll(request, &again).is_pending());
    }
    assert_eq!(hub.notify(&0), 1000);
    drop(requests);
    assert!(is_sound(&hub, &clock));
}

#[test]
fn a_leaked_future_stays_counted_and_blocks_no_other_request() {
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let woken = Arc::new(Counter::default());
    let mut request = Box::pin(hub.run(wait));
    assert!(poll(&mut request, &Arc::clone(&woken).into()).is_pending());
    std::mem::forget(request);
    assert_eq!(clock.advance(LONG_POLL), 1);
    assert_eq!(
        (woken.woken(), Arc::strong_count(&woken)),
        (1, 1),
        "its waker is gone"
    );
    assert_eq!((hub.notify(&0), hub.notify(&1), hub.shutdown()), (0, 0, 0));
    assert_eq!(hub.suspended_count(), 1);
}

#[test]
fn when_a_runtime_is_dropped_with_its_tasks_their_requests_are_forgotten() {
    let hub = Hub::<u8>::new();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        for _ in 0..10 {
            tokio::spawn(hub.run(wait));
        }
        while hub.suspended_count() < 10 {
            tokio::task::yield_now().await;
        }
    });
    drop(runtime);
    assert_eq!((hub.suspended_count(), hub.notify(&0)), (0, 0));
}

#[test]
fn waking_a_task_after_its_runtime_has_ended_has_no_effect() {
    let hub = Hub::<u8>::new();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let waker = Cell::new(None);
    runtime.block_on(std::future::poll_fn(|cx| {
        waker.set(Some(cx.waker().clone()));
        std::task::Poll::Ready(())
    }));
    drop(runtime);
    let mut request = Box::pin(hub.run(wait));
    assert!(poll(&mut request, &waker.take().unwrap()).is_pending());
    assert_eq!(hub.notify(&0), 1);
    assert_eq!(request.now_or_never(), Some(Ok(Dispatch::Resumed.into())));
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("a destructor");
    }
}

#[test]
fn a_value_that_panics_without_a_pass_does_not_keep_its_request_from_ending() {
    let hub = Hub::<u8>::builder().max_passes(1).max_suspended(1);
    let (hub, clock) = hub.build_with_mock_clock();
    let (handle, ends) = (Cell::new(None), Arc::new(std::sync::Mutex::new(Vec::new())));
    let mut request = Box::pin(hub.run(|c| {
        handle.set(Some(c.handle()));
        let ends = Arc::clone(&ends);
        c.on_end(move |end| ends.lock().unwrap().push(end));
        wait(c)
    }));
    assert!(request.as_mut().now_or_never().is_none());
    let handle = handle.take().unwrap();
    handle.id();
    assert!(handle.resume_value(Bomb).is_ok());
    assert!(panics(|| _ = request.as_mut().now_or_never()));
    drop(request);
    assert_eq!(*ends.lock().unwrap(), [dacapo::End::Panicked]);
    assert_eq!(hub.stats().ended.panicked, 1);
    let mut next = Box::pin(hub.run(wait));
    assert!(next.as_mut().now_or_never().is_none(), "its slot is free");
    drop(next);
    assert_eq!(clock.advance(LONG_POLL), 0);
}

#[test]
fn it_has_if_its_client_disconnects_before_the_pass_begins() {
    /// Is ready once.
    struct Busy(Option<Continuation<u8>>, bool);

    impl dacapo::driver::Dispatcher<u8> for Busy {
        type Answer = ();

        fn poll_ready(
            &mut self,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Result<(), ()>> {
            match std::mem::replace(&mut self.1, true) {
                true => std::task::Poll::Pending,
                false => std::task::Poll::Ready(Ok(())),
            }
        }

        fn begin(&mut self, c: Continuation<u8>) {
            self.0 = Some(c);
        }

        fn poll(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Outcome<()>> {
            let c = self.0.take().expect("it has begun");
            HANDLE.set(Some(c.handle()));
            std::task::Poll::Ready(Err(c.suspend(&0, LONG_POLL)))
        }

        fn refuse(&mut self, _: Error) {}

        fn complete(&mut self, _: http::Response<bytes::Bytes>, _: Option<()>) {}
    }

    thread_local! {
        static HANDLE: Cell<Option<dacapo::Handle>> = const { Cell::new(None) };
    }

    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let mut request = Box::pin(dacapo::driver::Execution::new(&hub, Busy(None, false)));
    assert!(request.as_mut().now_or_never().is_none());
    assert!(HANDLE.take().unwrap().resume_value(Bomb).is_ok());
    assert!(request.as_mut().now_or_never().is_none(), "it is busy");
    assert!(panics(|| drop(request)));
    assert_eq!(hub.stats().ended.cancelled, 1);
    assert!(is_sound(&hub, &clock));
}

#[test]
fn a_waker_that_panics_as_its_request_yields_leaves_no_wait_without_an_end() {
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let mut request = Box::pin(hub.run(|c| {
        c.handle().resume();
        wait(c)
    }));
    let bad = on_wake(|| panic!("a waker"));
    assert!(panics(|| _ = poll(&mut request, &bad)));
    assert_eq!(hub.stats().waits.cancelled, 1);
    drop(request);
    assert!(is_sound(&hub, &clock));
}
