//! Items with a name, which are pushed once.

use std::sync::Arc;
use std::time::Duration;

use dacapo::Hub;
use dacapo::mailbox::{Mailbox, Position};
use futures::FutureExt;

use crate::{HOLD, batch, values};

#[test]
fn an_item_that_comes_again_is_stored_once_and_wakes_no_request() {
    let (hub, _clock) = Hub::with_mock_clock();
    let mailbox: Mailbox<u8, char> = Mailbox::new(&hub);
    let first = mailbox.push_once(&1, "7", 'a').unwrap().unwrap();
    let mut poll = Box::pin(hub.run(async |c| {
        let news = batch(mailbox.read([&1], &first, 100));
        match news.items.is_empty() {
            true => Err(c.suspend(&1, HOLD)),
            false => Ok(values(&news)),
        }
    }));
    assert!(poll.as_mut().now_or_never().is_none());
    assert_eq!(mailbox.push_once(&1, "7", 'b').unwrap(), None);
    assert_eq!((hub.stats().notifies, hub.waiter_count(&1)), (1, 1));
    mailbox.push_once(&1, "8", 'c').unwrap().unwrap();
    assert_eq!(poll.now_or_never().unwrap().unwrap(), vec!['c']);
    let all = batch(mailbox.read([&1], &Position::default(), 100));
    assert_eq!(values(&all), ['a', 'c']);
}

#[test]
fn the_same_name_under_another_key_is_another_item() {
    let mailbox: Mailbox<u8, char> = Mailbox::new(&Hub::new());
    for key in 0..=u8::MAX {
        assert!(mailbox.push_once(&key, "7", 'a').unwrap().is_some());
    }
}

#[test]
fn a_name_outlasts_its_item() {
    let mailbox: Mailbox<u8, char> = Mailbox::new(&Hub::new());
    let position = mailbox.push_once(&1, "7", 'a').unwrap().unwrap();
    mailbox.forget_before(&1, &position);
    assert_eq!(mailbox.push_once(&1, "7", 'a').unwrap(), None);
}

#[test]
fn as_many_names_are_remembered_as_items() {
    let mailbox: Mailbox<u8, u64> = Mailbox::builder(&Hub::new()).max_len(3).build();
    for name in 0..4 {
        mailbox.push_once(&1, &name, name).unwrap();
    }
    for name in 1..4 {
        assert_eq!(mailbox.push_once(&1, &name, name).unwrap(), None, "{name}");
    }
    assert!(mailbox.push_once(&1, &0_u64, 0).unwrap().is_some());
}

#[test]
fn a_name_is_remembered_as_long_as_an_item_is_kept() {
    let (hub, clock) = Hub::with_mock_clock();
    let age = Duration::from_secs(60);
    let mailbox: Mailbox<u8, char> = Mailbox::builder(&hub).max_age(age).build();
    mailbox.push_once(&1, "7", 'a').unwrap();
    clock.advance(age - Duration::from_nanos(1));
    assert_eq!(mailbox.push_once(&1, "7", 'a').unwrap(), None);
    clock.advance(Duration::from_nanos(1));
    assert!(mailbox.push_once(&1, "7", 'a').unwrap().is_some());
}

#[test]
fn an_item_that_comes_again_is_dropped() {
    let mailbox: Mailbox<u8, Arc<()>> = Mailbox::new(&Hub::new());
    let item = Arc::new(());
    for _ in 0..3 {
        mailbox.push_once(&1, "7", Arc::clone(&item)).unwrap();
    }
    assert_eq!(Arc::strong_count(&item), 2);
}

#[test]
fn a_name_whose_item_did_not_fit_is_not_remembered() {
    let mailbox: Mailbox<u8, &str> = Mailbox::builder(&Hub::new())
        .max_bytes_per_key(2)
        .weigh(|item: &&str| item.len())
        .build();
    mailbox.push_once(&1, "7", "long").unwrap_err();
    assert!(mailbox.push_once(&1, "7", "ok").unwrap().is_some());
}
