//! What moves a pass to another task (divviup/janus #4857, dropshot #701), or cuts it after a time (http4s #119).

use std::time::Duration;

use bytes::Bytes;
use dacapo::{Continuation, Outcome};
use futures::future::join_all;
use http::{Request, Response, StatusCode};
use support::{Application, Framework, Layer, Pending, Server, ok, on_each_framework, poll};
use tokio::runtime::{Builder, Runtime};
use tokio::task::{JoinHandle, LocalSet, spawn, yield_now};

use crate::{LONG_POLL, hub, says};

const PASSES: u32 = 4;

/// Waits in each pass but the last.
async fn waits(c: Continuation<String>, request: Request<Bytes>) -> Outcome<Response<Bytes>> {
    match c.pass() < PASSES {
        true => Err(c.suspend("go", LONG_POLL)),
        false => says(format!("{} in pass {}", request.uri(), c.pass())),
    }
}

fn runtime() -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder.enable_time().start_paused(true).build().unwrap()
}

/// Runs with the tasks of a runtime with paused time.
fn with_tasks(test: impl Future<Output = ()>) {
    LocalSet::new().block_on(&runtime(), test);
}

/// Runs the tasks as far as they can go.
async fn tasks_go_on(pending: &mut [Pending]) {
    for _ in 0..10 {
        yield_now().await;
        for request in &mut *pending {
            assert_eq!(poll(request), None);
        }
    }
}

/// Sees that many requests are held at once, and executed pass by pass.
async fn are_held_pass_by_pass(hub: &dacapo::Hub<String>, server: &Server) {
    let mut pending: Vec<_> = (0..20).map(|n| server.get(&format!("/{n}"))).collect();
    for _ in 1..PASSES {
        tasks_go_on(&mut pending).await;
        assert_eq!((hub.suspended_count(), hub.notify("go")), (20, 20));
    }
    let bodies = join_all(pending).await.into_iter().map(Response::into_body);
    let expected = (0..20).map(|n| format!("/{n} in pass {PASSES}"));
    assert!(bodies.eq(expected));
    assert_eq!(hub.suspended_count(), 0);
}

on_each_framework!(a_pass_in_a_task_of_its_own_suspends_its_request, |on| {
    let (hub, _clock) = hub();
    let app = Application::of(waits).in_a_task().layer(Layer::of(&hub));
    with_tasks(are_held_pass_by_pass(&hub, &on.serve(app)));
});

on_each_framework!(a_handler_in_a_task_of_its_own_suspends_its_request, |on| {
    let (hub, _clock) = hub();
    let app = Application::of(async |c, request| {
        let pass: JoinHandle<_> = spawn(waits(c, request));
        pass.await.unwrap()
    });
    with_tasks(are_held_pass_by_pass(
        &hub,
        &on.serve(app.layer(Layer::of(&hub))),
    ));
});

const A_SECOND: Duration = Duration::from_secs(1);

/// Is still at it in its last pass.
async fn never_ends(c: Continuation<String>, request: Request<Bytes>) -> Outcome<Response<Bytes>> {
    waits(c, request).await?;
    std::future::pending().await
}

on_each_framework!(
    a_timeout_inside_that_is_shorter_than_the_hold_counts_each_pass_alone,
    |on| {
        with_tasks(async move {
            let (hub, _clock) = hub();
            let app = Application::of(waits)
                .within(A_SECOND)
                .layer(Layer::of(&hub));
            let mut pending = on.serve(app).get("/");
            for _ in 1..PASSES {
                assert_eq!(poll(&mut pending), None);
                tokio::time::advance(10 * A_SECOND).await;
                assert_eq!(poll(&mut pending), None);
                assert_eq!((hub.suspended_count(), hub.notify("go")), (1, 1));
            }
            assert_eq!(poll(&mut pending), ok("/ in pass 4"));
        });
    }
);

on_each_framework!(
    a_timeout_inside_cuts_a_later_pass_that_takes_too_long,
    |on| {
        with_tasks(async move {
            let (hub, clock) = hub();
            let app = Application::of(never_ends)
                .within(A_SECOND)
                .layer(Layer::of(&hub));
            let mut pending = on.serve(app).get("/");
            for _ in 1..PASSES {
                assert_eq!(poll(&mut pending), None);
                assert_eq!(hub.notify("go"), 1);
            }
            assert_eq!(poll(&mut pending), None);
            tokio::time::advance(A_SECOND - Duration::from_millis(1)).await;
            assert_eq!(poll(&mut pending), None);
            tokio::time::advance(Duration::from_millis(1)).await;
            let (status, _) = poll(&mut pending).unwrap();
            assert_eq!(status, StatusCode::REQUEST_TIMEOUT);
            assert_eq!((hub.suspended_count(), clock.advance(LONG_POLL)), (0, 0));
        });
    }
);
