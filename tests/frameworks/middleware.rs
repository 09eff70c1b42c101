//! What other middleware sees, inside the layer and outside.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use dacapo::{Continuation, Hub, Outcome, Suspended};
use futures::FutureExt;
use futures::channel::oneshot;
use http::{Method, Request, Response, StatusCode};
use support::{
    Again, Application, Framework, Layer, Middleware, Pending, ok, on_each_framework,
    on_each_mount, poll, post,
};

use crate::{LONG_POLL, hub, once, says};

/// Suspends once, with a middleware inside the layer.
fn with_inside(on: impl Framework, hub: &Hub<String>, inside: Middleware) -> Pending {
    let app = Application::of(once).around(inside).layer(Layer::of(hub));
    on.serve(app).get("/")
}

#[track_caller]
fn is_answered_in_the_second_pass(hub: &Hub<String>, pending: &mut Pending) {
    assert_eq!(poll(pending), None);
    hub.notify("go");
    assert_eq!(poll(pending), ok("pass 2"));
}

on_each_framework!(
    a_middleware_that_makes_a_new_response_does_not_hide_the_suspension,
    |on| {
        let (hub, _clock) = hub();
        let rebuild = |response: Response<Bytes>| {
            let mut new = Response::new(Bytes::copy_from_slice(response.body()));
            *new.status_mut() = response.status();
            new
        };
        let mut pending = with_inside(on, &hub, Middleware::on_response(rebuild));
        is_answered_in_the_second_pass(&hub, &mut pending);
    }
);

/// Counts requests.
fn counting() -> (Middleware, Arc<AtomicU32>) {
    let counter = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&counter);
    let middleware = Middleware::on_request(move |_| _ = count.fetch_add(1, Ordering::SeqCst));
    (middleware, counter)
}

on_each_framework!(inside_one_sees_every_pass_and_outside_one_request, |on| {
    let (hub, _clock) = hub();
    let ((inside, passes), (outside, requests)) = (counting(), counting());
    let app = Application::of(once).around(inside).layer(Layer::of(&hub));
    let mut pending = on.serve(app.around(outside)).get("/");
    is_answered_in_the_second_pass(&hub, &mut pending);
    assert_eq!(passes.load(Ordering::SeqCst), 2);
    assert_eq!(requests.load(Ordering::SeqCst), 1);
});

on_each_framework!(
    every_pass_starts_from_the_head_as_it_came_to_the_layer,
    |on| {
        let marks = async |c: Continuation<String>, request: Request<Bytes>| match c.pass() < 4 {
            true => Err(c.suspend("go", LONG_POLL)),
            false => says(
                request
                    .headers()
                    .get_all("x-mark")
                    .iter()
                    .count()
                    .to_string(),
            ),
        };
        let mark = Middleware::on_request(|head| {
            let former = head.headers_mut().insert("x-mark", "1".parse().unwrap());
            assert_eq!(former, None, "the mark of an earlier pass");
        });
        let (hub, _clock) = hub();
        let app = Application::of(marks).around(mark).layer(Layer::of(&hub));
        let mut pending = on.serve(app).get("/");
        for _ in 0..3 {
            assert_eq!(poll(&mut pending), None);
            hub.notify("go");
        }
        assert_eq!(poll(&mut pending), ok("1"));
    }
);

on_each_framework!(a_suspended_request_holds_no_place_of_a_limit_inside, |on| {
    let (hub, _clock) = hub();
    let app = Application::of(once).around(Middleware::limit(1));
    let server = on.serve(app.layer(Layer::of(&hub)));
    let mut pending: Vec<_> = (0..5).map(|_| server.get("/")).collect();
    for request in &mut pending {
        assert_eq!(poll(request), None);
    }
    assert_eq!(hub.suspended_count(), 5);
    assert_eq!(hub.notify("go"), 5);
    for request in &mut pending {
        assert_eq!(poll(request), ok("pass 2"));
    }
});

on_each_mount!(a_limit_outside_counts_suspended_requests, |on, mount| {
    let (hub, _clock) = hub();
    let app = Application::held(mount, &hub, once).around(Middleware::limit(1));
    let server = on.serve(app);
    let (mut one, mut other) = (server.get("/"), server.get("/"));
    assert_eq!((poll(&mut one), poll(&mut other)), (None, None));
    assert_eq!(hub.suspended_count(), 1);
    hub.notify("go");
    assert_eq!(poll(&mut one), ok("pass 2"));
    drop(one);
    assert_eq!(poll(&mut other), None);
    assert_eq!(hub.suspended_count(), 1);
});

on_each_framework!(
    a_notify_for_one_is_passed_on_if_that_one_goes_while_a_limit_keeps_it_from_its_pass,
    |on| {
        let (hub, _clock) = hub();
        let stay = async |_, _| std::future::pending().await;
        let app = Application::of(once)
            .route(Method::GET, "/stay", stay)
            .around(Middleware::limit(1));
        let server = on.serve(app.layer(Layer::of(&hub)));
        let (mut chosen, mut next) = (server.get("/"), server.get("/"));
        assert_eq!((poll(&mut chosen), poll(&mut next)), (None, None));
        let mut in_the_way = server.get("/stay");
        assert_eq!(poll(&mut in_the_way), None);

        assert_eq!(hub.notify_one("go"), 1);
        assert_eq!(poll(&mut chosen), None);
        assert_eq!(hub.suspended_count(), 1, "the other one");
        drop(chosen);
        drop(in_the_way);
        assert_eq!(poll(&mut next), ok("pass 2"));
    }
);

on_each_framework!(
    a_middleware_inside_can_tell_a_suspension_by_the_token_in_its_response,
    |on| {
        let (hub, _clock) = hub();
        let suspensions = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&suspensions);
        let look = Middleware::on_response(move |response| {
            let token = response.extensions().get::<Suspended>();
            count.fetch_add(token.is_some().into(), Ordering::SeqCst);
            response
        });
        let mut pending = with_inside(on, &hub, look);
        assert_eq!(poll(&mut pending), None);
        assert_eq!(suspensions.load(Ordering::SeqCst), 1);
        hub.notify("go");
        assert_eq!(poll(&mut pending), ok("pass 2"));
        assert_eq!(suspensions.load(Ordering::SeqCst), 1);
    }
);

async fn endless(c: Continuation<String>, _: Request<Bytes>) -> Outcome<Response<Bytes>> {
    match c.is_expired() {
        true => says("expired"),
        false => Err(c.suspend("go", Duration::MAX)),
    }
}

on_each_framework!(
    the_longest_hold_is_above_every_timeout_and_two_minutes_without_being_told,
    |on| {
        for (of_hub, own, limit) in [
            (None, None, 120),
            (None, Some(60), 60),
            (Some(30), None, 30),
            (Some(30), Some(600), 600),
            (Some(600), Some(30), 30),
        ] {
            let hub = Hub::builder();
            let (hub, clock) = match of_hub {
                Some(of_hub) => hub.max_hold(Duration::from_secs(of_hub)),
                None => hub,
            }
            .build_with_mock_clock();
            let max_hold = own.map(Duration::from_secs);
            let layer = Layer {
                max_hold,
                ..Layer::of(&hub)
            };
            let mut pending = on.serve(Application::of(endless).layer(layer)).get("/");
            assert_eq!(poll(&mut pending), None);
            assert_eq!(clock.advance(Duration::from_secs(limit - 1)), 0);
            assert_eq!(clock.advance(Duration::from_secs(1)), 1);
            assert_eq!(poll(&mut pending), ok("expired"));
        }
    }
);

on_each_mount!(
    a_dropped_request_is_forgotten_in_every_stage,
    |on, mount| {
        let (hub, _clock) = hub();
        let server = on.serve(Application::held(mount, &hub, once));
        drop(server.get("/"));
        let mut pending = server.get("/");
        assert_eq!(poll(&mut pending), None);
        assert_eq!(hub.suspended_count(), 1);
        drop(pending);
        assert_eq!((hub.suspended_count(), hub.notify("go")), (0, 0));
    }
);

/// The handler of `/give` makes a token, and then does this; that of `/take` returns the token as its own.
fn theft<F>(
    hub: &Hub<String>,
    then: impl Fn() -> F + Clone + Send + Sync + 'static,
) -> Application<String>
where
    F: Future<Output = &'static str> + Send + 'static,
{
    let stolen = Arc::new(Mutex::new(None));
    let (give, take) = (Arc::clone(&stolen), stolen);
    let give = move |c: Continuation<String>, _| {
        *give.lock().unwrap() = Some(c.suspend("go", LONG_POLL));
        then().map(says)
    };
    let take = move |_, _| std::future::ready(Err(take.lock().unwrap().take().unwrap()));
    Application::new()
        .route(Method::GET, "/give", give)
        .route(Method::GET, "/take", take)
        .layer(Layer::of(hub))
}

on_each_framework!(
    a_suspension_that_no_layer_takes_is_a_500_with_a_sentence,
    |on| {
        let (hub, _clock) = hub();
        let server = on.serve(theft(&hub, async || ""));
        assert_eq!(poll(&mut server.get("/give")), ok(""));
        let (status, sentence) = poll(&mut server.get("/take")).unwrap();
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(
            sentence.contains("did not reach the `hub.run` or the layer"),
            "{sentence}"
        );
        assert_eq!(hub.suspended_count(), 0);
    }
);

on_each_framework!(
    a_stolen_token_does_not_disturb_the_request_it_was_made_for,
    |on| {
        let (hub, _clock) = hub();
        let (end, ended) = oneshot::channel();
        let ended = ended.shared();
        let then = move || ended.clone().map(|word| word.unwrap());
        let server = on.serve(theft(&hub, then));
        let mut owner = server.get("/give");
        assert_eq!(poll(&mut owner), None);
        let thief = poll(&mut server.get("/take")).unwrap();
        assert_eq!(thief.0, StatusCode::INTERNAL_SERVER_ERROR);
        end.send("mine").unwrap();
        assert_eq!(poll(&mut owner), ok("mine"));
    }
);

on_each_framework!(of_two_layers_of_one_hub_the_outer_ones_limits_apply, |on| {
    let (hub, _clock) = hub();
    let echo = async |_, request: Request<Bytes>| says(request.into_body());
    let app = Application::<String>::of(echo)
        .layer(Layer::of(&hub).max_body_size(4))
        .layer(Layer::of(&hub).max_body_size(8));
    let server = on.serve(app);
    let send = |body| poll(&mut server.send(post("/", "text/plain", body)));
    assert_eq!(send("12345678"), ok("12345678"));
    let (status, _) = send("123456789").unwrap();
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
});

on_each_framework!(
    a_layer_inside_another_of_the_same_hub_leaves_the_request_to_it,
    |on| {
        let (hub, _clock) = hub();
        let (inside, passes) = counting();
        let layer = Layer::of(&hub);
        let app = Application::of(once).around(inside);
        let app = app.layer(layer.clone()).layer(layer.clone()).layer(layer);
        let mut pending = on.serve(app).get("/");
        assert_eq!(poll(&mut pending), None);
        assert_eq!(hub.suspended_count(), 1);
        assert_eq!(hub.notify("go"), 1);
        assert_eq!(poll(&mut pending), ok("pass 2"));
        assert_eq!(passes.load(Ordering::SeqCst), 2);
    }
);

on_each_framework!(
    a_request_that_a_middleware_outside_serves_once_more_is_held_once_more,
    |on| {
        let (hub, _clock) = hub();
        let app = Application::of(once).layer(Layer::of(&hub));
        let mut pending = on.serve(app.again(Again::unless(|_| false))).get("/");
        for _ in 0..2 {
            assert_eq!(poll(&mut pending), None);
            assert_eq!((hub.suspended_count(), hub.notify("go")), (1, 1));
        }
        assert_eq!(poll(&mut pending), ok("pass 2"));
    }
);
