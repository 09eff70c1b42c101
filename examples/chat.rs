//! A small chat on axum. `cargo run --example chat --features axum,serde`, then open the address that it prints. The variable
//! PORT chooses another port.
//!
//! Every browser holds one request, for all its tabs and rooms: an event stream, or a long poll where streams do not
//! come through. `Lounge` holds it: nothing is mounted for that. Ctrl-C or SIGTERM ends the server at once, however
//! many requests are held.

mod files;
mod lounge;
mod signals;

use std::error::Error;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use dacapo::Hub;
use dacapo::axum::sse;
use dacapo::mailbox::Position;
use dacapo::stream::LastEventId;
use files::FILES;
use lounge::{Line, Lounge, PAGE, Room, Visit};
use signals::shutdown_signal;
use tokio::net::TcpListener;
use tokio::time::sleep;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let lounge = Lounge::new();
    let listener = TcpListener::from_std(lounge::listen()?)?;
    let good_night = good_night(lounge.hub.clone());
    let server = axum::serve(listener, app(lounge)).with_graceful_shutdown(good_night);
    tokio::select! {
        served = server => Ok(served?),
        () = lights_out() => Ok(()),
    }
}

fn app(lounge: Lounge) -> Router {
    let mut app = Router::new();
    for (path, kind, text) in FILES {
        app = app.route(path, get(([(CONTENT_TYPE, kind)], text)));
    }
    app.route("/", get(Html(PAGE)))
        .route("/news", get(news))
        .route("/say", post(say))
        .route("/healthz", get(health))
        .with_state(lounge)
}

/// An event stream, or one answer for a client that does not ask for a stream.
async fn news(
    State(lounge): State<Lounge>,
    Query(visit): Query<Visit>,
    LastEventId(seen): LastEventId<Position>,
    headers: HeaderMap,
) -> Result<Response, dacapo::Error> {
    if lounge::wants_events(headers.get(ACCEPT).map(|accept| accept.as_bytes())) {
        return Ok(sse(lounge.stream(visit, seen)));
    }
    let answer = lounge.poll(visit, seen).await?;
    let no_store = [(CACHE_CONTROL, "no-store")]; // it is news once
    Ok(answer.map(|news| (no_store, Json(news))).into_response())
}

async fn say(State(lounge): State<Lounge>, Json(line): Json<Line>) {
    lounge.say(line);
}

/// Prints how many requests are held.
async fn health(State(lounge): State<Lounge>) -> String {
    lounge.hub.suspended_count().to_string()
}

/// Waits for the signal to end, and answers all requests that are held.
async fn good_night(hub: Hub<Room>) {
    shutdown_signal().await;
    println!("answered {} waiting requests", hub.shutdown());
}

/// Waits some seconds more: axum itself has no limit for a client that has sent only half a request.
async fn lights_out() {
    shutdown_signal().await;
    sleep(Duration::from_secs(10)).await;
}
