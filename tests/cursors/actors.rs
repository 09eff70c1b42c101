//! Cursors that leave out the changes of one actor.

use futures::FutureExt;
use support::{Server, on_each_mount};

use crate::board::{Board, Client};

/// A client that has seen everything, and makes changes as this actor.
fn tab(actor: &'static str, server: &Server) -> Client {
    let mut client = Client::of("calendar");
    client.actor = Some(actor);
    assert!(client.poll(server).is_some());
    client
}

on_each_mount!(
    everyone_but_the_tab_that_made_a_change_is_told_of_it,
    |on, mount| {
        let (board, _clock) = Board::new();
        let server = board.serve(on, mount);
        let (mut mine, mut yours) = (tab("mine", &server), tab("yours", &server));
        let mut holding = mine.send(&server);
        assert!(holding.as_mut().now_or_never().is_none());
        board.post_by("mine", "calendar", "moved");
        assert!(holding.as_mut().now_or_never().is_none(), "not woken");
        drop(holding);
        assert_eq!(mine.poll(&server), None, "nor told by the next poll");
        assert_eq!(yours.poll(&server).unwrap(), "moved");
    }
);

on_each_mount!(a_change_by_another_before_ones_own_is_told, |on, mount| {
    let (board, _clock) = Board::new();
    let server = board.serve(on, mount);
    let mut mine = tab("mine", &server);
    board.post_by("yours", "calendar", "first");
    board.post_by("mine", "calendar", "second");
    assert_eq!(mine.poll(&server).unwrap(), "first,second");
    board.post_by("mine", "calendar", "third");
    assert_eq!(mine.poll(&server), None);
    board.post_by("yours", "calendar", "fourth");
    assert_eq!(mine.poll(&server).unwrap(), "third,fourth");
});

on_each_mount!(a_change_without_an_actor_is_told_to_all, |on, mount| {
    let (board, _clock) = Board::new();
    let server = board.serve(on, mount);
    let mut mine = tab("mine", &server);
    board.post_by("mine", "calendar", "mine");
    board.post("calendar", "anyone's");
    assert_eq!(mine.poll(&server).unwrap(), "mine,anyone's");
});

on_each_mount!(
    a_client_without_an_actor_is_told_of_every_change,
    |on, mount| {
        let (board, _clock) = Board::new();
        let server = board.serve(on, mount);
        let mut anyone = Client::of("calendar");
        anyone.poll(&server);
        board.post_by("mine", "calendar", "moved");
        assert_eq!(anyone.poll(&server).unwrap(), "moved");
    }
);

#[test]
fn the_text_of_a_cursor_does_not_name_the_actor() {
    let (board, _clock) = Board::new();
    let seen = board.hub.cursor();
    assert_eq!(seen.except("me").to_string(), seen.to_string());
}
