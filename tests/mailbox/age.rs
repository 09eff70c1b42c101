//! Items that become too old, by the time of the hub.

use std::sync::Arc;
use std::time::Duration;

use dacapo::mailbox::{Mailbox, Position};
use dacapo::{Hub, MockClock};

use crate::{batch, values};

const AGE: Duration = Duration::from_secs(60);
const NANO: Duration = Duration::from_nanos(1);

fn mailbox<T>() -> (Mailbox<usize, T>, MockClock) {
    let (hub, clock) = Hub::with_mock_clock();
    (Mailbox::builder(&hub).max_age(AGE).build(), clock)
}

#[test]
fn an_item_is_read_until_its_time_is_up_and_not_a_nanosecond_longer() {
    let (mailbox, clock) = mailbox();
    let read = || values(&batch(mailbox.read([&1], &Position::default(), 100)));
    mailbox.push(&1, 'a').unwrap();
    clock.advance(NANO);
    mailbox.push(&1, 'b').unwrap();
    clock.advance(AGE - 2 * NANO);
    assert_eq!(read(), ['a', 'b']);
    clock.advance(NANO);
    assert_eq!(read(), ['b']);
    clock.advance(NANO);
    assert_eq!(read(), ['\0'; 0]);
}

#[test]
fn an_item_without_a_limit_is_never_too_old() {
    let (hub, clock) = Hub::with_mock_clock();
    let mailbox: Mailbox<usize, char> = Mailbox::builder(&hub).max_age(Duration::MAX).build();
    mailbox.push(&1, 'a').unwrap();
    clock.advance(Duration::from_secs(1 << 30));
    mailbox.push(&2, 'b').unwrap();
    let all = batch(mailbox.read([&1, &2], &Position::default(), 100));
    assert_eq!(values(&all), ['a', 'b']);
}

#[test]
fn pushes_to_its_key_give_back_the_memory_of_an_item_that_is_too_old() {
    let (mailbox, clock) = mailbox();
    let item = Arc::new(());
    mailbox.push(&1, Arc::clone(&item)).unwrap();
    clock.advance(AGE);
    mailbox.push(&1, Arc::default()).unwrap();
    assert_eq!(Arc::strong_count(&item), 1);
}

#[test]
fn pushes_to_other_keys_give_back_the_memory_of_a_thousand_keys_that_are_left_alone() {
    let (mailbox, clock) = mailbox();
    let item = Arc::new(());
    for key in 0..1000 {
        mailbox.push(&key, Arc::clone(&item)).unwrap();
    }
    clock.advance(AGE - NANO);
    for _ in 0..1000 {
        mailbox.push(&1000, Arc::default()).unwrap();
    }
    assert_eq!(Arc::strong_count(&item), 1001, "none is too old");
    clock.advance(NANO);
    for _ in 0..1000 {
        mailbox.push(&1000, Arc::default()).unwrap();
    }
    assert_eq!(Arc::strong_count(&item), 1);
    let bytes = 250 * size_of::<Arc<()>>();
    let size = format!("Mailbox {{ keys: 1, bytes: {bytes}, .. }}");
    assert_eq!(format!("{mailbox:?}"), size);
}

#[test]
fn a_key_that_speaks_now_and_then_is_not_thrown_away() {
    let (mailbox, clock) = mailbox();
    let seen = mailbox.position();
    for number in 0..10 {
        mailbox.push(&1, number).unwrap();
        clock.advance(AGE / 2);
        for _ in 0..100 {
            mailbox.push(&2, 0).unwrap();
        }
    }
    let kept = crate::gap(mailbox.read([&1], &seen, 100));
    assert_eq!(values(&kept), [9]);
    assert_eq!(
        values(&batch(mailbox.read([&1], &Position::default(), 100))),
        [9]
    );
}
