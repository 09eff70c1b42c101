//! A read, pushes, another read: the two together find every item once, or say that some are missing.

use std::time::Duration;

use dacapo::mailbox::{Batch, Mailbox, MailboxBuilder, Position, Read};

use super::*;

type Numbers = Mailbox<u8, u8>;

/// A mailbox that keeps items of any age.
fn mailbox(
    hub: &Hub<u8>,
    limits: impl FnOnce(MailboxBuilder<u8, u8>) -> MailboxBuilder<u8, u8>,
) -> Numbers {
    limits(Mailbox::builder(hub).max_age(Duration::MAX)).build()
}

/// Pushes an item to each of these keys in another thread: the key itself.
fn push(mailbox: &Numbers, keys: [u8; 2]) -> JoinHandle<()> {
    let mailbox = mailbox.clone();
    thread::spawn(move || {
        keys.iter()
            .for_each(|key| _ = mailbox.push(key, *key).unwrap())
    })
}

/// The batch of a read, and whether it was a gap.
fn read(mailbox: &Numbers, after: &Position, limit: usize) -> (bool, Batch<u8>) {
    match mailbox.read(&[KEY, OTHER_SHARD], after, limit) {
        Read::Batch(batch) => (false, batch),
        Read::Gap(kept) => (true, kept),
    }
}

/// What is read while two items are pushed, and after that.
fn read_during(mailbox: &Numbers, limit: usize, keys: [u8; 2]) {
    let pushing = push(mailbox, keys);
    let (_, during) = read(mailbox, &Position::default(), limit);
    pushing.join().unwrap();
    let (mut found, mut next) = (values(&during), during.next);
    while found.len() < 2 {
        let (is_gap, after) = read(mailbox, &next, limit);
        assert!(!is_gap && !after.items.is_empty(), "lost behind {found:?}");
        found.extend(values(&after));
        next = after.next;
    }
    assert_eq!(found, keys);
}

fn values(batch: &Batch<u8>) -> Vec<u8> {
    batch.items.iter().map(|item| **item).collect()
}

#[test]
fn a_position_jumps_over_no_other_key() {
    model(|hub, _| read_during(&mailbox(&hub, |limits| limits), 10, [KEY, OTHER_SHARD]));
}

#[test]
fn a_position_jumps_over_no_other_key_with_a_limit() {
    model(|hub, _| read_during(&mailbox(&hub, |limits| limits), 1, [OTHER_SHARD, KEY]));
}

#[test]
fn of_two_pushes_at_once_none_is_jumped_over() {
    model(|hub, _| {
        let mailbox = mailbox(&hub, |limits| limits);
        let writers = [KEY, OTHER_SHARD].map(|key| {
            let mailbox = mailbox.clone();
            thread::spawn(move || _ = mailbox.push(&key, key).unwrap())
        });
        let (_, during) = read(&mailbox, &Position::default(), 10);
        for writer in writers {
            writer.join().unwrap();
        }
        let (_, after) = read(&mailbox, &during.next, 10);
        let mut found = [values(&during), values(&after)].concat();
        found.sort_unstable();
        assert_eq!(found, [OTHER_SHARD, KEY]);
    });
}

#[test]
fn an_item_that_goes_while_it_is_looked_for_is_a_gap() {
    model(|hub, _| {
        let mailbox = mailbox(&hub, |limits| limits.max_len(1));
        let seen = mailbox.position();
        let pushing = push(&mailbox, [KEY, KEY]);
        let (during_is_gap, during) = read(&mailbox, &seen, 10);
        pushing.join().unwrap();
        let (after_is_gap, after) = read(&mailbox, &during.next, 10);
        let found = during.items.len() + after.items.len();
        assert!(found == 2 || found == 1 && (during_is_gap || after_is_gap));
    });
}

#[test]
fn a_push_as_the_time_is_up_is_in_the_answer_or_in_the_next_read() {
    model(|hub, clock| {
        let mailbox = mailbox(&hub, |limits| limits);
        let mut poll = Box::pin(hub.run(async |c| {
            let (_, batch) = read(&mailbox, &Position::default(), 10);
            match batch.items.is_empty() && !c.is_expired() {
                true => Err(c.suspend_any(&[KEY, OTHER_SHARD], MS)),
                false => Ok(batch),
            }
        }));
        assert!(poll.as_mut().now_or_never().is_none());
        let pushing = {
            let mailbox = mailbox.clone();
            thread::spawn(move || _ = mailbox.push(&KEY, KEY).unwrap())
        };
        clock.advance(MS);
        let answer = loom::future::block_on(poll).unwrap().into_inner().unwrap();
        pushing.join().unwrap();
        let (_, after) = read(&mailbox, &answer.next, 10);
        assert_eq!([values(&answer), values(&after)].concat(), [KEY]);
    });
}

#[test]
fn an_item_that_two_threads_push_once_is_stored_once() {
    model(|hub, _| {
        let mailbox = mailbox(&hub, |limits| limits);
        let other = mailbox.clone();
        let pushing = thread::spawn(move || other.push_once(&KEY, "name", 1).unwrap().is_some());
        let is_first = mailbox.push_once(&KEY, "name", 2).unwrap().is_some();
        assert_ne!(pushing.join().unwrap(), is_first);
        let (_, batch) = read(&mailbox, &Position::default(), 10);
        assert_eq!(batch.items.len(), 1);
    });
}
