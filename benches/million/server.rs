//! A server that holds every request, and executes commands from its standard input.

use std::io::{BufRead, stdin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use dacapo::axum::ResumeLayer;
use dacapo::{Continuation, Hub, Outcome};
use support::measure::Process;
use support::measure::Watch;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

#[derive(Clone)]
struct Server {
    hub: Hub<u64>,
    watch: Watch,
    /// In milliseconds of the watch.
    deadline: Arc<AtomicU64>,
}

/// Prints its address. Then it executes commands, one per line, and prints the results.
///
/// * `held`: prints how many requests are held;
/// * `wake N`: notifies the keys up to N, and prints how many requests were woken;
/// * `expire MS`: makes all later requests expire together, in this number of milliseconds from now;
/// * `shutdown`: ends all waits and itself; prints the CPU time since the command, in nanoseconds.
#[tokio::main]
pub(crate) async fn serve() -> std::io::Result<()> {
    let server = Server {
        hub: Hub::builder().max_suspended(usize::MAX).build(),
        watch: Watch::start(),
        deadline: Arc::new(AtomicU64::new(u64::MAX)),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let resume = ResumeLayer::new(server.hub.clone()).max_hold(Duration::MAX);
    let app = Router::new()
        .route("/{key}", get(hold).layer(resume))
        .with_state(server.clone());
    let (shut_down, told) = oneshot::channel();
    let commands = std::thread::spawn(move || server.obey(shut_down));
    let server = axum::serve(listener, app);
    server
        .with_graceful_shutdown(async { _ = told.await })
        .await?;
    let before = commands.join().expect("it does not panic");
    println!("{}", (Process::own().cpu() - before).as_nanos());
    Ok(())
}

async fn hold(
    c: Continuation<u64>,
    State(server): State<Server>,
    Path(key): Path<u64>,
) -> Outcome<Response> {
    if c.is_resumed() {
        return Ok("news".into_response());
    }
    if c.is_expired() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let deadline = server.deadline.load(Ordering::Relaxed);
    let left = Duration::from_millis(deadline).saturating_sub(server.watch.elapsed());
    Err(c.suspend(&key, left).timeout_from_now())
}

impl Server {
    /// Returns at the end, with the CPU time that had been used before the shutdown.
    fn obey(&self, shut_down: oneshot::Sender<()>) -> Duration {
        for line in stdin().lock().lines().map_while(Result::ok) {
            match line.split_once(' ').unwrap_or((&line, "")) {
                ("held", _) => println!("{}", self.hub.suspended_count()),
                ("wake", keys) => println!("{}", self.wake(number(keys))),
                ("expire", after) => self.expire(number(after)),
                ("shutdown", _) => break,
                (unknown, _) => eprintln!("what is {unknown}?"),
            }
        }
        let before = Process::own().cpu();
        self.hub.shutdown();
        let _ = shut_down.send(());
        before
    }

    fn wake(&self, keys: u64) -> usize {
        (0..keys).map(|key| self.hub.notify(&key)).sum()
    }

    fn expire(&self, after: u64) {
        let deadline = self.watch.elapsed().as_millis() as u64 + after;
        self.deadline.store(deadline, Ordering::Relaxed);
        println!("{deadline}");
    }
}

fn number(word: &str) -> u64 {
    word.parse().expect("a number")
}
