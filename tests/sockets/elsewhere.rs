//! Faults that were reported for other long-polling servers, and the tests that show how this crate behaves.
//!
//! * News that arrives between the check and the wait is lost: mercure 178, message_bus 59, nchan 367.
//!   `races::news_between_the_look_and_the_suspension_is_not_lost`,
//!   `races::no_news_is_lost_whenever_it_comes`.
//! * Traffic on one key wakes or starves the waiters of another: etcd 925, consul 1244.
//!   `answers::a_quiet_key_sleeps_through_the_storm_of_another`.
//! * A client has disconnected, and its request is still held: hyper 1716, nchan 536, pushpin 48031. Also the
//!   opposite: a client that has closed only its sending side counts as disconnected: actix-web 3777.
//!   `disconnects::a_client_that_closes_while_it_is_held_is_forgotten`,
//!   `disconnects::a_client_that_resets_while_it_is_held_is_forgotten`,
//!   `disconnects::a_client_that_half_closes_while_it_is_held_is_taken_for_one_who_has_gone`,
//!   `disconnects::by_default_actix_answers_a_client_that_has_half_closed`,
//!   `http2::a_stream_that_is_reset_while_it_is_held_is_forgotten_on_axum`,
//!   `http2::all_streams_of_a_connection_that_breaks_are_forgotten_on_axum`.
//! * The server cannot know that the client has disconnected: hyper 1981, actix-web 3462.
//!   `disconnects::a_client_that_goes_behind_a_pipelined_request_is_held_for_the_longest_hold_at_most`,
//!   `disconnects::by_default_actix_holds_a_client_that_has_closed_until_the_longest_hold_is_over`,
//!   `http2::streams_that_are_reset_are_held_until_the_longest_hold_is_over_on_actix`.
//! * The client disconnects in the middle of a pass, or of its request: actix-web 3067.
//!   `midway::a_client_that_goes_in_the_middle_of_its_first_pass_is_forgotten`,
//!   `midway::a_client_that_goes_in_the_middle_of_a_later_pass_is_forgotten`,
//!   `midway::a_client_that_goes_in_the_middle_of_its_request_leaves_nothing`.
//! * A graceful shutdown waits without end for requests that are held: axum 2673, hyper 2787.
//!   `shutdown::a_graceful_shutdown_returns_although_a_great_many_requests_are_held`,
//!   `http2::a_graceful_shutdown_answers_the_streams_that_are_held`.
//! * A job goes to a worker that has disconnected: camunda 48999.
//!   `races::a_notify_one_passes_over_those_who_have_gone_while_they_were_held`,
//!   `races::a_notify_one_of_a_client_who_goes_before_the_answer_goes_to_the_next`,
//!   `http2::a_notify_one_may_be_spent_on_a_stream_that_was_reset_on_actix`.
//! * Clients that have disconnected are remembered: consul 15010, golongpoll 30; and CVE-2023-44487, the rapid reset.
//!   `crowd::nothing_is_left_of_a_crowd_that_vanishes`,
//!   `http2::streams_that_are_reset_as_soon_as_they_are_opened_leave_nothing`.
//! * A notify and an expiry come at once, and there are two answers, or none.
//!   `races::of_a_notify_and_an_expiry_at_the_same_instant_the_client_sees_one`.
//! * An endless head or body: the HTTP/2 CONTINUATION flood of 2024, and all servers before it.
//!   `heads::a_head_without_an_end_is_cut_off`, `heads::a_head_of_endless_continuations_is_cut_off`,
//!   `bodies::a_body_that_turns_out_to_be_too_large_is_a_413`,
//!   `bodies::a_body_that_does_not_arrive_in_time_is_a_408`.

use std::fs;
use std::path::Path;

#[test]
fn every_test_that_is_named_here_exists() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sockets");
    let lines = include_str!("elsewhere.rs").lines();
    let named: Vec<_> = lines
        .filter_map(|line| line.strip_prefix("//!"))
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .collect();
    assert!(!named.is_empty());
    for name in named {
        let (module, test) = name.split_once("::").unwrap();
        let module = fs::read_to_string(tests.join(module).with_extension("rs")).unwrap();
        let is_there = [format!("fn {test}("), format!("{test},")];
        assert!(
            is_there.iter().any(|there| module.contains(there)),
            "{name}"
        );
    }
}
