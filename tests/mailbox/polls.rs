//! Polls that are answered from a mailbox.

use futures::FutureExt;
use support::{Mount, on_each_framework, on_each_mount};

use crate::HOLD;
use crate::chat::{Chat, Client};

on_each_mount!(
    a_client_without_a_position_gets_what_is_kept_and_it_is_no_gap,
    |on, mount| {
        let (chat, _clock) = Chat::with(|limits| limits.max_len(2));
        let (server, mut client) = (chat.serve(on, mount), Client::of("tea"));
        for number in 1..=3 {
            chat.say("tea", number);
        }
        assert_eq!(client.poll(&server).unwrap(), "2,3");
        assert!(!client.missed);
        assert_eq!(client.poll(&server), None);
    }
);

on_each_mount!(
    what_is_said_between_two_polls_is_in_the_second,
    |on, mount| {
        let (chat, _clock) = Chat::new();
        let (server, mut client) = (chat.serve(on, mount), Client::of("tea"));
        assert_eq!(client.poll(&server), None);
        for number in 1..=3 {
            chat.say("tea", number);
        }
        assert_eq!(client.poll(&server).unwrap(), "1,2,3");
        assert_eq!(client.poll(&server), None, "it is told once");
    }
);

on_each_mount!(what_is_said_during_a_poll_answers_it, |on, mount| {
    let (chat, _clock) = Chat::new();
    let (server, mut client) = (chat.serve(on, mount), Client::of("tea+milk"));
    let mut held = client.send(&server);
    assert!(held.as_mut().now_or_never().is_none());
    chat.say("sugar", "other");
    assert!(held.as_mut().now_or_never().is_none());
    chat.say("milk", "one");
    assert_eq!(client.take(&held.now_or_never().unwrap()), "one");
    assert_eq!(client.poll(&server), None);
});

// Regression 18: the position must not jump over a line that comes as the time is up.
on_each_mount!(
    a_line_at_the_instant_of_the_timeout_is_in_the_answer_or_in_the_next_poll,
    |on, mount| {
        for is_late in [false, true] {
            let (chat, clock) = Chat::new();
            let (server, mut client) = (chat.serve(on, mount), Client::of("tea"));
            let mut held = client.send(&server);
            assert!(held.as_mut().now_or_never().is_none());
            if !is_late {
                chat.say("tea", "one");
            }
            clock.advance(HOLD);
            if is_late {
                chat.say("tea", "one");
            }
            let in_time = client.take(&held.now_or_never().unwrap());
            let later = client.poll(&server).unwrap_or_default();
            assert_eq!(in_time + &later, "one", "{is_late}");
            assert_eq!(client.poll(&server), None);
        }
    }
);

on_each_mount!(
    a_line_after_the_pass_at_the_timeout_is_in_the_next_poll,
    |on, mount| {
        let (chat, clock) = Chat::new();
        let (server, mut client) = (chat.serve(on, mount), Client::of("tea"));
        let mut held = client.send(&server);
        assert!(held.as_mut().now_or_never().is_none());
        clock.advance(HOLD);
        let answer = held.now_or_never().unwrap();
        chat.say("tea", "one"); // before the client has read its answer
        assert_eq!(client.take(&answer), "");
        assert_eq!(client.poll(&server).unwrap(), "one");
    }
);

on_each_mount!(
    after_a_restart_a_client_is_told_of_a_gap_once_with_all_that_is_kept,
    |on, mount| {
        let (chat, _clock) = Chat::new();
        let mut client = Client::of("tea");
        chat.say("tea", "before");
        client.poll(&chat.serve(on, mount));
        let (chat, _clock) = Chat::new();
        chat.say("tea", "after");
        let server = chat.serve(on, mount);
        assert_eq!(client.poll(&server).unwrap(), "after");
        assert!(client.missed);
        assert_eq!(client.poll(&server), None);
    }
);

on_each_mount!(
    what_the_handler_takes_out_moves_the_position_on,
    |on, mount| {
        let (chat, clock) = Chat::with(|limits| limits.max_len(2));
        let (server, mut client) = (chat.serve(on, mount), Client::of("tea"));
        client.name = "me";
        let mut held = client.send(&server);
        assert!(held.as_mut().now_or_never().is_none());
        chat.say_as("me", "tea", "mine");
        assert!(held.as_mut().now_or_never().is_none());
        clock.advance(HOLD);
        assert_eq!(client.take(&held.now_or_never().unwrap()), "");
        // Had it not moved, what is missing now would be a gap.
        chat.say("tea", "one");
        chat.say("tea", "two");
        assert_eq!(client.poll(&server).unwrap(), "one,two");
        assert!(!client.missed);
    }
);

on_each_framework!(
    behind_a_batch_of_which_nothing_is_left_there_is_more,
    |on| {
        let (chat, _clock) = Chat::new();
        let (server, mut client) = (chat.serve(on, Mount::InAHandler), Client::of("tea"));
        (client.name, client.limit) = ("me", 2);
        chat.say_as("me", "tea", "mine");
        chat.say_as("me", "tea", "mine too");
        chat.say("tea", "one");
        assert_eq!(client.poll(&server).unwrap(), "", "it is not held");
        assert_eq!(client.poll(&server).unwrap(), "one");
    }
);
