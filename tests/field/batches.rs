//! A handler that joins several parts in one pass.

use bytes::Bytes;
use dacapo::{Answer, Continuation, Hub, Suspended, driver};
use futures::FutureExt;
use http::Request;
use support::{Actix, Application, Axum, Framework, Layer, ok, on_each_framework, poll};

use crate::{LONG_POLL, hub, says};

/// Each part of a batch is a response in it.
trait Batches: Framework {
    fn status(self, token: Suspended) -> u16;
}

impl Batches for Axum {
    fn status(self, token: Suspended) -> u16 {
        use axum::response::IntoResponse;
        token.into_response().status().as_u16()
    }
}

impl Batches for Actix {
    fn status(self, token: Suspended) -> u16 {
        use actix_web::ResponseError;
        token.error_response().status().as_u16()
    }
}

/// Waits once for each of these keys, in as many parts of one answer, of which one more is ready.
fn batch(on: impl Batches + Send + Sync, keys: &'static [&'static str]) -> Application<String> {
    Application::of(move |c: Continuation<String>, _: Request<Bytes>| {
        let parts = keys.iter().map(|key| match c.is_initial() {
            true => on.status(c.suspend(*key, LONG_POLL)),
            false => 200,
        });
        let parts: Vec<_> = parts.chain([200]).collect();
        std::future::ready(says(format!("{parts:?}")))
    })
}

on_each_framework!(two_parts_that_wait_are_woken_by_the_keys_of_both, |on| {
    for key in ["one", "two"] {
        let (hub, _clock) = hub();
        let app = batch(on, &["one", "two"]).layer(Layer::of(&hub));
        let mut pending = on.serve(app).get("/");
        assert_eq!(poll(&mut pending), None);
        assert_eq!(hub.notify(key), 1);
        assert_eq!(poll(&mut pending), ok("[200, 200, 200]"));
    }
});

on_each_framework!(a_part_that_waits_suspends_the_batch_as_a_whole, |on| {
    let (hub, _clock) = hub();
    let app = batch(on, &["one"]).layer(Layer::of(&hub));
    let mut pending = on.serve(app).get("/");
    assert_eq!(poll(&mut pending), None);
    assert_eq!(hub.notify("one"), 1);
    assert_eq!(poll(&mut pending), ok("[200, 200]"));
});

/// Parts that are separate services: each extracts the continuation, and waits once for its key if it has one.
fn services(
    on: impl Batches + Send + Sync,
    keys: [Option<&'static str>; 2],
) -> Application<String> {
    Application::of(move |c: Continuation<String>, _: Request<Bytes>| {
        let parts = keys.map(|key| {
            driver::begin_handler(&c); // as an extractor does
            match key.filter(|_| c.is_initial()) {
                Some(key) => on.status(c.suspend(key, LONG_POLL)),
                None => 200,
            }
        });
        std::future::ready(says(format!("{parts:?}")))
    })
}

// It cannot be told from a middleware that tries again.
on_each_framework!(
    a_batch_of_services_is_answered_if_the_last_of_them_answers,
    |on| {
        let (hub, _clock) = hub();
        let app = services(on, [Some("one"), None]).layer(Layer::of(&hub));
        assert_eq!(poll(&mut on.serve(app).get("/")), ok("[425, 200]"));
        assert_eq!(hub.suspended_count(), 0);
    }
);

on_each_framework!(
    a_batch_of_services_is_held_if_the_last_of_them_waits,
    |on| {
        for (first, keys) in [(None, &["two"][..]), (Some("one"), &["one", "two"])] {
            for key in keys {
                let (hub, _clock) = hub();
                let app = services(on, [first, Some("two")]).layer(Layer::of(&hub));
                let mut pending = on.serve(app).get("/");
                assert_eq!(poll(&mut pending), None);
                assert_eq!(hub.notify(*key), 1);
                assert_eq!(poll(&mut pending), ok("[200, 200]"));
            }
        }
    }
);

/// A part that waits on its own, if it has a key.
async fn part(hub: &Hub<String>, key: Option<&str>) -> String {
    let wait = async |c: Continuation<String>| match key.filter(|_| c.is_initial()) {
        Some(key) => Err(c.suspend(key, LONG_POLL)),
        None => Ok(key.unwrap_or("at once").to_owned()),
    };
    match hub.run(wait).await {
        Ok(Answer::Answered(part)) => part,
        other => panic!("{other:?}"),
    }
}

#[test]
fn with_run_each_part_waits_on_its_own() {
    let (hub, _clock) = hub();
    let [one, two, ready] = [Some("one"), Some("two"), None].map(|key| part(&hub, key));
    let mut batch = Box::pin(futures::future::join3(one, two, ready));
    assert!(batch.as_mut().now_or_never().is_none());
    assert_eq!((hub.suspended_count(), hub.notify("two")), (2, 1));
    assert!(batch.as_mut().now_or_never().is_none());
    assert_eq!((hub.suspended_count(), hub.notify("one")), (1, 1));
    let all = batch.now_or_never().unwrap();
    assert_eq!(all, ("one".into(), "two".into(), "at once".into()));
}
