//! Servers that wait neither long for a head nor long for the next request: their timers are none of a held request's.
//!
//! All that they cut has begun after a request was held, so they have had the time to cut that.

use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use support::Listening;
use support::on_actix::{self, HalfClosed};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

use crate::application::Application;
use crate::client::Connection;
use crate::client::frames::{END_HEADERS, END_STREAM, GET, HEADERS, PREFACE, frame};
use crate::running::Running;
use crate::server::{configured, routes};

/// A client of a test needs less between its connection and its head.
const SHORT: Duration = Duration::from_secs(1);

pub(crate) fn axum(application: Arc<Application>) -> Listening {
    let app = routes(application);
    Listening::start(move |bound, stopped| {
        Runtime::new().unwrap().block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            bound.send(listener.local_addr().unwrap()).unwrap();
            let serve = async {
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    tokio::spawn(serve(stream, app.clone()));
                }
            };
            tokio::select! {
                _ = stopped => {}
                () = serve => {}
            }
        });
    })
}

async fn serve(stream: TcpStream, app: ::axum::Router) {
    let mut server = Builder::new(TokioExecutor::new());
    let mut http1 = server.http1();
    http1.timer(TokioTimer::new()).header_read_timeout(SHORT);
    let mut http2 = server.http2();
    let http2 = http2.timer(TokioTimer::new());
    http2.keep_alive_interval(SHORT).keep_alive_timeout(SHORT);
    let app = TowerToHyperService::new(app);
    // A client that is cut is an error.
    let _ = server.serve_connection(TokioIo::new(stream), app).await;
}

pub(crate) fn actix(application: Arc<Application>) -> Listening {
    on_actix::listen_with(HalfClosed::HasGone, SHORT, configured(application))
}

/// Returns when the timers have cut a client that stops in its head, and one that asks for nothing more.
fn until_others_are_cut(running: &Running) {
    let mut slow = running.connect();
    slow.send("GET /wait/lobby HTTP/1.1\r\nhost");
    let mut idle = running.connect();
    idle.get("/now");
    assert_eq!(idle.receive(), (200, "now".into()));
    let said = slow.hung_up();
    assert!(
        said.is_empty() || said.starts_with("HTTP/1.1 408 "),
        "{said}"
    );
    assert_eq!(idle.hung_up(), "");
}

fn assert_is_answered(running: &Running, held: &mut Connection, answer: &str) {
    assert_eq!(running.hub.suspended_count(), 1);
    assert_eq!(running.hub.notify("lobby"), 1);
    assert_eq!(held.receive(), (200, answer.into()));
}

test!(
    what_cuts_the_slow_and_the_idle_does_not_cut_the_held_before_they_are_idle_too,
    on timers,
    |running| {
        let mut held = running.hold("/wait/lobby");
        // The second request is there before the first is answered: the connection is never idle.
        held.get("/wait/lobby");
        for _ in 0..2 {
            running.until_suspended(1);
            until_others_are_cut(&running);
            assert_is_answered(&running, &mut held, "resumed in pass 2");
        }
        assert_eq!(held.hung_up(), "");
    }
);

test!(
    a_body_may_be_slower_than_a_head_before_it_is_held_and_after,
    on timers,
    |running| {
        let mut held = running.connect();
        held.send("POST /echo/lobby HTTP/1.1\r\nhost: x\r\ncontent-length: 7\r\n\r\nda ");
        until_others_are_cut(&running);
        held.send("capo");
        running.until_suspended(1);
        until_others_are_cut(&running);
        assert_is_answered(&running, &mut held, "da capo");
    }
);

test!(
    a_stream_is_held_as_long_as_its_client_answers_pings,
    on timers,
    |running| {
        let client = running.connect_with_http2();
        let held = client.get("/wait/lobby");
        running.until_suspended(1);
        let mut silent = running.connect();
        silent.send(PREFACE);
        silent.send(frame(HEADERS, END_STREAM | END_HEADERS, 1, GET));
        running.until_suspended(2);
        silent.hung_up();
        // actix has cut its connection, and does not tell its request.
        running.hub.notify("lobby");
        assert_eq!(held.receive(), (200, "resumed in pass 2".into()));
        running.outlast_all(&["lobby"]);
    }
);
