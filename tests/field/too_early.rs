//! What middleware inside makes of a pass that suspends: no success and no failure (tower's `retry`, Spring's filters).

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use dacapo::{Continuation, Outcome};
use http::{Request, Response, StatusCode};
use support::{Application, Framework, Layer, Middleware, ok, on_each_framework, poll};

use crate::{LONG_POLL, hub, says};

async fn once(c: Continuation<String>, _: Request<Bytes>) -> Outcome<Response<Bytes>> {
    match c.is_initial() {
        true => Err(c.suspend("go", LONG_POLL)),
        false => says("done"),
    }
}

/// Counts the responses of a kind.
fn counting(is_one: fn(StatusCode) -> bool) -> (Middleware, Arc<AtomicU32>) {
    let counter = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&counter);
    let middleware = Middleware::on_response(move |response| {
        count.fetch_add(is_one(response.status()).into(), Ordering::SeqCst);
        response
    });
    (middleware, counter)
}

on_each_framework!(
    a_middleware_that_commits_on_success_commits_the_last_pass_only,
    |on| {
        let (hub, _clock) = hub();
        let (commits, committed) = counting(|status| status.is_success());
        let app = Application::of(once).around(commits).layer(Layer::of(&hub));
        let mut pending = on.serve(app).get("/");
        assert_eq!(poll(&mut pending), None);
        assert_eq!(committed.load(Ordering::SeqCst), 0);
        hub.notify("go");
        assert_eq!(poll(&mut pending), ok("done"));
        assert_eq!(committed.load(Ordering::SeqCst), 1);
    }
);

on_each_framework!(
    a_middleware_that_counts_errors_of_the_server_counts_none,
    |on| {
        let (hub, _clock) = hub();
        let (counts, errors) = counting(|status| status.is_server_error());
        let (sees, early) = counting(|status| status == StatusCode::TOO_EARLY);
        let app = Application::of(once).around(counts).around(sees);
        let mut pending = on.serve(app.layer(Layer::of(&hub))).get("/");
        assert_eq!(poll(&mut pending), None);
        hub.notify("go");
        assert_eq!(poll(&mut pending), ok("done"));
        assert_eq!(errors.load(Ordering::SeqCst), 0);
        assert_eq!(early.load(Ordering::SeqCst), 1);
    }
);
