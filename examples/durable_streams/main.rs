//! A server of Durable Streams: append-only streams behind URLs, with long polls and event streams. It keeps everything
//! in memory, and passes the tests that the protocol's authors publish, except those of forks and of subscriptions
//! (`.ci/protocols`).
//!
//! `cargo run --all-features --example durable_streams`, then try these. The variable PORT chooses another port, and
//! HOLD says for how many seconds a poll is held.
//!
//! ```sh
//! curl -X PUT localhost:4437/tea -H 'content-type: text/plain'
//! curl 'localhost:4437/tea?offset=now&live=long-poll' & # is held,
//! curl localhost:4437/tea -H 'content-type: text/plain' -d 'it is ready' # and answered by this
//! ```

mod reading;
#[path = "../signals.rs"]
mod signals;
mod stream;
mod streams;
#[cfg(test)]
mod tests;
mod wire;

use std::time::Duration;
use std::{env, io};

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::request::Parts;
use axum::middleware::map_response;
use axum::response::Response;
use axum::{Router, routing::any};
use dacapo::axum::ResumeLayer;
use dacapo::{Continuation, Hub};
use tokio::net::TcpListener;

use crate::streams::Streams;
use crate::wire::{Request, refuse, respond};

#[tokio::main]
async fn main() -> io::Result<()> {
    let number = |name, default| env::var(name).map_or(Ok(default), |text| text.parse::<u16>());
    let port = number("PORT", 4437).map_err(io::Error::other)?;
    let hold = number("HOLD", 20).map_err(io::Error::other)?;
    let hub = Hub::new();
    let app = app(hub.clone(), Duration::from_secs(hold.into()));
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("streams on http://{}", listener.local_addr()?);
    axum::serve(listener, app)
        .with_graceful_shutdown(async move {
            signals::shutdown_signal().await;
            hub.shutdown(); // ends every read that waits
        })
        .await
}

fn app(hub: Hub<u64>, hold: Duration) -> Router {
    let state = (Streams::new(&hub), hold);
    let resume = ResumeLayer::new(hub).max_body_size(16 << 20);
    let resume = resume.max_hold(2 * hold); // a poll that has waited in vain is not cut before
    Router::new()
        .route("/{*path}", any(serve))
        .layer(DefaultBodyLimit::disable())
        .layer(resume)
        .layer(map_response(for_browsers))
        .with_state(state)
}

async fn serve(
    c: Continuation<u64>,
    State((streams, hold)): State<(Streams, Duration)>,
    parts: Parts,
    body: Bytes,
) -> Response {
    let request = Request::from_parts(parts, body);
    let answer = match request.method().as_str() {
        "PUT" => streams.create(&request),
        "POST" => streams.append(&request),
        "DELETE" => streams.delete(&request),
        "HEAD" => streams.head(&request),
        "GET" => reading::read(&c, streams, &request, hold),
        "OPTIONS" => Ok(respond(204, [], "")),
        _ => refuse(405, "a stream does not know this method"),
    };
    answer.unwrap_or_else(|refusal| *refusal)
}

async fn for_browsers(mut response: Response) -> Response {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", "*"),
        ("access-control-allow-headers", "*"),
        ("access-control-expose-headers", "*"),
    ] {
        let headers = response.headers_mut();
        headers.insert(name, value.parse().unwrap());
    }
    response
}
