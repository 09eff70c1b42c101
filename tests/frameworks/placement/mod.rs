//! Wherever the layer stands, a request is suspended and executed again, and its extractors find the same.

mod on_actix;
mod on_axum;

use dacapo::{Continuation, Hub, Outcome};
use http::{Request, StatusCode};
use support::{Body, Framework, Server, get, ok, on_each_framework, poll, post};

use crate::{LONG_POLL, hub};

/// A framework with its layer in many places.
trait Places: Framework {
    /// An application for each place where the layer can stand, with the framework's own extractors.
    fn places(self) -> Vec<Place>;

    /// What the handler of `/items/{id}` finds behind a prefix.
    fn finds(self, prefix: &str) -> String;

    /// What the framework answers to a path that its extractor does not take.
    fn refusal_of_a_path(self) -> StatusCode;
}

/// An application with its layer in one place.
struct Place {
    name: &'static str,
    /// Of all routes.
    prefix: &'static str,
    /// A path that comes to a fallback inside the layer, if there is one.
    nowhere: Option<&'static str>,
    hub: Hub<String>,
    server: Server,
}

/// Bytes that a body may have.
const LIMIT: usize = 64;

#[derive(Clone)]
struct FromOutside(&'static str);

#[derive(serde::Deserialize)]
struct Search {
    q: String,
}

/// Suspends in each pass up to the third; in the fourth it answers with all that it has found.
fn after_three_passes(c: &Continuation<String>, found: String) -> Outcome<String> {
    match c.pass() < 4 {
        true => Err(c.suspend("go", LONG_POLL)),
        false => Ok(format!("{found} in pass {}", c.pass())),
    }
}

impl Place {
    fn new(
        name: &'static str,
        prefix: &'static str,
        nowhere: Option<&'static str>,
        place: impl FnOnce(&Hub<String>) -> Server,
    ) -> Self {
        let (hub, _clock) = hub();
        let server = place(&hub);
        Self {
            name,
            prefix,
            nowhere,
            hub,
            server,
        }
    }

    /// Sends a request that suspends three times, wakes it each time, and returns its answer.
    #[track_caller]
    fn fourth_pass(&self, request: Request<Body>) -> Option<(StatusCode, String)> {
        let mut pending = self.server.send(request);
        for _ in 0..3 {
            assert_eq!(poll(&mut pending), None, "{}", self.name);
            assert_eq!(self.hub.suspended_count(), 1, "{}", self.name);
            assert_eq!(self.hub.notify("go"), 1, "{}", self.name);
        }
        poll(&mut pending)
    }

    /// What a request is answered that does not come to a handler.
    fn status(&self, request: Request<Body>) -> StatusCode {
        poll(&mut self.server.send(request)).unwrap().0
    }

    fn get(&self, path: &str) -> Request<Body> {
        get(&format!("{}{path}", self.prefix))
    }

    fn post(&self, path: &str, content_type: &str, body: &str) -> Request<Body> {
        post(&format!("{}{path}", self.prefix), content_type, body)
    }
}

on_each_framework!(
    every_extractor_finds_in_the_fourth_pass_what_it_found_in_the_first,
    |on| {
        for place in on.places() {
            let answer = place.fourth_pass(place.get("/items/7?q=tea"));
            let found = format!("{} in pass 4", on.finds(place.prefix));
            assert_eq!(answer, ok(&found), "{}", place.name);
        }
    }
);

on_each_framework!(the_body_is_there_in_every_pass, |on| {
    for place in on.places() {
        let json = place.post("/json", "application/json", r#"{"q":"tea"}"#);
        assert_eq!(
            place.fourth_pass(json),
            ok("tea in pass 4"),
            "{}",
            place.name
        );
        let form = place.post("/form", "application/x-www-form-urlencoded", "q=milk");
        assert_eq!(
            place.fourth_pass(form),
            ok("milk in pass 4"),
            "{}",
            place.name
        );
    }
});

on_each_framework!(head_is_suspended_like_get, |on| {
    for place in on.places() {
        let mut head = place.get("/items/7?q=tea");
        *head.method_mut() = http::Method::HEAD;
        assert_eq!(place.fourth_pass(head), ok(""), "{}", place.name);
    }
});

on_each_framework!(a_fallback_is_suspended_where_the_layer_is_around_it, |on| {
    for place in on.places() {
        match place.nowhere {
            Some(nowhere) => {
                let answer = place.fourth_pass(get(nowhere));
                assert_eq!(
                    answer,
                    ok(&format!("no {nowhere} in pass 4")),
                    "{}",
                    place.name
                );
            }
            None => {
                let status = place.status(get("/nowhere"));
                assert_eq!(status, StatusCode::NOT_FOUND, "{}", place.name);
            }
        }
    }
});

on_each_framework!(
    what_a_framework_answers_by_itself_is_answered_as_without_the_layer,
    |on| {
        for place in on.places() {
            let name = place.name;
            let wrong_method = place.post("/items/7?q=tea", "text/plain", "");
            assert_eq!(
                place.status(wrong_method),
                StatusCode::METHOD_NOT_ALLOWED,
                "{name}"
            );
            let bad_path = place.get("/items/seven?q=tea");
            assert_eq!(place.status(bad_path), on.refusal_of_a_path(), "{name}");
            let bad_json = place.post("/json", "application/json", "{");
            assert_eq!(place.status(bad_json), StatusCode::BAD_REQUEST, "{name}");
            let large = place.post("/json", "application/json", &"x".repeat(LIMIT + 1));
            assert_eq!(place.status(large), StatusCode::PAYLOAD_TOO_LARGE, "{name}");
            assert_eq!(place.hub.suspended_count(), 0, "{name}");
        }
    }
);
