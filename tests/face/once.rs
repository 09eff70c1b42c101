//! A step that runs once per request runs once, with any number of passes.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;

use dacapo::{Answer, Continuation, Error, Hub, Outcome};
use futures::FutureExt;

use crate::{LONG_POLL, Lives, Pending, held, keep, poll};

type Sure<T> = Result<T, Infallible>;

/// Counts how often something is done.
#[derive(Default)]
struct Count(Cell<u32>);

impl Count {
    async fn next(&self) -> Sure<u32> {
        self.0.set(self.0.get() + 1);
        Ok(self.0.get())
    }
}

/// Suspends in its first passes, and is answered with this in the one of this number.
fn in_pass<T>(c: &Continuation<u8>, number: u32, answer: T) -> Outcome<T> {
    match c.pass() {
        pass if pass == number => Ok(answer),
        _ => Err(c.suspend(&0, LONG_POLL)),
    }
}

fn begin<'a, T>(request: impl Future<Output = Result<Answer<T>, Error>> + 'a) -> Pending<'a, T> {
    Box::pin(request)
}

/// The answer of a request that is resumed again and again.
fn answer<T>(hub: &Hub<u8>, mut request: Pending<'_, T>) -> T {
    for _ in 0..9 {
        if let Some(answer) = poll(&mut request) {
            return answer;
        }
        hub.notify(&0);
    }
    panic!("it has no answer");
}

#[test]
fn a_step_is_done_once_over_all_passes_and_has_one_result() {
    let (hub, _clock) = Hub::with_mock_clock();
    let (count, results) = (Count::default(), RefCell::default());
    let request = hub.run(async |c| {
        let result = c.once("step", || count.next()).await;
        let mut results = results.borrow_mut();
        Vec::push(&mut results, result.unwrap());
        in_pass(&c, 3, ())
    });
    answer(&hub, begin(request));
    let results = results.into_inner();
    assert_eq!((results.len(), count.0.get()), (3, 1));
    assert!(
        results
            .iter()
            .all(|result| Arc::ptr_eq(result, &results[0]))
    );
}

#[test]
fn each_request_does_its_own() {
    let (hub, _clock) = Hub::with_mock_clock();
    let count = Count::default();
    let run = || {
        hub.run(async |c: Continuation<u8>| {
            let done = c.once("step", || count.next()).await;
            Outcome::Ok(*done.unwrap())
        })
    };
    assert_eq!(poll(&mut begin(run())), Some(1));
    assert_eq!(poll(&mut begin(run())), Some(2));
}

#[test]
fn two_names_are_two_steps_in_whatever_order_a_pass_reaches_them() {
    let (hub, _clock) = Hub::with_mock_clock();
    let count = Count::default();
    let request = hub.run(async |c| {
        let mut both = [0, 0];
        let order: &[usize] = match c.pass() {
            1 => &[1],
            2 => &[0, 1],
            _ => &[1, 0],
        };
        for &step in order {
            both[step] = *c.once(["a", "b"][step], || count.next()).await.unwrap();
        }
        in_pass(&c, 3, both)
    });
    assert_eq!(answer(&hub, begin(request)), [2, 1]);
}

#[test]
fn a_name_may_be_made_in_the_pass() {
    let (hub, _clock) = Hub::with_mock_clock();
    let count = Count::default();
    let request = hub.run(async |c| {
        let mut sum = 0;
        for item in 0..3 {
            let name = format!("item {item}");
            sum += *c.once(&name, || count.next()).await.unwrap();
        }
        in_pass(&c, 2, sum)
    });
    assert_eq!(answer(&hub, begin(request)), 1 + 2 + 3);
}

#[test]
fn an_error_is_not_kept() {
    let (hub, _clock) = Hub::with_mock_clock();
    let count = Count::default();
    let request = hub.run(async |c| {
        let step = async || match *count.next().await.as_ref().unwrap() {
            done @ 3.. => Ok(done),
            fails => Err(fails),
        };
        let result = c.once("step", step).await;
        let fails = (c.pass() < 3).then_some(c.pass());
        assert_eq!(result.as_deref().err(), fails.as_ref());
        in_pass(&c, 5, result.map(|done| *done))
    });
    assert_eq!(answer(&hub, begin(request)), Ok(3));
    assert_eq!(count.0.get(), 3);
}

#[test]
fn a_step_that_is_dropped_with_its_pass_leaves_nothing() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let lives = Lives::default();
    let mut request = begin(hub.run(async |c| {
        let life = lives.begin();
        let step = async move || {
            pending::<()>().await;
            Sure::Ok(life)
        };
        c.once("step", step).await.unwrap();
        Outcome::Ok(())
    }));
    assert!(request.as_mut().now_or_never().is_none());
    assert_eq!(lives.now(), 1);
    drop(request);
    assert_eq!(lives.now(), 0);
}

/// A `select` drops the step in the first pass, which goes on without it.
#[test]
fn a_step_that_is_dropped_in_the_middle_is_done_again() {
    let (hub, _clock) = Hub::with_mock_clock();
    let (begun, count) = (Cell::new(0), Count::default());
    let request = hub.run(async |c| {
        let is_initial = c.is_initial();
        let step = async || {
            begun.set(begun.get() + 1);
            if is_initial {
                pending::<()>().await;
            }
            count.next().await
        };
        let done = c.once("step", step).now_or_never();
        assert_eq!(done.is_none(), is_initial);
        in_pass(&c, 4, ())
    });
    answer(&hub, begin(request));
    assert_eq!((begun.get(), count.0.get()), (2, 1));
}

#[test]
fn a_step_that_panics_is_done_again() {
    let (hub, _clock) = Hub::with_mock_clock();
    let count = Count::default();
    let request = hub.run(async |c| {
        let step = async || match *count.next().await.as_ref().unwrap() {
            1 => panic!("not yet"),
            done => Sure::Ok(done),
        };
        let done = AssertUnwindSafe(c.once("step", step)).catch_unwind().await;
        in_pass(&c, 3, done.map(|done| *done.unwrap()).ok())
    });
    assert_eq!(answer(&hub, begin(request)), Some(2));
}

#[test]
fn of_two_calls_of_a_step_at_once_one_does_it_and_both_get_it() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let count = Count::default();
    let (finish, finished) = futures::channel::oneshot::channel();
    let finished = RefCell::new(Some(finished));
    let mut request = begin(hub.run(async |c| {
        let step = async || {
            let finished = finished.take().expect("one does it");
            finished.await.unwrap();
            count.next().await
        };
        let (one, two) = futures::join!(c.once("step", step), c.once("step", step));
        let (one, two) = (one.unwrap(), two.unwrap());
        Outcome::Ok((*one, Arc::ptr_eq(&one, &two)))
    }));
    assert_eq!(poll(&mut request), None);
    finish.send(()).unwrap();
    assert_eq!(poll(&mut request), Some((1, true)));
}

#[test]
fn if_the_first_of_them_fails_the_second_does_it() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let count = Count::default();
    let (finish, finished) = futures::channel::oneshot::channel::<()>();
    let finished = RefCell::new(Some(finished));
    let mut request = begin(hub.run(async |c| {
        let fails = async || {
            let finished = finished.take().unwrap();
            Err::<u32, _>(finished.await)
        };
        let succeeds = async || Sure::Ok(count.next().await.unwrap());
        let (one, two) = futures::join!(c.once("step", fails), c.once("step", succeeds));
        assert_eq!(one, Err(Ok(())));
        Outcome::Ok(*two.unwrap())
    }));
    assert_eq!(poll(&mut request), None);
    finish.send(()).unwrap();
    assert_eq!(poll(&mut request), Some(1));
}

#[test]
fn if_the_first_of_them_is_dropped_the_second_does_it() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let count = Count::default();
    let mut request = begin(hub.run(async |c| {
        let mut never = Box::pin(c.once("step", async || pending::<Sure<u32>>().await));
        assert!(never.as_mut().now_or_never().is_none());
        let mut second = pin!(c.once("step", || count.next()));
        assert!(second.as_mut().now_or_never().is_none());
        drop(never);
        Outcome::Ok(*second.await.unwrap())
    }));
    assert_eq!(poll(&mut request), Some(1));
}

#[test]
fn the_same_name_with_another_type_is_a_panic_that_names_both() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let mut request = held(hub.run(async |c| match c.is_initial() {
        true => {
            c.once("create", async || Sure::Ok(7_u32)).await.unwrap();
            Err(c.suspend(&0, LONG_POLL))
        }
        false => Ok(c.once("create", async || Sure::Ok("7".to_owned())).await),
    }));
    hub.notify(&0);
    let panic = catch_unwind(AssertUnwindSafe(|| poll(&mut request))).unwrap_err();
    let sentence = panic.downcast::<String>().unwrap();
    for word in [
        r#""create""#,
        "`u32`",
        "`alloc::string::String`",
        "another name",
    ] {
        assert!(sentence.contains(word), "{sentence}");
    }
}

#[test]
fn a_result_is_dropped_when_its_request_ends_although_a_handle_is_there() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let lives = Lives::default();
    type End = fn(&Hub<u8>, Pending<()>);
    let ends: [End; 2] = [
        |_, dropped| drop(dropped),
        |hub, mut answered| {
            hub.notify(&0);
            assert_eq!(poll(&mut answered), Some(()));
            std::mem::forget(answered); // the answer is the end, not the drop
        },
    ];
    for end in ends {
        let request = held(hub.run(async |c| {
            keep(&c);
            let step = async || Sure::Ok(lives.begin());
            c.once("step", step).await.unwrap();
            in_pass(&c, 2, ())
        }));
        assert_eq!(lives.now(), 1, "while it waits");
        end(&hub, request);
        assert_eq!(lives.now(), 0);
        assert!(!crate::handle().is_alive());
    }
}

#[test]
fn a_result_is_no_attribute_of_its_type() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let mut request = held(hub.run(async |c| {
        c.once("step", async || Sure::Ok(7_u32)).await.unwrap();
        assert!(c.remove_attribute::<u32>().is_none());
        c.set_attribute(8_u32);
        let done = c.once("step", async || Sure::Ok(9_u32)).await.unwrap();
        c.remove_attribute::<u32>();
        in_pass(&c, 2, *done)
    }));
    hub.notify(&0);
    assert_eq!(poll(&mut request), Some(7));
}

/// Uses the hub when it is dropped.
struct Bomb(Hub<u8>);

impl Drop for Bomb {
    fn drop(&mut self) {
        self.0.notify(&0);
    }
}

#[test]
fn a_result_is_dropped_with_nothing_locked() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let mut request = held(hub.run(async |c| {
        let step = async || Sure::Ok(Bomb(hub.clone()));
        c.once("step", step).await.unwrap();
        in_pass(&c, 2, ())
    }));
    hub.notify(&0);
    assert_eq!(poll(&mut request), Some(()));
}

/// Something has kept the continuation.
#[test]
fn after_the_end_nothing_is_kept() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let (lives, kept) = (Lives::default(), RefCell::new(None));
    let mut request = begin(hub.run(async |c| Outcome::Ok(_ = kept.replace(Some(c)))));
    assert_eq!(poll(&mut request), Some(()));
    let c = kept.take().unwrap();
    let done = c.once("step", async || Sure::Ok(lives.begin()));
    drop(done.now_or_never().unwrap().unwrap());
    assert_eq!(lives.now(), 0);
}
