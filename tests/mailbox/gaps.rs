//! Regression 5: history that was thrown away is a gap, whichever limit it was, and never silent.

use std::time::Duration;

use dacapo::mailbox::{Mailbox, MailboxBuilder, Position};
use dacapo::{Hub, MockClock};
use support::on_each_mount;

use crate::chat::{Chat, Client};
use crate::{batch, gap, values};

const NOTHING: [usize; 0] = [];

type Numbers = Mailbox<String, usize>;

/// A mailbox in which a number counts as many bytes as it says.
fn numbers(
    limits: impl FnOnce(MailboxBuilder<String, usize>) -> MailboxBuilder<String, usize>,
) -> (Numbers, MockClock) {
    let (hub, clock) = Hub::with_mock_clock();
    let builder = Mailbox::builder(&hub).weigh(|number: &usize| *number);
    (limits(builder).build(), clock)
}

/// The numbers under a key behind a gap after this position. Behind the gap there is no other.
#[track_caller]
fn behind_a_gap(mailbox: &Numbers, key: &str, after: &Position) -> Vec<usize> {
    let kept = gap(mailbox.read([key], after, 100));
    assert!(batch(mailbox.read([key], &kept.next, 100)).items.is_empty());
    values(&kept)
}

#[track_caller]
fn no_gap(mailbox: &Numbers, key: &str, after: &Position) -> Vec<usize> {
    values(&batch(mailbox.read([key], after, 100)))
}

on_each_mount!(
    a_client_whose_lines_were_thrown_away_is_told_so_and_gets_the_rest,
    |on, mount| {
        let (chat, _clock) = Chat::with(|limits| limits.max_len(2));
        let (server, mut client) = (chat.serve(on, mount), Client::of("tea"));
        chat.say("tea", 1);
        client.poll(&server);
        for number in 2..=4 {
            chat.say("tea", number);
        }
        assert_eq!(client.poll(&server).unwrap(), "3,4");
        assert!(client.missed);
        chat.say("tea", 5);
        assert_eq!(client.poll(&server).unwrap(), "5");
        assert!(!client.missed, "it is told once");
    }
);

#[test]
fn one_item_too_many_is_a_gap_and_as_many_as_fit_are_none() {
    let (mailbox, _clock) = numbers(|limits| limits.max_len(3));
    let seen = mailbox.push("tea", 1).unwrap();
    for number in 2..=4 {
        mailbox.push("tea", number).unwrap();
    }
    assert_eq!(no_gap(&mailbox, "tea", &seen), [2, 3, 4]);
    mailbox.push("tea", 5).unwrap();
    assert_eq!(behind_a_gap(&mailbox, "tea", &seen), [3, 4, 5]);
}

#[test]
fn an_item_that_has_become_too_old_is_a_gap() {
    let age = Duration::from_secs(60);
    let (mailbox, clock) = numbers(|limits| limits.max_age(age));
    let seen = mailbox.position();
    mailbox.push("tea", 1).unwrap();
    clock.advance(age / 2);
    mailbox.push("tea", 2).unwrap();
    assert_eq!(no_gap(&mailbox, "tea", &seen), [1, 2]);
    clock.advance(age / 2);
    assert_eq!(behind_a_gap(&mailbox, "tea", &seen), [2]);
    clock.advance(age / 2);
    assert_eq!(behind_a_gap(&mailbox, "tea", &seen), NOTHING);
}

#[test]
fn one_byte_too_many_under_a_key_is_a_gap_and_as_many_as_fit_are_none() {
    let (mailbox, _clock) = numbers(|limits| limits.max_bytes_per_key(10));
    let seen = mailbox.position();
    mailbox.push("tea", 4).unwrap();
    mailbox.push("tea", 6).unwrap();
    assert_eq!(no_gap(&mailbox, "tea", &seen), [4, 6]);
    mailbox.push("tea", 1).unwrap();
    assert_eq!(behind_a_gap(&mailbox, "tea", &seen), [6, 1]);
}

#[test]
fn a_key_that_has_made_room_for_another_is_a_gap_and_so_it_is_when_it_is_back() {
    let (mailbox, _clock) = numbers(|limits| limits.max_keys(2));
    let seen = mailbox.position();
    mailbox.push("tea", 1).unwrap();
    mailbox.push("milk", 2).unwrap();
    mailbox.push("tea", 3).unwrap();
    mailbox.push("sugar", 4).unwrap();
    assert_eq!(no_gap(&mailbox, "tea", &seen), [1, 3]);
    assert_eq!(behind_a_gap(&mailbox, "milk", &seen), NOTHING);
    mailbox.push("milk", 5).unwrap();
    assert_eq!(behind_a_gap(&mailbox, "milk", &seen), [5]);
    assert_eq!(
        behind_a_gap(&mailbox, "tea", &seen),
        NOTHING,
        "it was the quietest"
    );
}

#[test]
fn with_a_byte_too_many_in_all_the_quietest_keys_are_gaps() {
    let (mailbox, _clock) = numbers(|limits| limits.max_bytes(10));
    let seen = mailbox.position();
    for (key, bytes) in [("tea", 2), ("milk", 3), ("sugar", 3), ("tea", 2)] {
        mailbox.push(key, bytes).unwrap();
    }
    assert_eq!(no_gap(&mailbox, "milk", &seen), [3]);
    mailbox.push("rum", 4).unwrap();
    assert_eq!(behind_a_gap(&mailbox, "milk", &seen), NOTHING);
    assert_eq!(behind_a_gap(&mailbox, "sugar", &seen), NOTHING);
    assert_eq!(no_gap(&mailbox, "tea", &seen), [2, 2]);
    assert_eq!(no_gap(&mailbox, "rum", &seen), [4]);
}

#[test]
fn one_key_alone_makes_room_for_its_own_items() {
    let (mailbox, _clock) = numbers(|limits| limits.max_bytes(10));
    let seen = mailbox.position();
    for bytes in [6, 4, 5] {
        mailbox.push("tea", bytes).unwrap();
    }
    assert_eq!(behind_a_gap(&mailbox, "tea", &seen), [4, 5]);
}

#[test]
fn a_position_of_another_mailbox_or_from_the_future_is_a_gap_with_all_that_is_kept() {
    let (mailbox, _clock) = numbers(|limits| limits);
    let (other, _clock) = numbers(|limits| limits);
    let seen = mailbox.push("tea", 1).unwrap();
    let future = mailbox.position_at(seen.number() + 1);
    for position in [other.position(), other.push("tea", 7).unwrap(), future] {
        assert_eq!(behind_a_gap(&mailbox, "tea", &position), [1], "{position}");
    }
}

#[test]
fn of_several_keys_one_gap_is_enough() {
    let (mailbox, _clock) = numbers(|limits| limits.max_len(1));
    let seen = mailbox.position();
    for (key, number) in [("tea", 1), ("milk", 2), ("tea", 3)] {
        mailbox.push(key, number).unwrap();
    }
    let kept = gap(mailbox.read(["milk", "tea"], &seen, 100));
    assert_eq!(values(&kept), [2, 3]);
}

#[test]
fn whatever_was_thrown_away_a_client_without_a_position_has_no_gap() {
    let (mailbox, clock) = numbers(|limits| limits.max_len(1).max_keys(1).max_bytes(5));
    for (key, number) in [("tea", 1), ("tea", 2), ("milk", 3), ("tea", 4)] {
        mailbox.push(key, number).unwrap();
    }
    for (key, kept) in [("tea", &[4][..]), ("milk", &[])] {
        assert_eq!(no_gap(&mailbox, key, &Position::default()), kept);
    }
    clock.advance(Duration::from_secs(3600));
    assert_eq!(no_gap(&mailbox, "tea", &Position::default()), NOTHING);
}

#[test]
fn an_item_that_does_not_fit_is_given_back_and_nothing_has_changed() {
    let (mailbox, _clock) = numbers(|limits| limits.max_bytes_per_key(10));
    mailbox.push("tea", 10).unwrap();
    let seen = mailbox.position();
    let error = mailbox.push("tea", 11).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the item has 11 bytes, and a key keeps 10: raise `max_bytes_per_key`"
    );
    assert_eq!(error.into_item(), 11);
    assert_eq!(mailbox.position(), seen);
    assert_eq!(no_gap(&mailbox, "tea", &Position::default()), [10]);
    assert_eq!(format!("{mailbox:?}"), "Mailbox { keys: 1, bytes: 10, .. }");
}
