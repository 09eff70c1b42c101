//! Changes between two polls, restarts and gaps.

use std::time::Duration;

use dacapo::Cursor;
use futures::FutureExt;
use support::{Mount, on_each_framework, on_each_mount};

use crate::HOLD;
use crate::board::{Board, Client};

on_each_mount!(
    a_change_between_two_polls_is_told_by_the_second,
    |on, mount| {
        let (board, _clock) = Board::new();
        let (server, mut client) = (board.serve(on, mount), Client::of("tea"));
        assert_eq!(
            client.poll(&server).unwrap(),
            "",
            "the first is answered with what there is"
        );
        board.post("tea", "one");
        assert_eq!(client.poll(&server).unwrap(), "one");
        assert_eq!(client.poll(&server), None, "it is told once");
    }
);

on_each_mount!(
    a_change_during_a_poll_is_told_by_it_and_not_again,
    |on, mount| {
        let (board, _clock) = Board::new();
        let (server, mut client) = (board.serve(on, mount), Client::of("tea"));
        client.poll(&server);
        let mut held = client.send(&server);
        assert!(held.as_mut().now_or_never().is_none());
        board.post("tea", "one");
        assert_eq!(client.take(&held.now_or_never().unwrap()), "one");
        assert_eq!(client.poll(&server), None);
    }
);

on_each_mount!(a_change_as_the_time_is_up_is_told_once, |on, mount| {
    let (board, clock) = Board::new();
    let (server, mut client) = (board.serve(on, mount), Client::of("tea"));
    client.poll(&server);
    let mut held = client.send(&server);
    assert!(held.as_mut().now_or_never().is_none());
    clock.advance(HOLD);
    board.post("tea", "one");
    let in_time = client.take(&held.now_or_never().unwrap());
    let later = client.poll(&server).unwrap_or_default();
    assert_eq!(in_time + &later, "one");
});

on_each_mount!(
    a_thousand_changes_in_one_tick_are_told_once_each,
    |on, mount| {
        let (board, _clock) = Board::new();
        let (server, mut client) = (board.serve(on, mount), Client::of("tea"));
        client.poll(&server);
        let mut told = Vec::new();
        for number in 0..1000 {
            board.post("tea", &number.to_string());
            if number % 7 == 0 {
                told.push(client.poll(&server).unwrap());
            }
        }
        told.push(client.poll(&server).unwrap());
        let all: Vec<_> = (0..1000).map(|number| number.to_string()).collect();
        assert_eq!(told.join(","), all.join(","));
        assert_eq!(client.poll(&server), None);
    }
);

on_each_framework!(
    a_quiet_key_stays_quiet_while_another_changes_a_million_times,
    |on| {
        let (board, clock) = Board::new();
        let (server, mut client) = (board.serve(on, Mount::InAHandler), Client::of("quiet"));
        client.poll(&server);
        let mut held = client.send(&server);
        assert!(held.as_mut().now_or_never().is_none());
        for _ in 0..1_000_000 {
            board.hub.notify("busy");
        }
        assert!(held.as_mut().now_or_never().is_none());
        assert_eq!(board.hub.stats().passes.resumed, 0);
        clock.advance(HOLD);
        assert_eq!(client.take(&held.now_or_never().unwrap()), "");
        assert_eq!(client.poll(&server), None);
    }
);

on_each_mount!(
    after_a_restart_a_client_is_answered_once_and_then_held,
    |on, mount| {
        let (board, _clock) = Board::new();
        let mut client = Client::of("tea");
        client.poll(&board.serve(on, mount));
        board.store("tea", "one");
        let (board, _clock) = board.restarted();
        let server = board.serve(on, mount);
        assert_eq!(client.poll(&server).unwrap(), "one");
        assert_eq!(client.poll(&server), None);
    }
);

on_each_mount!(two_nodes_in_turn_answer_a_client_once_each, |on, mount| {
    let (one, _clock) = Board::new();
    let (other, _clock) = one.restarted();
    let servers = [&one, &other].map(|board| board.serve(on, mount));
    let mut client = Client::of("tea");
    let answers = |client: &mut Client| {
        let turns = servers.iter().cycle().take(6);
        turns.filter(|server| client.poll(server).is_some()).count()
    };
    assert_eq!(answers(&mut client), 2, "each has to be met");
    one.post("tea", "one");
    other.hub.notify("tea");
    assert_eq!(answers(&mut client), 2, "an event is told by each");
    assert_eq!(answers(&mut client), 0);
});

on_each_mount!(
    an_index_of_zero_or_from_the_future_is_answered_and_then_held,
    |on, mount| {
        let (board, _clock) = Board::new();
        let (server, mut client) = (board.serve(on, mount), Client::of("tea"));
        client.poll(&server);
        let epoch = client.cursor.split('.').next().unwrap().to_owned();
        for number in ["0", "18446744073709551615"] {
            client.cursor = format!("{epoch}.{number}");
            assert!(client.poll(&server).is_some(), "{number}");
            assert_eq!(client.poll(&server), None);
        }
    }
);

on_each_mount!(after_a_gap_every_client_looks_once, |on, mount| {
    let (board, _clock) = Board::new();
    let (server, mut held, mut between) =
        (board.serve(on, mount), Client::of("tea"), Client::of("tea"));
    held.poll(&server);
    between.poll(&server);
    let mut holding = held.send(&server);
    assert!(holding.as_mut().now_or_never().is_none());
    // The connection for notifies was cut, and is back.
    board.store("tea", "missed");
    board.hub.notify_every_key(Duration::ZERO);
    assert_eq!(held.take(&holding.now_or_never().unwrap()), "missed");
    assert_eq!(between.poll(&server).unwrap(), "missed");
    assert_eq!((held.poll(&server), between.poll(&server)), (None, None));
});

on_each_mount!(
    whatever_ends_the_waits_for_a_key_counts_as_a_change,
    |on, mount| {
        let (board, _clock) = Board::new();
        let (server, mut client) = (board.serve(on, mount), Client::of("tea"));
        client.poll(&server);
        let hub = &board.hub;
        let changes: [&dyn Fn(); 5] = [
            &|| _ = hub.notify_one("tea"),
            &|| _ = hub.notify_one_value("tea", 7),
            &|| _ = hub.notify_value("tea", 7),
            &|| _ = hub.notify_many(["milk", "tea"]),
            &|| _ = hub.respond("tea", http::Response::default()).unwrap(),
        ];
        for (number, change) in changes.iter().enumerate() {
            change();
            assert!(client.poll(&server).is_some(), "{number}");
            assert_eq!(client.poll(&server), None);
        }
        assert_eq!(hub.stats().notifies, 6);
    }
);

on_each_mount!(
    a_key_that_is_forgotten_counts_as_changed_once,
    |on, mount| {
        let (board, _clock) = Board::with_revisions(1);
        let (server, mut client) = (board.serve(on, mount), Client::of("tea"));
        client.poll(&server);
        for number in 0..1000 {
            board.hub.notify(&number.to_string());
        }
        assert!(client.poll(&server).is_some());
        assert_eq!(client.poll(&server), None);
    }
);

on_each_mount!(
    the_newest_poll_of_a_tab_replaces_the_older_and_another_tab_does_not,
    |on, mount| {
        let (board, _clock) = Board::new();
        let (server, mut client) = (board.serve(on, mount), Client::of("tea"));
        client.poll(&server);
        client.name = Some("tab 1");
        let mut older = client.send(&server);
        assert!(older.as_mut().now_or_never().is_none());
        let mut duplicate = client.clone();
        duplicate.name = Some("tab 2");
        let mut copy = duplicate.send(&server);
        assert!(copy.as_mut().now_or_never().is_none() && older.as_mut().now_or_never().is_none());
        let mut newest = client.send(&server);
        assert!(newest.as_mut().now_or_never().is_none() && copy.as_mut().now_or_never().is_none());
        assert_eq!(older.now_or_never().unwrap().status(), 409);
        board.post("tea", "one");
        assert_eq!(client.take(&newest.now_or_never().unwrap()), "one");
    }
);

#[test]
fn the_cursor_of_a_hub_has_seen_all_that_was_notified_before() {
    let (board, _clock) = Board::new();
    board.hub.notify("tea");
    let seen = board.hub.cursor();
    assert!(!board.hub.changed("tea", &seen));
    board.hub.notify("tea");
    assert!(board.hub.changed("tea", &seen) && !board.hub.changed("milk", &seen));
    assert!(board.hub.changed("milk", &Cursor::default()));
}
