//! Servers of actix on sockets.

use std::time::Duration;

use actix_web::rt::{System, spawn};
use actix_web::web::ServiceConfig;
use actix_web::{App, HttpServer};

use crate::Listening;

/// No client of a test is slow, but machines are.
const NEVER: Duration = Duration::from_secs(3600);

/// What actix does when a client has closed its sending side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HalfClosed {
    /// The client is answered. This is the default of actix.
    Stays,
    /// The client counts as disconnected, as the documentation advises.
    HasGone,
}

/// A server on a socket.
pub fn listen(
    half_closed: HalfClosed,
    app: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> Listening {
    listen_with(half_closed, NEVER, app)
}

/// A server on a socket, and how long it waits for a head, and for the next request of a connection.
pub fn listen_with(
    half_closed: HalfClosed,
    patience: Duration,
    app: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> Listening {
    Listening::start(move |bound, stopped| {
        System::new().block_on(async move {
            let server = HttpServer::new(move || App::new().configure(&app))
                .workers(2)
                .h1_allow_half_closed(half_closed == HalfClosed::Stays)
                .client_request_timeout(patience)
                .keep_alive(patience)
                .disable_signals()
                .bind_auto_h2c("127.0.0.1:0")
                .unwrap();
            bound.send(server.addrs()[0]).unwrap();
            let server = server.run();
            let handle = server.handle();
            spawn(async move {
                // A test that does not stop the server drops the sender at its end.
                let is_graceful = stopped.await.is_ok();
                handle.stop(is_graceful).await;
            });
            server.await.unwrap();
        });
    })
}
