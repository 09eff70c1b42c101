//! Positions as numbers, for protocols that have no other.

use dacapo::Hub;
use dacapo::mailbox::{Mailbox, Position};

use crate::{batch, gap, values};

#[test]
fn a_number_leads_back_to_its_position() {
    let mailbox = Mailbox::<u8, char>::new(&Hub::new());
    mailbox.push(&1, 'a').unwrap();
    let seen = mailbox.push(&2, 'b').unwrap();
    mailbox.push(&1, 'c').unwrap();
    assert_eq!(mailbox.position_at(seen.number()), seen);
    let rest = mailbox.read([&1, &2], &mailbox.position_at(seen.number()), 100);
    assert_eq!(values(&batch(rest)), ['c']);
}

#[test]
fn zero_is_the_number_of_a_client_that_has_read_nothing() {
    let mailbox = Mailbox::<u8, char>::new(&Hub::new());
    assert_eq!(Position::default().number(), 0);
    assert_eq!(mailbox.position_at(0), Position::default());
}

#[test]
fn numbers_grow_from_item_to_item() {
    let (hub, _clock) = Hub::with_mock_clock();
    let mailbox = Mailbox::<u8, char>::new(&hub);
    let numbers = [1, 2, 1].map(|key| mailbox.push(&key, 'a').unwrap().number());
    assert_eq!(numbers, [2, 3, 4]);
}

#[test]
fn numbers_grow_from_process_to_process_as_they_begin_with_the_microseconds_since_1970() {
    let first = Mailbox::<u8, char>::new(&Hub::new()).position().number();
    let microseconds_until = |year: u64| (year - 1970) * 365 * 24 * 3600 * 1_000_000;
    assert!((microseconds_until(2024)..microseconds_until(2200)).contains(&first));
}

#[test]
fn a_number_from_before_a_restart_is_a_gap() {
    let mailbox = Mailbox::<u8, char>::new(&Hub::new());
    let before = mailbox.position_at(mailbox.position().number() - 1);
    assert!(gap(mailbox.read([&1], &before, 9)).items.is_empty());
    mailbox.push(&1, 'a').unwrap();
    assert_eq!(values(&gap(mailbox.read([&1], &before, 9))), ['a']);
}
