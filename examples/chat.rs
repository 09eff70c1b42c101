//! A small chat on axum. `cargo run --example chat --features axum`, then open the address that it prints. The variable
//! PORT chooses another port.
//!
//! Every page holds one request, for all its rooms. `Lounge::poll` holds it, with `hub.run`: nothing is mounted for
//! that. Ctrl-C or SIGTERM ends the server at once, however many requests are held.

mod lounge;
mod signals;

use std::error::Error;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::response::Html;
use axum::routing::{get, post};
use axum::{Json, Router};
use dacapo::{Answer, Hub};
use lounge::{Lounge, News, PAGE, Poll, Room, Say};
use signals::shutdown_signal;
use tokio::net::TcpListener;
use tokio::time::{interval, sleep};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let lounge = Lounge::new();
    tokio::spawn(tick(lounge.clone()));
    let listener = TcpListener::from_std(lounge::listen()?)?;
    let good_night = good_night(lounge.hub.clone());
    let server = axum::serve(listener, app(lounge)).with_graceful_shutdown(good_night);
    tokio::select! {
        served = server => Ok(served?),
        () = lights_out() => Ok(()),
    }
}

fn app(lounge: Lounge) -> Router {
    Router::new()
        .route("/", get(Html(PAGE)))
        .route("/poll", get(poll))
        .route("/say", post(say))
        .route("/healthz", get(health))
        .with_state(lounge)
}

async fn poll(
    State(lounge): State<Lounge>,
    Query(query): Query<Poll>,
) -> Result<Answer<Json<News>>, dacapo::Error> {
    Ok(lounge.poll(&query).await?.map(Json))
}

async fn say(State(lounge): State<Lounge>, Json(line): Json<Say>) {
    lounge.say(line);
}

/// Prints how many requests are held.
async fn health(State(lounge): State<Lounge>) -> String {
    lounge.hub.suspended_count().to_string()
}

async fn tick(lounge: Lounge) {
    let mut seconds = interval(Duration::from_secs(1));
    loop {
        seconds.tick().await;
        lounge.tick();
    }
}

/// Waits for the signal to end, and answers all requests that are held.
async fn good_night(hub: Hub<Room>) {
    shutdown_signal().await;
    println!("answered {} waiting requests", hub.shutdown());
}

/// Waits some seconds more: axum itself has no limit for a client that has sent only half a request.
async fn lights_out() {
    shutdown_signal().await;
    sleep(Duration::from_secs(5)).await;
}
