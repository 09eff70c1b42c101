//! A server of Durable Streams: append-only streams behind URLs, with long polls and event streams. It passes the tests
//! that the protocol's authors publish (`.ci/protocols`), and keeps everything in memory: the bytes in a
//! [`Mailbox`](dacapo::Mailbox). Its readers are passes of [`Hub::run`] and of [`Hub::stream`].
//!
//! `cargo run --all-features --example durable_streams`, then try these. The variable PORT chooses another port, and
//! HOLD says for how many seconds a poll is held.
//!
//! ```sh
//! curl -X PUT  localhost:4437/tea -H 'content-type: text/plain'
//! curl         'localhost:4437/tea?offset=now&live=long-poll' & # is held,
//! curl         localhost:4437/tea -H 'content-type: text/plain' -d 'it is ready' # and answered by this
//! curl -N      'localhost:4437/tea?offset=-1&live=sse'
//! ```

mod content;
mod reading;
mod request;
mod response;
#[path = "../signals.rs"]
mod signals;
mod stream;
mod streams;

use std::time::Duration;
use std::{env, io};

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, Method, Uri};
use axum::middleware::map_response;
use axum::response::Response;
use axum::{Router, routing::any};
use dacapo::Hub;
use tokio::net::TcpListener;

use crate::request::Request;
use crate::response::{Answer, Refusal, respond};
use crate::signals::shutdown_signal;
use crate::streams::Streams;

#[derive(Clone)]
struct Server {
    streams: Streams,
    hold: Duration,
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let number = |name, default| env::var(name).map_or(Ok(default), |text| text.parse::<u16>());
    let port = number("PORT", 4437).map_err(io::Error::other)?;
    let hold = number("HOLD", 20).map_err(io::Error::other)?;
    let hub = Hub::new();
    let server = Server {
        streams: Streams::new(hub.clone()),
        hold: Duration::from_secs(hold.into()),
    };
    let app = Router::new()
        .route("/{*path}", any(serve))
        .with_state(server);
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("streams on http://{}", listener.local_addr()?);
    axum::serve(listener, app.layer(map_response(for_browsers)))
        .with_graceful_shutdown(async move {
            shutdown_signal().await;
            hub.shutdown(); // ends every read that waits
        })
        .await
}

async fn serve(
    State(Server { streams, hold }): State<Server>,
    method: Method,
    uri: Uri,
    Query(query): Query<Vec<(String, String)>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let request = Request::new(uri.path(), query, headers, body);
    match method.as_str() {
        "PUT" => streams.create(&request),
        "POST" => streams.append(&request),
        "DELETE" => streams.delete(&request),
        "HEAD" => streams.head(&request),
        "GET" => reading::read(&streams, request, hold).await,
        "OPTIONS" => Ok(respond(
            204,
            [("access-control-allow-headers", "*".into())],
            "",
        )),
        _ => Err(Refusal::new(405, "a stream does not know this method")),
    }
}

async fn for_browsers(mut response: Response) -> Response {
    let headers = [
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", "*"),
        ("access-control-expose-headers", "*"),
    ];
    let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
    for (name, value) in headers {
        response.headers_mut().insert(name, value);
    }
    response
}
