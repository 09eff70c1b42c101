//! Several calls end a wait: one of them wins, and the request knows which.

use std::cell::RefCell;

use futures::FutureExt;
use loom::future::block_on;

use super::*;

#[test]
fn of_a_notify_and_an_expiry_one_wins() {
    model(|hub, clock| {
        let (request, _) = waiting(&hub);
        let notified = meanwhile(&hub, |hub| hub.notify(&KEY));
        let expired = clock.advance(MS);
        let seen = match (notified.join().unwrap(), expired) {
            (1, 0) => Dispatch::Resumed,
            (0, 1) => Dispatch::Expired,
            both => panic!("{both:?}"),
        };
        assert_eq!(block_on(request), Ok(seen.into()));
    });
}

/// If a notify has taken a queue away, only the queue knows that its waiters were notified.
#[test]
fn of_a_notify_and_an_expiry_one_wins_for_each_waiter_in_a_queue() {
    model(|hub, clock| {
        let (one, _) = waiting(&hub);
        let (two, _) = waiting_for(&hub, &[KEY], EVER);
        let notified = meanwhile(&hub, |hub| hub.notify(&KEY));
        let expired = clock.advance(MS);
        let seen = match (notified.join().unwrap(), expired) {
            (2, 0) => Dispatch::Resumed,
            (1, 1) => Dispatch::Expired,
            both => panic!("{both:?}"),
        };
        assert_eq!(block_on(one), Ok(seen.into()));
        assert_eq!(block_on(two), Ok(Dispatch::Resumed.into()));
    });
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
        assert_eq!(block_on(request), Ok(seen.into()));
    });
}

/// A completion also wins while the pass runs that the other call has caused.
#[test]
fn of_a_completion_and_a_resume_one_wins() {
    model(|hub, _| {
        let (request, held) = waiting(&hub);
        let completing = held.clone();
        let completed = thread::spawn(move || completing.complete(done()).is_ok());
        let resumed = held.resume();
        let answer = block_on(request);
        assert_eq!(completed.join().unwrap(), is_completed(&answer));
        let second = resumed.then_some(Dispatch::Resumed);
        assert_eq!(held.second.get(), second);
        assert!(resumed || is_completed(&answer));
        assert!(held.complete(done()).is_err() && !held.resume());
    });
}

#[test]
fn of_a_completion_and_an_expiry_one_wins() {
    model(|hub, clock| {
        let (request, held) = waiting(&hub);
        let completing = held.clone();
        let completed = thread::spawn(move || completing.complete(done()).is_ok());
        let expired = clock.advance(MS) == 1;
        let answer = block_on(request);
        assert_eq!(completed.join().unwrap(), is_completed(&answer));
        let second = expired.then_some(Dispatch::Expired);
        assert_eq!(held.second.get(), second);
        assert!(expired || is_completed(&answer));
    });
}

#[test]
fn of_three_calls_that_end_a_wait_one_wins() {
    model(|hub, clock| {
        let (request, held) = waiting(&hub);
        let (completing, resuming) = (held.clone(), held.clone());
        let completed = thread::spawn(move || completing.complete(done()).is_ok());
        let resumed = thread::spawn(move || resuming.resume());
        let expired = clock.advance(MS) == 1;
        let (completed, resumed) = (completed.join().unwrap(), resumed.join().unwrap());
        assert_eq!(
            [completed, resumed, expired]
                .map(usize::from)
                .iter()
                .sum::<usize>(),
            1
        );
        let answer = block_on(request);
        assert_eq!(completed, is_completed(&answer));
        assert_eq!(resumed, answer == Ok(Dispatch::Resumed.into()));
        assert_eq!(expired, answer == Ok(Dispatch::Expired.into()));
    });
}

#[test]
fn a_resume_before_the_wait_counts_before_a_timeout_that_is_over() {
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
        assert_eq!(resumed, block_on(request) == Ok(Dispatch::Resumed.into()));
    });
}

#[test]
fn a_completion_is_not_lost_before_during_or_after_the_suspension() {
    model(|hub, _| {
        let completing = RefCell::new(None);
        let request = hub.run(|c| {
            let handle = c.handle();
            completing.replace(Some(thread::spawn(move || handle.complete(done()).is_ok())));
            async move { Err::<Dispatch, _>(c.suspend_any(&[KEY, OTHER_SHARD], EVER)) }
        });
        assert!(is_completed(&block_on(request)));
        assert!(completing.take().unwrap().join().unwrap());
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
        assert_eq!(block_on(request), Ok(2.into()));
        let (resumed, handle) = resuming.take().unwrap().join().unwrap();
        assert!(resumed && !handle.resume());
    });
}
