//! Requests that are held without another pass.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use dacapo::{Answer, Continuation, Error, Handle, Hub, MockClock, Outcome, Suspended};
use futures::FutureExt;
use http::Response;

const LONG_POLL: Duration = Duration::from_secs(30);

type Pending<'a> = Pin<Box<dyn Future<Output = Result<Answer<u32>, Error>> + 'a>>;

fn hub() -> (Hub<u8>, MockClock) {
    Hub::with_mock_clock()
}

fn response(status: u16, body: &'static str) -> Response<Bytes> {
    Response::builder()
        .status(status)
        .body(body.into())
        .unwrap()
}

fn fallback() -> Response<Bytes> {
    response(200, "ask again")
}

/// Holds a request without another pass. Its fallback says so.
fn hold(hub: &Hub<u8>) -> Pending<'_> {
    held(hub, |c| c.suspend(&0, LONG_POLL).or_respond(fallback()))
}

fn held<'a>(hub: &'a Hub<u8>, ask: fn(&Continuation<u8>) -> Suspended) -> Pending<'a> {
    begun(hub.run_owned(async move |c| Err(ask(&c).without_another_pass())))
}

/// A request that is executed again and answers with its value.
fn usual(hub: &Hub<u8>) -> Pending<'_> {
    begun(hub.run(async |c| match c.is_initial() {
        true => Err(c.suspend(&0, LONG_POLL)),
        false => Ok(c.value::<u32>().map_or(0, |value| *value)),
    }))
}

fn begun<'a>(request: impl Future<Output = Result<Answer<u32>, Error>> + 'a) -> Pending<'a> {
    let mut request: Pending<'a> = Box::pin(request);
    assert!(request.as_mut().now_or_never().is_none());
    request
}

/// The status and the body of the response from outside with which it ended.
fn answer(request: Pending<'_>) -> (u16, Bytes) {
    let answer = request.now_or_never().expect("it has ended").unwrap();
    let response = answer.into_inner().expect_err("no pass has answered");
    (response.status().as_u16(), response.into_body())
}

fn fell_back(request: Pending<'_>) -> bool {
    answer(request) == (200, "ask again".into())
}

#[test]
fn it_is_answered_by_a_respond_without_another_pass() {
    let (hub, _clock) = hub();
    let (one, two) = (hold(&hub), hold(&hub));
    assert_eq!(hub.respond(&0, response(200, "2:1")).unwrap(), 2);
    assert_eq!(answer(one), (200, "2:1".into()));
    assert_eq!(answer(two), (200, "2:1".into()));
    assert_eq!(
        (hub.stats().passes.initial, hub.stats().passes.resumed),
        (2, 0)
    );
    assert_eq!(hub.stats().ended.completed, 2);
}

#[test]
fn when_its_time_is_up_its_fallback_is_the_answer() {
    let (hub, clock) = hub();
    let request = hold(&hub);
    assert_eq!(clock.advance(LONG_POLL), 1);
    assert!(fell_back(request));
    assert_eq!(hub.stats().passes.expired, 0);
}

#[test]
fn without_a_fallback_the_answer_is_a_204() {
    let (hub, clock) = hub();
    let expires = held(&hub, |c| c.suspend(&0, LONG_POLL));
    let notified = held(&hub, |c| c.suspend(&1, LONG_POLL));
    assert_eq!((clock.advance(LONG_POLL / 2), hub.notify(&1)), (0, 1));
    assert_eq!(clock.advance(LONG_POLL / 2), 1);
    assert_eq!(answer(expires), (204, Bytes::new()));
    assert_eq!(answer(notified), (204, Bytes::new()));
}

#[test]
fn a_timeout_of_zero_answers_with_the_fallback_at_once() {
    let (hub, _clock) = hub();
    let request = held(&hub, |c| {
        c.suspend(&0, Duration::ZERO).or_respond(fallback())
    });
    assert!(fell_back(request));
}

#[test]
fn every_other_end_of_its_wait_answers_with_the_fallback() {
    let ends: [fn(&Hub<u8>) -> usize; 4] = [
        |hub| hub.notify(&0),
        |hub| hub.notify_one(&0),
        |hub| hub.notify_every_key(Duration::ZERO),
        |hub| hub.notify_many(&[0, 1]),
    ];
    for end in ends {
        let (hub, _clock) = hub();
        let request = hold(&hub);
        assert_eq!(end(&hub), 1);
        assert!(fell_back(request));
    }
}

/// A held request, and its handle.
fn with_handle(hub: &Hub<u8>) -> (Pending<'_>, Handle) {
    let (tell, told) = std::sync::mpsc::channel();
    let request = begun(hub.run(move |c: Continuation<u8>| {
        tell.send(c.handle()).unwrap();
        let token = c.suspend(&0, LONG_POLL).or_respond(fallback());
        std::future::ready(Err(token.without_another_pass()))
    }));
    (request, told.recv().unwrap())
}

#[test]
fn a_handle_resumes_it_to_its_fallback_and_completes_it_to_something_else() {
    let (hub, _clock) = hub();
    let (resumed, handle) = with_handle(&hub);
    assert!(handle.resume() && !handle.resume());
    assert!(fell_back(resumed));
    let (completed, handle) = with_handle(&hub);
    assert!(handle.complete(response(201, "approved")).is_ok());
    assert_eq!(answer(completed), (201, "approved".into()));
}

#[test]
fn a_value_for_it_alone_comes_back() {
    let (hub, _clock) = hub();
    let (request, handle) = with_handle(&hub);
    assert_eq!(handle.resume_value(7_u32), Err(7));
    assert!(fell_back(request));
    let request = hold(&hub);
    assert_eq!(hub.notify_one_value(&0, 7_u32), Err(7));
    assert!(fell_back(request));
}

#[test]
fn a_value_is_counted_for_the_waiters_that_are_executed_again_at_any_position() {
    for holds in [
        [true, false, false],
        [false, true, false],
        [true, true, false],
        [true, true, true],
    ] {
        let (hub, _clock) = hub();
        let request = |is_hold: &bool| if *is_hold { hold(&hub) } else { usual(&hub) };
        let requests: Vec<_> = holds.iter().map(request).collect();
        let usual = holds.iter().filter(|is_hold| !**is_hold).count();
        assert_eq!(hub.notify_value(&0, 7_u32), usual);
        for (request, is_hold) in requests.into_iter().zip(holds) {
            match is_hold {
                true => assert!(fell_back(request)),
                false => assert_eq!(request.now_or_never().unwrap().unwrap(), 7),
            }
        }
        assert_eq!(hub.suspended_count(), 0);
    }
}

#[test]
fn a_value_is_counted_correctly_when_some_waiters_have_left() {
    let (hub, _clock) = hub();
    let (gone, stays, usual, gone_too) = (hold(&hub), hold(&hub), usual(&hub), hold(&hub));
    drop((gone, gone_too));
    assert_eq!(hub.notify_value(&0, 7_u32), 1);
    assert!(fell_back(stays));
    assert_eq!(usual.now_or_never().unwrap().unwrap(), 7);
}

#[test]
fn a_value_for_several_keys_is_not_delivered_either() {
    let (hub, _clock) = hub();
    let holds: Vec<_> = (0..8)
        .map(|_| {
            held(&hub, |c| {
                c.suspend_any(&[1, 2, 3], LONG_POLL).or_respond(fallback())
            })
        })
        .collect();
    assert_eq!(hub.notify_value(&2, 7_u32), 0);
    assert!(holds.into_iter().all(fell_back));
}

#[test]
fn a_notify_that_reaches_it_and_no_other_is_spent() {
    let (hub, _clock) = hub();
    let (first, mut second) = (hold(&hub), usual(&hub));
    assert_eq!(hub.notify_one(&0), 1);
    assert!(fell_back(first));
    assert!(
        second.as_mut().now_or_never().is_none(),
        "it is not passed on"
    );
    drop(second);
}

#[test]
fn if_the_chosen_waiter_leaves_its_notify_goes_to_the_next() {
    let (hub, _clock) = hub();
    let (first, second) = (hold(&hub), usual(&hub));
    assert_eq!(hub.notify_one(&0), 1);
    drop(first);
    assert_eq!(second.now_or_never().unwrap().unwrap(), 0);
}

#[test]
fn a_notify_during_its_pass_still_runs_one_more() {
    let (hub, _clock) = hub();
    let passes = AtomicUsize::new(0);
    let mut request = Box::pin(hub.run(async |c| -> Outcome<u32> {
        if passes.fetch_add(1, Ordering::Relaxed) == 0 {
            hub.notify(&0);
        }
        Err(c.suspend(&0, LONG_POLL).without_another_pass())
    }));
    for _ in 0..2 {
        assert!(request.as_mut().now_or_never().is_none());
    }
    assert_eq!(passes.load(Ordering::Relaxed), 2);
    assert_eq!(hub.respond(&0, fallback()).unwrap(), 1);
    assert!(matches!(
        request.now_or_never(),
        Some(Ok(Answer::Completed(_)))
    ));
}

#[test]
fn while_it_waits_nothing_is_kept_of_its_handler() {
    let (hub, _clock) = hub();
    let life = Arc::new(());
    let (kept, kept_too) = (Arc::clone(&life), Arc::clone(&life));
    let one = begun(hub.run(move |c: Continuation<u8>| {
        let _kept = &kept;
        std::future::ready(Err(c.suspend(&0, LONG_POLL).without_another_pass()))
    }));
    let two = begun(hub.run_owned(async move |c: Continuation<u8>| {
        let _kept = &kept_too;
        Err(c.suspend(&0, LONG_POLL).without_another_pass())
    }));
    assert_eq!((Arc::strong_count(&life), hub.suspended_count()), (1, 2));
    assert_eq!(hub.notify(&0), 2);
    assert_eq!(
        (answer(one), answer(two)),
        ((204, Bytes::new()), (204, Bytes::new()))
    );
}

#[test]
fn only_the_end_of_its_time_is_told_as_such() {
    let told = Arc::new(AtomicUsize::new(0));
    let (hub, clock) = hub();
    let hold = || {
        let told = Arc::clone(&told);
        begun(hub.run(move |c: Continuation<u8>| {
            let told = Arc::clone(&told);
            let token = c.suspend(&0, LONG_POLL).or_respond(fallback());
            let token = token.on_expire(move || _ = told.fetch_add(1, Ordering::Relaxed));
            std::future::ready(Err(token.without_another_pass()))
        }))
    };
    let notified = hold();
    hub.notify(&0);
    assert!(fell_back(notified));
    assert_eq!(told.load(Ordering::Relaxed), 0);
    let expired = hold();
    clock.advance(LONG_POLL);
    assert!(fell_back(expired));
    assert_eq!(told.load(Ordering::Relaxed), 1);
}

#[test]
fn a_shutdown_refuses_it_like_any_other() {
    let (hub, _clock) = hub();
    let request = hold(&hub);
    assert_eq!(hub.shutdown(), 1);
    assert_eq!(request.now_or_never().unwrap(), Err(Error::ShutDown));
}

#[test]
fn it_is_held_no_longer_than_a_request_may_be() {
    let (hub, clock) = Hub::<u8>::builder()
        .max_hold(LONG_POLL / 2)
        .build_with_mock_clock();
    let request = hold(&hub);
    assert_eq!(clock.advance(LONG_POLL / 2), 1);
    assert!(fell_back(request));
}

#[test]
fn an_interim_fallback_is_an_error_that_says_so() {
    let (hub, _clock) = hub();
    let request = held(&hub, |c| {
        c.suspend(&0, LONG_POLL).or_respond(response(103, ""))
    });
    hub.notify(&0);
    let refused = request.now_or_never().unwrap();
    assert!(matches!(refused, Err(Error::Interim { .. })), "{refused:?}");
}

#[test]
fn on_axum_the_layer_keeps_nothing_of_the_request() {
    use axum::{Router, body::Body, routing::get};
    use dacapo::axum::ResumeLayer;
    use tower::ServiceExt;

    let (hub, _clock) = hub();
    let life = Arc::new(());
    let goals = async |c: Continuation<u8>| -> Outcome<()> {
        Err(c.suspend(&0, LONG_POLL).without_another_pass())
    };
    let app: Router = Router::new().route("/", get(goals).layer(ResumeLayer::new(hub.clone())));
    let mut request = http::Request::get("/").body(Body::empty()).unwrap();
    request.extensions_mut().insert(Arc::clone(&life));
    let mut request = Box::pin(app.oneshot(request));
    assert!(request.as_mut().now_or_never().is_none());
    assert_eq!((Arc::strong_count(&life), hub.suspended_count()), (1, 1));
    assert_eq!(hub.respond(&0, response(201, "2:1")).unwrap(), 1);
    assert_eq!(request.now_or_never().unwrap().unwrap().status(), 201);
}

#[test]
fn on_actix_the_middleware_answers_it_from_outside() {
    use actix_web::dev::Service;
    use actix_web::test::{TestRequest, init_service};
    use actix_web::{App, web};
    use dacapo::actix::Resume;

    let (hub, _clock) = hub();
    let goals = async |c: Continuation<u8>| -> Outcome<&'static str> {
        Err(c.suspend(&0, LONG_POLL).without_another_pass())
    };
    let app = App::new().route("/", web::get().to(goals).wrap(Resume::new(hub.clone())));
    let app = init_service(app).now_or_never().unwrap();
    for (status, end) in [(201, true), (204, false)] {
        let mut request = Box::pin(app.call(TestRequest::get().uri("/").to_request()));
        assert!(request.as_mut().now_or_never().is_none());
        match end {
            true => assert_eq!(hub.respond(&0, response(201, "2:1")).unwrap(), 1),
            false => assert_eq!(hub.notify(&0), 1),
        }
        assert_eq!(request.now_or_never().unwrap().unwrap().status(), status);
    }
}
