//! Callbacks: for the expiry of a wait, and for the end of a request.

use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};
use std::time::Duration;

use dacapo::{Answer, Continuation, End, Error, Hub, MockClock, Outcome, Suspended};
use futures::FutureExt;
use http::Response;

const LONG_POLL: Duration = Duration::from_secs(30);

/// The calls, in order.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl Told {
    fn tell(&self, what: impl std::fmt::Debug) {
        self.0.lock().unwrap().push(format!("{what:?}"));
    }

    fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

type Pending<'a> = Pin<Box<dyn Future<Output = Result<Answer<&'static str>, Error>> + 'a>>;

/// Suspends once, and then calls `then`.
fn pending<'a>(
    hub: &'a Hub<u8>,
    told: &Told,
    then: fn(Continuation<u8>) -> Outcome<&'static str>,
) -> Pending<'a> {
    let told = told.clone();
    let mut pending: Pending = Box::pin(hub.run(move |c| {
        if c.is_initial() {
            let told = told.clone();
            assert!(c.on_end(move |end| told.tell(end)));
        }
        async move {
            if c.is_initial() {
                return Err(c.suspend(&0, LONG_POLL));
            }
            then(c)
        }
    }));
    assert!(pending.as_mut().now_or_never().is_none());
    pending
}

/// Every way to end a request, and what the callbacks are told.
#[test]
fn the_end_is_told_once_with_its_kind() {
    type Ending = fn(&Hub<u8>, &MockClock, Pending);
    let endings: [(&str, Ending); 6] = [
        ("Answered", |hub, _, pending| {
            hub.notify(&0);
            assert_eq!(pending.now_or_never().unwrap(), Ok("done".into()));
        }),
        ("Answered", |_, clock, pending| {
            clock.advance(LONG_POLL);
            assert_eq!(pending.now_or_never().unwrap(), Ok("done".into()));
        }),
        ("Refused(ShutDown)", |hub, _, pending| {
            hub.shutdown();
            assert_eq!(pending.now_or_never().unwrap(), Err(Error::ShutDown));
        }),
        ("Cancelled", |_, _, pending| drop(pending)),
        ("Cancelled", |hub, _, pending| {
            hub.notify(&0);
            drop(pending);
        }),
        ("Answered", |hub, _, mut pending| {
            hub.notify(&0);
            assert!(pending.as_mut().now_or_never().is_some());
            drop(pending);
        }),
    ];
    for (expected, end) in endings {
        let ((hub, clock), told) = (Hub::<u8>::with_mock_clock(), Told::default());
        end(&hub, &clock, pending(&hub, &told, |_| Ok("done")));
        assert_eq!(told.all(), [expected]);
        assert_eq!((hub.suspended_count(), hub.notify(&0)), (0, 0));
    }
}

#[test]
fn a_completion_is_told_as_the_end() {
    let ((hub, _clock), told) = (Hub::<u8>::with_mock_clock(), Told::default());
    let request = hub.run(async |c| {
        let told = told.clone();
        c.on_end(move |end| told.tell(end));
        c.handle().complete(Response::default()).unwrap();
        Outcome::Ok(())
    });
    let answer = request.now_or_never().unwrap();
    assert!(matches!(answer, Ok(Answer::Completed(_))));
    assert_eq!(told.all(), ["Completed"]);
}

#[test]
fn a_refusal_is_told_with_its_limit() {
    let ((hub, _clock), told) = (
        Hub::<u8>::builder().max_passes(1).build_with_mock_clock(),
        Told::default(),
    );
    let pending = pending(&hub, &told, |_| Ok("done"));
    hub.notify(&0);
    let refused = Error::TooManyPasses { limit: 1 };
    assert_eq!(pending.now_or_never().unwrap(), Err(refused.clone()));
    assert_eq!(told.all(), [format!("{:?}", End::Refused(refused))]);
}

#[test]
fn a_request_to_a_full_hub_is_told_so() {
    let ((hub, _clock), told) = (
        Hub::<u8>::builder()
            .max_suspended(0)
            .build_with_mock_clock(),
        Told::default(),
    );
    let request = hub.run(async |c| {
        let told = told.clone();
        c.on_end(move |end| told.tell(end));
        Err::<(), _>(c.suspend(&0, LONG_POLL))
    });
    let refused = Error::Full { limit: 0 };
    assert_eq!(request.now_or_never().unwrap(), Err(refused.clone()));
    assert_eq!(told.all(), [format!("{:?}", End::Refused(refused))]);
}

#[test]
fn a_panic_is_told_at_once_and_goes_on() {
    let ((hub, _clock), told) = (Hub::<u8>::with_mock_clock(), Told::default());
    let mut pending = pending(&hub, &told, |_| panic!("a bad handler"));
    hub.notify(&0);
    let poll = std::panic::AssertUnwindSafe(|| pending.as_mut().now_or_never());
    let panic = std::panic::catch_unwind(poll).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"a bad handler"));
    assert_eq!(told.all(), ["Panicked"]);
    drop(pending);
    assert_eq!(told.all(), ["Panicked"]);
}

/// A waker that panics when it is woken.
struct BadWaker;

impl std::task::Wake for BadWaker {
    fn wake(self: Arc<Self>) {
        panic!("a bad waker");
    }
}

#[test]
fn no_later_panic_takes_the_place_of_the_handlers() {
    let ((hub, _clock), told) = (Hub::<u8>::with_mock_clock(), Told::default());
    let mut first = pending(&hub, &told, |_| panic!("a bad handler"));
    let mut next = pending(&hub, &told, |_| Ok("done"));
    let bad = std::task::Waker::from(Arc::new(BadWaker));
    let poll = next
        .as_mut()
        .poll(&mut std::task::Context::from_waker(&bad));
    assert!(poll.is_pending());
    // When the first one panics, its notify goes to the next, whose waker panics.
    assert_eq!(hub.notify_one(&0), 1);
    let poll = std::panic::AssertUnwindSafe(|| first.as_mut().now_or_never());
    let panic = std::panic::catch_unwind(poll).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"a bad handler"));
    assert_eq!(told.all(), ["Panicked"]);
    assert_eq!(next.now_or_never().unwrap(), Ok("done".into()));
}

/// An adapter that panics even when it refuses.
struct Refusing(Told);

impl dacapo::driver::Dispatcher<u8> for Refusing {
    type Answer = ();

    fn begin(&mut self, c: Continuation<u8>) {
        let told = self.0.clone();
        c.on_end(move |end| told.tell(end));
    }

    fn poll(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Outcome<()>> {
        // A token of another request, which must be refused.
        let (other, _clock) = Hub::<u8>::with_mock_clock();
        let foreign = other.run(async |c| Outcome::Ok(c.suspend(&0, LONG_POLL)));
        let foreign = foreign
            .now_or_never()
            .unwrap()
            .unwrap()
            .into_inner()
            .unwrap();
        std::task::Poll::Ready(Err(foreign))
    }

    fn complete(&mut self, _: Response<bytes::Bytes>, _: Option<()>) {}

    fn refuse(&mut self, _: Error) {
        panic!("a bad adapter");
    }
}

#[test]
fn the_end_is_told_too_if_an_adapter_panics_as_it_refuses() {
    let ((hub, _clock), told) = (Hub::<u8>::with_mock_clock(), Told::default());
    let mut request = Box::pin(dacapo::driver::Execution::new(&hub, Refusing(told.clone())));
    let poll = std::panic::AssertUnwindSafe(|| request.as_mut().now_or_never());
    assert!(std::panic::catch_unwind(poll).is_err());
    assert_eq!(told.all(), ["Panicked"]);
}

#[test]
fn a_notify_for_a_request_that_panics_goes_to_the_next_at_once() {
    let ((hub, _clock), told) = (Hub::<u8>::with_mock_clock(), Told::default());
    let mut first = pending(&hub, &told, |_| panic!("a bad handler"));
    let second = pending(&hub, &told, |_| Ok("done"));
    assert_eq!(hub.notify_one(&0), 1);
    let poll = std::panic::AssertUnwindSafe(|| first.as_mut().now_or_never());
    assert!(std::panic::catch_unwind(poll).is_err());
    assert_eq!(second.now_or_never().unwrap(), Ok("done".into()));
    drop(first); // a framework may keep the future for a while after a panic
}

#[test]
fn several_callbacks_run_in_their_order_even_if_one_panics() {
    let ((hub, _clock), told) = (Hub::<u8>::with_mock_clock(), Told::default());
    let request = hub.run(async |c| {
        for number in 0..4 {
            let told = told.clone();
            c.on_end(move |_| {
                told.tell(number);
                assert!(number % 2 == 1, "a bad listener");
            });
        }
        Outcome::Ok("the answer")
    });
    assert_eq!(request.now_or_never().unwrap(), Ok("the answer".into()));
    assert_eq!(told.all(), ["0", "1", "2", "3"]);
}

#[test]
fn a_callback_of_a_later_pass_is_called_and_one_after_the_end_is_not() {
    let ((hub, _clock), told) = (Hub::<u8>::with_mock_clock(), Told::default());
    let kept = std::cell::RefCell::new(None);
    let mut request = pin!(hub.run(async |c| {
        let (told, pass) = (told.clone(), c.pass());
        c.on_end(move |_| told.tell(pass));
        kept.replace(Some(c.clone()));
        if c.pass() < 3 {
            Err(c.suspend(&0, LONG_POLL))
        } else {
            Ok(())
        }
    }));
    for _ in 0..2 {
        assert!(request.as_mut().now_or_never().is_none());
        hub.notify(&0);
    }
    assert!(request.now_or_never().is_some());
    assert_eq!(told.all(), ["1", "2", "3"]);
    let late = told.clone();
    let kept = kept.take().unwrap();
    assert!(!kept.on_end(move |_| late.tell("late")));
    assert_eq!(told.all().len(), 3);
}

#[test]
fn a_listener_finds_the_attributes_and_the_hub_unlocked() {
    let ((hub, _clock), told) = (Hub::<u8>::with_mock_clock(), Told::default());
    let request = hub.run(async |c| {
        c.set_attribute("kept");
        let (told, same, hub) = (told.clone(), c.clone(), hub.clone());
        c.on_end(move |_| {
            told.tell(same.attribute::<&str>());
            assert!(same.set_attribute("another").is_none() && !same.handle().resume());
            told.tell((hub.suspended_count(), hub.notify(&0), hub.notify_one(&0)));
        });
        Outcome::Ok(())
    });
    assert!(request.now_or_never().is_some());
    assert_eq!(told.all(), ["Some(\"kept\")", "(0, 0, 0)"]);
}

#[test]
fn an_expiry_is_told_before_the_pass_for_each_wait_that_expires_and_for_no_other() {
    let ((hub, clock), told) = (Hub::<u8>::with_mock_clock(), Told::default());
    let mut request = pin!(hub.run(async |c| {
        let pass = c.pass();
        told.tell((pass, c.dispatch()));
        let told = told.clone();
        let token = c.suspend(&0, LONG_POLL);
        if pass < 4 {
            return Err(token.on_expire(move || told.tell(("expired", pass))));
        }
        Ok(())
    }));
    assert!(request.as_mut().now_or_never().is_none());
    hub.notify(&0); // the first wait does not expire,
    assert!(request.as_mut().now_or_never().is_none());
    clock.advance(LONG_POLL); // the second does,
    assert!(request.as_mut().now_or_never().is_none());
    clock.advance(LONG_POLL); // and so does the third
    assert!(request.now_or_never().is_some());
    assert_eq!(
        told.all(),
        [
            "(1, Initial)",
            "(2, Resumed)",
            "(\"expired\", 2)",
            "(3, Expired)",
            "(\"expired\", 3)",
            "(4, Expired)"
        ]
    );
}

#[test]
fn several_callbacks_for_an_expiry_run_even_if_one_panics_and_the_pass_follows() {
    let ((hub, clock), told) = (Hub::<u8>::with_mock_clock(), Told::default());
    let mut request = pin!(hub.run(async |c| {
        if c.is_expired() {
            return Ok(());
        }
        let (bad, good) = (told.clone(), told.clone());
        let token = c.suspend(&0, LONG_POLL).on_expire(move || {
            bad.tell("bad");
            panic!("a bad listener");
        });
        Err(token.on_expire(move || good.tell("good")))
    }));
    assert!(request.as_mut().now_or_never().is_none());
    clock.advance(LONG_POLL);
    assert_eq!(request.now_or_never().unwrap(), Ok(().into()));
    assert_eq!(told.all(), ["\"bad\"", "\"good\""]);
}

#[test]
fn when_an_expiry_is_told_the_wait_is_over() {
    let ((hub, clock), told) = (Hub::<u8>::with_mock_clock(), Told::default());
    let mut request = pin!(hub.run(async |c| {
        if c.is_expired() {
            return Ok(());
        }
        let (told, handle) = (told.clone(), c.handle());
        Err(c.suspend(&0, LONG_POLL).on_expire(move || {
            told.tell((
                handle.resume(),
                handle.complete(Response::default()).is_ok(),
            ));
            told.tell(handle.set_timeout(LONG_POLL));
        }))
    }));
    assert!(request.as_mut().now_or_never().is_none());
    clock.advance(LONG_POLL);
    assert_eq!(request.now_or_never().unwrap(), Ok(().into()));
    assert_eq!(told.all(), ["(false, false)", "false"]);
}

#[test]
fn an_expiry_is_told_once_per_token_copies_included() {
    let ((hub, clock), told) = (Hub::<u8>::with_mock_clock(), Told::default());
    let kept = std::cell::RefCell::new(None);
    let mut request = pin!(hub.run(async |c| {
        let told = told.clone();
        let make = || {
            c.suspend(&0, LONG_POLL)
                .on_expire(move || told.tell("expired"))
        };
        let token = kept.borrow_mut().get_or_insert_with(make).clone();
        if c.pass() < 4 { Err(token) } else { Ok(()) }
    }));
    assert!(request.as_mut().now_or_never().is_none());
    hub.notify(&0); // the first wait does not expire, the others do
    for _ in 0..2 {
        assert!(request.as_mut().now_or_never().is_none());
        assert_eq!(clock.advance(LONG_POLL), 1);
    }
    assert_eq!(request.now_or_never().unwrap(), Ok(().into()));
    assert_eq!(told.all(), ["\"expired\""]);
}

/// Panics when it is dropped.
struct Bad;

impl Drop for Bad {
    fn drop(&mut self) {
        panic!("a bad destructor");
    }
}

#[test]
fn a_panic_in_the_remains_of_a_wait_is_told_at_once_and_goes_on() {
    let ((hub, _clock), told) = (Hub::<u8>::with_mock_clock(), Told::default());
    let handle = std::cell::RefCell::new(None);
    let mut request = Box::pin(hub.run(async |c| {
        let told = told.clone();
        c.on_end(move |end| told.tell(end));
        handle.replace(Some(c.handle()));
        let bad = Bad;
        Err::<(), _>(c.suspend(&0, LONG_POLL).on_expire(move || drop(bad)))
    }));
    assert!(request.as_mut().now_or_never().is_none());
    assert!(handle.take().unwrap().complete(Response::default()).is_ok());
    let poll = std::panic::AssertUnwindSafe(|| request.as_mut().now_or_never());
    let panic = std::panic::catch_unwind(poll).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"a bad destructor"));
    assert_eq!(told.all(), ["Panicked"]);
    assert_eq!((hub.suspended_count(), hub.notify(&0)), (0, 0));
    drop(request);
    assert_eq!(told.all(), ["Panicked"]);
}

/// A test's thread has a small stack.
#[test]
fn many_callbacks_for_an_expiry_do_not_overflow_the_stack() {
    const MANY: usize = 200_000;
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let told = Arc::new(AtomicUsize::new(0));
    let mut request = pin!(hub.run(async |c| {
        if c.is_expired() {
            return Ok(());
        }
        let ask = |token: Suspended, _| {
            let told = Arc::clone(&told);
            token.on_expire(move || _ = told.fetch_add(1, Ordering::Relaxed))
        };
        drop((0..MANY).fold(c.suspend(&0, LONG_POLL), ask));
        Err((0..MANY).fold(c.suspend(&0, LONG_POLL), ask))
    }));
    assert!(request.as_mut().now_or_never().is_none());
    clock.advance(LONG_POLL);
    assert_eq!(request.now_or_never().unwrap(), Ok(().into()));
    assert_eq!(told.load(Ordering::Relaxed), MANY);
}

/// The clock of this hub is the system's, and its timer is a thread.
#[test]
fn no_listener_runs_on_the_timers_thread() {
    let hub = Hub::<u8>::new();
    let (tell, told) = std::sync::mpsc::channel::<ThreadId>();
    let request = hub.run(|c| {
        let tell = tell.clone();
        async move {
            if c.is_expired() {
                return Ok(());
            }
            let ended = tell.clone();
            c.on_end(move |_| ended.send(thread::current().id()).unwrap());
            let expired = move || tell.send(thread::current().id()).unwrap();
            Err(c.suspend(&0, Duration::from_millis(1)).on_expire(expired))
        }
    });
    assert_eq!(futures::executor::block_on(request), Ok(().into()));
    let threads: Vec<_> = told.try_iter().collect();
    assert_eq!(threads, [thread::current().id(); 2]);
}
