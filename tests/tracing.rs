//! The events of `tracing`: the life of a request, inside a span.

use std::time::Duration;

use bytes::Bytes;
use dacapo::push::{Push, Token};
use dacapo::{Hub, MockClock, Outcome, Relay};
use futures::FutureExt;
use support::Log;
use tracing_subscriber::filter::LevelFilter;

const LONG_POLL: Duration = Duration::from_secs(30);

/// The lines of a log down to a level.
fn log(level: LevelFilter, act: impl FnOnce(&Hub<u8>, &MockClock)) -> Vec<String> {
    let log = Log::default();
    let writer = {
        let log = log.clone();
        move || log.clone()
    };
    let lines = tracing_subscriber::fmt().with_writer(writer).without_time();
    let lines = lines.with_max_level(level).with_ansi(false).finish();
    tracing::subscriber::with_default(lines, || {
        let (hub, clock) = Hub::with_mock_clock();
        act(&hub, &clock);
    });
    log.lines()
}

fn a_life(hub: &Hub<u8>, clock: &MockClock) {
    let mut request = Box::pin(hub.run(async |c| {
        tracing::info!("the handler's own");
        match c.pass() {
            1 | 2 => Err(c.suspend(&0, LONG_POLL)),
            _ => Ok(()),
        }
    }));
    assert_eq!(request.as_mut().now_or_never(), None);
    hub.notify(&0);
    assert_eq!(request.as_mut().now_or_never(), None);
    clock.advance(LONG_POLL);
    assert_eq!(request.now_or_never(), Some(Ok(().into())));
    let mut gone = Box::pin(hub.run(async |c| Err::<(), _>(c.suspend(&0, LONG_POLL))));
    assert_eq!(gone.as_mut().now_or_never(), None);
    drop(gone);
    hub.shutdown();
}

#[test]
fn a_trace_tells_the_whole_life_of_a_request() {
    let span = "continuation{request=0}: dacapo:";
    let expected = [
        format!("TRACE {span} a pass begins dispatch=Initial pass=1"),
        "INFO continuation{request=0}: tracing: the handler's own".into(),
        format!("TRACE {span} the handler has suspended keys=1 needless=false"),
        "TRACE dacapo: a notify waits=1".into(),
        format!("TRACE {span} the wait is over end=Resumed lasted=0ns"),
        format!("TRACE {span} a pass begins dispatch=Resumed pass=2"),
        "INFO continuation{request=0}: tracing: the handler's own".into(),
        format!("TRACE {span} the handler has suspended keys=1 needless=true"),
        "TRACE dacapo: the timer has come lag=0ns".into(),
        format!("TRACE {span} the wait has expired lasted=30s"),
        format!("TRACE {span} a pass begins dispatch=Expired pass=3"),
        "INFO continuation{request=0}: tracing: the handler's own".into(),
        format!("DEBUG {span} the request is over end=Answered"),
    ];
    let lines = log(LevelFilter::TRACE, a_life);
    assert_eq!(lines[..expected.len()], expected);
}

#[test]
fn at_the_usual_level_only_the_shutdown_is_told() {
    let lines = log(LevelFilter::INFO, a_life);
    let ours: Vec<_> = lines
        .iter()
        .filter(|line| line.contains("dacapo:"))
        .collect();
    assert_eq!(ours, ["INFO dacapo: the hub is shut down suspended=0"]);
}

#[test]
fn at_the_debug_level_the_end_of_each_request_is_told() {
    let lines = log(LevelFilter::DEBUG, a_life);
    let ours = lines.into_iter().filter(|line| line.starts_with("DEBUG"));
    assert!(ours.eq([
        "DEBUG continuation{request=0}: dacapo: the request is over end=Answered",
        "DEBUG continuation{request=1}: dacapo: the client has gone",
    ]));
}

#[test]
fn a_fault_of_the_server_is_a_warning() {
    let lines = log(LevelFilter::WARN, |hub, _| {
        let other = hub.run(async |c| Outcome::Ok(c.suspend(&0, LONG_POLL)));
        let foreign = other.now_or_never().unwrap().unwrap().into_inner().unwrap();
        let refused = hub.run(|_| std::future::ready(Err::<(), _>(foreign.clone())));
        assert!(refused.now_or_never().unwrap().is_err());
        let answer = hub.run(async |c| {
            c.on_end(|_| panic!("a bad listener"));
            Outcome::Ok(())
        });
        assert_eq!(answer.now_or_never(), Some(Ok(().into())));
    });
    assert_eq!(lines.len(), 2);
    assert!(lines[0].starts_with("WARN dacapo: the request is refused error=the `Suspended`"));
    assert_eq!(
        lines[1],
        "WARN dacapo: a waker, a callback or a destructor has panicked"
    );
}

#[test]
fn a_push_is_traced_without_its_key_its_body_and_its_token() {
    let lines = log(LevelFilter::TRACE, |hub, _| {
        let push = Push::new(hub, Token::new("a-token-of-a-test").unwrap());
        for path in ["/keys/7/answer", "/keys/7/notify", "/keys/x/notify"] {
            let request = http::Request::post(path);
            let request = request.header("authorization", "Bearer a-token-of-a-test");
            let (head, body) = request.body(Bytes::from("a body")).unwrap().into_parts();
            let answer = push.answer(&head, async { Ok(body) });
            assert!(answer.now_or_never().is_some());
        }
    });
    let expected = [
        "TRACE dacapo: a notify waits=0",
        "DEBUG dacapo: a push has answered requests=0",
        "TRACE dacapo: a notify waits=0",
        "TRACE dacapo: a push has notified requests=0",
        "DEBUG dacapo: a push is refused status=400",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn a_relay_is_traced_without_its_keys_and_actors() {
    let tell = |hub: &Hub<u8>, _: &MockClock| {
        let relay = Relay::builder().outbox(1).build(hub);
        relay.down();
        relay.up();
        relay.hear("x 0 k tab-7 7");
        relay.hear("x 0 k - seven");
        relay.hear("nonsense");
        for key in [7, 8] {
            relay.notify(&key);
        }
        relay.down();
        relay.leave();
    };
    let every_key = "DEBUG dacapo: notifies may have been missed: every key is notified";
    let expected = [
        "WARN dacapo: the relay is down was_up=false",
        "INFO dacapo: the relay is up",
        &format!("{every_key} cause=Connected"),
        "TRACE dacapo: a relay has heard a line what=Line",
        "TRACE dacapo: a notify waits=0",
        "TRACE dacapo: a relay has heard a line what=Line",
        "DEBUG dacapo: a relay has heard what it does not understand what=UnknownKey",
        "DEBUG dacapo: a relay has heard what it does not understand what=Unreadable",
        &format!("{every_key} cause=Unreadable"),
        "TRACE dacapo: a notify waits=0",
        "WARN dacapo: the outbox of a relay is full: its lines become a gap",
        "TRACE dacapo: a notify waits=0",
        "WARN dacapo: the relay is down was_up=true",
        "INFO dacapo: the relay has left",
    ];
    assert_eq!(log(LevelFilter::TRACE, tell), expected);
}
