//! The order of waiters, when a notify is for one.

use std::pin::{Pin, pin};
use std::time::Duration;

use dacapo::{Answer, Error, Hub};
use futures::FutureExt;

const LONG_POLL: Duration = Duration::from_secs(30);

type Pending<'a> = Pin<Box<dyn Future<Output = Result<Answer<u8>, Error>> + 'a>>;

/// Waits with these priorities, in this order. Each request answers with its number.
fn queue<'a>(hub: &'a Hub<u8>, keys: &'a [u8], priorities: &[u8]) -> Vec<Pending<'a>> {
    let wait = |(number, priority): (usize, &u8)| {
        let priority = *priority;
        let mut pending: Pending = Box::pin(hub.run(move |c| {
            let outcome = match c.is_initial() {
                true => Err(c.suspend_any(keys, LONG_POLL).priority(priority)),
                false => Ok(number as u8),
            };
            async { outcome }
        }));
        assert!(pending.as_mut().now_or_never().is_none());
        pending
    };
    priorities.iter().enumerate().map(wait).collect()
}

/// The numbers of the requests that are woken one by one.
fn order(hub: &Hub<u8>, mut queue: Vec<Pending<'_>>) -> Vec<u8> {
    let mut order = Vec::new();
    while hub.notify_one(&0) == 1 {
        let woken: Vec<_> = queue
            .iter_mut()
            .enumerate()
            .filter_map(|(at, pending)| Some((at, pending.as_mut().now_or_never()?)))
            .collect();
        let [(at, number)] = &woken[..] else {
            panic!("{} are woken", woken.len());
        };
        order.push(number.clone().unwrap().into_inner().unwrap());
        drop(queue.remove(*at));
    }
    assert!(queue.is_empty());
    order
}

#[test]
fn the_highest_priority_comes_first_and_within_it_the_oldest_waiter() {
    let (hub, _clock) = Hub::with_mock_clock();
    let queue = queue(&hub, &[0], &[0, 5, 0, 255, 5, 0, 255, 1]);
    assert_eq!(order(&hub, queue), [3, 6, 1, 4, 7, 0, 2, 5]);
}

#[test]
fn it_does_so_among_waiters_of_other_keys_too() {
    let (hub, _clock) = Hub::with_mock_clock();
    let mut queue_of_all = queue(&hub, &[0, 1, 2, 3], &[0, 9]);
    queue_of_all.extend(queue(&hub, &[0], &[9, 200]));
    assert_eq!(order(&hub, queue_of_all), [1, 1, 0, 0]);
}

#[test]
fn it_does_so_when_the_first_was_alone_and_the_others_came_later() {
    let (hub, _clock) = Hub::with_mock_clock();
    assert_eq!(order(&hub, queue(&hub, &[0], &[3, 2, 4])), [2, 0, 1]);
    assert_eq!(order(&hub, queue(&hub, &[0], &[0, 1])), [1, 0]);
}

#[test]
fn a_notify_for_a_waiter_that_has_left_goes_to_the_highest_remaining() {
    let (hub, _clock) = Hub::with_mock_clock();
    let mut queue = queue(&hub, &[0], &[0, 7, 9, 8]);
    assert_eq!(hub.notify_one(&0), 1);
    drop(queue.remove(2));
    let woken: Vec<_> = queue
        .iter_mut()
        .map(|pending| pending.as_mut().now_or_never().is_some())
        .collect();
    assert_eq!(woken, [false, false, true]);
}

#[test]
fn a_notify_wakes_all_waiters_of_any_priority() {
    let (hub, _clock) = Hub::with_mock_clock();
    let queue = queue(&hub, &[0], &[0, 7, 9, 0, 7]);
    assert_eq!(hub.notify(&0), 5);
    for pending in queue {
        assert!(pending.now_or_never().is_some());
    }
}

#[test]
fn a_request_may_change_its_priority_from_wait_to_wait() {
    let (hub, _clock) = Hub::with_mock_clock();
    let mut first = pin!(hub.run(async |c| match c.pass() {
        1 => Err(c.suspend(&0, LONG_POLL).priority(9)),
        2 => Err(c.suspend(&0, LONG_POLL)),
        _ => Ok(()),
    }));
    assert!(first.as_mut().now_or_never().is_none());
    let mut second = queue(&hub, &[0], &[5]).remove(0);
    assert_eq!(hub.notify_one(&0), 1);
    assert!(first.as_mut().now_or_never().is_none(), "it waits again");
    assert_eq!(hub.notify_one(&0), 1);
    assert!(second.as_mut().now_or_never().is_some());
    assert!(first.as_mut().now_or_never().is_none());
}

#[test]
fn it_may_do_so_too_in_a_pass_that_follows_the_other_at_once() {
    let (hub, _clock) = Hub::with_mock_clock();
    let mut first = pin!(hub.run(async |c| match c.pass() {
        1 => {
            hub.notify(&0); // so its second pass is armed
            Err(c.suspend(&0, LONG_POLL).priority(9))
        }
        2 => Err(c.suspend(&0, LONG_POLL)),
        _ => Ok(()),
    }));
    assert!(first.as_mut().now_or_never().is_none());
    assert!(first.as_mut().now_or_never().is_none());
    let mut second = queue(&hub, &[0], &[5]).remove(0);
    assert_eq!(hub.notify_one(&0), 1);
    assert!(second.as_mut().now_or_never().is_some());
    assert!(first.as_mut().now_or_never().is_none());
}
