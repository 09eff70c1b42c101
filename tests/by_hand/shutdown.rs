//! The third failure: a graceful shutdown waits for every poll. It takes as long as the longest hold, and a supervisor
//! that waits for less kills the server and cuts the polls off.
//!
//! The server is axum's own, on connections in memory: tokio's paused time must not run ahead while a socket is slow.

use std::future::pending;
use std::io;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use axum::serve::Listener;
use dacapo::Hub;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::oneshot;
use tokio::task::yield_now;
use tokio::time::Instant;

use crate::notes::HOLD;
use crate::{once_by_hand, once_here};

#[tokio::test(start_paused = true)]
async fn by_hand_a_shutdown_takes_as_long_as_the_longest_hold() {
    let app = once_by_hand::App::default();
    let routes = Router::new().route(
        "/{topic}",
        get(once_by_hand::read).post(once_by_hand::write),
    );
    let is_held = || app.topics.lock().unwrap().contains_key("tea");
    let (answer, took) = shut_down(routes.with_state(app.clone()), is_held, || {}).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(took >= HOLD);
}

#[tokio::test(start_paused = true)]
async fn here_a_shutdown_answers_every_poll_and_takes_no_time() {
    let hub = Hub::builder().build_on_tokio(); // without a shutdown, it would expire in the server's time
    let app = once_here::App {
        hub,
        ..Default::default()
    };
    let hub = app.hub.clone();
    let routes = Router::new().route("/{topic}", get(once_here::read).post(once_here::write));
    let is_held = || hub.suspended_count() == 1;
    let shut_down_hub = || assert_eq!(hub.shutdown(), 1);
    let (answer, took) = shut_down(routes.with_state(app), is_held, shut_down_hub).await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert_eq!(took, Duration::ZERO);
}

/// Shuts a server down while a client polls. Returns what the client gets, and how long the shutdown takes.
async fn shut_down(
    routes: Router,
    is_held: impl Fn() -> bool,
    in_addition: impl Fn(),
) -> (String, Duration) {
    let (mut client, connection) = duplex(1024);
    let (signal, signalled) = oneshot::channel::<()>();
    let server = axum::serve(One(Some(connection)), routes).with_graceful_shutdown(async {
        signalled.await.unwrap();
    });
    let server = tokio::spawn(async { server.await });
    client
        .write_all(b"GET /tea HTTP/1.1\r\nhost: here\r\n\r\n")
        .await
        .unwrap();
    while !is_held() {
        yield_now().await;
    }
    let begun = Instant::now();
    signal.send(()).unwrap();
    in_addition();
    server.await.unwrap().unwrap();
    let took = begun.elapsed();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    (answer, took)
}

/// A listener with one connection.
struct One(Option<DuplexStream>);

impl Listener for One {
    type Io = DuplexStream;
    type Addr = ();

    async fn accept(&mut self) -> (DuplexStream, ()) {
        match self.0.take() {
            Some(connection) => (connection, ()),
            None => pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<()> {
        Ok(())
    }
}
