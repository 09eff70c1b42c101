//! A handler that is executed twice in a pass, because a middleware inside tries again (palantir/dialogue #629, yarp #56),
//! or another one after it, because it falls back to that.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use dacapo::{Continuation, Hub, Outcome};
use http::{Method, Request, Response, StatusCode};
use support::{Again, Application, Framework, Layer, Target, ok, on_each_framework, poll};

use crate::{LONG_POLL, hub, says};

type Jobs = Arc<Mutex<VecDeque<&'static str>>>;

/// Takes a job, or waits for one.
fn worker(jobs: &Jobs) -> Application<String> {
    let jobs = Arc::clone(jobs);
    Application::of(move |c: Continuation<String>, _| {
        let job = jobs.lock().unwrap().pop_front();
        std::future::ready(match job {
            Some(job) => says(job),
            None => Err(c.suspend("jobs", LONG_POLL)),
        })
    })
}

/// Tries again if there was no success, and there is a job by then.
fn impatient(jobs: &Jobs, hub: &Hub<String>) -> Again {
    let (jobs, hub) = (Arc::clone(jobs), hub.clone());
    Again::unless(move |first: &Response<Bytes>| {
        if !first.status().is_success() {
            jobs.lock().unwrap().push_back("job");
            hub.notify_one("jobs");
        }
        first.status().is_success()
    })
}

on_each_framework!(
    the_answer_of_the_second_try_is_the_answer_and_its_job_is_not_lost,
    |on| {
        let (hub, _clock) = hub();
        let jobs = Jobs::default();
        let app = worker(&jobs).again(impatient(&jobs, &hub));
        let mut pending = on.serve(app.layer(Layer::of(&hub))).get("/");
        assert_eq!(poll(&mut pending), ok("job"));
        assert_eq!((jobs.lock().unwrap().len(), hub.suspended_count()), (0, 0));
    }
);

on_each_framework!(a_failure_of_the_second_try_is_the_answer_as_well, |on| {
    let (hub, _clock) = hub();
    let fails = in_turn(
        |c| Err(c.suspend("one", LONG_POLL)),
        |_| {
            let failure = Response::builder().status(StatusCode::BAD_GATEWAY);
            Ok(failure.body("no".into()).unwrap())
        },
    );
    let app = fails.again(Again::unless(|_| false)).layer(Layer::of(&hub));
    let mut pending = on.serve(app).get("/");
    let failure = Some((StatusCode::BAD_GATEWAY, "no".to_owned()));
    assert_eq!(poll(&mut pending), failure);
    assert_eq!(hub.suspended_count(), 0);
});

on_each_framework!(
    if_the_second_try_suspends_after_an_answer_the_request_is_held,
    |on| {
        let (hub, _clock) = hub();
        let app = in_turn(|_| says("first"), |c| Err(c.suspend("two", LONG_POLL)));
        let app = app.again(Again::unless(|_| false)).layer(Layer::of(&hub));
        let mut pending = on.serve(app).get("/");
        assert_eq!(poll(&mut pending), None);
        assert_eq!(hub.notify("two"), 1);
        // Nothing else is said in the second pass.
        assert_eq!(poll(&mut pending), ok("later"));
    }
);

type Try = fn(&Continuation<String>) -> Outcome<Response<Bytes>>;

/// Does this in the first execution of all, and that in the second; later it says so.
fn in_turn(first: Try, second: Try) -> Application<String> {
    let tries = AtomicU32::new(0);
    Application::of(move |c: Continuation<String>, _: Request<Bytes>| {
        std::future::ready(match tries.fetch_add(1, Ordering::SeqCst) {
            0 => first(&c),
            1 => second(&c),
            _ => says("later"),
        })
    })
}

on_each_framework!(
    if_both_tries_suspend_the_keys_of_both_wake_the_request,
    |on| {
        for key in ["one", "two", "three"] {
            let (hub, _clock) = hub();
            let app = in_turn(
                |c| Err(c.suspend("one", LONG_POLL)),
                |c| Err(c.suspend_any(["two", "three"], LONG_POLL)),
            );
            let app = app.again(Again::unless(|first| first.status().is_success()));
            let mut pending = on.serve(app.layer(Layer::of(&hub))).get("/");
            assert_eq!(poll(&mut pending), None);
            assert_eq!((hub.suspended_count(), hub.notify(key)), (1, 1));
            assert_eq!(poll(&mut pending), ok("later"));
        }
    }
);

on_each_framework!(if_both_tries_suspend_the_earlier_time_counts, |on| {
    const SHORT: Duration = Duration::from_secs(10);
    let (long, short): (Try, Try) = (
        |c| Err(c.suspend("one", LONG_POLL)),
        |c| Err(c.suspend("two", SHORT)),
    );
    for (first, second) in [(long, short), (short, long)] {
        let (hub, clock) = hub();
        let app = in_turn(first, second);
        let app = app.again(Again::unless(|first| first.status().is_success()));
        let mut pending = on.serve(app.layer(Layer::of(&hub))).get("/");
        assert_eq!(poll(&mut pending), None);
        assert_eq!(clock.advance(SHORT - Duration::from_millis(1)), 0);
        assert_eq!(clock.advance(Duration::from_millis(1)), 1);
        assert_eq!(poll(&mut pending), ok("later"));
    }
});

on_each_framework!(
    a_middleware_that_sends_the_first_of_two_responses_sends_no_token,
    |on| {
        let (hub, _clock) = hub();
        let app = in_turn(|c| Err(c.suspend("one", LONG_POLL)), |_| says("second"));
        let always = Again::unless(|_| false).sends_the_first();
        let mut pending = on.serve(app.again(always).layer(Layer::of(&hub))).get("/");
        assert_eq!(poll(&mut pending), None);
        assert_eq!(hub.notify("one"), 1);
        assert_eq!(poll(&mut pending), ok("later"));
    }
);

/// A worker, and behind it a fallback that takes what the worker makes no success of.
fn with_a_fallback(
    jobs: &Jobs,
    fallback: impl FnOnce(Application<String>) -> Application<String>,
) -> Application<String> {
    let to_the_fallback = Again::unless(|first| first.status().is_success()).elsewhere(FALLBACK);
    fallback(worker(jobs)).again(to_the_fallback)
}

const FALLBACK: &str = "/fallback";

on_each_framework!(the_answer_of_a_fallback_is_the_answer, |on| {
    let (hub, _clock) = hub();
    let app = with_a_fallback(&Jobs::default(), |app| {
        app.route(Method::GET, FALLBACK, async |_, _| says("fallback"))
    });
    let mut pending = on.serve(app.layer(Layer::of(&hub))).get("/");
    assert_eq!(poll(&mut pending), ok("fallback"));
    assert_eq!(hub.suspended_count(), 0);
});

on_each_framework!(
    if_the_fallback_waits_too_the_next_pass_begins_with_what_is_in_front_of_it,
    |on| {
        for key in ["jobs", "fallback"] {
            let (hub, _clock) = hub();
            let jobs = Jobs::default();
            let app = with_a_fallback(&jobs, |app| {
                let waits =
                    async |c: Continuation<String>, _| Err(c.suspend("fallback", LONG_POLL));
                app.route(Method::GET, FALLBACK, waits)
            });
            let mut pending = on.serve(app.layer(Layer::of(&hub))).get("/");
            assert_eq!(poll(&mut pending), None);
            jobs.lock().unwrap().push_back("job");
            assert_eq!(hub.notify(key), 1);
            assert_eq!(poll(&mut pending), ok("job"));
        }
    }
);

// A limit that is documented: what takes no continuation may be a page that says it nicer.
on_each_framework!(
    a_fallback_that_takes_no_continuation_does_not_answer_a_request_that_waits,
    |on| {
        let (hub, _clock) = hub();
        let jobs = Jobs::default();
        let app = with_a_fallback(&jobs, |app| {
            let fallback = Target::At(Method::GET, FALLBACK);
            app.mount(fallback, Some(&hub), async |_, _| says("fallback"))
        });
        let mut pending = on.serve(app.layer(Layer::of(&hub))).get("/");
        assert_eq!(poll(&mut pending), None);
        jobs.lock().unwrap().push_back("job");
        assert_eq!(hub.notify("jobs"), 1);
        assert_eq!(poll(&mut pending), ok("job"));
    }
);
