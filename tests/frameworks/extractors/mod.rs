//! Extractors and errors: the continuation that may be missing, two of them, one that suspends, a token in another error.

mod on_actix;
mod on_axum;

use dacapo::{Continuation, Hub, Outcome, Suspended};
use http::StatusCode;
use support::{Framework, Server, get, ok, on_each_framework, poll};

use crate::{LONG_POLL, hub};

/// A framework with these handlers, each at `/`, with its extractors.
trait Extracts: Framework {
    /// [`optional`], under a layer of this hub if there is one.
    fn optional(self, hub: Option<&Hub<String>>) -> Server;

    /// [`needy`], under a layer with another type of keys.
    fn under_other_keys(self, other: &Hub<u32>) -> Server;

    /// [`either`].
    fn under_two(self, rooms: &Hub<String>, users: &Hub<User>) -> Server;

    /// [`fails`].
    fn with_errors_of_its_own(self, hub: &Hub<String>) -> Server;

    /// An extractor that [`looks`].
    fn suspends_as_it_extracts(self, hub: &Hub<String>) -> Server;
}

async fn optional(c: Option<Continuation<String>>) -> Outcome<&'static str> {
    match c {
        Some(c) if c.is_initial() => Err(c.suspend("go", LONG_POLL)),
        Some(_) => Ok("held"),
        None => Ok("at once"),
    }
}

async fn needy(c: Continuation<String>) -> Outcome<&'static str> {
    Err(c.suspend("go", LONG_POLL))
}

#[derive(Hash)]
struct User(u32);

async fn either(news: Continuation<String>, friend: Continuation<User>) -> Outcome<&'static str> {
    match (news.pass(), friend.pass()) {
        (1, 1) => Err(news.suspend("go", LONG_POLL)),
        (2, 1) => Err(friend.suspend(&User(7), LONG_POLL)),
        (2, 2) => Ok("both"),
        passes => panic!("{passes:?}"),
    }
}

#[derive(Debug, thiserror::Error)]
enum AppError {
    #[error(transparent)]
    Suspended(#[from] Suspended),
    #[error("no such room")]
    NoSuchRoom,
}

async fn fails(c: Continuation<String>) -> Result<&'static str, AppError> {
    if c.is_initial() {
        Err(c.suspend("go", LONG_POLL))?;
    }
    Err(AppError::NoSuchRoom)
}

/// What an extractor waits for.
struct There;

fn looks(c: &Continuation<String>) -> Outcome<There> {
    match c.is_initial() {
        true => Err(c.suspend("go", LONG_POLL)),
        false => Ok(There),
    }
}

async fn finds(_: There) -> &'static str {
    "there"
}

/// The answer to a request that is held once.
#[track_caller]
fn second_pass(server: &Server, hub: &Hub<String>) -> Option<(StatusCode, String)> {
    let mut pending = server.send(get("/"));
    assert_eq!(poll(&mut pending), None);
    assert_eq!(hub.notify("go"), 1);
    poll(&mut pending)
}

on_each_framework!(a_handler_that_does_not_need_a_layer_works_without, |on| {
    let (hub, _clock) = hub();
    assert_eq!(poll(&mut on.optional(None).get("/")), ok("at once"));
    assert_eq!(second_pass(&on.optional(Some(&hub)), &hub), ok("held"));
});

on_each_framework!(a_layer_of_a_hub_with_other_keys_is_as_good_as_none, |on| {
    let (other, _clock) = Hub::<u32>::with_mock_clock();
    let (status, _) = poll(&mut on.under_other_keys(&other).get("/")).unwrap();
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
});

on_each_framework!(
    layers_of_two_hubs_serve_a_handler_that_waits_for_either,
    |on| {
        let ((rooms, _), (users, _)) = (hub(), Hub::<User>::with_mock_clock());
        let mut pending = on.under_two(&rooms, &users).get("/");
        assert_eq!(poll(&mut pending), None);
        assert_eq!((rooms.notify("go"), users.notify(&User(7))), (1, 0));
        assert_eq!(poll(&mut pending), None);
        assert_eq!((rooms.suspended_count(), users.suspended_count()), (0, 1));
        assert_eq!(users.notify(&User(7)), 1);
        assert_eq!(poll(&mut pending), ok("both"));
    }
);

on_each_framework!(
    an_application_with_errors_of_its_own_passes_the_token_on,
    |on| {
        let (hub, _clock) = hub();
        let answer = second_pass(&on.with_errors_of_its_own(&hub), &hub);
        let not_found = (StatusCode::NOT_FOUND, "no such room".to_owned());
        assert_eq!(answer, Some(not_found));
    }
);

on_each_framework!(an_extractor_that_suspends_is_executed_again, |on| {
    let (hub, _clock) = hub();
    let server = on.suspends_as_it_extracts(&hub);
    assert_eq!(second_pass(&server, &hub), ok("there"));
});
