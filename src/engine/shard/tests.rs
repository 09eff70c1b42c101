//! One shard, by ticks.

use super::*;
use crate::engine::wheel::NEVER;
use crate::engine::woken::Woken;

/// A payload that says nothing.
#[derive(Debug, Clone)]
struct Nothing;

impl crate::engine::Carried for Nothing {
    fn is_value(&self) -> bool {
        false
    }
}

fn shard_with_slack(ticks: u64) -> Shard<Nothing> {
    Shard::new(4, Slack::new(ticks))
}

/// A waiter without a key that sleeps from tick 0 until `deadline`. Returns the tick of its timer as well.
fn sleeper(shard: &mut Shard<Nothing>, deadline: u64) -> (WaiterId, u64) {
    let waiter = shard.enroll(None, 0, 0, 1).unwrap().waiter;
    let waker = Waker::noop().clone();
    let timer = shard.park(waiter, waker, deadline, 0, Counting::Always);
    (waiter, timer)
}

#[test]
fn long_waits_share_a_tick_and_each_has_expired_at_its_own() {
    let mut shard = shard_with_slack(10);
    let (one, timer_of_one) = sleeper(&mut shard, 30_001);
    let (other, timer_of_other) = sleeper(&mut shard, 30_009);
    assert_eq!((timer_of_one, timer_of_other), (30_010, 30_010));
    assert_eq!(expired(&mut shard, 30_009), 0);
    assert_eq!(expired(&mut shard, 30_010), 2);
    assert_eq!(shard.ending(one), Some(Ending::Expired { at: 30_001 }));
    assert_eq!(shard.ending(other), Some(Ending::Expired { at: 30_009 }));
    drop(shard.release(one));
    drop(shard.release(other));
    assert!(shard.is_empty() && shard.next_deadline() == NEVER);
}

#[test]
fn a_deadline_that_is_moved_has_slack_too_and_leaves_no_timer_behind() {
    let mut shard = shard_with_slack(10);
    let (waiter, _) = sleeper(&mut shard, 30_001);
    assert_eq!(shard.reschedule(waiter, 20_003, 0), Some(20_010));
    assert_eq!(
        shard.reschedule(waiter, 20_003, 0),
        Some(20_010),
        "as it is"
    );
    assert_eq!(expired(&mut shard, 20_010), 1);
    assert_eq!(shard.ending(waiter), Some(Ending::Expired { at: 20_003 }));
    drop(shard.release(waiter));
    assert_eq!(shard.next_deadline(), NEVER);
}

/// How many waits expire until `now`.
fn expired(shard: &mut Shard<Nothing>, now: u64) -> usize {
    let mut count = 0;
    while shard.next_deadline() <= now {
        let Woken { count: woken, .. } = shard.expire(now, 64);
        count += woken;
    }
    count
}
