//! A cursor is valid for the keys that it was made with.

use support::on_each_mount;

use crate::board::{Board, Client};

on_each_mount!(a_poll_for_several_keys_is_told_of_each, |on, mount| {
    let (board, _clock) = Board::new();
    let (server, mut client) = (board.serve(on, mount), Client::of("tea+milk"));
    client.poll(&server);
    board.post("milk", "one");
    assert_eq!(client.poll(&server).unwrap(), "one");
    board.post("sugar", "two");
    assert_eq!(client.poll(&server), None);
});

on_each_mount!(
    a_change_that_the_handler_filters_out_moves_the_cursor_on,
    |on, mount| {
        let (board, _clock) = Board::new();
        let (server, mut client) = (board.serve(on, mount), Client::of("tea"));
        client.poll(&server);
        board.hub.notify("tea"); // this has no news for the client
        let before = client.cursor.clone();
        assert_eq!(client.poll(&server).unwrap(), "");
        assert_ne!(client.cursor, before);
        assert_eq!(client.poll(&server), None);
    }
);

on_each_mount!(
    what_was_said_under_a_key_before_it_joins_is_missed,
    |on, mount| {
        let (board, _clock) = Board::new();
        let (server, mut client) = (board.serve(on, mount), Client::of("tea"));
        board.post("milk", "early");
        client.poll(&server);
        let mut trapped = Client::of("tea+milk");
        trapped.cursor = client.cursor;
        assert_eq!(
            trapped.poll(&server),
            None,
            "the trap: the cursor says that it has seen all"
        );
    }
);

on_each_mount!(
    a_key_that_joins_is_read_without_a_cursor_once,
    |on, mount| {
        let (board, _clock) = Board::new();
        let (server, mut client) = (board.serve(on, mount), Client::of("tea"));
        board.post("milk", "early");
        client.poll(&server);
        let mut joined = Client::of("tea+milk");
        assert_eq!(joined.poll(&server).unwrap(), "early");
        assert_eq!(joined.poll(&server), None);
    }
);
