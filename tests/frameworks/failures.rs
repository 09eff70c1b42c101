//! What a client sees when a request cannot be held.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use bytes::Bytes;
use dacapo::driver::BodyError;
use dacapo::{Continuation, Error, Hub, Outcome};
use futures::FutureExt;
use http::{Request, Response, StatusCode};
use support::{
    Application, Framework, Layer, Mount, Pending, get, ok, on_each_framework, on_each_mount, poll,
    post,
};

use crate::{LONG_POLL, always, hub, says};

fn held(on: impl Framework, mount: Mount, hub: &Hub<String>) -> Pending {
    on.serve(Application::held(mount, hub, always)).get("/")
}

/// Whether it was sent away, and told when to come again.
fn is_refused(pending: Pending) -> bool {
    let response = pending.now_or_never().unwrap();
    let header = |name| response.headers().get(name)?.to_str().ok();
    let seconds = header("retry-after").and_then(|seconds| seconds.parse().ok());
    response.status() == StatusCode::SERVICE_UNAVAILABLE
        && seconds.is_some_and(|seconds: u32| (1..=10).contains(&seconds))
        && header("cache-control") == Some("no-store")
}

on_each_framework!(
    a_forgotten_layer_is_a_500_that_says_which_and_how_to_add_it,
    |on| {
        let (status, sentence) = poll(&mut on.serve(Application::of(always)).get("/")).unwrap();
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        let [layer, how] = on.missing_layer();
        for part in [layer, how, "a `Hub<alloc::string::String>`"] {
            assert!(sentence.contains(part), "{sentence}");
        }
    }
);

on_each_mount!(a_full_hub_sends_away, |on, mount| {
    let (hub, _clock) = Hub::builder().max_suspended(1).build_with_mock_clock();
    let mut first = held(on, mount, &hub);
    assert_eq!(poll(&mut first), None);
    assert!(is_refused(held(on, mount, &hub)));
    assert_eq!(hub.suspended_count(), 1);
    drop(first);
    let next = poll(&mut held(on, mount, &hub));
    assert_eq!(next, None, "there is room again");
});

on_each_mount!(too_many_keys_are_refused, |on, mount| {
    let (hub, _clock) = Hub::<String>::builder().max_keys(2).build_with_mock_clock();
    let greedy = async |c: Continuation<String>, _| Err(c.suspend_any(["a", "b", "c"], LONG_POLL));
    let server = on.serve(Application::held(mount, &hub, greedy));
    let (status, sentence) = poll(&mut server.get("/")).unwrap();
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(sentence, "one request cannot wait for so many things");
    assert_eq!((hub.suspended_count(), hub.notify("a")), (0, 0));
});

on_each_mount!(too_many_passes_are_refused, |on, mount| {
    let builder = Hub::<String>::builder().max_passes(3);
    let (hub, _clock) = builder.build_with_mock_clock();
    let mut pending = held(on, mount, &hub);
    for _ in 0..3 {
        assert_eq!(poll(&mut pending), None);
        assert_eq!(hub.notify("go"), 1);
    }
    assert!(is_refused(pending));
});

/// A request of this handler may be held for so long.
fn held_at_most<H, F>(
    on: impl Framework,
    mount: Mount,
    longest: Duration,
    handler: H,
) -> (Hub<String>, dacapo::MockClock, Pending)
where
    H: Fn(Continuation<String>, Request<Bytes>) -> F + Send + Sync + 'static,
    F: Future<Output = Outcome<Response<Bytes>>> + Send + 'static,
{
    let (hub, clock, app) = match mount {
        Mount::InAHandler => {
            let (hub, clock) = Hub::builder().max_hold(longest).build_with_mock_clock();
            let app = Application::held(mount, &hub, handler);
            (hub, clock, app)
        }
        Mount::UnderTheLayer => {
            let (hub, clock) = hub();
            let layer = Layer::of(&hub).max_hold(longest);
            (hub, clock, Application::of(handler).layer(layer))
        }
    };
    let pending = on.serve(app).get("/");
    (hub, clock, pending)
}

on_each_mount!(
    one_that_is_held_too_long_is_refused_however_short_its_waits,
    |on, mount| {
        let (hub, clock, mut pending) = held_at_most(on, mount, 2 * LONG_POLL, always);
        for _ in 0..2 {
            assert_eq!(poll(&mut pending), None);
            assert_eq!(clock.advance(LONG_POLL), 1);
        }
        assert!(is_refused(pending));
        assert_eq!(hub.suspended_count(), 0);
    }
);

on_each_mount!(
    a_needless_wake_at_the_longest_hold_does_not_spare_the_expired_pass,
    |on, mount| {
        let look = async |c: Continuation<String>, _| match c.is_expired() {
            true => says("nothing new"),
            false => Err(c.suspend("go", LONG_POLL)),
        };
        let (hub, clock, mut pending) = held_at_most(on, mount, LONG_POLL / 3, look);
        assert_eq!(poll(&mut pending), None);
        clock.advance(LONG_POLL / 3 - Duration::from_millis(1));
        assert_eq!(hub.notify("go"), 1);
        clock.advance(Duration::from_millis(2));
        assert_eq!(poll(&mut pending), None, "the wait is over as it begins");
        assert_eq!(poll(&mut pending), ok("nothing new"));
    }
);

on_each_mount!(
    a_shutdown_sends_everybody_away_now_and_later,
    |on, mount| {
        let (hub, _clock) = hub();
        let mut pending = held(on, mount, &hub);
        assert_eq!(poll(&mut pending), None);
        assert_eq!(hub.shutdown(), 1);
        assert!(is_refused(pending));
        assert!(is_refused(held(on, mount, &hub)));
    }
);

/// Panics after a wait.
async fn bad(c: Continuation<String>, _: Request<Bytes>) -> Outcome<Response<Bytes>> {
    match c.is_initial() {
        true => Err(c.suspend("go", LONG_POLL)),
        false => panic!("a bad handler"),
    }
}

on_each_mount!(
    a_handler_that_panics_after_a_wait_leaves_the_hub_clean,
    |on, mount| {
        let (hub, clock) = hub();
        let mut pending = on.serve(Application::held(mount, &hub, bad)).get("/");
        assert_eq!(poll(&mut pending), None);
        hub.notify("go");
        let panics = catch_unwind(AssertUnwindSafe(|| poll(&mut pending))).is_err();
        assert!(panics, "the panic is the framework's to handle");
        drop(pending);
        let left = (
            hub.suspended_count(),
            hub.notify("go"),
            clock.advance(LONG_POLL),
        );
        assert_eq!(left, (0, 0, 0));
    }
);

on_each_framework!(middleware_outside_finds_the_reason_of_a_refusal, |on| {
    let (hub, _clock) = hub();
    let layer = Layer::of(&hub).max_body_size(4);
    let server = on.serve(Application::of(always).layer(layer));
    let reason = |pending: Pending| pending.now_or_never().unwrap().into_parts().0.extensions;
    let large = server.send(post("/", "text/plain", "12345"));
    assert_eq!(reason(large).get(), Some(&BodyError::TooLarge));
    let mut held = server.send(get("/"));
    assert_eq!(poll(&mut held), None);
    hub.shutdown();
    assert_eq!(reason(held).get(), Some(&Error::ShutDown));
    let late = server.send(post("/", "text/plain", "1234"));
    assert_eq!(reason(late).get(), Some(&Error::ShutDown));
});
