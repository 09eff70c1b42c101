//! A value that comes with a notify for one request reaches one, and goes on with the notify if that one goes away.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Barrier, Mutex};
use std::thread;

use dacapo::{Answer, Continuation, Error, Hub, Outcome};
use futures::FutureExt;
use support::wakers;

use crate::{LONG_POLL, Life, Lives, MS, Parcel, Pending, held, poll};

const ROUNDS: usize = 10_000;

/// More than there can be in one shard.
const KEYS: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// Waits for a job, with this priority, and answers with it.
fn worker<'a>(hub: &'a Hub<u8>, keys: &'a [u8], priority: u8) -> Pending<'a, u32> {
    let work = async move |c: Continuation<u8>| -> Outcome<u32> {
        match c.value::<u32>() {
            Some(job) => Ok(*job),
            None => Err(c.suspend_any(keys, LONG_POLL).priority(priority)),
        }
    };
    held(hub.run_owned(work))
}

/// Is executed once more when it is chosen, and does not come to an end then.
fn endless(hub: &Hub<u8>) -> Pending<'_, u32> {
    held(hub.run(async |c| {
        if c.is_initial() {
            return Err(c.suspend(&0, LONG_POLL));
        }
        std::future::pending().await
    }))
}

#[test]
fn a_value_reaches_the_request_that_has_waited_longest_and_no_other() {
    let (hub, _clock) = Hub::with_mock_clock();
    let mut workers: Vec<_> = (0..3).map(|_| worker(&hub, &[0], 0)).collect();
    assert_eq!(hub.notify_one_value(&0, 7_u32), Ok(()));
    let answers: Vec<_> = workers.iter_mut().map(poll).collect();
    assert_eq!(answers, [Some(7), None, None]);
    assert_eq!(hub.waiter_count(&0), 2);
}

#[test]
fn values_reach_one_after_the_other_and_the_one_too_many_comes_back() {
    let (hub, _clock) = Hub::with_mock_clock();
    let mut workers: Vec<_> = (0..3).map(|_| worker(&hub, &[0], 0)).collect();
    let jobs: Vec<_> = (0..4_u32)
        .map(|job| hub.notify_one_value(&0, job))
        .collect();
    assert_eq!(jobs, [Ok(()), Ok(()), Ok(()), Err(3)]);
    let answers: Vec<_> = workers.iter_mut().map(poll).collect();
    assert_eq!(answers, [Some(0), Some(1), Some(2)]);
}

#[test]
fn without_a_waiter_the_very_value_comes_back() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let _elsewhere = worker(&hub, &[1], 0);
    let parcel = Parcel::new(7);
    let place = parcel.place();
    let back = hub.notify_one_value(&0, parcel).unwrap_err();
    assert_eq!((back.place(), *back.0), (place, 7));
}

#[test]
fn it_goes_on_when_the_chosen_request_is_dropped_before_its_pass() {
    let (hub, _clock) = Hub::with_mock_clock();
    let mut workers: Vec<_> = (0..3).map(|_| worker(&hub, &[0], 0)).collect();
    assert_eq!(hub.notify_one_value(&0, 7_u32), Ok(()));
    drop(workers.remove(0));
    assert_eq!(poll(&mut workers[1]), None, "it is not its turn");
    drop(workers.remove(0));
    assert_eq!(poll(&mut workers[0]), Some(7));
}

#[test]
fn it_goes_on_when_the_chosen_request_is_dropped_during_its_pass() {
    let (hub, _clock) = Hub::with_mock_clock();
    let (mut one, mut two) = (endless(&hub), worker(&hub, &[0], 0));
    assert_eq!(hub.notify_one_value(&0, 7_u32), Ok(()));
    assert_eq!(poll(&mut one), None, "its second pass runs");
    assert_eq!(poll(&mut two), None, "and so the value is its own");
    drop(one);
    assert_eq!(poll(&mut two), Some(7));
}

#[test]
fn it_goes_on_when_the_pass_panics() {
    let (hub, _clock) = Hub::with_mock_clock();
    let mut one: Pending<()> = held(hub.run(async |c| match c.value::<u32>() {
        Some(job) => panic!("{job} is too much"),
        None => Err(c.suspend(&0, LONG_POLL)),
    }));
    let mut two = worker(&hub, &[0], 0);
    assert_eq!(hub.notify_one_value(&0, 7_u32), Ok(()));
    let panic = catch_unwind(AssertUnwindSafe(|| poll(&mut one))).unwrap_err();
    assert_eq!(*panic.downcast::<String>().unwrap(), "7 is too much");
    assert_eq!(poll(&mut two), Some(7), "although the first is still there");
}

#[test]
fn it_goes_on_when_the_chosen_request_may_not_have_another_pass() {
    let (hub, _clock) = Hub::<u8>::builder().max_passes(2).build_with_mock_clock();
    let mut one = worker(&hub, &[0], 0);
    hub.notify(&0);
    assert_eq!(poll(&mut one), None, "it waits again");
    let mut two = worker(&hub, &[0], 0);
    assert_eq!(hub.notify_one_value(&0, 7_u32), Ok(()));
    let refused = Some(Err(Error::TooManyPasses { limit: 2 }));
    assert_eq!(one.now_or_never(), refused);
    assert_eq!(poll(&mut two), Some(7));
}

#[test]
fn it_goes_on_to_the_highest_priority_that_is_left() {
    let (hub, _clock) = Hub::with_mock_clock();
    let priorities = [0, 7, 9, 8];
    let mut workers: Vec<_> = priorities
        .map(|priority| worker(&hub, &[0], priority))
        .into();
    assert_eq!(hub.notify_one_value(&0, 7_u32), Ok(()));
    drop(workers.remove(2));
    let answers: Vec<_> = workers.iter_mut().map(poll).collect();
    assert_eq!(answers, [None, None, Some(7)]);
}

/// Its slot is in one shard, and its keys are in all of them.
#[test]
fn it_reaches_a_request_with_several_keys_by_whichever_of_them_and_goes_on_from_there() {
    for key in KEYS {
        let (hub, _clock) = Hub::with_mock_clock();
        let mut workers: Vec<_> = (0..3).map(|_| worker(&hub, &KEYS, 0)).collect();
        assert_eq!(hub.notify_one_value(&key, u32::from(key)), Ok(()));
        assert_eq!(poll(&mut workers[1]), None);
        drop(workers.remove(0));
        assert_eq!(poll(&mut workers[0]), Some(u32::from(key)));
        let other = KEYS.len() as u8 - 1 - key;
        assert_eq!(hub.notify_one_value(&other, 99_u32), Ok(()));
        assert_eq!(poll(&mut workers[1]), Some(99));
        assert_eq!(hub.notify_one_value(&key, 100_u32), Err(100));
    }
}

/// It goes on for the key that was notified, not for another one that the chosen request has waited for.
#[test]
fn it_does_not_go_on_to_requests_for_another_key_of_the_chosen_one() {
    for key in KEYS {
        let (hub, _clock) = Hub::<u8>::with_mock_clock();
        let one = worker(&hub, &KEYS, 0);
        let others = KEYS.map(|other| [other]);
        let mut others: Vec<_> = others.iter().map(|key| worker(&hub, key, 0)).collect();
        assert_eq!(hub.notify_one_value(&key, 7_u32), Ok(()));
        drop(one);
        for (other, worker) in others.iter_mut().enumerate() {
            let expected = (other == usize::from(key)).then_some(7);
            assert_eq!(poll(worker), expected);
        }
    }
}

#[test]
fn the_value_is_dropped_with_the_last_request_that_waits() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let lives = Lives::default();
    let mut workers: Vec<_> = (0..3).map(|_| worker(&hub, &KEYS, 0)).collect();
    assert!(hub.notify_one_value(&5, lives.begin()).is_ok());
    for left in (0..3).rev() {
        assert_eq!((workers.len(), lives.now()), (left + 1, 1));
        drop(workers.remove(0));
    }
    assert_eq!(lives.now(), 0);
}

#[test]
fn it_is_dropped_with_the_pass_that_has_spent_it() {
    let (hub, _clock) = Hub::with_mock_clock();
    let lives = Lives::default();
    let (mut one, mut two) = (worker(&hub, &[0], 0), worker(&hub, &[0], 0));
    assert!(hub.notify_one_value(&0, lives.begin()).is_ok());
    assert_eq!(lives.now(), 1);
    assert_eq!(poll(&mut one), None, "it has no use for it");
    assert_eq!(lives.now(), 0, "while it waits again");
    drop(one);
    assert_eq!(poll(&mut two), None, "it was spent");
    assert_eq!(hub.waiter_count(&0), 1);
}

/// Uses the hub when it is dropped.
struct Bomb(Hub<u8>, #[expect(dead_code, reason = "it is counted")] Life);

impl Drop for Bomb {
    fn drop(&mut self) {
        KEYS.iter().for_each(|key| _ = self.0.notify(key));
    }
}

#[test]
fn it_is_dropped_with_nothing_locked() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let lives = Lives::default();
    let bomb = || Bomb(hub.clone(), lives.begin());
    assert!(hub.notify_one_value(&0, bomb()).is_err());
    drop(worker_with(&hub, bomb()));
    let mut panicking: Pending<()> = held(hub.run(async |c| match c.is_initial() {
        true => Err(c.suspend(&0, LONG_POLL)),
        false => panic!("it panics"),
    }));
    assert!(hub.notify_one_value(&0, bomb()).is_ok());
    assert!(catch_unwind(AssertUnwindSafe(|| poll(&mut panicking))).is_err());
    assert_eq!(lives.now(), 0);
}

/// A request that has been chosen for this value.
fn worker_with(hub: &Hub<u8>, value: Bomb) -> Pending<'_, u32> {
    let chosen = worker(hub, &KEYS, 0);
    assert!(hub.notify_one_value(&9, value).is_ok());
    chosen
}

/// Hands over a job in one of the passes of a request that follow at once, and returns what comes back and what the
/// request finds in its third pass.
fn handed_over_in_pass(number: u32) -> (Result<(), u32>, Option<u32>) {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let mut handed_over = Ok(());
    let mut found = None;
    let mut request = held(hub.run(|c: Continuation<u8>| {
        if c.is_initial() {
            hub.notify(&0); // so the second pass comes at once, and runs while its registration stands
        }
        if c.pass() == number {
            handed_over = hub.notify_one_value(&0, 7_u32);
        }
        found = c.value::<u32>().map(|job| *job);
        let outcome = match c.pass() {
            3 => Ok(()),
            _ => Err(c.suspend(&0, LONG_POLL)),
        };
        async { outcome }
    }));
    let answered = (0..9).any(|_| {
        hub.notify(&0);
        poll(&mut request).is_some()
    });
    assert!(answered);
    drop(request);
    (handed_over, found)
}

#[test]
fn a_pass_that_runs_does_not_get_it_and_looks_again() {
    assert_eq!(handed_over_in_pass(1), (Err(7), None));
}

#[test]
fn nor_does_one_that_runs_while_its_registration_stands() {
    assert_eq!(handed_over_in_pass(2), (Err(7), None));
}

#[test]
fn it_passes_over_requests_that_run_or_are_about_to() {
    let (hub, clock) = Hub::with_mock_clock();
    let expired = held(hub.run(async |c| Err::<(), _>(c.suspend_any(&KEYS, MS))));
    clock.advance(MS);
    let (resumed, handle) = crate::held_with_handle(&hub);
    assert!(handle.resume());
    let running = endless(&hub);
    hub.notify(&0);
    let mut running = running;
    assert_eq!(poll(&mut running), None);
    let mut worker = worker(&hub, &[0], 0);
    assert_eq!(hub.notify_one_value(&0, 7_u32), Ok(()));
    assert_eq!(poll(&mut worker), Some(7));
    drop((expired, resumed, running));
}

#[test]
fn a_request_that_was_chosen_before_a_shutdown_still_has_its_pass() {
    let (hub, _clock) = Hub::with_mock_clock();
    let (mut one, two) = (worker(&hub, &[0], 0), worker(&hub, &[0], 0));
    assert_eq!(hub.notify_one_value(&0, 7_u32), Ok(()));
    assert_eq!(hub.shutdown(), 1);
    assert_eq!(poll(&mut one), Some(7));
    assert_eq!(two.now_or_never(), Some(Err(Error::ShutDown)));
}

#[test]
fn the_value_is_on_its_way_when_the_waker_panics() {
    let (hub, _clock) = Hub::with_mock_clock();
    let mut one = worker(&hub, &[0], 0);
    let waker = wakers::on_wake(|| panic!("not now"));
    assert!(wakers::poll(&mut one, &waker).is_pending());
    let notified = catch_unwind(AssertUnwindSafe(|| hub.notify_one_value(&0, 7_u32)));
    assert!(notified.is_err());
    drop(waker);
    assert_eq!(poll(&mut one), Some(7));
}

/// A worker that may be taken away by another thread.
type Shared =
    Mutex<Option<std::pin::Pin<Box<dyn Future<Output = Result<Answer<u32>, Error>> + Send>>>>;

/// One thread hands over jobs while another drops the requests that may be chosen.
#[test]
fn a_value_reaches_the_request_that_stays_whenever_the_other_leaves() {
    let (hub, _clock) = Hub::<u32>::with_mock_clock();
    let worker = |key: u32| -> Shared {
        let mut pending = hub
            .run(move |c: Continuation<u32>| {
                let job = c.value::<Parcel>().map(|parcel| *parcel.0);
                let outcome = job.ok_or_else(|| c.suspend_any(&[key, u32::MAX - key], LONG_POLL));
                async { outcome }
            })
            .boxed();
        assert!(pending.as_mut().now_or_never().is_none());
        Mutex::new(Some(pending))
    };
    let rounds: Vec<_> = (0..ROUNDS as u32)
        .map(|key| (worker(key), worker(key)))
        .collect();
    let (start, mut taken) = (Barrier::new(2), Vec::new());
    thread::scope(|scope| {
        scope.spawn(|| {
            for (leaving, _) in &rounds {
                start.wait();
                drop(leaving.lock().unwrap().take());
            }
        });
        for key in 0..ROUNDS as u32 {
            let key = if key % 2 == 0 { key } else { u32::MAX - key };
            start.wait();
            let parcel = Parcel::new(key.min(u32::MAX - key));
            taken.push(hub.notify_one_value(&key, parcel).is_ok());
        }
    });
    assert!(taken.into_iter().all(|taken| taken));
    for (round, (_, staying)) in rounds.into_iter().enumerate() {
        let staying = staying.into_inner().unwrap().unwrap();
        let answer = staying.now_or_never();
        assert_eq!(answer, Some(Ok(Answer::Answered(round as u32))));
    }
    assert_eq!(hub.suspended_count(), 0);
}
