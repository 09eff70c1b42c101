//! A key with one consumer. Items that it has read are removed.

use std::sync::Arc;

use dacapo::Hub;
use dacapo::mailbox::{Mailbox, Position};

use crate::{batch, gap, values};

#[test]
fn what_a_consumer_has_got_is_thrown_away_and_its_next_read_is_no_gap() {
    let mailbox: Mailbox<u8, char> = Mailbox::new(&Hub::new());
    for item in ['a', 'b', 'c'] {
        mailbox.push(&1, item).unwrap();
    }
    let first = batch(mailbox.read([&1], &Position::default(), 2));
    assert_eq!(mailbox.forget_before(&1, &first.next), 2);
    assert_eq!(mailbox.forget_before(&1, &first.next), 0, "they are gone");
    let rest = batch(mailbox.read([&1], &first.next, 2));
    assert_eq!(values(&rest), ['c']);
    assert_eq!(mailbox.forget_before(&1, &rest.next), 1);
    mailbox.push(&1, 'd').unwrap();
    assert_eq!(values(&batch(mailbox.read([&1], &rest.next, 2))), ['d']);
    assert_eq!(
        values(&gap(mailbox.read([&1], &first.next, 2))),
        ['d'],
        "c is gone"
    );
}

#[test]
fn only_items_of_the_key_and_before_the_position_are_forgotten() {
    let mailbox: Mailbox<u8, Arc<()>> = Mailbox::new(&Hub::new());
    let (mine, other) = (Arc::new(()), Arc::new(()));
    mailbox.push(&2, Arc::clone(&other)).unwrap();
    let position = mailbox.push(&1, Arc::clone(&mine)).unwrap();
    mailbox.push(&1, Arc::clone(&other)).unwrap();
    assert_eq!(mailbox.forget_before(&1, &position), 1);
    assert_eq!(
        (Arc::strong_count(&mine), Arc::strong_count(&other)),
        (1, 3)
    );
}

#[test]
fn a_position_that_says_nothing_forgets_nothing() {
    let mailbox: Mailbox<u8, char> = Mailbox::new(&Hub::new());
    let other: Mailbox<u8, char> = Mailbox::new(&Hub::new());
    let position = mailbox.push(&1, 'a').unwrap();
    let future = mailbox.position_at(position.number() + 1);
    for position in [Position::default(), other.push(&1, 'b').unwrap(), future] {
        assert_eq!(mailbox.forget_before(&1, &position), 0, "{position}");
    }
    assert_eq!(
        mailbox.forget_before(&2, &position),
        0,
        "there is no such key"
    );
    assert_eq!(
        values(&batch(mailbox.read([&1], &Position::default(), 2))),
        ['a']
    );
}

#[test]
fn a_consumer_that_is_done_makes_no_gap_for_another() {
    let mailbox: Mailbox<u64, char> = Mailbox::new(&Hub::new());
    let seen = mailbox.position();
    for key in 0..100 {
        let position = mailbox.push(&key, 'a').unwrap();
        mailbox.forget_before(&key, &position);
    }
    for key in 100..200 {
        mailbox.push(&key, 'b').unwrap();
        assert_eq!(values(&batch(mailbox.read([&key], &seen, 2))), ['b']);
    }
}
