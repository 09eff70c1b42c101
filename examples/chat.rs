//! A small chat on axum. `cargo run --example chat --features axum`, then open the address that it prints.
//!
//! Every page holds one request, for all its rooms. Ctrl-C ends the server at once, however many are held.

mod lounge;

use std::time::Duration;

use axum::extract::{Query, State};
use axum::response::Html;
use axum::routing::{get, post};
use axum::{Json, Router};
use dacapo::axum::ResumeLayer;
use dacapo::{Continuation, Outcome};
use lounge::{Lounge, News, PAGE, Poll, Room, Say};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let lounge = Lounge::new();
    tokio::spawn(tick(lounge.clone()));
    let port = std::env::var("PORT")
        .ok()
        .and_then(|port| port.parse().ok())
        .unwrap_or(3000);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!(
        "chat on http://{}  (Ctrl-C ends it)",
        listener.local_addr()?
    );
    let hub = lounge.hub.clone();
    axum::serve(listener, app(lounge))
        .with_graceful_shutdown(async move {
            let _ = tokio::signal::ctrl_c().await;
            println!("good night to {} who were waiting", hub.shutdown());
        })
        .await
}

fn app(lounge: Lounge) -> Router {
    let resume = ResumeLayer::new(lounge.hub.clone());
    Router::new()
        .route("/", get(Html(PAGE)))
        .route("/poll", get(poll).layer(resume))
        .route("/say", post(say))
        .with_state(lounge)
}

async fn poll(
    c: Continuation<Room>,
    State(lounge): State<Lounge>,
    Query(query): Query<Poll>,
) -> Outcome<Json<News>> {
    lounge.poll(&c, &query).map(Json)
}

async fn say(State(lounge): State<Lounge>, Json(line): Json<Say>) {
    lounge.say(line);
}

async fn tick(lounge: Lounge) {
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    loop {
        seconds.tick().await;
        lounge.tick();
    }
}
