//! The smallest real server: it holds requests, and answers them with what is posted.
//!
//! `cargo run --release --example hold --all-features -- --framework axum --port 3000`
//!
//! * `GET /poll/{key}?timeout_ms=N` is held: 200 and the body of the next notify of the key, or 204 after the time-out
//!   of 30 seconds, if not N milliseconds.
//! * `POST /notify/{key}` answers all that are held on the key with its body; its own answer says how many it woke.
//! * `GET /healthz` is answered at once.
//!
//! SIGINT or SIGTERM ends it within a second, with an answer for everybody who is held.

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use dacapo::{Continuation, Hub, Outcome};
use serde::Deserialize;
use tokio::signal::unix::{SignalKind, signal};

fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { framework, port } = Arguments::parse()?;
    match framework.as_str() {
        "axum" => {
            tokio::runtime::Runtime::new()?.block_on(on_axum::serve(Hold::default(), port))?
        }
        "actix" => actix_web::rt::System::new().block_on(on_actix::serve(Hold::default(), port))?,
        other => Err(format!("--framework is axum or actix, not {other}"))?,
    }
    Ok(())
}

/// The application, which knows no framework.
#[derive(Clone, Default)]
struct Hold {
    hub: Hub<String>,
    /// The round of each key that somebody waits for.
    rounds: Arc<Mutex<HashMap<String, Arc<Round>>>>,
}

/// Those who wait for the same message, until it comes.
type Round = OnceLock<Bytes>;

/// A request's place in its round. It is an attribute, so it lasts through all passes, and goes with the request.
struct Place {
    hold: Hold,
    key: String,
    round: Arc<Round>,
}

impl Hold {
    /// The next message for a key, or nothing after the timeout.
    fn poll(
        &self,
        c: &Continuation<String>,
        key: &str,
        timeout: Duration,
    ) -> Outcome<Option<Bytes>> {
        let place = c.attribute_or_insert_with(|| self.join(key));
        match place.round.get() {
            Some(message) => Ok(Some(message.clone())),
            None if c.is_expired() => Ok(None),
            None => Err(c.suspend(key, timeout)),
        }
    }

    /// Answers everybody who waits for a key, and returns how many were woken.
    fn notify(&self, key: &str, message: Bytes) -> usize {
        // Whoever comes later begins a new round.
        let round = self.rounds().remove(key);
        if let Some(round) = round {
            round.get_or_init(|| message);
        }
        self.hub.notify(key)
    }

    fn join(&self, key: &str) -> Place {
        let round = Arc::clone(self.rounds().entry(key.to_owned()).or_default());
        Place {
            hold: self.clone(),
            key: key.to_owned(),
            round,
        }
    }

    fn rounds(&self) -> MutexGuard<'_, HashMap<String, Arc<Round>>> {
        self.rounds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The last one to go without a message takes the round along.
impl Drop for Place {
    fn drop(&mut self) {
        let mut rounds = self.hold.rounds();
        let is_present = rounds
            .get(&self.key)
            .is_some_and(|present| Arc::ptr_eq(present, &self.round));
        if is_present && Arc::strong_count(&self.round) == 2 {
            rounds.remove(&self.key);
        }
    }
}

#[derive(Deserialize)]
struct Poll {
    timeout_ms: Option<u64>,
}

impl Poll {
    fn timeout(&self) -> Duration {
        self.timeout_ms
            .map_or(Duration::from_secs(30), Duration::from_millis)
    }
}

/// Waits for a signal, and lets all requests go.
async fn shutdown(hub: &Hub<String>) -> std::io::Result<()> {
    let (mut interrupt, mut terminate) = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    );
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    hub.shutdown();
    Ok(())
}

/// What a server may take to shut down when its hub has: there are clients who never hang up.
const PATIENCE: Duration = Duration::from_millis(700);

mod on_axum {
    use super::*;
    use axum::Router;
    use axum::extract::{Path, Query, State};
    use axum::http::StatusCode;
    use axum::response::{IntoResponse, Response};
    use axum::routing::{get, post};
    use axum::serve::ListenerExt;
    use dacapo::axum::ResumeLayer;

    pub(super) async fn serve(hold: Hold, port: u16) -> std::io::Result<()> {
        let hub = hold.hub.clone();
        let app = Router::new()
            .route(
                "/poll/{key}",
                get(poll).layer(ResumeLayer::new(hub.clone())),
            )
            .route("/notify/{key}", post(notify))
            .route("/healthz", get(async || "ok"))
            .with_state(hold);
        let socket = tokio::net::TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind(([127, 0, 0, 1], port).into())?;
        let listener = socket.listen(4096)?;
        println!("holding on http://{} with axum", listener.local_addr()?);
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        let (told, tell) = tokio::sync::oneshot::channel();
        let server = axum::serve(listener, app).with_graceful_shutdown(async move {
            let _ = shutdown(&hub).await;
            let _ = told.send(());
        });
        tokio::select! {
            served = server => served,
            _ = async { let _ = tell.await; tokio::time::sleep(PATIENCE).await } => Ok(()),
        }
    }

    async fn poll(
        c: Continuation<String>,
        State(hold): State<Hold>,
        Path(key): Path<String>,
        Query(query): Query<Poll>,
    ) -> Outcome<Response> {
        let message = hold.poll(&c, &key, query.timeout())?;
        Ok(message.map_or_else(
            || StatusCode::NO_CONTENT.into_response(),
            IntoResponse::into_response,
        ))
    }

    async fn notify(State(hold): State<Hold>, Path(key): Path<String>, message: Bytes) -> String {
        hold.notify(&key, message).to_string()
    }
}

mod on_actix {
    use super::*;
    use actix_web::web::{self, Data, Path, Query};
    use actix_web::{App, HttpResponse, HttpServer};
    use dacapo::actix::Resume;

    pub(super) async fn serve(hold: Hold, port: u16) -> std::io::Result<()> {
        let hub = hold.hub.clone();
        let hold = Data::new(hold);
        let app = move || {
            let resume = Resume::new(hold.hub.clone());
            App::new()
                .app_data(hold.clone())
                .service(
                    web::resource("/poll/{key}")
                        .wrap(resume)
                        .route(web::get().to(poll)),
                )
                .service(web::resource("/notify/{key}").route(web::post().to(notify)))
                .service(web::resource("/healthz").route(web::get().to(async || "ok")))
        };
        let server = HttpServer::new(app)
            .h1_allow_half_closed(false) // a client that hangs up is not held any longer
            .backlog(4096)
            .max_connections(25_000)
            .keep_alive(Duration::from_secs(600))
            .disable_signals()
            .bind(("127.0.0.1", port))?;
        println!("holding on http://{} with actix", server.addrs()[0]);
        let server = server.run();
        let handle = server.handle();
        tokio::select! {
            served = server => served,
            _ = async {
                let _ = shutdown(&hub).await;
                let _ = tokio::time::timeout(PATIENCE, handle.stop(true)).await;
            } => Ok(()),
        }
    }

    async fn poll(
        c: Continuation<String>,
        hold: Data<Hold>,
        key: Path<String>,
        query: Query<Poll>,
    ) -> Outcome<HttpResponse> {
        let message = hold.poll(&c, &key, query.timeout())?;
        Ok(message.map_or_else(
            || HttpResponse::NoContent().finish(),
            |message| HttpResponse::Ok().body(message),
        ))
    }

    async fn notify(hold: Data<Hold>, key: Path<String>, message: Bytes) -> String {
        hold.notify(&key, message).to_string()
    }
}

struct Arguments {
    framework: String,
    port: u16,
}

impl Arguments {
    fn parse() -> Result<Self, Box<dyn Error>> {
        let mut parsed = Self {
            framework: "axum".to_owned(),
            port: 3000,
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(name) = arguments.next() {
            let value = arguments
                .next()
                .ok_or_else(|| format!("{name} wants a value"))?;
            match name.as_str() {
                "--framework" => parsed.framework = value,
                "--port" => {
                    parsed.port = value
                        .parse()
                        .map_err(|_| format!("--port is a number, not {value}"))?
                }
                _ => Err(format!(
                    "there is no {name}: --framework axum|actix --port N"
                ))?,
            }
        }
        Ok(parsed)
    }
}
