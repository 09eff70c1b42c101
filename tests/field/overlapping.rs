//! A client that polls again while its former poll is held (python-telegram-bot #702, engine.io #352).

use bytes::Bytes;
use dacapo::{Continuation, Hub, OnClientLimit, Outcome};
use http::{Request, Response, StatusCode};
use support::{Application, Framework, Pending, ok, on_each_mount, poll};

use crate::{LONG_POLL, says};

async fn news(c: Continuation<String>, _: Request<Bytes>) -> Outcome<Response<Bytes>> {
    match c.is_initial() {
        true => Err(c.suspend("news", LONG_POLL).client("ada")),
        false => says("news"),
    }
}

on_each_mount!(
    the_former_polls_of_a_client_end_with_a_409_at_once_and_the_news_goes_to_the_latest,
    |on, mount| {
        let hub = Hub::builder().max_per_client(1, OnClientLimit::EvictOldest);
        let (hub, _clock) = hub.build_with_mock_clock();
        let server = on.serve(Application::held(mount, &hub, news));
        let held = || {
            let mut pending: Pending = server.get("/");
            assert_eq!(poll(&mut pending), None);
            pending
        };
        let mut former = held();
        for _ in 0..3 {
            let latest = held();
            let (status, _) = poll(&mut former).expect("it has ended");
            assert_eq!(status, StatusCode::CONFLICT);
            assert_eq!(hub.suspended_count(), 1);
            former = latest;
        }
        drop(former); // a client that vanishes
        let mut latest = held();
        assert_eq!(hub.notify("news"), 1);
        assert_eq!(poll(&mut latest), ok("news"));
    }
);
