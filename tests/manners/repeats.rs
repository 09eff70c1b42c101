//! A client that sends the same cursor again at once is delayed, and never refused.

use std::pin::pin;
use std::time::Duration;

use dacapo::manners::Repeats;
use dacapo::{Cursor, Hub};
use futures::FutureExt;
use support::{get, ok, on_each_framework, poll};

use crate::{HOLD, hub, serve};

const PAUSE: Duration = Duration::from_millis(500);

/// Whether a poll is let through at once.
fn is_at_once(repeats: &Repeats<String>, client: &str, cursor: &Cursor) -> bool {
    repeats.pace(client, cursor).now_or_never().is_some()
}

/// Cursors that differ.
fn cursors(hub: &Hub<String>, count: usize) -> Vec<Cursor> {
    let cursor = |_| {
        hub.notify("news");
        hub.cursor()
    };
    (0..count).map(cursor).collect()
}

on_each_framework!(
    a_client_that_never_takes_its_cursor_over_gets_two_answers_in_a_second,
    |on| {
        let (hub, clock) = hub();
        let repeats = Repeats::new(&hub);
        let server = serve(on, &hub, move |c, _| {
            let repeats = repeats.clone();
            async move {
                if c.is_initial() {
                    repeats.pace("tab 7", &Cursor::default()).await;
                }
                match c.changed("news", &Cursor::default()) {
                    true => Ok(http::Response::new("news".into())),
                    false => Err(c.suspend("news", HOLD)),
                }
            }
        });
        assert_eq!(poll(&mut server.send(get("/"))), ok("news"));
        for _ in 0..10 {
            let mut again = server.send(get("/"));
            assert_eq!(poll(&mut again), None);
            clock.advance(PAUSE - Duration::from_millis(1));
            assert_eq!(poll(&mut again), None);
            clock.advance(Duration::from_millis(1));
            assert_eq!(poll(&mut again), ok("news"));
        }
    }
);

#[test]
fn another_cursor_another_client_and_the_same_cursor_after_a_hold_are_not_delayed() {
    let (hub, clock) = hub();
    let repeats = Repeats::new(&hub);
    let seen = cursors(&hub, 2);
    assert!(is_at_once(&repeats, "tab 7", &seen[0]));
    assert!(is_at_once(&repeats, "tab 7", &seen[1]));
    assert!(is_at_once(&repeats, "tab 8", &seen[0]));
    clock.advance(HOLD);
    assert!(
        is_at_once(&repeats, "tab 7", &seen[0]),
        "nothing has happened since"
    );
    assert!(!is_at_once(&repeats, "tab 7", &seen[0]));
}

#[test]
fn two_cursors_that_lead_to_each_other_are_delayed_too() {
    let (hub, _clock) = hub();
    let repeats = Repeats::new(&hub);
    let seen = cursors(&hub, 2);
    assert!(seen.iter().all(|seen| is_at_once(&repeats, "tab 7", seen)));
    assert!(seen.iter().all(|seen| !is_at_once(&repeats, "tab 7", seen)));
}

#[test]
fn no_poll_is_delayed_by_more_than_half_a_second_however_many_come_at_once() {
    let (hub, clock) = hub();
    let (repeats, seen) = (Repeats::new(&hub), hub.cursor());
    assert!(is_at_once(&repeats, "tab 7", &seen));
    let mut polls: Vec<_> = (0..100)
        .map(|_| Box::pin(repeats.pace("tab 7", &seen)))
        .collect();
    assert!(polls.iter_mut().all(|poll| poll.now_or_never().is_none()));
    clock.advance(PAUSE);
    assert!(polls.into_iter().all(|poll| poll.now_or_never().is_some()));
}

#[test]
fn what_happens_during_the_delay_is_told_after_it() {
    let (hub, clock) = hub();
    let (repeats, seen) = (Repeats::new(&hub), hub.cursor());
    assert!(is_at_once(&repeats, "tab 7", &seen));
    let mut delayed = pin!(async {
        repeats.pace("tab 7", &seen).await;
        hub.changed("news", &seen)
    });
    assert!(delayed.as_mut().now_or_never().is_none());
    hub.notify("news");
    clock.advance(PAUSE);
    assert_eq!(delayed.now_or_never(), Some(true));
}

#[test]
fn a_shutdown_ends_the_delay() {
    let (hub, _clock) = hub();
    let (repeats, seen) = (Repeats::new(&hub), hub.cursor());
    assert!(is_at_once(&repeats, "tab 7", &seen));
    let mut delayed = pin!(repeats.pace("tab 7", &seen));
    assert!(delayed.as_mut().now_or_never().is_none());
    hub.shutdown();
    assert!(delayed.now_or_never().is_some());
    assert!(is_at_once(&repeats, "tab 7", &seen));
}

#[test]
fn the_ten_thousand_polls_that_came_last_are_remembered_and_twice_as_many_at_the_most() {
    let (hub, _clock) = hub();
    let (repeats, seen) = (Repeats::new(&hub), hub.cursor());
    let come = |clients: std::ops::Range<u32>| {
        let at_once = clients.filter(|client| repeats.pace(client, &seen).now_or_never().is_some());
        at_once.count()
    };
    assert_eq!(come(0..10_000), 10_000);
    assert_eq!(come(0..1), 0, "it is remembered");
    assert_eq!(come(10_000..30_001), 20_001);
    assert_eq!(come(0..1), 1, "it is forgotten");
}
