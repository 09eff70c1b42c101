//! Shows what a hub does: to Prometheus at `/metrics`, and to you at `/`.
//!
//! `cargo run --example dashboard --features axum,metrics`, then open the address that it prints. The variable PORT
//! chooses another port. Give it something to do:
//!
//! ```sh
//! curl -Z --parallel-immediate 'localhost:3000/wait/tea?[1-20]' & # twenty requests are held,
//! curl -X POST localhost:3000/notify/tea     # and this answers them
//! ```

#[path = "../signals.rs"]
mod signals;

use std::env;
use std::error::Error;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::Html;
use axum::routing::{get, post};
use axum::{Json, Router};
use dacapo::axum::ResumeLayer;
use dacapo::{Continuation, Hub, Outcome, Stats};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde::Serialize;
use signals::shutdown_signal;
use tokio::net::TcpListener;

const LONG_POLL: Duration = Duration::from_secs(30);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // First what collects the measurements, then what makes them.
    let prometheus = PrometheusBuilder::new().install_recorder()?;
    let hub = Hub::builder().jitter(0.1).build();
    let port = env::var("PORT").unwrap_or_else(|_| "3000".into());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("watching on http://{}", listener.local_addr()?);
    axum::serve(listener, app(hub.clone(), prometheus))
        .with_graceful_shutdown(async move {
            shutdown_signal().await;
            hub.shutdown(); // answers every request that is held
        })
        .await?;
    Ok(())
}

fn app(hub: Hub<String>, prometheus: PrometheusHandle) -> Router {
    let resume = ResumeLayer::new(hub.clone());
    Router::new()
        .route("/", get(Html(include_str!("page.html"))))
        .route("/stats", get(stats))
        .route("/metrics", get(async move || prometheus.render()))
        .route("/wait/{key}", get(wait).layer(resume))
        .route("/notify/{key}", post(notify))
        .with_state(hub)
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

/// A line of the page.
#[derive(Serialize)]
struct Figure {
    of: &'static str,
    name: &'static str,
    value: String,
}

fn figures(stats: &Stats) -> Vec<Figure> {
    let figure = |of, name, value: &dyn ToString| Figure {
        of,
        name,
        value: value.to_string(),
    };
    let seconds =
        |time: Option<Duration>| time.map_or_else(|| "–".into(), |time| format!("{time:.1?}"));
    let (waits, ended, refused) = (stats.waits, stats.ended, stats.refused);
    vec![
        figure("now", "suspended", &stats.suspended),
        figure("now", "oldest wait", &seconds(stats.oldest_wait)),
        figure("waits", "resumed", &waits.resumed),
        figure("waits", "expired", &waits.expired),
        figure("waits", "completed", &waits.completed),
        figure("waits", "cancelled", &waits.cancelled),
        figure("waits", "closed", &waits.closed),
        figure("requests", "arrived", &stats.requests),
        figure("requests", "answered", &ended.answered),
        figure("requests", "gone", &ended.cancelled),
        figure("requests", "refused", &refused.total()),
        figure(
            "work",
            "passes per answer",
            &format!("{:.2}", stats.passes_per_answer()),
        ),
        figure("work", "needless passes", &stats.passes.needless),
        figure("work", "notifies", &stats.notifies),
        figure("work", "notifies unheard", &stats.unheard_notifies),
        figure("timer", "lag", &seconds(Some(stats.timer_lag))),
        figure(
            "timer",
            "longest lag",
            &seconds(Some(stats.longest_timer_lag)),
        ),
        figure("trouble", "panics caught", &stats.panics),
    ]
}
