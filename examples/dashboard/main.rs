//! Shows what a hub does: to Prometheus at `/metrics`, and to you at `/`.
//!
//! `cargo run --example dashboard --features axum,metrics,serde`, then open the address that it prints. The variable PORT
//! chooses another port. Give it something to do:
//!
//! ```sh
//! curl -Z --parallel-immediate 'localhost:3000/wait/tea?[1-20]' & # twenty requests are held,
//! curl -X POST localhost:3000/notify/tea     # and this answers them
//! ```

mod figures;
#[path = "../files.rs"]
mod files;
mod graph;
#[path = "../signals.rs"]
mod signals;

use std::env;
use std::error::Error;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use dacapo::axum::{ResumeLayer, sse};
use dacapo::mailbox::Position;
use dacapo::stream::LastEventId;
use dacapo::{Continuation, Hub, Outcome};
use figures::{Figure, figures};
use files::FILES;
use graph::Graph;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use signals::shutdown_signal;
use tokio::net::TcpListener;
use tokio::time::interval;

const LONG_POLL: Duration = Duration::from_secs(30);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // First what collects the measurements, then what makes them.
    let prometheus = PrometheusBuilder::new().install_recorder()?;
    let hub = Hub::builder().jitter(0.1).build();
    let port = env::var("PORT").unwrap_or_else(|_| "3000".into());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("watching on http://{}", listener.local_addr()?);
    let graph = Graph::of(&hub);
    tokio::spawn(draw(graph.clone()));
    axum::serve(listener, app(hub.clone(), graph.clone(), prometheus))
        .with_graceful_shutdown(async move {
            shutdown_signal().await;
            hub.shutdown(); // answers every request that is held
            graph.shutdown();
        })
        .await?;
    Ok(())
}

/// Adds a point in each second.
async fn draw(graph: Graph) {
    let mut seconds = interval(Duration::from_secs(1));
    loop {
        seconds.tick().await;
        graph.draw();
    }
}

fn app(hub: Hub<String>, graph: Graph, prometheus: PrometheusHandle) -> Router {
    let resume = ResumeLayer::new(hub.clone());
    let mut app = Router::new();
    for (path, kind, text) in FILES {
        app = app.route(path, get(([(CONTENT_TYPE, kind)], text)));
    }
    app.route("/", get(Html(include_str!("page.html"))))
        .route("/graph", get(points).with_state(graph))
        .route("/stats", get(stats))
        .route("/metrics", get(async move || prometheus.render()))
        .route("/wait/{key}", get(wait).layer(resume))
        .route("/notify/{key}", post(notify))
        .with_state(hub)
}

async fn points(State(graph): State<Graph>, LastEventId(seen): LastEventId<Position>) -> Response {
    sse(graph.points(seen))
}

async fn wait(c: Continuation<String>, Path(key): Path<String>) -> Outcome<&'static str> {
    match c.is_initial() {
        true => Err(c.suspend(&key, LONG_POLL)),
        false if c.is_expired() => Ok("nothing yet\n"),
        false => Ok("there it is\n"),
    }
}

async fn notify(State(hub): State<Hub<String>>, Path(key): Path<String>) -> String {
    format!("{} were waiting\n", hub.notify(&key))
}

async fn stats(State(hub): State<Hub<String>>) -> Json<Vec<Figure>> {
    Json(figures(&hub.stats()))
}
