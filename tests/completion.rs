//! Answers from outside the handler, and answers for the expiry.

use std::cell::RefCell;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use dacapo::{Answer, CompleteError, Continuation, Error, Handle, Hub, Outcome};
use futures::FutureExt;
use futures::channel::oneshot;
use http::Response;

const LONG_POLL: Duration = Duration::from_secs(30);

fn answer(body: &'static str) -> Response<Bytes> {
    let response = Response::builder().status(202).header("x-answer", "yes");
    response.body(body.into()).unwrap()
}

fn body<T: std::fmt::Debug>(ended: Result<Answer<T>, Error>) -> Bytes {
    match ended {
        Ok(Answer::Completed(response)) => response.into_body(),
        other => panic!("it was not completed: {other:?}"),
    }
}

/// Suspends without an end, and passes its handle to the test.
async fn held(c: Continuation<u8>, handle: &RefCell<Option<Handle>>) -> Outcome<&'static str> {
    handle.replace(Some(c.handle()));
    assert!(c.is_initial(), "there is no further pass");
    Err(c.suspend(&0, LONG_POLL))
}

#[test]
fn a_completed_request_has_no_further_pass() {
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let handle = RefCell::new(None);
    let mut request = pin!(hub.run(|c| held(c, &handle)));
    assert!(request.as_mut().now_or_never().is_none());
    let handle = handle.take().unwrap();
    assert!(handle.complete(answer("done")).is_ok());
    assert!(handle.complete(answer("done again")).is_err() && !handle.resume());
    assert_eq!((hub.notify(&0), clock.advance(LONG_POLL)), (0, 0));
    assert_eq!(body(request.now_or_never().unwrap()), "done");
    assert!(handle.complete(answer("too late")).is_err());
    assert_eq!(hub.suspended_count(), 0);
}

#[test]
fn it_can_be_completed_by_its_id() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let handle = RefCell::new(None);
    let mut request = pin!(hub.run(|c| held(c, &handle)));
    assert!(request.as_mut().now_or_never().is_none());
    let id = handle.take().unwrap().id();
    assert!(hub.complete(id, answer("done")).is_ok());
    assert!(hub.complete(id, answer("done again")).is_err());
    assert_eq!(body(request.now_or_never().unwrap()), "done");
    assert!(hub.complete(id, answer("too late")).is_err());
    assert!(
        hub.complete("0".repeat(32).parse().unwrap(), answer("whose?"))
            .is_err()
    );
}

#[test]
fn a_completion_while_the_handler_runs_replaces_the_answer_of_the_handler() {
    for suspends in [true, false] {
        let (hub, _clock) = Hub::<u8>::with_mock_clock();
        let (open, opened) = oneshot::channel::<()>();
        let (handle, opened) = (RefCell::new(None), opened.shared());
        let mut request = pin!(hub.run(|c| {
            handle.replace(Some(c.handle()));
            let opened = opened.clone();
            async move {
                opened.await.unwrap();
                assert!(c.is_initial());
                if suspends {
                    return Err(c.suspend(&0, LONG_POLL));
                }
                Ok("the handler's own")
            }
        }));
        assert!(request.as_mut().now_or_never().is_none());
        let handle = handle.take().unwrap();
        assert!(handle.complete(answer("done")).is_ok());
        assert!(handle.complete(answer("done again")).is_err() && !handle.resume());
        open.send(()).unwrap();
        let ended = request.as_mut().now_or_never();
        let ended = ended.or_else(|| request.now_or_never());
        assert_eq!(body(ended.unwrap()), "done");
    }
}

#[test]
fn it_is_so_if_the_handler_has_another_error_type() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let request = hub.run(async |c| {
        assert!(c.handle().complete(answer("done")).is_ok());
        Outcome::Ok(Err::<(), _>("no such room"))
    });
    assert_eq!(body(request.now_or_never().unwrap()), "done");
}

#[test]
fn all_waiters_of_a_key_can_be_answered_at_once_without_another_pass() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let wait = async |c: Continuation<u8>, keys: &[u8]| -> Outcome<()> {
        assert!(c.is_initial(), "there is no further pass");
        Err(c.suspend_any(keys, LONG_POLL))
    };
    let mut one = pin!(hub.run(|c| wait(c, &[0])));
    let mut two = pin!(hub.run(|c| wait(c, &[1, 2, 0, 3])));
    let mut other = pin!(hub.run(|c| wait(c, &[1, 2, 3])));
    assert!(one.as_mut().now_or_never().is_none() && two.as_mut().now_or_never().is_none());
    assert!(other.as_mut().now_or_never().is_none());
    assert_eq!(hub.respond(&0, answer("the news")).unwrap(), 2);
    assert_eq!(hub.respond(&0, answer("nobody reads this")).unwrap(), 0);
    for ended in [one.now_or_never(), two.now_or_never()] {
        let Ok(Answer::Completed(response)) = ended.unwrap() else {
            panic!("it was completed");
        };
        assert_eq!(
            (response.status().as_u16(), &**response.body()),
            (202, &b"the news"[..])
        );
        assert_eq!(response.headers()["x-answer"], "yes");
    }
    assert!(other.as_mut().now_or_never().is_none());
    assert_eq!(hub.suspended_count(), 1);
}

#[test]
fn an_answer_for_all_and_the_end_of_the_time_exclude_each_other() {
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let wait = async |c: Continuation<u8>| match c.is_initial() {
        true => Err(c.suspend(&0, LONG_POLL).or_respond(answer("nothing new"))),
        false => Ok(()),
    };
    let mut request = pin!(hub.run(wait));
    assert!(request.as_mut().now_or_never().is_none());
    assert_eq!(hub.respond(&0, answer("the news")).unwrap(), 1);
    assert_eq!((clock.advance(LONG_POLL), hub.shutdown()), (0, 0));
    assert_eq!(body(request.now_or_never().unwrap()), "the news");

    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let mut request = pin!(hub.run(wait));
    assert!(request.as_mut().now_or_never().is_none());
    assert_eq!(
        (
            clock.advance(LONG_POLL),
            hub.respond(&0, answer("too late")).unwrap()
        ),
        (1, 0)
    );
    assert_eq!(body(request.now_or_never().unwrap()), "nothing new");
}

/// This request was not waiting, so its handler runs again, as after every notify.
#[test]
fn a_pass_that_runs_while_its_key_is_answered_is_executed_again() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let mut request = pin!(hub.run(async |c| {
        match c.pass() {
            1 => assert_eq!(hub.respond(&0, answer("too early")).unwrap(), 0),
            _ => return Ok("it has found the news itself"),
        }
        Err(c.suspend(&0, LONG_POLL))
    }));
    assert!(request.as_mut().now_or_never().is_none());
    assert_eq!(
        request.now_or_never().unwrap(),
        Ok("it has found the news itself".into())
    );
}

/// The second pass is armed, so the request is registered while it runs.
#[test]
fn an_armed_pass_whose_key_is_answered_is_answered_if_it_suspends() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let mut request = pin!(hub.run(async |c| -> Outcome<()> {
        match c.pass() {
            1 => assert_eq!(hub.notify(&0), 0),
            2 => assert_eq!(hub.respond(&0, answer("the news")).unwrap(), 0),
            _ => panic!("there is no third"),
        }
        Err(c.suspend(&0, LONG_POLL))
    }));
    assert!(request.as_mut().now_or_never().is_none());
    assert!(request.as_mut().now_or_never().is_none());
    assert_eq!(body(request.now_or_never().unwrap()), "the news");
}

/// The second pass is armed, so the request sees exactly what is notified while it runs, and the value is kept.
#[test]
fn a_completion_comes_before_a_value_although_that_was_first() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let mut request = pin!(hub.run(async |c| {
        match c.pass() {
            1 => assert_eq!(hub.notify(&0), 0),
            2 => {
                assert_eq!(hub.notify_value(&0, 7_u32), 0);
                assert!(c.handle().complete(answer("done")).is_ok());
            }
            _ => return Ok(c.value::<u32>()),
        }
        Err(c.suspend(&0, LONG_POLL))
    }));
    assert!(request.as_mut().now_or_never().is_none());
    assert!(request.as_mut().now_or_never().is_none());
    assert_eq!(body(request.now_or_never().unwrap()), "done");
}

#[test]
fn a_completion_comes_before_a_limit_and_before_a_shutdown() {
    let (hub, _clock) = Hub::<u8>::builder().max_keys(1).build_with_mock_clock();
    let request = hub.run(async |c| {
        assert!(c.handle().complete(answer("done")).is_ok());
        Err::<(), _>(c.suspend_any(&[0, 1], LONG_POLL))
    });
    assert_eq!(body(request.now_or_never().unwrap()), "done");
    hub.shutdown();
    let request = hub.run(async |c| {
        assert!(c.handle().complete(answer("done")).is_ok());
        Err::<(), _>(c.suspend(&0, LONG_POLL))
    });
    assert_eq!(body(request.now_or_never().unwrap()), "done");
}

#[test]
fn between_its_wait_and_its_next_pass_there_is_nothing_to_complete() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let handle = RefCell::new(None);
    let mut request = pin!(hub.run(|c| {
        handle.replace(Some(c.handle()));
        async move {
            if c.is_initial() {
                return Err(c.suspend(&0, LONG_POLL));
            }
            Ok("resumed")
        }
    }));
    assert!(request.as_mut().now_or_never().is_none());
    hub.notify(&0);
    assert!(handle.take().unwrap().complete(answer("too late")).is_err());
    assert_eq!(request.now_or_never().unwrap(), Ok("resumed".into()));
}

#[test]
fn a_ready_answer_spares_the_pass_when_the_time_is_up() {
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let mut request = pin!(hub.run(async |c| {
        assert!(c.is_initial());
        let token = c.suspend(&0, LONG_POLL).or_respond(answer("not this one"));
        Err::<(), _>(token.or_respond(answer("nothing new")))
    }));
    assert!(request.as_mut().now_or_never().is_none());
    assert_eq!(clock.advance(LONG_POLL), 1);
    assert_eq!(body(request.now_or_never().unwrap()), "nothing new");
}

#[test]
fn it_does_so_too_when_the_time_is_up_at_once() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let mut request = pin!(hub.run(async |c| {
        let token = c.suspend(&0, Duration::ZERO);
        Err::<(), _>(token.or_respond(answer("nothing new")))
    }));
    assert!(request.as_mut().now_or_never().is_none());
    assert_eq!(body(request.now_or_never().unwrap()), "nothing new");
}

#[test]
fn a_lazy_answer_is_made_at_the_end_of_the_time_and_not_before() {
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let (make, made) = std::sync::mpsc::channel();
    let mut request = pin!(hub.run(|c| {
        let make = make.clone();
        let respond = move || {
            make.send(()).unwrap();
            answer("nothing new")
        };
        async move { Err::<(), _>(c.suspend(&0, LONG_POLL).or_respond_with(respond)) }
    }));
    assert!(request.as_mut().now_or_never().is_none());
    clock.advance(LONG_POLL);
    assert!(made.try_recv().is_err(), "not on the clock's thread");
    assert_eq!(body(request.now_or_never().unwrap()), "nothing new");
    assert_eq!(made.try_iter().count(), 1);
}

#[test]
fn a_ready_answer_is_dropped_when_the_wait_ends_otherwise() {
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let mut request = pin!(hub.run(async |c| match c.pass() {
        1 => Err(c.suspend(&0, LONG_POLL).or_respond(answer("nothing new"))),
        2 => Err(c.suspend(&0, LONG_POLL)),
        _ => Ok(c.is_expired()),
    }));
    assert!(request.as_mut().now_or_never().is_none());
    hub.notify(&0);
    assert!(request.as_mut().now_or_never().is_none());
    clock.advance(LONG_POLL);
    assert_eq!(request.now_or_never().unwrap(), Ok(true.into()));
}

#[test]
fn an_addition_to_a_copy_of_a_token_does_not_change_the_token() {
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let mut request = pin!(hub.run(async |c| {
        if c.is_expired() {
            return Ok("a pass");
        }
        let token = c.suspend(&0, LONG_POLL).on_expire(|| ());
        let _copy = token.clone().or_respond(answer("the copy's"));
        Err(token)
    }));
    assert!(request.as_mut().now_or_never().is_none());
    clock.advance(LONG_POLL);
    assert_eq!(request.now_or_never().unwrap(), Ok("a pass".into()));
}

#[test]
fn a_completion_that_is_sent_as_a_value_completes_the_request() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let completed = hub.run(async |c| Outcome::Ok(c.handle().complete(answer("done")).is_ok()));
    let Ok(Answer::Completed(response)) = completed.now_or_never().unwrap() else {
        panic!("it was completed");
    };
    let mut request = pin!(hub.run(async |c| match c.value::<Box<Response<Bytes>>>() {
        Some(value) => Ok(Answer::Completed((*value).clone())),
        None => Err(c.suspend(&0, LONG_POLL)),
    }));
    assert!(request.as_mut().now_or_never().is_none());
    assert_eq!(hub.notify_value(&0, response.clone()), 1);
    let again: Answer<()> = Answer::Completed(response);
    assert_eq!(request.now_or_never().unwrap(), Ok(again.into()));
}

#[test]
fn completions_are_equal_if_they_are_sent_alike() {
    let completed = |body| {
        let (hub, _clock) = Hub::<u8>::with_mock_clock();
        let request = hub.run(async |c| {
            c.handle().complete(answer(body)).unwrap();
            Outcome::Ok(())
        });
        request.now_or_never().unwrap().unwrap()
    };
    assert_eq!(completed("one"), completed("one"));
    assert_ne!(completed("one"), completed("two"));
    let response = completed("one").into_inner().unwrap_err();
    assert_eq!(response.status(), 202);
    assert_eq!(response.headers()["x-answer"], "yes");
}

/// A response after which a client waits for another one.
fn interim() -> Response<Bytes> {
    let response = Response::builder().status(103);
    response.body("early hints".into()).unwrap()
}

#[test]
fn an_interim_response_is_no_answer_and_the_request_stays_held() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let handle = RefCell::new(None);
    let mut request = pin!(hub.run(|c| held(c, &handle)));
    assert!(request.as_mut().now_or_never().is_none());
    let handle = handle.take().unwrap();
    for refused in [
        handle.complete(interim()),
        hub.complete(handle.id(), interim()),
        hub.respond(&0, interim()).map(drop),
    ] {
        let error = refused.unwrap_err();
        assert!(matches!(error, CompleteError::Interim(_)), "{error:?}");
        assert!(
            error
                .to_string()
                .starts_with("103 Early Hints is no final answer")
        );
        assert_eq!(error.into_response().body(), "early hints");
    }
    assert!(request.as_mut().now_or_never().is_none());
    assert_eq!(hub.suspended_count(), 1);
    assert!(handle.complete(answer("done")).is_ok());
    assert_eq!(body(request.now_or_never().unwrap()), "done");
}

#[test]
fn an_answer_that_comes_too_late_is_given_back() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let handle = RefCell::new(None);
    let mut request = Box::pin(hub.run(|c| held(c, &handle)));
    assert!(request.as_mut().now_or_never().is_none());
    let handle = handle.take().unwrap();
    let id = handle.id();
    assert!(handle.resume());
    let is_given_back = |given: Result<(), CompleteError>| {
        let error = given.unwrap_err();
        assert!(matches!(error, CompleteError::TooLate(_)), "{error:?}");
        assert_eq!(error.into_response().body(), "late");
    };
    is_given_back(handle.complete(answer("late")));
    is_given_back(hub.complete(id, answer("late")));
    drop(request);
    is_given_back(handle.complete(answer("late")));
    is_given_back(hub.complete(id, answer("late")));
}

#[test]
fn an_interim_response_for_the_end_of_the_time_is_an_error_that_says_so() {
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let wait = async |c: Continuation<u8>| -> Outcome<()> {
        Err(c.suspend(&0, LONG_POLL).or_respond(interim()))
    };
    let mut request = pin!(hub.run(wait));
    assert!(request.as_mut().now_or_never().is_none());
    assert_eq!(clock.advance(LONG_POLL), 1);
    let error = request.now_or_never().unwrap().unwrap_err();
    assert!(matches!(error, Error::Interim { status } if status == 103));
    assert_eq!(error.response().status(), 500);
    assert!(error.to_string().contains("103 Early Hints"), "{error}");
    assert_eq!(hub.stats().refused.interim, 1);
}

#[cfg(all(feature = "axum", feature = "actix"))]
mod under_a_framework {
    use http::Request;

    use super::*;

    /// A request that is answered from outside. Its path names the way.
    async fn three_ways(
        c: Continuation<String>,
        request: Request<Bytes>,
    ) -> Outcome<Response<Bytes>> {
        assert!(c.is_initial());
        let token = c.suspend("lobby", LONG_POLL);
        match request.uri().path() {
            "/early" => assert!(c.handle().complete(answer("early")).is_ok()),
            "/instead" => {
                assert!(c.handle().complete(answer("instead")).is_ok());
                return Ok(Response::default());
            }
            "/outside" | "/everybody" => {}
            _ => return Err(token.or_respond(answer("nothing new"))),
        }
        HANDLE.set(Some(c.handle()));
        Err(token)
    }

    thread_local! {
        static HANDLE: std::cell::Cell<Option<Handle>> = const { std::cell::Cell::new(None) };
    }

    const WAYS: [(&str, &str); 5] = [
        ("/early", "early"),
        ("/instead", "instead"),
        ("/outside", "outside"),
        ("/everybody", "everybody"),
        ("/expiry", "nothing new"),
    ];

    /// The call from outside that answers the request.
    fn act(path: &str, hub: &Hub<String>, clock: &dacapo::MockClock) {
        match path {
            "/outside" => assert!(HANDLE.take().unwrap().complete(answer("outside")).is_ok()),
            "/everybody" => assert_eq!(hub.respond("lobby", answer("everybody")).unwrap(), 1),
            "/expiry" => assert_eq!(clock.advance(LONG_POLL), 1),
            _ => {}
        }
    }

    #[test]
    fn on_axum_the_client_gets_it() {
        use axum::{Router, body};
        use dacapo::axum::{ResumeLayer, handler};
        use tower::ServiceExt;

        for (path, expected) in WAYS {
            let (hub, clock) = Hub::<String>::with_mock_clock();
            let app: Router = Router::new().fallback(handler(three_ways));
            let app = app.layer(ResumeLayer::new(hub.clone()));
            let request = Request::get(path).body(body::Body::empty()).unwrap();
            let mut pending = pin!(app.oneshot(request));
            let first = pending.as_mut().now_or_never();
            act(path, &hub, &clock);
            let response = first.or_else(|| pending.now_or_never()).unwrap().unwrap();
            assert_eq!(response.status(), 202, "{path}");
            assert_eq!(response.headers()["x-answer"], "yes");
            let body = body::to_bytes(response.into_body(), 99).now_or_never();
            assert_eq!(body.unwrap().unwrap(), expected);
            assert_eq!(hub.suspended_count(), 0);
        }
    }

    #[test]
    fn on_actix_the_client_gets_it() {
        use actix_web::test::{TestRequest, init_service};
        use actix_web::{App, body, dev::Service, web};
        use dacapo::actix::{Resume, handler};

        for (path, expected) in WAYS {
            let (hub, clock) = Hub::<String>::with_mock_clock();
            let app = App::new().default_service(web::to(handler(three_ways)));
            let app = futures::executor::block_on(init_service(app.wrap(Resume::new(hub.clone()))));
            let mut pending = pin!(app.call(TestRequest::get().uri(path).to_request()));
            let first = pending.as_mut().now_or_never();
            act(path, &hub, &clock);
            let response = first.or_else(|| pending.now_or_never()).unwrap().unwrap();
            assert_eq!(response.status(), 202, "{path}");
            assert_eq!(response.headers().get("x-answer").unwrap(), "yes");
            let body = body::to_bytes(response.into_body()).now_or_never().unwrap();
            assert_eq!(body.ok().unwrap(), expected);
            assert_eq!(hub.suspended_count(), 0);
        }
    }
}
