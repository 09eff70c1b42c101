//! Reads of several keys.

use std::sync::Arc;

use dacapo::Hub;
use dacapo::mailbox::{Mailbox, Position};

use crate::{batch, values};

#[test]
fn with_a_limit_items_of_several_keys_come_in_the_order_of_their_pushes() {
    let mailbox: Mailbox<usize, usize> = Mailbox::new(&Hub::new());
    let order = [3, 3, 1, 2, 3, 1, 2, 2, 2, 1];
    for (number, key) in order.into_iter().enumerate() {
        mailbox.push(&key, number).unwrap();
    }
    for limit in 1..=11 {
        let (mut position, mut all) = (Position::default(), Vec::new());
        loop {
            let read = batch(mailbox.read([&1, &2, &3], &position, limit));
            assert!(read.items.len() <= limit);
            all.extend(values(&read));
            position = read.next;
            if !read.has_more {
                break;
            }
            assert_eq!(read.items.len(), limit);
        }
        assert_eq!(all, Vec::from_iter(0..10), "{limit}");
        assert_eq!(position, mailbox.position());
    }
}

#[test]
fn each_item_has_the_position_after_it() {
    let mailbox: Mailbox<usize, usize> = Mailbox::new(&Hub::new());
    let pushed: Vec<_> = (0..6).map(|n| mailbox.push(&(n % 2), n).unwrap()).collect();
    let all = batch(mailbox.read([&0, &1], &Position::default(), 100));
    for (number, item) in all.items.iter().enumerate() {
        assert_eq!(item.position(), pushed[number]);
        let rest = batch(mailbox.read([&0, &1], &item.position(), 100));
        assert_eq!(values(&rest), Vec::from_iter(number + 1..6));
    }
}

#[test]
fn a_key_that_is_named_twice_is_read_once() {
    let mailbox: Mailbox<usize, char> = Mailbox::new(&Hub::new());
    mailbox.push(&1, 'a').unwrap();
    mailbox.push(&1, 'b').unwrap();
    let read = batch(mailbox.read([&1, &1], &Position::default(), 2));
    assert_eq!((values(&read), read.has_more), (vec!['a', 'b'], false));
}

#[test]
fn a_limit_of_zero_is_one() {
    let mailbox: Mailbox<usize, char> = Mailbox::new(&Hub::new());
    mailbox.push(&1, 'a').unwrap();
    mailbox.push(&1, 'b').unwrap();
    let read = batch(mailbox.read([&1], &Position::default(), 0));
    assert_eq!((values(&read), read.has_more), (vec!['a'], true));
}

#[test]
fn a_thousand_readers_share_one_item() {
    let mailbox: Mailbox<usize, Box<str>> = Mailbox::new(&Hub::new());
    mailbox.push(&1, "a".into()).unwrap();
    let reads = (0..1000).map(|_| batch(mailbox.read([&1], &Position::default(), 2)));
    let items: Vec<_> = reads
        .map(|mut read| read.items.remove(0).into_arc())
        .collect();
    assert!(items.iter().all(|item| Arc::ptr_eq(item, &items[0])));
    assert_eq!(Arc::strong_count(&items[0]), 1001);
}

#[test]
fn a_position_is_good_for_other_keys_too() {
    let mailbox: Mailbox<usize, char> = Mailbox::new(&Hub::new());
    mailbox.push(&1, 'a').unwrap();
    let seen = batch(mailbox.read([&1, &2], &Position::default(), 2)).next;
    mailbox.push(&2, 'b').unwrap();
    assert_eq!(values(&batch(mailbox.read([&2], &seen, 2))), ['b']);
}
