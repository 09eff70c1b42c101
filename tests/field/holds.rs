//! Requests that are held without another pass, under the layer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use dacapo::Hub;
use http::{Response, StatusCode};
use support::{Application, Framework, Layer, Pending, on_each_framework, poll};

use crate::{LONG_POLL, hub};

fn response(status: u16, body: &'static str) -> Response<Bytes> {
    let response = Response::builder().status(status).header("x-from", body);
    response.body(body.into()).unwrap()
}

/// A held request with a fallback, and how often its handler has been executed.
fn held(on: impl Framework, hub: &Hub<String>) -> (Pending, Arc<AtomicU32>) {
    let passes = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&passes);
    let app = Application::<String>::of(move |c, _| {
        count.fetch_add(1, Ordering::SeqCst);
        let token = c.suspend("goals", LONG_POLL);
        let token = token.or_respond(response(203, "fallback"));
        std::future::ready(Err(token.without_another_pass()))
    });
    let mut pending = on.serve(app.layer(Layer::of(hub))).get("/");
    assert_eq!(poll(&mut pending), None);
    assert_eq!(hub.suspended_count(), 1);
    (pending, passes)
}

fn is_answered(on: impl Framework, end: impl FnOnce(&Hub<String>), status: u16, body: &str) {
    let (hub, _clock) = hub();
    let (mut pending, passes) = held(on, &hub);
    end(&hub);
    let status = StatusCode::from_u16(status).unwrap();
    assert_eq!(poll(&mut pending), Some((status, body.to_owned())));
    assert_eq!(passes.load(Ordering::SeqCst), 1);
    assert_eq!(hub.suspended_count(), 0);
}

on_each_framework!(a_respond_answers_it, |on| {
    let goal = |hub: &Hub<String>| {
        let goal = response(201, "2:1");
        assert_eq!(hub.respond("goals", goal).unwrap(), 1);
    };
    is_answered(on, goal, 201, "2:1");
});

on_each_framework!(a_notify_answers_it_with_its_fallback, |on| {
    let notify = |hub: &Hub<String>| assert_eq!(hub.notify("goals"), 1);
    is_answered(on, notify, 203, "fallback");
});

on_each_framework!(
    a_shutdown_refuses_it_with_a_503_and_not_with_its_fallback,
    |on| {
        let (hub, _clock) = hub();
        let (mut pending, _) = held(on, &hub);
        assert_eq!(hub.shutdown(), 1);
        let (status, _) = poll(&mut pending).unwrap();
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    }
);

on_each_framework!(at_the_end_of_its_time_its_fallback_answers_it, |on| {
    let (hub, clock) = hub();
    let (mut pending, passes) = held(on, &hub);
    assert_eq!(clock.advance(LONG_POLL), 1);
    let fallback = (
        StatusCode::NON_AUTHORITATIVE_INFORMATION,
        "fallback".to_owned(),
    );
    assert_eq!(poll(&mut pending), Some(fallback));
    assert_eq!(passes.load(Ordering::SeqCst), 1);
});
